// How the numbers of src/decide/step-pace-model.ts were found: a random walk that keeps what scores better on the runs of
// the backtest that are for tuning. Tells the score of the numbers as they are and of the best that FIT_SECONDS (60) found.

import { load } from './load.mjs';

const { recordedRuns, SHARES, UNFORESEEN } = await load('test/helpers/projection-backtest.ts');
const { KINDS, syntheticRun } = await load('test/helpers/synthetic-runs.ts');
const { createPace } = await load('src/decide/step-pace.ts');
const { MODEL } = await load('src/decide/step-pace-model.ts');
const { randomFrom } = await load('src/core/resample.ts');

const made = Object.keys(KINDS).filter((kind) => kind !== UNFORESEEN);
const runs = [
  ...recordedRuns().filter(({ tuned }) => tuned),
  ...made.flatMap((kind) => Array.from({ length: 40 }, (_, i) => syntheticRun(kind, 1 + i))),
];
/** Set by hand: fewer would follow growing steps less, and cost nothing elsewhere. */
const FIXED = new Set(['groups', 'slope_doubt', 'drift_reach', 'up_unseen']);

/** Mean over kinds and shares of the interval score at 90 % (Gneiting and Raftery, 2007) and twice the error, of the run's energy. */
function score(model) {
  const sums = new Map();
  for (const run of runs) {
    for (const [share, points] of looksOf(run, model)) {
      const key = `${run.kind} ${share}`;
      const held = sums.get(key) ?? { sum: 0, n: 0, share };
      sums.set(key, { ...held, sum: held.sum + points, n: held.n + 1 });
    }
  }
  let [all, weights] = [0, 0];
  for (const { sum, n, share } of sums.values()) {
    const weight = share === 0.1 ? 3 : 1;
    all += (weight * sum) / n / (0.02 + 0.3 * Math.sqrt(((1 - share) * 0.1) / share));
    weights += weight;
  }
  return all / weights;
}

function looksOf(run, model) {
  const pace = createPace(model);
  const looks = [];
  let next = 0;
  for (let i = 0; i < run.done.length && next < SHARES.length; i++) {
    pace.add(run.done[i], run.j[i]);
    for (; next < SHARES.length && run.done[i] >= SHARES[next] * run.total; next++) {
      const ahead = pace.ahead(run.total - run.done[i]);
      if (ahead === null) continue;
      const off = run.end_j - run.j[i] - ahead.value;
      const missed = Math.max(0, off - ahead.up, -off - ahead.down);
      looks.push([SHARES[next], Math.min(3, (ahead.up + ahead.down + 20 * missed + 2 * Math.abs(off)) / run.end_j)]);
    }
  }
  return looks;
}

const names = Object.keys(MODEL).filter((name) => !FIXED.has(name));
const random = randomFrom(Number(process.env.SEED ?? 1));
let [best, least] = [MODEL, score(MODEL)];
console.log(`  the numbers as they are: ${least.toFixed(4)}`);
const until = Date.now() + 1000 * Number(process.env.FIT_SECONDS ?? 60);
while (Date.now() < until) {
  const other = { ...best };
  for (const name of names) if (random() < 0.3) other[name] *= Math.exp(0.6 * (random() - 0.5));
  const found = score(other);
  if (found < least) [best, least] = [other, found];
}
console.log(`  the best that was found: ${least.toFixed(4)}`, best);
