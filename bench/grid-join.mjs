// The join of energy with intensity: a year of 10M intervals × 105,120 pieces of five minutes beside NumPy, the pure join alone, and
// Impact Framework's time-sync on the same four hours of 10-s rows, installed into a temporary folder.
//
// NumPy gets its columns from .npy files, ready to compute; ours come from the ledger's Parquet. BENCH_PYTHON names a Python
// that has numpy and duckdb; without it, or without npm's registry, that part is left out and said so. `--quick`: a tenth of it.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { load } from './load.mjs';

const quick = process.argv.includes('--quick');
const N = quick ? 1_000_000 : 10_000_000;
const PIECES = 105_120;
const STEP = 300_000;
const START = Date.UTC(2023, 0, 1);
const LONG = PIECES * STEP;
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const python = process.env.BENCH_PYTHON ?? 'python3';
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const seriesOf = (step, first, more = {}) => {
  const n = Math.ceil(LONG / step);
  const at = Float64Array.from({ length: n }, (_, i) => START + i * step);
  const kept = at.filter((_, i) => first === 0 || i % first !== 0); // holes, so that the next of the chain is asked
  return {
    ...{ zone: 'GB', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured' },
    ...{ source: 'bench', licence: '', year: null, from_ms: kept, to_ms: kept.map((from) => from + step) },
    g_per_kwh: kept.map((from) => 200 + 150 * Math.sin((from - START) / 13_680_000) + (((from - START) / step) % 13)),
    ...more,
  };
};
const year = seriesOf(STEP, 0);

/** (a) The report of a ledger with one run of a year, as a process, and NumPy as a process, in turn. */
async function besideNumPy() {
  await makeLedger();
  const script = join(import.meta.dirname, 'grid-join.py');
  const peers = spawnSync(python, ['-c', 'import numpy, duckdb'], { stdio: 'ignore' }).status === 0;
  if (peers) run(python, [script, 'prepare', root]);
  const ours = [];
  const numpy = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    ours.push(run(process.execPath, ['dist/cli.js', 'runs', '--json', '--ledger', join(root, 'ledger')]));
    if (peers) numpy.push(run(python, [script, 'join', root]));
  }
  console.log(`a year of ${N / 1e6}M intervals × ${PIECES} pieces of five minutes`);
  told('joulebook runs --json', ours);
  if (!peers) {
    console.log('  NumPy: not installed here (BENCH_PYTHON names a Python that has numpy and duckdb)');
    return null;
  }
  told('NumPy, exact', numpy);
  const [made] = JSON.parse(ours[0].stdout).runs;
  const [energy, grams] = numpy[0].stdout.trim().split(' ').map(Number);
  const off = Math.max(Math.abs(made.it_j.value / energy - 1), Math.abs(made.total_g.value / grams - 1));
  console.log(`  they agree to ${off.toExponential(1)} relative (limit 1e-9)`);
  if (off > 1e-9) process.exitCode = 1;
  return median(ours.map(({ seconds }, i) => seconds / numpy[i].seconds));
}

/** (b) Intervals a second, sorted, with one series and with a chain of five, and in no order. */
async function pureJoin() {
  const { spread } = await load('src/emissions/operational.ts');
  const edges = Float64Array.from({ length: N + 1 }, (_, i) => START + Math.round((i * LONG) / N));
  const sorted = { from_ms: edges.slice(0, N), to_ms: edges.slice(1), energy_j: new Float64Array(N).fill(900) };
  const order = Float64Array.from({ length: N / 10 }, (_, i) => (i * 7_368_787) % N);
  const pick = (list) => Float64Array.from(order, (i) => list[i]);
  const unsorted = { from_ms: pick(sorted.from_ms), to_ms: pick(sorted.to_ms), energy_j: pick(sorted.energy_j) };
  const forever = { from_ms: Float64Array.of(-Infinity), to_ms: Float64Array.of(Infinity) };
  const annual = seriesOf(LONG, 0, { quality: 'annual', ...forever });
  const five = [seriesOf(STEP, 3), seriesOf(STEP, 5), seriesOf(1_800_000, 7), seriesOf(3_600_000, 11), annual];
  const rate = (intervals, chain) => {
    const times = Array.from({ length: 5 }, () => {
      const started = performance.now();
      spread(intervals, [START, START + LONG], chain);
      return performance.now() - started;
    });
    return intervals.energy_j.length / median(times) / 1000;
  };
  console.log('the pure join, million intervals a second');
  console.log(`  one series:       ${rate(sorted, [year]).toFixed(1)} (limit 5)`);
  console.log(`  a chain of five:  ${rate(sorted, five).toFixed(1)} (limit 2)`);
  console.log(`  in no order:      ${rate(unsorted, five).toFixed(1)}`);
}

/** (c) Four hours at 1 kW in rows of 10 s, 200 and 600 g/kWh by turns of a quarter of an hour: 4 kWh at 400 g/kWh are 1600 g. */
function besideImpactFramework() {
  const hours = quick ? 1 : 4;
  const folder = join(root, 'if');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  const npm = spawnSync('npm', ['install', '--silent', '@grnsft/if@1.1.0'], { cwd: folder, encoding: 'utf8' });
  console.log(`${hours} h of 10-s rows at 200 and 600 g/kWh by turns: the mean is 400`);
  if (npm.status !== 0) return console.log('  Impact Framework: could not be installed here');
  const script = join(folder, 'sync.cjs');
  writeFileSync(script, IMPACT_FRAMEWORK);
  for (const [name, more] of [
    ['resolution 10 s', ['900', '10']],
    ['as it comes (1 s)', ['900', '1']],
  ]) {
    const { seconds, stdout } = run(process.execPath, [script, String(hours), ...more]);
    console.log(`  Impact Framework 1.1.0, ${name}: ${seconds.toFixed(1)} s, mean ${Number(stdout).toFixed(2)} g/kWh`);
  }
  const two = run(process.execPath, [script, 'two']);
  console.log(`  Impact Framework 1.1.0, two rows of an hour into one of two: ${Number(two.stdout).toFixed(2)} g/kWh`);
  return ours(hours);
}

/** Its own plugin as its documentation has it, called without its command line; prints the time-weighted mean of what it gives. */
const IMPACT_FRAMEWORK = `
const build = './node_modules/@grnsft/if/build/if-run/';
const { TimeSync } = require(build + 'builtins/time-sync');
const { storeAggregationMetrics } = require(build + 'lib/aggregate');
console.debug = console.warn = () => {};
storeAggregationMetrics({ duration: { time: 'sum', component: 'none' }, timestamp: { time: 'none', component: 'none' },
  'grid/carbon-intensity': { time: 'avg', component: 'avg' } });
const [hours, interval, resolution] = process.argv[2] === 'two' ? [2, 7200, 3600] : process.argv.slice(2).map(Number);
const long = process.argv[2] === 'two' ? 3600 : 10;
const start = Date.UTC(2024, 0, 1);
const rows = Array.from({ length: (hours * 3600) / long }, (_, i) => ({
  timestamp: new Date(start + i * long * 1000).toISOString(), duration: long,
  'grid/carbon-intensity': (long === 3600 ? i : Math.floor(i / 90)) % 2 === 0 ? 200 : 600,
}));
const config = { 'start-time': new Date(start).toISOString(), 'end-time': new Date(start + hours * 3600_000).toISOString(),
  interval, 'allow-padding': true, 'upsampling-resolution': resolution };
TimeSync(config, {}, {}).execute(rows).then((out) => {
  const weighed = out.reduce((s, row) => s + row['grid/carbon-intensity'] * row.duration, 0);
  process.stdout.write(String(weighed / out.reduce((s, row) => s + row.duration, 0)));
});
`;

async function ours(hours) {
  const { spread } = await load('src/emissions/operational.ts');
  const from_ms = Float64Array.from({ length: hours * 360 }, (_, i) => i * 10_000);
  const to_ms = from_ms.map((from) => from + 10_000);
  const at = Float64Array.from({ length: hours * 4 }, (_, i) => i * 900_000);
  const course = { ...year, from_ms: at, to_ms: at.map((t) => t + 900_000) };
  const turns = { ...course, g_per_kwh: at.map((_, i) => (i % 2 === 0 ? 200 : 600)) };
  const started = performance.now();
  const [cell] = spread({ from_ms, to_ms, energy_j: from_ms.map(() => 10_000) }, [0, hours * 3_600_000], [turns]);
  const mean = (cell.emissions_g / cell.known_j) * 3_600_000;
  console.log(`  joulebook: ${((performance.now() - started) / 1000).toFixed(4)} s, mean ${mean.toFixed(2)} g/kWh`);
}

async function makeLedger() {
  const folder = join(root, 'ledger/runs/year/w0');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, 'ledger/grid/file'), { recursive: true });
  const json = (name, value) => writeFileSync(join(root, 'ledger', name), JSON.stringify(value));
  json('ledger.json', { schema: 'joulebook/ledger/v1', version: 1 });
  const columns = ['from_ms', 'to_ms', 'g_per_kwh'].map((name) => [name, [...year[name]]]);
  json('grid/file/bench.json', { ...year, ...Object.fromEntries(columns) });
  json('runs/year/run.json', {
    ...{
      schema: 'joulebook/run/v1',
      id: 'year',
      name: null,
      command: ['bench'],
      created_at_ms: START,
      user: null,
      cwd: '',
    },
    ...{
      git: null,
      tags: {},
      zone: 'GB',
      pue: 1,
      price: null,
      intensity: { file: 'bench', hash: 'bench' },
      version: 'x',
    },
  });
  json('runs/year/w0/writer.json', {
    ...{ schema: 'joulebook/writer/v1', writer: 'w0', host: 'bench', boot_id: 'x', pid_namespace: null, pid: 1 },
    ...{ pid_start: null, started_at_ms: START, command: ['bench'], sampling_s: 0.1, imported: true },
  });
  const gpu = { device: 'gpu-0', kind: 'gpu', name: 'bench', uuid: 'GPU-0', source: 'counter', charged: true };
  const more = { limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] };
  json('runs/year/w0/devices.json', { schema: 'joulebook/devices/v1', devices: [{ ...gpu, ...more }], absent: [] });
  const end = { ended_at_ms: START + LONG, exit_code: 0, signal: null, work: { lines_dropped: 0, format: null } };
  json('runs/year/w0/end.json', { schema: 'joulebook/end/v1', ...end });
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  const edge = (i) => `(${START} + round((${i})::DOUBLE * ${LONG} / ${N}))::BIGINT`;
  await db.run(`COPY (
    SELECT 'gpu-0' AS device, ${edge('s')} AS from_ms, ${edge('s + 1')} AS to_ms,
      round(1000 + 600 * sin(s / 37.0) + (hash(s) % 1000) / 20.0, 3) AS energy_j, NULL::DOUBLE AS low_j,
      NULL::DOUBLE AS high_j, 300.0 AS min_w, 700.0 AS max_w, 'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
    FROM range(${N}) u(s) ORDER BY from_ms
  ) TO '${folder}/energy.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
  db.closeSync();
}

function run(command, args) {
  const started = process.hrtime.bigint();
  const out = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (out.status !== 0) throw new Error(out.stderr.slice(-2000));
  return { seconds, mb: Number(out.stderr.trim().split('\n').pop()) / 1024, stdout: out.stdout };
}

function told(name, results) {
  const seconds = results.map((one) => one.seconds);
  const range = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`;
  const mb = median(results.map((one) => one.mb)).toFixed(0);
  console.log(`  ${name.padEnd(22)} ${median(seconds).toFixed(2)} s (${range}), ${mb} MB`);
}

const ratio = await besideNumPy();
if (ratio !== null) console.log(`  ratio to NumPy ${ratio.toFixed(2)}`);
await pureJoin();
await besideImpactFramework();
rmSync(root, { recursive: true });
