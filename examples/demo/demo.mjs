// npm run demo: trains a small language model for about a minute under joulebook, then shows what it used.
//
// The grid's course is real (Great Britain, 15 October 2024, NESO, CC BY 4.0) but of another day: it is laid over
// today, so that the half-hours of the run have a value. Give your own with --intensity FILE, or --zone alone.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DAY_MS = 86_400_000;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const joulebook = here('../../dist/cli.js');
const seconds = process.argv[2] ?? '55';

function today() {
  const day = readFileSync(here('gb-day.csv'), 'utf8').trim().split('\n').slice(1);
  const shift = (Math.floor(Date.now() / DAY_MS) - Math.floor(Date.UTC(2024, 9, 15) / DAY_MS)) * DAY_MS;
  const rows = [-1, 0, 1].flatMap((days) =>
    day.map((row) => {
      const [time, value] = row.split(',');
      return `${new Date(Date.parse(time) + shift + days * DAY_MS).toISOString()},${value},GB,average,direct`;
    }),
  );
  return `timestamp,gco2_per_kwh,zone,kind,scope\n${rows.join('\n')}\n`;
}

/** Its output goes through a pipe, so that joulebook can read the steps on a terminal too. */
function run(args) {
  process.stderr.write(`\n$ joulebook ${args.map((arg) => arg.replace(process.execPath, 'node')).join(' ')}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [joulebook, ...args], { stdio: ['inherit', 'pipe', 'inherit'] });
    child.stdout.pipe(process.stdout, { end: false });
    child.on('close', (code, signal) => resolve(signal === null ? code : 1));
  });
}

const folder = mkdtempSync(join(tmpdir(), 'joulebook-demo-'));
const grid = join(folder, 'gb-2024-10-15-laid-over-today.csv');
writeFileSync(grid, today());
const train = [process.execPath, here('train.mjs'), '--seconds', seconds, '--log-every', '40'];
const options = ['--name', 'demo', '--intensity', grid, '--pue', '1.1', '--price', '0.28GBP/kWh'];
const code = (await run(['run', ...options, '--', ...train])) || (await run(['report', 'last', '--by', 'epoch'])) || 0;
rmSync(folder, { recursive: true });
process.stderr.write(`
The record is in .joulebook. Further:
  npx joulebook report last --by million-tokens
  npx joulebook report last --json
  npx joulebook runs
`);
process.exitCode = code;
