// How often joulebook ci gate cries wolf and how often it catches a regression, on noise of real repeats (test/fixtures/energy-noise.csv):
// pairs of a baseline and a candidate are drawn from repeats of the same job, unchanged or all 10 % up. Seeded.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.mjs';

const { changeOf, DRIFT_OF_MODELS } = await load('src/emissions/regression.ts');
const { MOST_OTHERS } = await load('src/report/samples.ts');
const { randomFrom } = await load('src/core/resample.ts');

const PAIRS = 1000;
/** Repeats of the baseline and of the candidate. */
const SIZES = [
  [5, 5],
  [10, 5],
];
const FIXTURE = join(import.meta.dirname, '../test/fixtures/energy-noise.csv');
const [head, ...lines] = readFileSync(FIXTURE, 'utf8').trim().split('\n');
const names = head.split(',');
const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
const groups = grouped(rows);
const spread = (values) => {
  const mean = values.reduce((s, x) => s + x, 0) / values.length;
  return Math.sqrt(values.reduce((s, x) => s + (x - mean) ** 2, 0) / (values.length - 1)) / mean;
};
const column = (found, name) => found.map((row) => Number(row[name]));
const mlperf = [...groups.values()].filter(([{ group }]) => group.startsWith('mlperf/'));
const steady = (found) => spread(column(found, 'duration_s')) < 0.02;
const vm = groups.get('vm/sha256');
const alone = groups.get('vm/sha256-quiet');
const guarded = (found) => found.filter((row) => Number(row.others_share) <= MOST_OTHERS);

/** A group is drawn as often as it has repeats; false alarms count unless `guard` is false. `catches`: with these repeats of the baseline 10 % more are to be caught in 95 of 100. */
const POOLS = [
  { what: 'MLPerf: mean power of a run', of: mlperf.map((found) => column(found, 'mean_w')), catches: [5, 10] },
  {
    what: 'MLPerf: energy, same work',
    of: mlperf.filter(steady).map((found) => column(found, 'energy_j')),
    catches: [10],
  },
  {
    what: 'MLPerf: energy, until the target is met',
    of: mlperf.filter((found) => !steady(found)).map((found) => column(found, 'energy_j')),
  },
  { what: 'shared VM, shuffled: energy of the machine', of: [column(vm, 'energy_j')] },
  { what: 'shared VM, shuffled: energy of the job', of: [column(vm, 'job_j')] },
  {
    what: 'shared VM, in a row: energy of the job',
    of: [column(vm, 'job_j')],
    order: 'in a row',
    guard: false,
    drift: true,
  },
  { what: 'shared VM, both sides in turn', of: [column(vm, 'job_j')], order: 'in turn', guard: false },
  {
    what: `shared VM, in a row, only runs beside others ≤ ${100 * MOST_OTHERS} %`,
    of: [column(guarded(vm), 'job_j')],
    order: 'in a row',
  },
  { what: 'VM left alone, shuffled: energy of the job', of: [column(guarded(alone), 'job_j')] },
  { what: 'VM left alone, in a row', of: [column(guarded(alone), 'job_j')], order: 'in a row', drift: true },
  { what: 'VM left alone, both sides in turn', of: [column(guarded(alone), 'job_j')], order: 'in turn' },
];

console.log(`pairs of each kind: ${PAIRS}; limit 5 %; regression of 10 %`);
console.log(
  '| noise | repeats | spread | baseline + candidate | false alarms | caught | cannot tell (unchanged, 10 % up) |',
);
console.log('|---|---|---|---|---|---|---|');
let [wrong, missed] = [0, 0];
for (const pool of POOLS)
  for (const sizes of pool.order === 'in turn' ? [[5, 5]] : SIZES) {
    const { alarms, caught, silent } = tried(pool, sizes);
    const spreads = pool.of
      .map(spread)
      .filter(Number.isFinite)
      .sort((x, y) => x - y);
    const told =
      spreads.length === 0
        ? '–'
        : `${[...new Set([spreads[0], spreads.at(-1)].map((x) => (100 * x).toFixed(1)))].join('–')} %`;
    const cells = [pool.what, pool.of.flat().length, told, sizes.join(' + '), alarms, caught, silent.join(', ')];
    console.log(`| ${cells.join(' | ')} |`);
    if (pool.guard !== false && alarms > PAIRS / 100) wrong++;
    if (pool.catches?.includes(sizes[0]) && caught < 0.95 * PAIRS) missed++;
  }
console.log(
  `\n  false alarms above 1 in 100: ${wrong} rows (limit 0); 10 % caught in fewer than 95 of 100: ${missed} rows (limit 0)`,
);
if (wrong + missed > 0) process.exitCode = 1;

function tried({ of, order, drift = false }, [m, n]) {
  const random = randomFrom(20261128);
  const weights = of.flatMap((values, i) => values.map(() => i));
  const tally = { alarms: 0, caught: 0, silent: [0, 0] };
  for (let i = 0; i < PAIRS; i++) {
    const values = of[weights[Math.floor(random() * weights.length)]] ?? [];
    const [a, b] = drawn(values, { m, n, order, random });
    const most_drift = drift ? DRIFT_OF_MODELS : 0;
    const verdictOf = (candidate) => changeOf(a, candidate, 0.05, { most_drift }).verdict;
    const [same, more] = [b, b.map((value) => 1.1 * value)].map(verdictOf);
    if (same === 'regression') tally.alarms++;
    if (more === 'regression') tally.caught++;
    if (same === 'cannot-tell') tally.silent[0]++;
    if (more === 'cannot-tell') tally.silent[1]++;
  }
  return tally;
}

/** m values for the baseline and n for the candidate: each alone, in a row at two times, or of one time in turn. */
function drawn(values, { m, n, order, random }) {
  const row = (k) => {
    const start = Math.max(0, Math.floor(random() * (values.length - k + 1)));
    return values.slice(start, start + k);
  };
  if (order === 'in a row') return [row(m), row(n)];
  if (order === 'in turn') {
    const both = row(m + n);
    return [0, 1].map((side) => both.filter((_, i) => i % 2 === side));
  }
  return [m, n].map((k) => Array.from({ length: k }, () => values[Math.floor(random() * values.length)]));
}

function grouped(all) {
  const out = new Map();
  for (const row of all) out.set(row.group, [...(out.get(row.group) ?? []), row]);
  return out;
}
