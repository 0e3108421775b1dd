// Every driver of PowerSource under the port's contract.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acpiPowerSource } from '../src/meter/sources/acpi-power.ts';
import { amdGpuSource } from '../src/meter/sources/amd-gpu.ts';
import { cpuModelSource } from '../src/meter/sources/cpu-model.ts';
import { craySource } from '../src/meter/sources/cray.ts';
import { dramModelSource } from '../src/meter/sources/dram-model.ts';
import { intelGpuSource } from '../src/meter/sources/intel-gpu.ts';
import { nvmlSource } from '../src/meter/sources/nvml.ts';
import { raplSource } from '../src/meter/sources/rapl.ts';
import { replaySource } from '../src/meter/sources/replay.ts';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { amdCard, fakeCray, fakeHwmon, graceMeters } from './fake-sysfs/hwmon.ts';
import { fakeRapl, intelPackage, psysZone } from './fake-sysfs/rapl.ts';
import { tempFolder } from './helpers/cli.ts';
import { powerSourceContract } from './helpers/power-source.ts';

const folder = tempFolder();
const nothing = { visible: undefined, order: undefined };
powerSourceContract(
  {
    name: 'nvml',
    there() {
      process.env.FAKE_NVML = fakeNvmlEnv({
        t0: Date.now() - 1000,
        devices: 3,
        unsupported: '186,185,83,energy,power,util',
        unsupported_gpu: 2,
      });
      return nvmlSource({ library: buildFakeNvml(folder), ...nothing });
    },
    absent: () => nvmlSource({ library: '/nowhere/libnvidia-ml.so.1', ...nothing }),
  },
  noFakeNvml,
);
powerSourceContract(
  {
    name: 'nvml of a board split by MIG',
    there() {
      process.env.FAKE_NVML = fakeNvmlEnv({ t0: Date.now() - 1000, devices: 2, mig: '3,2,1' });
      return nvmlSource({ library: buildFakeNvml(folder), ...nothing });
    },
    absent: () => nvmlSource({ library: '/nowhere/libnvidia-ml.so.1', ...nothing }),
  },
  noFakeNvml,
);
powerSourceContract({
  name: 'rapl',
  there() {
    const zones = [...intelPackage(0, 150, 20), ...intelPackage(1, 90, 10), psysZone('intel-rapl:2', 400)];
    return raplSource({ sysfs: fakeRapl(tempFolder(), zones).sysfs });
  },
  absent: () => raplSource({ sysfs: '/nowhere' }),
});
powerSourceContract({
  name: 'amd-gpu',
  there() {
    const sysfs = tempFolder();
    fakeHwmon(sysfs, [amdCard('0000:03:00.0'), amdCard('0000:04:00.0', {})]);
    return amdGpuSource({ sysfs, rocr: null, hip: null });
  },
  absent: () => amdGpuSource({ sysfs: '/nowhere', rocr: null, hip: null }),
});
powerSourceContract({
  name: 'intel-gpu',
  there() {
    const sysfs = tempFolder();
    fakeHwmon(sysfs, [{ name: 'xe', address: '0000:5e:00.0', files: { energy1_input: 7_000_000 } }]);
    return intelGpuSource({ sysfs });
  },
  absent: () => intelGpuSource({ sysfs: '/nowhere' }),
});
powerSourceContract({
  name: 'acpi-power',
  there() {
    const sysfs = tempFolder();
    fakeHwmon(sysfs, graceMeters(0, { module: 700, grace: 250 }));
    return acpiPowerSource({ sysfs });
  },
  absent: () => acpiPowerSource({ sysfs: '/nowhere' }),
});
powerSourceContract({
  name: 'cray',
  there() {
    const sysfs = tempFolder();
    fakeCray(sysfs, { energy: '1000 J 0 us', power: '450 W 0 us', cpu_energy: '300 J 0 us', freshness: '12' });
    return craySource({ sysfs });
  },
  absent: () => craySource({ sysfs: '/nowhere' }),
});
powerSourceContract({
  name: 'cpu-model',
  there: () => cpuModelSource({ procfs: '/proc' }),
  absent: () => cpuModelSource({ procfs: '/nowhere' }),
});
powerSourceContract({
  name: 'dram-model',
  there: () => dramModelSource({ procfs: '/proc', sysfs: '/sys' }),
  absent: () => dramModelSource({ procfs: '/nowhere', sysfs: '/nowhere' }),
});
powerSourceContract({
  name: 'replay',
  there() {
    const file = join(folder, 'trace.csv');
    writeFileSync(
      file,
      'timestamp,device,power_w,energy_j\n1700000000,gpu-0,300,0\n1700000100,gpu-0,300,30000\n1700000000,dram-0,9,\n1700000100,dram-0,9,\n',
    );
    return replaySource({ file, speed: 1 });
  },
  absent: () => replaySource({ file: join(folder, 'no-such.csv'), speed: 1 }),
});
