// What reading a training log costs: CPU of joulebook beside a trainer that prints 100 lines a second, over one that prints
// none; and memory while a log file of 1 GB (`--quick`: 128 MB) is written as fast as can be and read by --log.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, statOf } from './processes.mjs';

const quick = process.argv.includes('--quick');
const SECONDS = quick ? 10 : 20;
const BYTES = (quick ? 128 : 1024) << 20;
const LIMIT_MB = 32;
const LINE =
  ' iteration       10/ 1000000 | consumed samples:           40 | elapsed time per iteration (ms): 140.6 | learning rate: 2.0E-08 | global batch size:     4 | lm loss: 1.005022E+01 | grad norm: 217.199 |';
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));

/** Runs a script of Node under joulebook; resolves to it and its report once it has ended. */
function meter(script, ...options) {
  const json = join(folder, 'report.json');
  const args = ['run', '--quiet', `--json=${json}`, '--ledger', join(folder, 'ledger'), ...options, '--'];
  const child = spawn(process.execPath, ['dist/cli.js', ...args, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const ended = new Promise((resolve) => {
    child.on('close', () => resolve(JSON.parse(readFileSync(json, 'utf8')).work));
  });
  return { child, ended };
}

/** CPU-s a minute of joulebook's own process, start and end left out. */
async function cpu(script) {
  const { child, ended } = meter(script);
  const cpuOf = () =>
    statOf(child.pid)
      .slice(11, 13)
      .reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
  await sleep(4000);
  const before = cpuOf();
  await sleep(SECONDS * 1000);
  const used = ((cpuOf() - before) * 60) / SECONDS;
  child.kill('SIGTERM');
  await ended;
  return used;
}

try {
  const silent = await cpu('setInterval(() => {}, 10)');
  const prints = `let n = 0; setInterval(() => console.log(${JSON.stringify(LINE)}.replace(' 10/', ' ' + ++n + '/')), 10)`;
  const talks = await cpu(prints);
  console.log(
    `  100 lines a second: ${talks.toFixed(2)} CPU-s a minute, ${silent.toFixed(2)} beside a silent command: ${(((talks - silent) / 60) * 100).toFixed(2)} % of a core`,
  );

  const [small, large] = [await flood(BYTES / 8), await flood(BYTES)];
  console.log(
    `  a log file written at once: ${small.steps} steps of ${BYTES >> 23} MB with ${small.mb.toFixed(0)} MB of memory at most, ${large.steps} of ${BYTES >> 20} MB with ${large.mb.toFixed(0)}: ${(large.mb - small.mb).toFixed(0)} MB more (limit ${LIMIT_MB})`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

/** Most memory of joulebook while a file of so many bytes is read, and the steps read. */
async function flood(bytes) {
  const log = join(folder, 'train.log');
  rmSync(log, { force: true });
  const script = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(log)}, 'w'); let n = 0, size = 0;
    while (size < ${bytes}) { let text = ''; for (let i = 0; i < 300; i++) text += ${JSON.stringify(LINE)}.replace(' 10/', ' ' + ++n + '/') + '\\n';
      size += fs.writeSync(fd, text); } console.log(n)`;
  const { child, ended } = meter(script, '--log', log);
  let mb = 0;
  let over = false;
  const work = ended.finally(() => {
    over = true;
  });
  while (!over) {
    try {
      mb = Math.max(mb, memoryOf(child.pid).rss);
    } catch {
      // it has just ended
    }
    await sleep(100);
  }
  return { mb, steps: (await work).steps };
}
