// Intel's GPUs by the hwmon files of i915 and xe (Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon, -xe-hwmon):
// energy in µJ since the driver was loaded, of the card where it is counted, else of the GPU's package alone.
//
// GPUs inside a processor have no such files: their energy is in the package's (RAPL), and they are no devices here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PowerSource } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';
import { type Chip, chipsOf, MICRO } from './hwmon.ts';
import { textOf } from './quiet-file.ts';

/** i915 also has chips for the parts of a GPU, i915_gt0 …: they are within i915, which counts the entire device. */
const DRIVERS = new Set(['i915', 'xe']);
/** Intel's GPU inside a processor is always at this place of its bus (i915 and xe show hwmon for discrete ones only). */
const INTEGRATED = /^0000:00:02\.\d$/;
/** Intel publishes no error of these counters: an allowance of ours, as for AMD (docs/methodology.md#hwmon). */
const GAIN = { down: 0.1, up: 0.1 };

/** Every discrete GPU, by PCI address. */
export function intelGpuSource({ sysfs, open }: { readonly sysfs: string; readonly open?: Opener }): PowerSource {
  return fileSensors('intel-gpu', {
    find: () =>
      chipsOf(sysfs)
        .filter(({ name, address }) => DRIVERS.has(name) && !INTEGRATED.test(address))
        .map(foundOf),
    absent: `no discrete GPU of the i915 or xe driver under ${sysfs}/class/hwmon`,
    ...(open === undefined ? {} : { open }),
  });
}

function foundOf({ folder, name: driver, address }: Chip, i: number): Found {
  const id = textOf(join(folder, 'device/device')) ?? '';
  // xe's channels: 1 the card, 2 the package. i915 has the first alone.
  const card = existsSync(join(folder, 'energy1_input'));
  const channel = card ? 1 : 2;
  return {
    device: {
      ...{ device: `gpu-${i}`, kind: 'gpu', name: `Intel GPU ${id}`.trim(), uuid: `pci-${address}`, charged: true },
      ...{ part: `gpu:${address}`, limit_w: limitOf(folder, channel), gain: GAIN, update_s: null },
      notes: [
        `energy of the ${card ? 'card' : 'package'} from the ${driver} driver (hwmon energy${channel}_input)`,
        ...(card ? [] : ['the card around the package, memory and regulators, is not counted']),
      ],
    },
    energy: { file: join(folder, `energy${channel}_input`), unit: MICRO },
    power: [],
    remedy: `sudo chmod o+r ${join(folder, `energy${channel}_input`)}`,
  };
}

/** The sustained limit, 0 where it is switched off; else the default one. */
function limitOf(folder: string, channel: number): number | null {
  for (const file of [`power${channel}_max`, `power${channel}_rated_max`]) {
    const watts = Number(textOf(join(folder, file)) ?? 0) * MICRO;
    if (watts > 0) return watts;
  }
  return null;
}
