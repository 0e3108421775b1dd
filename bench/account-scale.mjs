// Accounts of 10,000 runs in one query: what of it is reading the ledger, and what is making figures with their intervals.
//
// Reading is run.json and its neighbours, rows by the engine, events, what is kept of the grid; the rest is the account, with
// energy, operational, embodied and total emissions, each with its interval. Limits: the rest ≤ 1 s over all runs, one run ≤ 5 ms. `--quick`: a tenth of it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { load } from './load.mjs';

const RUNS = process.argv.includes('--quick') ? 1_000 : 10_000;
const START = Date.UTC(2024, 0, 1);
const HALF_HOUR = 1_800_000;
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const ledger = join(root, 'ledger');

/** A year of half-hours of one zone, measured. */
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

/** The same as `joulebook runs`, with a clock between what reads and what makes figures; seconds. */
async function measured({ readRuns, openReader, shelfOf, chainOfRun, valuesOf, summaryOf, spanOf, toJson }) {
  const clock = () => process.hrtime.bigint();
  const seconds = (from) => Number(clock() - from) / 1e9;
  const t0 = clock();
  const { runs } = readRuns(ledger);
  const reader = await openReader();
  const energies = await reader.energy(runs, HALF_HOUR);
  const events = await reader.events(runs);
  const shelf = shelfOf(ledger, { many: true });
  shelf.own('bench');
  const reading = seconds(t0);
  const t1 = clock();
  const cpu = process.cpuUsage();
  let grams = 0;
  for (const entry of runs) {
    const { record: run, state, writers, damage, amendments, unsure } = entry;
    const energy = energies.get(run.id);
    const time = { span: spanOf(entry, energy), shelf };
    const chain = chainOfRun(ledger, entry, time);
    const { figures } = summaryOf({
      ...{
        run,
        state,
        writers,
        energy,
        steps: [],
        events: events.get(run.id),
        amendments,
        unsure,
        damage,
        brief: true,
      },
      ...{ chain: chain.series, no_intensity: chain.none, values: valuesOf(shelf, run) },
    });
    const { value, low, high } = toJson(figures.total_g);
    if (!(low < value && value < high)) throw new Error(`no interval: ${JSON.stringify(figures.total_g)}`);
    grams += value;
  }
  const { user } = process.cpuUsage(cpu);
  const account = seconds(t1);
  reader.close();
  return { reading, account, cpu_s: user / 1e6, grams };
}

async function modules() {
  const [runs, reader, shelf, chain, values, build, reports, figure] = await Promise.all(
    [
      ...['src/ledger/runs.ts', 'src/ledger/reader.ts', 'src/app/shelf.ts', 'src/app/run-chain.ts'],
      ...['src/app/values.ts', 'src/report/core.ts', 'src/app/reports.ts', 'src/core/figure.ts'],
    ].map(load),
  );
  return { ...runs, ...reader, ...shelf, ...chain, ...values, ...build, spanOf: reports.spanOf, toJson: figure.toJson };
}

try {
  makeGrid();
  await makeRuns();
  const ours = await modules();
  const rounds = [];
  for (let i = 0; i < 3; i++) {
    rounds.push(await measured(ours));
    const { reading, account, cpu_s, grams } = rounds[i];
    console.log(
      `${RUNS} runs: reading ${reading.toFixed(2)} s, accounts ${account.toFixed(2)} s (${cpu_s.toFixed(2)} s of CPU), ` +
        `${((account / RUNS) * 1e3).toFixed(3)} ms a run; ${(grams / 1e6).toFixed(3)} t`,
    );
  }
  const best = Math.min(...rounds.map(({ account }) => account));
  console.log(
    `best of three: ${best.toFixed(2)} s (limit ${RUNS / 10_000} s), ${((best / RUNS) * 1e3).toFixed(3)} ms a run (limit 5)`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
