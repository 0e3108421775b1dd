// What metering costs while it lasts: CPU and memory of joulebook and its sampler with eight fake GPUs at 10 Hz, beside
// two Node processes that do nothing but keep a 100 ms timer, measured over the same seconds.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { load } from './load.mjs';
import { childThat, memoryOf, statOf } from './processes.mjs';

const quick = process.argv.includes('--quick');
const SECONDS = quick ? 20 : 60;
/** From here on nothing is compiled or collected for the first time. */
const STEADY_FROM = 5;
const LIMIT = { cpu_s: 0.3, mb: 90 };
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const { buildFakeNvml, fakeNvmlEnv } = await load('test/fake-nvml/fake-nvml.ts');

const node = process.execPath;
const wave = { t0: Date.now() - 3000, devices: 8, wave: 'sine', mean: 400, amp: 250, period: 3.7, phase: 0.4 };
const env = { ...process.env, JOULEBOOK_NVML: buildFakeNvml(folder), FAKE_NVML: fakeNvmlEnv(wave) };
delete env.CUDA_VISIBLE_DEVICES;
const run = ['dist/cli.js', 'run', '--quiet', '--ledger', join(folder, 'ledger'), '--', 'sleep', String(SECONDS + 30)];
const meter = spawn(node, run, { env, stdio: 'ignore' });
const idle = [1, 2].map(() => spawn(node, ['-e', 'setInterval(()=>{},100)'], { stdio: 'ignore' }));
const born = performance.now();
try {
  const sampler = await childThat(meter.pid, 'sampler.js');
  const ours = [meter.pid, sampler];
  const theirs = idle.map(({ pid }) => pid);
  await until(STEADY_FROM);
  const before = { ours: ours.map(cpuOf), theirs: theirs.map(cpuOf) };
  await until(SECONDS);
  const after = { ours: ours.map(cpuOf), theirs: theirs.map(cpuOf) };
  const memory = { ours: ours.map(memoryOf), theirs: theirs.map(memoryOf) };

  console.log(`metering 8 fake GPUs at 10 Hz for ${SECONDS} s, beside two idle Node processes with a 100 ms timer`);
  console.log('                       CPU-s a minute        start    RSS MB   PSS MB   own MB');
  const line = (name, who) => {
    const steady = (sum(after[who]) - sum(before[who])) * (60 / (SECONDS - STEADY_FROM));
    const total = (pick) => sum(memory[who].map(pick)).toFixed(0).padStart(6);
    const each = after[who].map((s, i) => (((s - before[who][i]) * 60) / (SECONDS - STEADY_FROM)).toFixed(2));
    console.log(
      `  ${name.padEnd(20)} ${steady.toFixed(2)} (${each.join(' + ')})    ${sum(before[who]).toFixed(2)} s ${total((m) => m.rss)}   ${total((m) => m.pss)}   ${total((m) => m.own)}`,
    );
    return steady;
  };
  const steady = line('joulebook + sampler', 'ours');
  const floor = line('two idle Nodes', 'theirs');
  const rss = (who) => sum(memory[who].map((m) => m.rss));
  const whole = (who) => (sum(after[who]) * 60) / SECONDS;
  console.log(
    `  CPU: ${steady.toFixed(2)} s a minute (limit ${LIMIT.cpu_s}); over the whole ${SECONDS} s, start included, ${whole('ours').toFixed(2)} beside ${whole('theirs').toFixed(2)}; ${(steady - floor).toFixed(2)} above two idle Nodes`,
  );
  console.log(`  the fake driver itself takes about ${fakeSeconds().toFixed(2)} s of that a minute`);
  console.log(
    `  memory: RSS ${rss('ours').toFixed(0)} MB (limit ${LIMIT.mb}, or what two Nodes need: ${rss('theirs').toFixed(0)}); each by process: ${memory.ours.map((m) => m.rss.toFixed(0)).join(' + ')}`,
  );
} finally {
  for (const child of idle) child.kill('SIGKILL');
  const ended = new Promise((resolve) => meter.on('exit', resolve));
  meter.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
}

async function until(seconds) {
  await sleep(born + seconds * 1000 - performance.now());
}

/** Seconds of CPU, user and system, so far; a tick is 10 ms. */
function cpuOf(pid) {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU seconds a minute of the fake driver's own code, for 8 GPUs at 10 Hz, from calls in a row. */
function fakeSeconds() {
  process.env.FAKE_NVML = env.FAKE_NVML;
  const library = koffi.load(env.JOULEBOOK_NVML, { lazy: true });
  library.func('nvmlInit_v2', 'int', [])();
  const handle = new BigUint64Array(1);
  library.func('nvmlDeviceGetHandleByIndex_v2', 'int', ['unsigned int', 'void *'])(0, handle);
  const read = library.func('nvmlDeviceGetFieldValues', 'int', ['void *', 'int', 'void *']);
  const fields = Buffer.alloc(80);
  fields.writeUInt32LE(83, 0); // energy
  fields.writeUInt32LE(186, 40); // power
  const calls = 20_000;
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) read(handle[0], 2, fields);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6 / calls) * 8 * 10 * 60;
}

function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}
