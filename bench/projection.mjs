// Where runs were projected to end while they went on, against where they ended: energy, by kind of run and share of its
// work, how sure it was said to be, and emissions on real grids with the forecasts of the time. Only runs on which the
// numbers were not tuned count. Reads the forecasts of ../shared/data/grid, or of GRID_TRACES, where they are there.

import { load } from './load.mjs';

const { calibration, looksAt, middle, recordedRuns, SHARES, summaryOf, syntheticRuns, UNFORESEEN } = await load(
  'test/helpers/projection-backtest.ts',
);
/** Kinds whose steps at the end are those of the beginning; what comes in between keeps a period, or comes by chance. */
const REGULAR = new Set(['steady', 'warm-up', 'checkpoints']);
const BY_CHANCE = new Set(['stalls', 'restarts']);
/** s; shorter runs of many nodes are stretched so much that the offset of a meter's clock becomes hours. */
const LONG_S = 1800;
const EACH = Number(process.env.RUNS ?? 100);

const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : 'none yet');
const recorded = recordedRuns().filter(({ tuned }) => !tuned);
const made = syntheticRuns(1001, EACH);
const kindsOf = (runs) => [...new Set(runs.map(({ kind }) => kind))];
const looks = new Map([...recorded, ...made].map((run) => [run, looksAt(run)]));
const of = (runs) => runs.flatMap((run) => looks.get(run));

function row(name, runs) {
  const cells = SHARES.map((share) => {
    const { median_error, coverage, median_width } = summaryOf(of(runs).filter((look) => look.share === share));
    return `${percent(median_error)}, ${percent(coverage)}, ${percent(median_width)}`;
  });
  console.log(`| ${[name, runs.length, ...cells].join(' | ')} |`);
}

console.log('Energy: median error, share of runs inside the 90 % interval, its median width ÷ what came\n');
console.log(`| kind | runs | ${SHARES.map((share) => `at ${100 * share} %`).join(' | ')} |`);
console.log(`|---|---|${'---|'.repeat(SHARES.length)}`);
for (const runs of [recorded, made])
  for (const kind of kindsOf(runs))
    row(
      kind,
      runs.filter((run) => run.kind === kind),
    );
const foreseeable = made.filter(({ kind }) => kind !== UNFORESEEN);
row('**recorded**', recorded);
row('**made up, without a later stage**', foreseeable);
row('**recorded and made up, without a later stage**', [...recorded, ...foreseeable]);
row('**all**', [...recorded, ...made]);

const tenth = of([...recorded, ...foreseeable]).filter(({ share }) => share === 0.1);
const { median_error, coverage } = summaryOf(tenth);
console.log(
  `\n  at 10 %, without a later stage: median error ${percent(median_error)} (limit 5 %), covered ${percent(coverage)} (limits 85–95 %): ` +
    `${median_error <= 0.05 && coverage >= 0.85 && coverage <= 0.95 ? 'within' : 'NOT within'}`,
);

console.log(
  '\nLimits of 0.9 to 1.4 × what was projected at 10 %: how likely passing them was said to be, and how often it was so',
);
console.log('| said | limits | mean of said | passed |\n|---|---|---|---|');
for (const { from, to, many, said, was } of calibration(tenth))
  console.log(`| ${from}–${to} | ${many} | ${percent(said)} | ${percent(was)} |`);

await cost();
await carbon();

async function cost() {
  const { createProjector } = await load('src/decide/projection.ts');
  const projector = createProjector();
  const begun = process.hrtime.bigint();
  for (let i = 0; i < 100_000; i++) projector.add({ at_ms: i * 100, done: i, energy_j: i * 7 + Math.sin(i) });
  const added = process.hrtime.bigint();
  for (let i = 0; i < 1000; i++) projector.at({ at_ms: 1e7 + i, used_j: 7.1e5, total: 1e6 });
  const [line, look] = [Number(added - begun) / 1e8, Number(process.hrtime.bigint() - added) / 1e6];
  console.log(`\n  a log line costs ${line.toFixed(1)} µs, a look ${look.toFixed(0)} µs`);
}

async function carbon() {
  const { haveTraces, readForecasts, readTraces, TRACES } = await load('test/helpers/intensity-traces.ts');
  if (!haveTraces) return console.log(`\n  no forecasts in ${TRACES}: emissions are left out`);
  const { carbonLook } = await load('test/helpers/carbon-backtest.ts');
  const { bootstrap, randomFrom } = await load('src/core/resample.ts');
  const forecasts = readForecasts(readTraces());
  const random = randomFrom(11);
  console.log(
    '\nEmissions of runs of 12 to 60 h begun at any hour of July to December 2021; the interval of the difference is by',
  );
  console.log('drawing whole runs anew, since what is drawn of one run shares its error of energy\n');
  console.log('| runs | after | looks | median error | with all energy known | difference, 90 % interval | inside |');
  console.log('|---|---|---|---|---|---|---|');
  const groups = [
    ['recorded', recorded],
    ['recorded, of half an hour and more', recorded.filter(({ end_s }) => end_s >= LONG_S)],
    ['made up: steady, warm-up, checkpoints', made.filter(({ kind }) => REGULAR.has(kind))],
    ['made up: stalls, restarts', made.filter(({ kind }) => BY_CHANCE.has(kind))],
    ['made up, all but a later stage', foreseeable],
  ];
  for (const [name, runs] of groups) for (const share of [0.1, 0.25, 0.5]) carbonRow(name, share, drawn(runs, share));

  function drawn(runs, share) {
    const each = Math.ceil(1500 / runs.length);
    return runs.map((run) =>
      Array.from({ length: each }, () => {
        const forecast = forecasts[Math.floor(random() * forecasts.length)];
        const issue = Math.floor(random() * forecast.issues.length);
        const [start_h, hours] = [Math.floor(random() * 24), 12 + 48 * random()];
        return carbonLook(run, forecast, { issue, start_h, hours, share });
      }).filter((look) => look !== null && look.error !== null),
    );
  }

  function carbonRow(name, share, byRun) {
    const median = (some, of) => middle(some.flat().map(of));
    const [error, known] = [(look) => Math.abs(look.error), (look) => Math.abs(look.with_energy)];
    const difference = (some) => median(some, error) - median(some, known);
    const { value, low, high } = bootstrap([byRun], difference, { draws: 400 });
    const all = byRun.flat();
    const cells = [median(byRun, error), median(byRun, known)].map(percent);
    const inside = percent(all.filter((look) => look.inside).length / all.length);
    const width = `${percent(value)} (${percent(low)} to ${percent(high)})`;
    console.log(`| ${[name, `${100 * share} %`, all.length, ...cells, width, inside].join(' | ')} |`);
  }
}
