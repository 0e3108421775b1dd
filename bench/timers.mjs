// How evenly the sampler looks while others keep every core busy: its readings' own times, at 10 and 100 Hz, beside a
// bare setInterval. It looks once at a random moment of each period, so gaps reach up to two periods by design.

import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from './load.mjs';

const SECONDS = process.argv.includes('--quick') ? 5 : 20;
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const { buildFakeNvml, fakeNvmlEnv } = await load('test/fake-nvml/fake-nvml.ts');
const env = { ...process.env, FAKE_NVML: fakeNvmlEnv({ t0: Date.now(), devices: 1, mean: 400 }) };
const nvml = buildFakeNvml(folder);
const BARE =
  'const t=[];setInterval(()=>t.push(performance.now()),+process.argv[1]);process.on("message",()=>process.send(t,()=>process.exit()))';

console.log(`readings over ${SECONDS} s: out of one a period, and the longest time without, in periods`);
console.log('  hogs   Hz   sampler               bare setInterval');
try {
  for (const hogs of [0, 2, 8]) for (const hz of [10, 100]) await measure(hogs, hz);
} finally {
  rmSync(folder, { recursive: true });
}

function anchorNow() {
  const [s, ns] = process.hrtime();
  return { utc_ms: Date.now(), mono_ms: s * 1000 + ns / 1e6 };
}

async function measure(count, hz) {
  const hogs = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
  const interval_ms = 1000 / hz;
  const sensors = { nvml, visible: null, order: null, rocr: null, hip: null, procfs: '/none', sysfs: '/none' };
  const config = {
    ...{
      anchor: anchorNow(),
      interval_ms,
      sensors,
      psys: 'record',
    },
    ...{ host_other: null, without_nvml: null, replay: null, standby: false },
  };
  const sampler = fork('dist/sampler.js', [], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  sampler.send({ type: 'config', config });
  const bare = spawn(process.execPath, ['-e', BARE, String(interval_ms)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const times = [];
  sampler.on('message', ({ type, samples }) => {
    if (type === 'samples') times.push(...samples.map(([, at_ms]) => at_ms));
  });
  await sleep(2500); // it looks more often around its start
  const from = times.length;
  await sleep(SECONDS * 1000);
  const ticks = await new Promise((resolve) => {
    bare.on('message', resolve);
    bare.send('stop');
  });
  sampler.disconnect();
  for (const hog of hogs) hog.kill('SIGKILL');
  const cells = [times.slice(from), ticks].map((all) => evenness(all, interval_ms));
  console.log(`  ${String(count).padStart(4)}  ${String(hz).padStart(3)}   ${cells.join('   ')}`);
}

function evenness(times, period) {
  const expected = (times.at(-1) - times[0]) / period;
  const longest = Math.max(...times.slice(1).map((at, i) => at - times[i]));
  const share = (100 * (times.length - 1)) / expected;
  return `${share.toFixed(1).padStart(5)} %, ${(longest / period).toFixed(1).padStart(4)}`.padEnd(19);
}
