// Report over 50M rows × 200 runs × a year of half-hours, beside an expert's NumPy on the same rows in the same run.
//
// NumPy gets its columns from .npy files, ready to compute; ours come from the ledger's Parquet. Whole processes are
// timed, alternating, with the operating system's peak memory of each.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const quick = process.argv.includes('--quick');
const RUNS = quick ? 20 : 200;
const DEVICES = 5;
const SECONDS = quick ? 5_000 : 50_000;
const START = Date.UTC(2024, 0, 1);
const HALF_HOUR = 1_800_000;
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const python = process.env.BENCH_PYTHON ?? 'python3';

const intensity = Array.from({ length: 17_568 }, (_, i) => 200 + 150 * Math.sin(i / 7.6) + (i % 13));
const series = {
  ...{
    zone: 'GB',
    provider: 'file',
    kind: 'average',
    scope: 'lifecycle',
    quality: 'measured',
    source: 'bench',
    licence: '',
    year: null,
  },
  from_ms: intensity.map((_, i) => START + i * HALF_HOUR),
  to_ms: intensity.map((_, i) => START + (i + 1) * HALF_HOUR),
  g_per_kwh: intensity,
};

async function makeLedger() {
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  mkdirSync(join(root, 'ledger/grid/file'), { recursive: true });
  writeFileSync(join(root, 'ledger/ledger.json'), JSON.stringify({ schema: 'joulebook/ledger/v1', version: 1 }));
  writeFileSync(join(root, 'ledger/grid/file/bench.json'), JSON.stringify(series));
  for (let r = 0; r < RUNS; r++) {
    const id = `run${String(r).padStart(3, '0')}`;
    const folder = join(root, 'ledger/runs', id, 'w0');
    mkdirSync(folder, { recursive: true });
    const from = START + r * 100 * 60_000;
    const devices = Array.from({ length: DEVICES }, (_, d) => ({
      ...{ device: `gpu-${d}`, kind: 'gpu', name: 'bench', uuid: `GPU-${r}-${d}`, source: 'counter', charged: true },
      ...{ limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
    }));
    const json = (name, value) => writeFileSync(join(root, 'ledger/runs', id, name), JSON.stringify(value));
    json('run.json', {
      ...{
        schema: 'joulebook/run/v1',
        id,
        name: null,
        command: ['bench'],
        created_at_ms: from,
        user: null,
        cwd: '',
        git: null,
      },
      ...{ tags: {}, zone: 'GB', pue: 1.1, price: null, intensity: { file: 'bench', hash: 'bench' }, version: 'bench' },
    });
    json('w0/writer.json', {
      ...{
        schema: 'joulebook/writer/v1',
        writer: 'w0',
        host: 'bench',
        boot_id: 'x',
        pid_namespace: null,
        pid: 1,
        pid_start: null,
      },
      ...{ started_at_ms: from, command: ['bench'], sampling_s: 0.1, imported: true },
    });
    json('w0/devices.json', { schema: 'joulebook/devices/v1', devices, absent: [] });
    json('w0/end.json', {
      schema: 'joulebook/end/v1',
      ended_at_ms: from + SECONDS * 1000,
      exit_code: 0,
      signal: null,
      work: { lines_dropped: 0, format: null },
    });
    await db.run(`COPY (
      SELECT 'gpu-' || d AS device, (${from} + s * 1000)::BIGINT AS from_ms, (${from} + s * 1000 + 1000)::BIGINT AS to_ms,
        round(400 + 250 * sin(s / 37.0 + d + ${r}) + (hash(s * 31 + d) % 1000) / 20.0, 3) AS energy_j, NULL::DOUBLE AS low_j, NULL::DOUBLE AS high_j,
        300.0 AS min_w, 700.0 AS max_w, 'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
      FROM range(${DEVICES}) t(d), range(${SECONDS}) u(s) ORDER BY device, from_ms
    ) TO '${folder}/energy.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
    if (r % 20 === 19) process.stderr.write(`\r  ledger: ${r + 1}/${RUNS} runs`);
  }
  process.stderr.write('\n');
  const all = `read_parquet('${root}/ledger/runs/*/w0/energy.*.parquet', filename = true)`;
  await db.run(
    `COPY (SELECT regexp_extract(filename, 'run(\\d+)', 1)::SMALLINT AS run, from_ms, energy_j FROM ${all}) TO '${root}/flat.parquet' (FORMAT parquet)`,
  );
  db.closeSync();
}

const NUMPY = `
import numpy as np, sys
root = sys.argv[1]
run = np.load(root + '/run.npy'); at = np.load(root + '/at.npy'); e = np.load(root + '/e.npy')
start = np.load(root + '/start.npy'); g = np.load(root + '/g.npy')
i = np.searchsorted(start, at, side='right') - 1
n = int(run.max()) + 1
it = np.bincount(run, weights=e, minlength=n)
grams = np.bincount(run, weights=e * g[i], minlength=n) / 3.6e6
print(repr(float(it.sum())), repr(float(grams.sum())))
`;
const PANDAS = `
import numpy as np, pandas as pd, sys
root = sys.argv[1]
a = pd.DataFrame({'run': np.load(root + '/run.npy'), 'at': np.load(root + '/at.npy'), 'e': np.load(root + '/e.npy')}).sort_values('at')
b = pd.DataFrame({'at': np.load(root + '/start.npy'), 'g': np.load(root + '/g.npy')})
m = pd.merge_asof(a, b, on='at')
m['x'] = m['e'] * m['g']
s = m.groupby('run')[['e', 'x']].sum()
print(repr(float(s['e'].sum())), repr(float(s['x'].sum() / 3.6e6)))
`;
const TO_NPY = `
import duckdb, numpy as np, sys, json
root = sys.argv[1]
t = duckdb.sql(f"SELECT run, from_ms, energy_j FROM '{root}/flat.parquet'").fetchnumpy()
np.save(root + '/run.npy', t['run']); np.save(root + '/at.npy', t['from_ms']); np.save(root + '/e.npy', t['energy_j'])
s = json.load(open(root + '/ledger/grid/file/bench.json'))
np.save(root + '/start.npy', np.array(s['from_ms'], dtype=np.int64)); np.save(root + '/g.npy', np.array(s['g_per_kwh']))
`;

function timed(command, args) {
  const started = process.hrtime.bigint();
  const out = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (out.status !== 0) throw new Error(out.stderr.slice(-2000));
  return { seconds, mb: Number(out.stderr.trim().split('\n').pop()) / 1024, stdout: out.stdout };
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

await makeLedger();
const peers = spawnSync(python, ['-c', 'import numpy, duckdb'], { stdio: 'ignore' }).status === 0;
const ours = () => timed(process.execPath, ['dist/cli.js', 'runs', '--json', '--ledger', join(root, 'ledger')]);
const results = { ours: [], numpy: [] };
if (peers) spawnSync(python, ['-c', TO_NPY, root], { stdio: 'inherit' });
for (let i = 0; i < (quick ? 1 : 3); i++) {
  results.ours.push(ours());
  if (peers) results.numpy.push(timed(python, ['-c', NUMPY, root]));
}
const made = JSON.parse(results.ours[0].stdout);
const it = made.runs.reduce((s, run) => s + run.it_j.value, 0);
const grams = made.runs.reduce((s, run) => s + run.total_g.value, 0) / 1.1;
const rows = RUNS * DEVICES * SECONDS;
console.log(`report over ${rows / 1e6}M rows × ${RUNS} runs × ${intensity.length} half-hours`);
console.log(
  `  joulebook runs --json   ${median(results.ours.map((r) => r.seconds)).toFixed(2)} s  ${median(results.ours.map((r) => r.mb)).toFixed(0)} MB`,
);
if (peers) {
  const [e, g] = results.numpy[0].stdout.trim().split(' ').map(Number);
  const ratio = median(results.ours.map((r, i) => r.seconds / results.numpy[i].seconds));
  console.log(
    `  NumPy                   ${median(results.numpy.map((r) => r.seconds)).toFixed(2)} s  ${median(results.numpy.map((r) => r.mb)).toFixed(0)} MB  (ratio ${ratio.toFixed(2)})`,
  );
  console.log(`  they agree to ${Math.max(Math.abs(it / e - 1), Math.abs(grams / g - 1)).toExponential(1)} relative`);
  if (
    process.argv.includes('--pandas') &&
    spawnSync(python, ['-c', 'import pandas'], { stdio: 'ignore' }).status === 0
  ) {
    const pandas = timed(python, ['-c', PANDAS, root]);
    console.log(`  pandas merge_asof       ${pandas.seconds.toFixed(2)} s  ${pandas.mb.toFixed(0)} MB`);
  }
} else console.log('  NumPy: not installed here (BENCH_PYTHON names a Python that has numpy and duckdb)');
if (existsSync(root)) rmSync(root, { recursive: true });
