// Limits above and below what runs came to → how often a rule on the forecast (0.9) would have acted: wrongly, at which
// progress, and in time. Runs on which the numbers were not tuned, the made-up ones from a seed of their own.
//
// A rule needs five looks in a row, a second apart, as in a run; between two log lines the answer stands.

import { load } from './load.mjs';

const { recordedRuns, syntheticRuns, UNFORESEEN } = await load('test/helpers/projection-backtest.ts');
const { createProjector } = await load('src/decide/projection.ts');
const { chanceAbove } = await load('src/decide/expected.ts');

const SURE = 0.9;
const STANDS_S = 4;
/** Limit ÷ what the run came to. */
const KEPT = [1.02, 1.05, 1.1, 1.2, 1.35];
const PASSED = [0.8, 0.9, 0.95, 0.98];
const EACH = Number(process.env.RUNS ?? 25);
const SEED = Number(process.env.SEED ?? 3001);

/** Share of the work at which it first acts on each limit; null: never before the limit is passed. */
function actsOn(run, limits) {
  const since = limits.map(() => null);
  const acted = limits.map(() => null);
  const projector = createProjector();
  run.done.forEach((done, i) => {
    const [at_s, used_j] = [run.s[i], run.j[i]];
    projector.add({ at_ms: at_s * 1000, done, energy_j: used_j });
    const end = projector.at({ at_ms: at_s * 1000, used_j, total: run.total })?.end_j ?? null;
    const next_s = run.s[i + 1] ?? run.end_s;
    limits.forEach((limit, k) => {
      if (acted[k] !== null || used_j >= limit * run.end_j) return;
      const sure = end !== null && chanceAbove(end, limit * run.end_j) >= SURE;
      since[k] = sure ? (since[k] ?? at_s) : null;
      if (sure && next_s - since[k] >= STANDS_S) acted[k] = done / run.total;
    });
  });
  return acted;
}

const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const percent = (share) => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);

console.log('| runs | limit ÷ what it came to | acted on | of it in the first 2 % and 10 % of the work | at, median |');
console.log('|---|---|---|---|---|');
const made = syntheticRuns(SEED, EACH).filter(({ kind }) => kind !== UNFORESEEN);
for (const [name, runs] of [
  ['recorded', recordedRuns().filter(({ tuned }) => !tuned)],
  [`made up, seeds from ${SEED}`, made],
]) {
  const limits = [...KEPT, ...PASSED];
  const acts = runs.map((run) => actsOn(run, limits));
  limits.forEach((limit, k) => {
    const at = acts.flatMap((acted) => acted[k] ?? []);
    const within = (share) => at.filter((one) => one < share).length;
    const verdict = limit > 1 ? 'wrongly' : 'in time';
    console.log(
      `| ${name} (${runs.length}) | ${limit} | ${at.length} ${verdict} | ${within(0.02)}, ${within(0.1)} | ${percent(middle(at))} |`,
    );
  });
}
