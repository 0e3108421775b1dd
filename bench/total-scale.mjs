// joulebook total over 10,000 runs on ten machines that are monitored all the time.
//
// Whole processes are timed, with the operating system's peak memory of each; the sum is held to one made by the engine alone.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const quick = process.argv.includes('--quick');
const HOSTS = 10;
const RUNS = quick ? 50 : 1000; // on each
const GPUS = 2;
const SECONDS = 60; // of each run; a second of pause after it
const START = Date.UTC(2024, 0, 1);
const root = process.env.BENCH_LEDGER ?? mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const ledger = join(root, 'ledger');
const db = await (await DuckDBInstance.create(':memory:')).connect();

const devicesOf = (host) =>
  Array.from({ length: GPUS }, (_, d) => ({
    ...{ device: `gpu-${d}`, kind: 'gpu', name: 'bench', uuid: `GPU-${host}-${d}`, source: 'counter', charged: true },
    ...{ limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
  }));

async function makeRun(id, host, { kind, from, seconds, tags }) {
  const folder = join(ledger, 'runs', id, 'w0');
  mkdirSync(folder, { recursive: true });
  const json = (name, value) => writeFileSync(join(ledger, 'runs', id, name), JSON.stringify(value));
  json('run.json', {
    ...{ schema: 'joulebook/run/v1', id, name: null, command: ['bench'], created_at_ms: from, user: null, cwd: '' },
    ...{ git: null, tags, zone: 'GB', pue: 1.1, price: null, intensity: { file: 'bench', hash: 'bench' } },
    ...{ version: 'bench', ...(kind === undefined ? {} : { kind }) },
  });
  json('w0/writer.json', {
    ...{
      schema: 'joulebook/writer/v1',
      writer: 'w0',
      host,
      boot_id: 'x',
      pid_namespace: null,
      pid: 1,
      pid_start: null,
    },
    ...{ started_at_ms: from, command: ['bench'], sampling_s: 0.1, imported: true },
  });
  json('w0/devices.json', { schema: 'joulebook/devices/v1', devices: devicesOf(host), absent: [] });
  json('w0/end.json', {
    ...{ schema: 'joulebook/end/v1', ended_at_ms: from + seconds * 1000, exit_code: 0, signal: null },
    work: { lines_dropped: 0, format: null },
  });
  await db.run(`COPY (
    SELECT 'gpu-' || d AS device, (${from} + s * 1000)::BIGINT AS from_ms, (${from} + s * 1000 + 1000)::BIGINT AS to_ms,
      round(400 + 250 * sin(s / 37.0 + d) + (hash(s * 31 + d) % 1000) / 20.0, 3) AS energy_j, NULL::DOUBLE AS low_j,
      NULL::DOUBLE AS high_j, 100.0 AS min_w, 700.0 AS max_w, 'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
    FROM range(${GPUS}) t(d), range(${seconds}) u(s) ORDER BY device, from_ms
  ) TO '${folder}/energy.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
  if (kind !== 'monitor') return;
  await db.run(`COPY (
    SELECT 'gpu-' || d AS device, (${from} + s * 5000)::BIGINT AS from_ms, (${from} + s * 5000 + 5000)::BIGINT AS to_ms,
      p AS pid, 1::BIGINT AS pid_start, '' AS ancestors, 1000 + p AS uid, 'x' AS name, 0.3 AS share
    FROM range(${GPUS}) t(d), range(${seconds / 5}) u(s), range(2) v(p) ORDER BY from_ms, device
  ) TO '${folder}/usage.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
}

mkdirSync(join(ledger, 'grid/file'), { recursive: true });
writeFileSync(join(ledger, 'ledger.json'), JSON.stringify({ schema: 'joulebook/ledger/v1', version: 1 }));
const hours = Array.from({ length: 24 * 366 }, (_, i) => START + i * 3_600_000);
writeFileSync(
  join(ledger, 'grid/file/bench.json'),
  JSON.stringify({
    ...{ zone: 'GB', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured', source: 'bench' },
    ...{ licence: '', year: null, from_ms: hours, to_ms: hours.map((at) => at + 3_600_000) },
    g_per_kwh: hours.map((_, i) => 200 + 150 * Math.sin(i / 3.8)),
  }),
);
const all = RUNS * (SECONDS + 1);
for (let h = 0; h < HOSTS; h++) {
  await makeRun(`monitor${h}`, `host${h}`, { kind: 'monitor', from: START, seconds: all - (all % 5), tags: {} });
  for (let r = 0; r < RUNS; r++) {
    const from = START + r * (SECONDS + 1) * 1000;
    await makeRun(`run-${h}-${r}`, `host${h}`, { from, seconds: SECONDS, tags: { project: `p${r % 7}` } });
  }
  process.stderr.write(`\r  ledger: ${h + 1}/${HOSTS} machines`);
}
process.stderr.write('\n');

function timed(...args) {
  const command = [process.execPath, 'dist/cli.js', ...args, '--json', '--ledger', ledger];
  const started = process.hrtime.bigint();
  const out = spawnSync('/usr/bin/time', ['-f', '%M', ...command], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (out.status !== 0) throw new Error(out.stderr.slice(-2000));
  return { seconds, mb: Number(out.stderr.trim().split('\n').pop()) / 1024, made: JSON.parse(out.stdout) };
}
const tell = (name, { seconds, mb }) =>
  console.log(`  ${name.padEnd(34)} ${seconds.toFixed(2)} s  ${mb.toFixed(0)} MB`);

console.log(`${HOSTS * RUNS} runs, ${HOSTS} monitors, ${(HOSTS * GPUS * (all + RUNS * SECONDS)) / 1e6}M rows`);
tell('joulebook runs', timed('runs'));
const by = timed('total', '--by', 'project');
tell('joulebook total --by project', by);
tell('joulebook total --by month', timed('total', '--by', 'month'));
const found = await db.run(
  `SELECT fsum(energy_j) AS j FROM read_parquet('${ledger}/runs/monitor*/w0/energy.*.parquet')`,
);
const [[j]] = await found.getRows();
const off = Math.abs(by.made.total.energy_j.value / j - 1);
console.log(`  the rows add up to the monitors' ${j.toFixed(0)} J to ${off.toExponential(1)} relative`);
db.closeSync();
if (process.env.BENCH_LEDGER === undefined) rmSync(root, { recursive: true });
