// What one look at each source costs, and what that comes to at 1, 10 and 100 Hz: CPU time of this process over many
// reads in a row (user and system), beside the same loop without any source. Fakes stand for the hardware: their files and
// library are real ones, so that the system calls are real; a real driver's own time is not in it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.mjs';

const READS = process.argv.includes('--quick') ? 300 : 3000;
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const { buildFakeNvml, fakeNvmlEnv } = await load('test/fake-nvml/fake-nvml.ts');
const { fakeRapl, intelPackage } = await load('test/fake-sysfs/rapl.ts');
const { amdCard, fakeCray, fakeHwmon, graceMeters } = await load('test/fake-sysfs/hwmon.ts');
const { sensorsOf } = await load('src/meter/sources/sensors.ts');

process.env.FAKE_NVML = fakeNvmlEnv({ t0: Date.now() - 3000, devices: 8, mean: 400 });
fakeRapl(folder, [...intelPackage(0, 150, 20), ...intelPackage(1, 90, 10)]);
fakeHwmon(folder, [
  ...Array.from({ length: 8 }, (_, i) => amdCard(`0000:0${i}:00.0`)),
  ...graceMeters(0, { module: 700, grace: 250 }),
]);
fakeCray(folder, { energy: '1000 J 0 us', power: '450 W 0 us', cpu_energy: '300 J 0 us', memory_energy: '50 J 0 us' });
const config = { nvml: buildFakeNvml(folder), visible: null, order: null, procfs: '/proc', sysfs: folder };

const now = () => performance.timeOrigin + performance.now();
const cpu_us = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
/** µs of CPU time of one call, after it has been compiled; a counter that stands makes RAPL look at its file's name too. */
function costOf(work) {
  for (let i = 0; i < READS / 10; i++) work();
  const before = cpu_us();
  for (let i = 0; i < READS; i++) work();
  return (cpu_us() - before) / READS;
}

try {
  const nothing = costOf(() => now());
  console.log(`CPU time of a look, of ${READS} in a row (an empty loop: ${nothing.toFixed(2)} µs)`);
  console.log('                    devices   µs a look     CPU-s a minute at 1, 10, 100 Hz');
  for (const source of sensorsOf(config)) {
    const { devices } = await source.open();
    const us = costOf(() => source.read(now)) - nothing;
    const per = [1, 10, 100].map((hz) => ((us * hz * 60) / 1e6).toFixed(4).padStart(9)).join('');
    console.log(
      `  ${source.name.padEnd(18)}${String(devices.length).padStart(7)}   ${us.toFixed(1).padStart(9)}    ${per}`,
    );
    source.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}
