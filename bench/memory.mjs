// Whether memory stays flat over an hour (`--minutes N`): joulebook and its sampler with eight fake GPUs at 10 Hz and a
// command that logs ten steps a second among a hundred other lines.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from './load.mjs';
import { childThat, memoryOf } from './processes.mjs';

const at = process.argv.indexOf('--minutes');
const MINUTES = at > 0 ? Number(process.argv[at + 1]) : process.argv.includes('--quick') ? 2 : 60;
const LOOKS = 30;
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const { buildFakeNvml, fakeNvmlEnv } = await load('test/fake-nvml/fake-nvml.ts');

const JOB = `let n = 0; setInterval(() => { n++;
  if (n % 10 === 0) console.log(JSON.stringify({ step: n / 10, loss: 1 / n, tokens: n * 512 }));
  else console.log('a line of something else, number ' + n); }, 10)`;
const wave = { t0: Date.now() - 3000, devices: 8, wave: 'sine', mean: 400, amp: 250, period: 3.7, phase: 0.4 };
const env = { ...process.env, JOULEBOOK_NVML: buildFakeNvml(folder), FAKE_NVML: fakeNvmlEnv(wave) };
delete env.CUDA_VISIBLE_DEVICES;
const args = ['dist/cli.js', 'run', '--quiet', '--ledger', join(folder, 'ledger'), '--', process.execPath, '-e', JOB];
const meter = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
const looks = [];
try {
  const sampler = await childThat(meter.pid, 'sampler.js');
  await sleep(20_000); // all has been compiled once
  const born = performance.now();
  for (let i = 0; i <= LOOKS; i++) {
    await sleep(born + (i * MINUTES * 60_000) / LOOKS - performance.now());
    looks.push({
      minute: (performance.now() - born) / 60_000,
      mb: [meter.pid, sampler].map((pid) => memoryOf(pid).rss),
    });
    process.stderr.write(
      `\r  ${looks.at(-1).minute.toFixed(1)} min: ${looks
        .at(-1)
        .mb.map((mb) => mb.toFixed(1))
        .join(' + ')} MB`,
    );
  }
} finally {
  const ended = new Promise((resolve) => meter.on('exit', resolve));
  meter.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
}
process.stderr.write('\n');
for (const [i, name] of ['joulebook', 'sampler'].entries()) {
  const values = looks.map(({ mb }) => mb[i]);
  const half = looks.slice(looks.length >> 1);
  console.log(
    `  ${name.padEnd(10)} ${values[0].toFixed(1)} MB at first, ${values.at(-1).toFixed(1)} after ${MINUTES} min, at most ${Math.max(...values).toFixed(1)}; second half ${slope(half, i).toFixed(2)} MB an hour`,
  );
}

/** MB an hour, by least squares. */
function slope(points, i) {
  const n = points.length;
  const mean = (pick) => points.reduce((sum, one) => sum + pick(one), 0) / n;
  const [x, y] = [mean((p) => p.minute), mean((p) => p.mb[i])];
  const top = points.reduce((sum, p) => sum + (p.minute - x) * (p.mb[i] - y), 0);
  return (60 * top) / points.reduce((sum, p) => sum + (p.minute - x) ** 2, 0);
}
