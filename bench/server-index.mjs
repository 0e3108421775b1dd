// joulebook serve over 10,000 runs: from its start to the first list, without and with what it kept, its memory, what it
// costs while nothing happens, and what one new run costs.
//
// The runs are those of one year, a minute each on two GPUs with a log of twenty steps. BENCH_LEDGER keeps them for a next time.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';

const RUNS = process.argv.includes('--quick') ? 300 : 10_000;
const START = Date.UTC(2025, 0, 1);
const EVERY_MS = Math.floor((365 * 86_400_000) / 10_000);
const root = process.env.BENCH_LEDGER ?? mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const ledger = join(root, 'ledger');
const cache = join(root, 'cache');

const MODELS = ['llama-8b', 'llama-70b', 'bert', 'vit-l', null];
const STATES = [0, 0, 0, 0, 0, 0, 1];

const devices = [0, 1].map((d) => ({
  ...{ device: `gpu-${d}`, kind: 'gpu', name: 'bench', uuid: `GPU-${d}`, source: 'counter', charged: true },
  ...{ limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
}));

async function makeRun(db, i) {
  const from = START + i * EVERY_MS;
  const id = `${(((i + 1) * 2654435761) % 2 ** 32).toString(32)}${((i * 7919) % 32768).toString(32).padStart(3, '0')}`;
  const folder = join(ledger, 'runs', id, 'w0');
  mkdirSync(folder, { recursive: true });
  const json = (name, value) => writeFileSync(join(ledger, 'runs', id, name), JSON.stringify(value));
  const model = MODELS[i % MODELS.length];
  const commit = ((Math.floor(i / 7) * 2654435761) % 2 ** 32).toString(16).padStart(8, '0').repeat(5);
  json('run.json', {
    ...{ schema: 'joulebook/run/v1', id, name: `try ${i}`, created_at_ms: from, user: 'bench', cwd: '/bench' },
    command: ['python', 'train.py', '--lr', String(1e-5 * (1 + (i % 40))), '--seed', String(i)],
    git: { commit, branch: i % 3 === 0 ? `wider-${Math.floor(i / 500)}` : 'main', dirty: false },
    tags: { project: `p${i % 7}`, seed: String(i), lr: String(1e-5 * (1 + (i % 40))) },
    ...{ zone: 'GB', pue: 1.1, price: { per_kwh: 0.2, currency: 'GBP' }, intensity: { file: 'bench', hash: 'bench' } },
    ...{ version: 'bench', ...(model === null ? {} : { model, stage: 'pre-train' }) },
  });
  json('w0/writer.json', {
    ...{
      schema: 'joulebook/writer/v1',
      writer: 'w0',
      host: `host${i % 10}`,
      boot_id: 'x',
      pid_namespace: null,
      pid: 1,
    },
    ...{ pid_start: null, started_at_ms: from, command: ['python'], sampling_s: 0.1, imported: true },
  });
  json('w0/devices.json', { schema: 'joulebook/devices/v1', devices, absent: [] });
  json('w0/end.json', {
    ...{ schema: 'joulebook/end/v1', ended_at_ms: from + 60_000, exit_code: STATES[i % STATES.length], signal: null },
    work: { lines_dropped: 0, format: null },
  });
  await db.run(`COPY (
    SELECT 'gpu-' || d AS device, (${from} + s * 1000)::BIGINT AS from_ms, (${from} + s * 1000 + 1000)::BIGINT AS to_ms,
      round(400 + 250 * sin(s / 37.0 + d) + (hash(s * 31 + d + ${i}) % 1000) / 10.0, 3) AS energy_j, NULL::DOUBLE AS low_j,
      NULL::DOUBLE AS high_j, 100.0 AS min_w, 700.0 AS max_w, 'counter' AS source, 'measured' AS quality, NULL::VARCHAR AS why
    FROM range(2) t(d), range(60) u(s) ORDER BY device, from_ms
  ) TO '${folder}/energy.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
  await db.run(`COPY (
    SELECT (${from} + s * 3000)::DOUBLE AS at_ms, s::DOUBLE AS step, NULL::DOUBLE AS epoch, (s * 4096)::DOUBLE AS tokens,
      'cumulative' AS tokens_are, NULL::DOUBLE AS samples, NULL::DOUBLE AS batch, NULL::DOUBLE AS lr, 2.0 AS loss, NULL::VARCHAR AS phase,
      NULL::VARCHAR AS metrics, NULL::DOUBLE AS it_j, NULL::DOUBLE AS total, NULL::VARCHAR AS units, NULL::DOUBLE AS rank, NULL::VARCHAR AS told
    FROM range(1, 21) u(s)
  ) TO '${folder}/steps.000001.parquet' (FORMAT parquet, COMPRESSION zstd)`);
}

async function makeLedger() {
  const db = await (await DuckDBInstance.create(':memory:')).connect();
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
  for (let i = 0; i < RUNS; i++) {
    await makeRun(db, i);
    if (i % 500 === 0) process.stderr.write(`\r  ledger: ${i} of ${RUNS} runs`);
  }
  process.stderr.write('\n');
  db.closeSync();
}
if (!existsSync(join(ledger, 'ledger.json'))) await makeLedger();

/** joulebook serve over the ledger; the milliseconds until its first list is here. */
async function serve(port) {
  const began = performance.now();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const args = ['dist/cli.js', 'serve', '--ledger', ledger, '--port', String(port)];
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/api/runs-table`;
  for (;;) {
    try {
      const told = await listOf(url);
      return { child, url, ms: performance.now() - began, told };
    } catch {
      await pause(10);
    }
  }
}
const listOf = async (url) => {
  const began = performance.now();
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  const told = await response.json();
  return { ...told, ms: performance.now() - began };
};
async function settled(url) {
  for (;;) {
    const told = await listOf(url);
    if (told.unread + told.working === 0) return told;
    await pause(500);
  }
}
const stop = async (child) => {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
};
/** CPU-seconds so far, and MB in memory. */
function used(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return { cpu_s: (Number(stat[11]) + Number(stat[12])) / 100, mb: Number(rss) / 1024 };
}
async function idle({ child, url }, asked, seconds = 20) {
  const before = used(child.pid);
  for (let s = 0; s < seconds; s += 2) {
    await pause(2000);
    if (asked) await fetch(url, { headers: { 'if-none-match': asked } });
  }
  const after = used(child.pid);
  return { share: (after.cpu_s - before.cpu_s) / seconds, mb: after.mb };
}
const say = (name, text) => console.log(`  ${name.padEnd(46)} ${text}`);

rmSync(cache, { recursive: true, force: true });
console.log(`${readdirSync(join(ledger, 'runs')).length} runs`);
const cold = await serve(18_490);
say('nothing kept: start to the first list', `${cold.ms.toFixed(0)} ms, ${cold.told.runs} runs in it`);
const began = performance.now();
const whole = await settled(cold.url);
say('nothing kept: until all figures are there', `${((performance.now() - began) / 1000).toFixed(0)} s`);
const packed = await new Promise((resolve) => {
  get(cold.url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
    let bytes = 0;
    response
      .on('data', (chunk) => (bytes += chunk.length))
      .on('end', () => resolve({ bytes, tag: response.headers.etag }));
  });
});
say('the table of all', `${(packed.bytes / 1e3).toFixed(0)} kB packed, in ${whole.ms.toFixed(0)} ms`);
const asked = await idle(cold, packed.tag);
say('nothing happens, one page asks', `${(100 * asked.share).toFixed(2)} % of a core, ${asked.mb.toFixed(0)} MB`);
await stop(cold.child);

const warm = await serve(18_491);
say(
  'kept: start to the first list',
  `${warm.ms.toFixed(0)} ms, ${warm.told.runs} runs, ${warm.told.working} to be worked out`,
);
await pause(15_000);
const db = await (await DuckDBInstance.create(':memory:')).connect();
const before = used(warm.child.pid).cpu_s;
const one_ms = performance.now();
await makeRun(db, RUNS + (Math.floor(one_ms * 1000) % 1e6));
let seen_ms = null;
for (;;) {
  const told = await listOf(warm.url);
  if (told.runs > warm.told.runs) seen_ms ??= performance.now() - one_ms;
  if (told.runs > warm.told.runs && told.working === 0) break;
  await pause(100);
}
say(
  'a new run',
  `seen after ${seen_ms.toFixed(0)} ms, with its figures after ${(performance.now() - one_ms).toFixed(0)} ms, ${(used(warm.child.pid).cpu_s - before).toFixed(2)} s of CPU in the server, the questions of this bench included`,
);
await stop(warm.child);
db.closeSync();
if (process.env.BENCH_LEDGER === undefined) rmSync(root, { recursive: true });
