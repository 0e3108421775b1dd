// Accounts of 10,000 runs in one query: what of it is reading the ledger, and what is making figures with their intervals.
//
// Our own modules are bundled and timed from within: reading is run.json and its neighbours, rows by the engine, events, what is
// kept of the grid; the rest is the account. Limits: the rest ≤ 1 s over all runs, one run ≤ 5 ms.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { build } from 'esbuild';

const RUNS = process.argv.includes('--quick') ? 1_000 : 10_000;
const START = Date.UTC(2024, 0, 1);
const HALF_HOUR = 1_800_000;
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const ledger = join(root, 'ledger');

/** A year of half-hours of one zone, measured, and a file of a PUE that every second run names. */
function makeGrid() {
  const from_ms = Array.from({ length: 17_568 }, (_, i) => START + i * HALF_HOUR);
  const to_ms = from_ms.map((at) => at + HALF_HOUR);
  const g_per_kwh = from_ms.map((_, i) => 200 + 150 * Math.sin(i / 7.6) + (i % 13));
  mkdirSync(join(ledger, 'grid/file'), { recursive: true });
  const series = {
    ...{ zone: 'GB', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured' },
    ...{ source: 'bench', licence: '', year: null, from_ms, to_ms, g_per_kwh },
  };
  writeFileSync(join(ledger, 'ledger.json'), JSON.stringify({ schema: 'joulebook/ledger/v1', version: 1 }));
  writeFileSync(join(ledger, 'grid/file/bench.json'), JSON.stringify({ series: [series], notes: [] }));
}

async function makeRuns() {
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  const device = (name, kind, more) => ({
    ...{ device: name, kind, name, uuid: '', source: 'counter', charged: true, limit_w: 700 },
    ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [], ...more },
  });
  const devices = [
    device('gpu-0', 'gpu', { name: 'NVIDIA H100 80GB HBM3' }),
    device('cpu-package-0', 'cpu-package', { name: 'AMD EPYC 9654' }),
    device('dram-0', 'dram', { source: 'model' }),
  ];
  for (let r = 0; r < RUNS; r++) {
    const id = `run${String(r).padStart(5, '0')}`;
    const folder = join(ledger, 'runs', id, 'w0');
    mkdirSync(folder, { recursive: true });
    const from = START + r * 3_000_000 + (r % 1000);
    const json = (name, value) => writeFileSync(join(ledger, 'runs', id, name), JSON.stringify(value));
    json('run.json', {
      ...{ schema: 'joulebook/run/v1', id, name: null, command: ['bench'], created_at_ms: from, user: null, cwd: '' },
      ...{ git: null, tags: {}, zone: 'GB', pue: 1.2, price: { per_kwh: 0.2, currency: 'EUR' } },
      ...{ intensity: { file: 'bench', hash: 'bench' }, version: 'bench' },
    });
    json('w0/writer.json', {
      ...{ schema: 'joulebook/writer/v1', writer: 'w0', host: 'bench', boot_id: id, pid_namespace: null, pid: 1 },
      ...{ pid_start: null, started_at_ms: from, command: ['bench'], sampling_s: 0.1, imported: true },
    });
    json('w0/devices.json', { schema: 'joulebook/devices/v1', devices, absent: [] });
    json('w0/end.json', {
      ...{ schema: 'joulebook/end/v1', ended_at_ms: from + 7_200_000, exit_code: 0, signal: null },
      work: { lines_dropped: 0, format: null },
    });
    await db.run(`COPY (
      SELECT d AS device, (${from} + m * 60000)::BIGINT AS from_ms, (${from} + m * 60000 + 60000)::BIGINT AS to_ms,
        24000.0 + (m % 17) * 100 AS energy_j, NULL::DOUBLE AS low_j, NULL::DOUBLE AS high_j, 300.0 AS min_w, 700.0 AS max_w,
        'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
      FROM (VALUES ('gpu-0'), ('cpu-package-0'), ('dram-0')) t(d), range(120) u(m) ORDER BY device, from_ms
    ) TO '${folder}/energy.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
    if (r % 500 === 499) process.stderr.write(`\r  ledger: ${r + 1}/${RUNS} runs`);
  }
  process.stderr.write('\n');
  db.closeSync();
}

/** Our modules as they are, with a clock around what reads. */
async function measured() {
  const entry = join(root, 'entry.ts');
  const src = join(import.meta.dirname, '..', 'src');
  writeFileSync(
    entry,
    `export { runsOf } from '${src}/app/reports.ts'; export { times } from '${src}/app/reports.ts';`,
  );
  await build({
    ...{ entryPoints: [entry], outfile: join(root, 'bench.mjs'), bundle: true, platform: 'node', format: 'esm' },
    ...{ external: ['@duckdb/*'], define: { JOULEBOOK_VERSION: '"bench"' }, logLevel: 'error' },
    nodePaths: [join(import.meta.dirname, '..', 'node_modules')],
  });
  return import(join(root, 'bench.mjs'));
}

try {
  makeGrid();
  await makeRuns();
  console.log(ledger);
} finally {
  if (!process.argv.includes('--keep')) rmSync(root, { recursive: true, force: true });
}
