// Rows that another machine sends, as they were written (lines) and sealed (Parquet): how many a second joulebook serve has checked,
// written and synced, against how many the engine itself loads from the same files; and what the server takes of memory meanwhile.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const ROWS = process.argv.includes('--quick') ? 100_000 : 1_000_000;
const PER_SEGMENT = 50_000;
const DEVICES = 8;
const CLI = join(import.meta.dirname, '../dist/cli.js');
const root = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const tokens = join(root, 'tokens');
const env = { ...process.env, XDG_CACHE_HOME: join(root, 'cache'), XDG_CONFIG_HOME: join(root, 'config') };
const run = (...args) => spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env });
env.JOULEBOOK_TOKEN = run('token', 'create', 'bench', '--scope', 'write', '--tokens', tokens).stdout.trim();

/** A ledger of one run, its rows in segments that are not sealed. */
function made(ledger) {
  const folder = join(ledger, 'runs/bench/w0');
  mkdirSync(folder, { recursive: true });
  const json = (name, value) => writeFileSync(join(ledger, name), `${JSON.stringify(value)}\n`);
  copyFileSync(join(seed(), 'ledger.json'), join(ledger, 'ledger.json'));
  json('runs/bench/run.json', {
    ...{ schema: 'joulebook/run/v1', id: 'bench', name: null, command: ['x'], created_at_ms: 0, user: null, cwd: '' },
    ...{ git: null, tags: {}, zone: null, pue: null, price: null, intensity: null, version: 'bench' },
  });
  json('runs/bench/w0/writer.json', {
    ...{ schema: 'joulebook/writer/v1', writer: 'w0', host: 'h', boot_id: 'x', pid_namespace: null, pid: 1 },
    ...{ pid_start: null, started_at_ms: 0, command: ['x'], sampling_s: 0.1, imported: false },
  });
  const devices = Array.from({ length: DEVICES }, (_, d) => ({
    ...{ device: `gpu-${d}`, kind: 'gpu', name: 'bench', uuid: `GPU-${d}`, source: 'counter', charged: true },
    ...{ limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
  }));
  json('runs/bench/w0/devices.json', { schema: 'joulebook/devices/v1', devices, absent: [] });
  for (let row = 0, segment = 1; row < ROWS; segment++) {
    let text = '';
    for (let i = 0; i < PER_SEGMENT && row < ROWS; i++, row++) {
      const from_ms = Math.floor(row / DEVICES) * 1000;
      const w = 300 + ((row * 7919) % 4000) / 10;
      text += `{"device":"gpu-${row % DEVICES}","from_ms":${from_ms},"to_ms":${from_ms + 1000},"energy_j":${w},"min_w":${w - 5},"max_w":${w + 9.5},"source":"counter","quality":"measured"}\n`;
    }
    writeFileSync(join(folder, `energy.${String(segment).padStart(6, '0')}.open`), text);
  }
  json('runs/bench/w0/end.json', {
    ...{ schema: 'joulebook/end/v1', ended_at_ms: (ROWS / DEVICES) * 1000, exit_code: 0, signal: null },
    work: { lines_dropped: 0, format: null },
  });
  return folder;
}

/** A ledger of a real run, for what stands in every one. */
function seed() {
  const ledger = join(root, 'seed');
  run('run', '--ledger', ledger, '--quiet', '--', 'true');
  return ledger;
}

/** Into a table on the disk, as what is sent is on the disk. */
async function engine(sql) {
  const db = await (await DuckDBInstance.create(join(root, `engine-${Math.random()}.duckdb`))).connect();
  const began = performance.now();
  await db.run(`CREATE TABLE rows AS ${sql}`);
  await db.run('CHECKPOINT');
  const s = (performance.now() - began) / 1000;
  db.closeSync();
  return s;
}

async function pushed(ledger) {
  const central = join(ledger, 'central');
  const server = spawn(
    process.execPath,
    [CLI, 'serve', '--ledger', central, '--port', '0', '--require-token', '--tokens', tokens],
    { env },
  );
  const url = await new Promise((resolve) => {
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += chunk;
      const found = / at (http\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const rss = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1000;
  const before = rss();
  const began = performance.now();
  const sender = spawn(process.execPath, [CLI, 'push', 'bench', '--ledger', ledger, '--server', url], { env });
  const code = await new Promise((resolve) => sender.once('close', resolve));
  const s = (performance.now() - began) / 1000;
  const grown = rss() - before;
  server.kill();
  const same = spawnSync('diff', ['-r', join(ledger, 'runs'), join(central, 'runs')]).status === 0;
  if (code !== 0 || !same)
    throw new Error(`push ended with ${code}, and the records are ${same ? '' : 'not '}the same`);
  return { s, grown };
}

try {
  const ledger = join(root, 'lines');
  const folder = made(ledger);
  const text = `energy.*.open`;
  const columns =
    "{device:'VARCHAR',from_ms:'DOUBLE',to_ms:'DOUBLE',energy_j:'DOUBLE',min_w:'DOUBLE',max_w:'DOUBLE',source:'VARCHAR',quality:'VARCHAR'}";
  const lines = `SELECT * FROM read_json('${folder}/${text}', format='newline_delimited', columns=${columns})`;
  tell('as lines', await engine(lines), await pushed(ledger));
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  const sealed = join(root, 'sealed');
  const to = made(sealed);
  for (const name of readdirSync(to).filter((one) => one.endsWith('.open'))) {
    const file = join(to, name.replace('.open', '.parquet'));
    await db.run(
      `COPY (SELECT * FROM read_json('${join(to, name)}', format='newline_delimited', columns=${columns})) TO '${file}' (FORMAT parquet)`,
    );
    rmSync(join(to, name));
  }
  tell('sealed', await engine(`SELECT * FROM '${to}/*.parquet'`), await pushed(sealed));
} finally {
  rmSync(root, { recursive: true, force: true });
}

function tell(what, engine_s, { s, grown }) {
  const rate = (seconds) => `${Math.round(ROWS / seconds / 1000)} k rows/s`;
  console.log(
    `  ${what}: ${ROWS} rows sent, checked, on the disk in ${s.toFixed(1)} s (${rate(s)}); the engine loads them in ${engine_s.toFixed(1)} s (${rate(engine_s)}): ratio ${(engine_s / s).toFixed(2)} (limit 0.5); the server took ${grown.toFixed(0)} MB more`,
  );
}
