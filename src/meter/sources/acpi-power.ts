// ACPI power meters (Documentation/hwmon/acpi_power_meter.rst): on NVIDIA's Grace the power of module and processor, by
// the words in power1_oem_info (Grace Performance Tuning Guide, "Power and thermal telemetry"); elsewhere, of the platform.
//
// A module's reading holds its processor, memory and GPUs; "Grace" holds its memory. The CPU and SysIO rails are inside
// it and left out.

import { join } from 'node:path';
import type { Device, PowerSource } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';
import { type Chip, chipsOf, MICRO } from './hwmon.ts';
import { textOf } from './quiet-file.ts';

/** No accuracy is published for Grace; ACPI has a field for it, power1_accuracy: where it is told, it is taken. */
const GAIN = 0.05;

/** One device per meter that stands for a part of its own. */
export function acpiPowerSource({ sysfs, open }: { readonly sysfs: string; readonly open?: Opener }): PowerSource {
  return fileSensors('acpi-power', {
    find: () =>
      chipsOf(sysfs)
        .filter(({ name }) => name === 'power_meter')
        .flatMap((chip, i) => foundOf(chip, i) ?? []),
    absent: `no ACPI power meter under ${sysfs}/class/hwmon`,
    ...(open === undefined ? {} : { open }),
  });
}

function foundOf(chip: Chip, i: number): Found | null {
  const info = textOf(join(chip.folder, 'power1_oem_info')) ?? '';
  const [, what, socket] = /^(Module|Grace|CPU|SysIO) Power Socket (\d+)/.exec(info) ?? [];
  if (what === 'CPU' || what === 'SysIO') return null;
  const accuracy = Number(/^([\d.]+)%/.exec(textOf(join(chip.folder, 'power1_accuracy')) ?? '')?.[1] ?? 0) / 100;
  const gain = accuracy > 0 ? accuracy : GAIN;
  const interval_s = Number(textOf(join(chip.folder, 'power1_average_interval')) ?? 0) / 1000;
  const named: Pick<Device, 'device' | 'kind' | 'part' | 'holds'> =
    what === 'Module'
      ? { device: `module-${socket}`, kind: 'module', part: `module:${socket}` }
      : what === 'Grace'
        ? {
            device: `cpu-package-${socket}`,
            kind: 'cpu-package',
            part: `cpu:${socket}`,
            holds: ['dram:*'],
          }
        : { device: `psys-${i}`, kind: 'psys', part: `acpi:${chip.address}` };
  return {
    device: {
      ...named,
      ...{ name: info || 'ACPI power meter', uuid: '', charged: true, limit_w: null },
      ...{ gain: { down: gain, up: gain }, update_s: interval_s > 0 ? interval_s : null },
      notes: [
        `mean power by ACPI${interval_s > 0 ? ` over ${interval_s} s` : ''}`,
        accuracy > 0 ? `accuracy as the firmware tells it, ±${(100 * accuracy).toFixed(1)} %` : 'no accuracy is told',
      ],
    },
    energy: null,
    power: [{ file: join(chip.folder, 'power1_average'), unit: MICRO }],
    remedy: 'boot with acpi_power_meter.force_cap_on=y, which NVIDIA asks for on Grace; else as root',
  };
}
