// How often joulebook ci gate cries wolf and how often it catches a regression, on noise of real repeats (test/fixtures/energy-noise.csv):
// pairs of a baseline and a candidate are drawn from repeats of the same job, unchanged or all 10 % up. Seeded.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.mjs';

const { changeOf } = await load('src/emissions/regression.ts');
const { MOST_OTHERS } = await load('src/report/samples.ts');
const { randomFrom } = await load('src/core/resample.ts');

const PAIRS = 1000;
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
const quiet = vm.filter((row) => Number(row.others_share) <= MOST_OTHERS);

/** A group is drawn as often as it has repeats. */
const POOLS = [
  { what: 'MLPerf: mean power of a run', of: mlperf.map((found) => column(found, 'mean_w')), catches: true },
  { what: 'MLPerf: energy, same work', of: mlperf.filter(steady).map((found) => column(found, 'energy_j')) },
  {
    what: 'MLPerf: energy, until the target is met',
    of: mlperf.filter((found) => !steady(found)).map((found) => column(found, 'energy_j')),
  },
  { what: 'shared VM, shuffled: energy of the machine', of: [column(vm, 'energy_j')] },
  { what: 'shared VM, shuffled: energy of the job', of: [column(vm, 'job_j')] },
  { what: 'shared VM, in a row: energy of the job', of: [column(vm, 'job_j')], in_a_row: true, guard: false },
  { what: `the same, only runs beside others ≤ ${100 * MOST_OTHERS} %`, of: [column(quiet, 'job_j')], in_a_row: true },
];

console.log(`pairs of each kind: ${PAIRS}; limit 5 %; regression of 10 %`);
console.log(
  '| noise | repeats | spread | baseline + candidate | false alarms | caught | cannot tell (unchanged, 10 % up) |',
);
console.log('|---|---|---|---|---|---|---|');
let [wrong, missed] = [0, 0];
for (const pool of POOLS)
  for (const sizes of [
    [5, 5],
    [10, 5],
  ]) {
    const { alarms, caught, silent } = tried(pool, sizes);
    const spreads = pool.of
      .map(spread)
      .filter(Number.isFinite)
      .sort((x, y) => x - y);
    const told =
      spreads.length === 0 ? '–' : `${[spreads[0], spreads.at(-1)].map((x) => (100 * x).toFixed(1)).join('–')} %`;
    const cells = [pool.what, pool.of.flat().length, told, sizes.join(' + '), alarms, caught, silent.join(', ')];
    console.log(`| ${cells.join(' | ')} |`);
    if (pool.guard !== false && alarms > PAIRS / 100) wrong++;
    if (pool.catches && caught < 0.95 * PAIRS) missed++;
  }
console.log(
  `\n  false alarms above 1 in 100: ${wrong} rows (limit 0); 10 % caught in fewer than 95 of 100: ${missed} rows (limit 0)`,
);
if (wrong + missed > 0) process.exitCode = 1;

function tried({ of, in_a_row = false }, [m, n]) {
  const random = randomFrom(20261128);
  const weights = of.flatMap((values, i) => values.map(() => i));
  const tally = { alarms: 0, caught: 0, silent: [0, 0] };
  for (let i = 0; i < PAIRS; i++) {
    const values = of[weights[Math.floor(random() * weights.length)]] ?? [];
    const draw = (k) => {
      if (!in_a_row)
        return values.length === 0 ? [] : Array.from({ length: k }, () => values[Math.floor(random() * values.length)]);
      const start = Math.floor(random() * (values.length - k + 1));
      return values.slice(Math.max(0, start), Math.max(0, start) + k);
    };
    const [a, b] = [draw(m), draw(n)];
    const [same, more] = [b, b.map((value) => 1.1 * value)].map((candidate) => changeOf(a, candidate, 0.05).verdict);
    if (same === 'regression') tally.alarms++;
    if (more === 'regression') tally.caught++;
    if (same === 'cannot-tell') tally.silent[0]++;
    if (more === 'cannot-tell') tally.silent[1]++;
  }
  return tally;
}

function grouped(all) {
  const out = new Map();
  for (const row of all) out.set(row.group, [...(out.get(row.group) ?? []), row]);
  return out;
}
