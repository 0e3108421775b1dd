// How long the series of a run take over HTTP as it grows: opening it, and looking at stretches from minutes to months.
//
// Rows are made by the engine into sealed segments of the size that runs have (5,500 s of 8 GPUs); the server is the built one, with
// its roll-ups. The ten hosts of the largest run have the same rows, in files that are links. Limits: p95 ≤ 100 ms and flat from 1M to 200M rows, opening a month of 8 GPUs at 1 Hz ≤ 500 ms. `--quick`: without the largest.

import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const START = Date.UTC(2026, 9, 1);
const SEGMENT_S = 5_500;
const GPUS = 8;
const DAY_S = 86_400;
const QUICK = process.argv.includes('--quick');
const RUNS = [
  { id: 'hours-36', writers: 1, seconds: 1.5 * DAY_S },
  { id: 'month', writers: 1, seconds: 30 * DAY_S },
  ...(QUICK ? [] : [{ id: 'month-10-hosts', writers: 10, seconds: 30 * DAY_S }]),
];
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const ledger = join(root, 'ledger');

async function makeRun(db, { id, writers, seconds }) {
  const json = (name, value) => writeFileSync(join(ledger, 'runs', id, name), JSON.stringify(value));
  mkdirSync(join(ledger, 'runs', id), { recursive: true });
  json('run.json', {
    ...{ schema: 'joulebook/run/v1', id, name: id, command: ['bench'], created_at_ms: START, user: null, cwd: '' },
    ...{
      git: null,
      tags: {},
      zone: 'GB',
      pue: 1.2,
      price: null,
      intensity: { file: 'bench', hash: 'bench' },
      version: 'bench',
    },
  });
  for (let w = 0; w < writers; w++) {
    const folder = join(ledger, 'runs', id, `w${w}`);
    mkdirSync(folder);
    json(`w${w}/writer.json`, {
      ...{
        schema: 'joulebook/writer/v1',
        writer: `w${w}`,
        host: `node${w}`,
        boot_id: `${id}${w}`,
        pid_namespace: null,
        pid: 1,
      },
      ...{ pid_start: null, started_at_ms: START, command: ['bench'], sampling_s: 0.1, imported: true },
    });
    json(`w${w}/devices.json`, {
      schema: 'joulebook/devices/v1',
      absent: [],
      devices: Array.from({ length: GPUS }, (_, i) => ({
        ...{
          device: `gpu-${i}`,
          kind: 'gpu',
          name: 'NVIDIA H100 80GB HBM3',
          uuid: '',
          source: 'counter',
          charged: true,
          limit_w: 700,
        },
        ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
      })),
    });
    json(`w${w}/end.json`, {
      ...{ schema: 'joulebook/end/v1', ended_at_ms: START + seconds * 1000, exit_code: 0, signal: null },
      work: { lines_dropped: 0, format: null },
    });
    // Further hosts have the rows of the first: their files are links to its files.
    if (w > 0) {
      for (const name of readdirSync(join(folder, '../w0')).filter(
        (one) => one.endsWith('.parquet') && one.startsWith('energy'),
      ))
        linkSync(join(folder, '../w0', name), join(folder, name));
      continue;
    }
    for (let from = 0, n = 1; from < seconds; from += SEGMENT_S, n++) {
      const file = join(folder, `energy.${String(n).padStart(6, '0')}.parquet`);
      await db.run(`COPY (
        SELECT 'gpu-' || d AS device, (${START} + s * 1000)::BIGINT AS from_ms, (${START} + s * 1000 + 1000)::BIGINT AS to_ms,
          round(450 + 150 * sin(s / 7000.0 + d) + 60 * random(), 3) AS energy_j, NULL::DOUBLE AS low_j, NULL::DOUBLE AS high_j,
          round(200 + 60 * random(), 1) AS min_w, round(620 + 80 * random(), 1) AS max_w, 'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
        FROM range(${GPUS}) t(d), range(${from}, ${Math.min(seconds, from + SEGMENT_S)}) u(s) ORDER BY device, from_ms
      ) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`);
    }
    // A log line every 10 s.
    await db.run(`COPY (
      SELECT (${START} + s * 10000)::DOUBLE AS at_ms, s::DOUBLE AS step, NULL::DOUBLE AS epoch, s * 4096.0 AS tokens, 'cumulative' AS tokens_are,
        NULL::DOUBLE AS samples, NULL::DOUBLE AS batch, 0.0003 AS lr, 2 + 8 / (1 + s / 500.0) + 0.1 * random() AS loss, NULL::VARCHAR AS phase,
        NULL::VARCHAR AS metrics, NULL::DOUBLE AS it_j, NULL::DOUBLE AS total, NULL::VARCHAR AS units, NULL::DOUBLE AS rank, NULL::VARCHAR AS told
      FROM range(1, ${Math.floor(seconds / 10)}) u(s)) TO '${join(folder, 'steps.000001.parquet')}' (FORMAT parquet, COMPRESSION zstd)`);
    process.stderr.write(`\r  ${id}: ${w + 1}/${writers} writers `);
  }
  process.stderr.write('\n');
}

/** Half-hours of one zone, measured. */
function makeGrid() {
  const from_ms = Array.from({ length: 2 * 24 * 40 }, (_, i) => START - 5 * DAY_S * 1000 + i * 1_800_000);
  mkdirSync(join(ledger, 'grid/file'), { recursive: true });
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
    ...{
      from_ms,
      to_ms: from_ms.map((at) => at + 1_800_000),
      g_per_kwh: from_ms.map((_, i) => 200 + 150 * Math.sin(i / 7.6) + (i % 13)),
    },
  };
  writeFileSync(join(ledger, 'ledger.json'), JSON.stringify({ schema: 'joulebook/ledger/v1', version: 1 }));
  writeFileSync(join(ledger, 'grid/file/bench.json'), JSON.stringify({ series: [series], notes: [] }));
}

/** The built server; resolves with its address. */
async function serve(cache) {
  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--ledger', ledger, '--port', '0'], {
    env: { ...process.env, XDG_CACHE_HOME: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server ended')));
    child.stdout.on('data', (text) => /http:\S+/.test(text) && resolve(/http:\S+/.exec(text)[0]));
  });
  const stop = () => new Promise((resolve) => child.once('exit', resolve) && child.kill());
  return { url, stop, memory_mb: () => Number(/VmHWM:\s+(\d+)/.exec(readStatus(child.pid))?.[1] ?? 0) / 1024 };
}
const readStatus = (pid) => (existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');

async function timed(url, id, query = {}) {
  const from = performance.now();
  const response = await fetch(`${url}/api/runs/${id}/series?${new URLSearchParams(query)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return { ms: performance.now() - from, body };
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** Stretches of all lengths, evenly by their logarithm, anywhere in the run. */
async function looks(url, { id, seconds }, count, more = {}) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const length_s = Math.min(seconds, 60 * (seconds / 60) ** ((i * 0.618) % 1));
    const from = Math.floor(START + (seconds - length_s) * ((i * 0.414) % 1) * 1000);
    times.push((await timed(url, id, { from, to: Math.floor(from + length_s * 1000), points: 1000, ...more })).ms);
  }
  times.sort((a, b) => a - b);
  return times;
}

const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((s, name) => s + statSync(join(folder, name)).size, 0);
const fixed = (x) => x.toFixed(0);

try {
  makeGrid();
  const db = await (await DuckDBInstance.create(':memory:', { memory_limit: '1500MB' })).connect();
  for (const run of RUNS) await makeRun(db, run);
  db.closeSync();
  const cache = join(root, 'cache');
  const bare = await serve(join(root, 'none'));
  for (const { id, writers, seconds } of RUNS) {
    const { ms } = await timed(bare.url, id, { what: 'power,energy,emissions,intensity' });
    console.log(`${id}: ${(writers * GPUS * seconds) / 1e6} M rows, opened without roll-ups: ${fixed(ms)} ms`);
  }
  await bare.stop();
  const from = performance.now();
  for (const { id } of RUNS) {
    const child = spawn(process.execPath, ['dist/prepare.js', join(cache, 'joulebook'), ledger, id], {
      stdio: 'inherit',
    });
    await new Promise((resolve) => child.once('exit', resolve));
  }
  console.log(
    `roll-ups made in ${((performance.now() - from) / 1000).toFixed(1)} s: ${fixed(sizeOf(cache) / 1e6)} MB beside ${fixed(sizeOf(ledger) / 1e6)} MB`,
  );
  for (const run of RUNS) {
    const server = await serve(cache);
    const { ms, body } = await timed(server.url, run.id);
    const again = await timed(server.url, run.id);
    const times = await looks(server.url, run, 200);
    const power = await looks(server.url, run, 100, { what: 'power' });
    console.log(
      `${run.id}: ${body.stretches.from_ms.length} stretches; opened in ${fixed(ms)} ms, again ${fixed(again.ms)} ms; ` +
        `200 looks p50 ${fixed(at(times, 0.5))} p95 ${fixed(at(times, 0.95))} most ${fixed(times.at(-1))} ms; power alone p50 ${fixed(at(power, 0.5))} p95 ${fixed(at(power, 0.95))} ms; ` +
        `server at most ${fixed(server.memory_mb())} MB`,
    );
    await server.stop();
  }
} finally {
  if (!process.argv.includes('--keep')) rmSync(root, { recursive: true, force: true });
  else console.log(root);
}
