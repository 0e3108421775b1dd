// ACPI power meters (Documentation/hwmon/acpi_power_meter.rst): on NVIDIA's Grace the power of module and processor, by
// the words in power1_oem_info (Grace Performance Tuning Guide, "Power and thermal telemetry"); elsewhere, of the platform.
//
// A module's reading holds its own processor, memory and GPUs, no other module's; "Grace" holds its memory. The CPU and
// SysIO rails are inside it and left out.

import { join } from 'node:path';
import type { Device, PowerSource } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';
import { type Chip, chipsOf, MICRO } from './hwmon.ts';
import { textOf } from './quiet-file.ts';
import { nvidiaGpus, socketsOf } from './sockets.ts';

/**
 * ACPI has a field for accuracy, power1_accuracy, where 97.5% is an error of 2.5 % (ACPI 6.0 §10.4.1). Grace's firmware says
 * 100%, which no sensor is: then, and where nothing is told, an allowance of ours.
 */
const GAIN = 0.05;

/** One device per meter that stands for a part of its own. */
export function acpiPowerSource({ sysfs, open }: { readonly sysfs: string; readonly open?: Opener }): PowerSource {
  return fileSensors('acpi-power', {
    find: () => {
      const gpus = gpusBySocket(sysfs);
      return chipsOf(sysfs)
        .filter(({ name }) => name === 'power_meter')
        .flatMap((chip, i) => foundOf(chip, i, gpus) ?? []);
    },
    absent: `no ACPI power meter under ${sysfs}/class/hwmon`,
    ...(open === undefined ? {} : { open }),
  });
}

/** The parts that stand for the GPUs of a socket; all GPUs where it cannot be told whose they are. */
function gpusBySocket(sysfs: string): (socket: number) => string[] {
  const gpus = nvidiaGpus(sysfs);
  const { sockets } = socketsOf(sysfs, gpus);
  if (gpus.length === 0 || sockets.includes(null)) return () => ['gpu:*'];
  return (socket) => gpus.filter((_, i) => sockets[i] === socket).map((address) => `gpu:${address}`);
}

function foundOf(chip: Chip, i: number, gpusOf: (socket: number) => string[]): Found | null {
  const info = textOf(join(chip.folder, 'power1_oem_info')) ?? '';
  const [, what, socket] = /^(Module|Grace|CPU|SysIO) Power Socket (\d+)/.exec(info) ?? [];
  if (what === 'CPU' || what === 'SysIO') return null;
  const accuracy = Number(/^([\d.]+)%/.exec(textOf(join(chip.folder, 'power1_accuracy')) ?? '')?.[1] ?? 0) / 100;
  const told = accuracy > 0 && accuracy < 1;
  const gain = told ? Number((1 - accuracy).toFixed(5)) : GAIN;
  const interval_s = Number(textOf(join(chip.folder, 'power1_average_interval')) ?? 0) / 1000;
  const named: Pick<Device, 'device' | 'kind' | 'part' | 'holds'> =
    what === 'Module'
      ? {
          device: `module-${socket}`,
          kind: 'module',
          part: `module:${socket}`,
          holds: [`cpu:${socket}`, `dram:${socket}`, ...gpusOf(Number(socket))],
        }
      : what === 'Grace'
        ? {
            device: `cpu-package-${socket}`,
            kind: 'cpu-package',
            part: `cpu:${socket}`,
            holds: [`dram:${socket}`],
          }
        : { device: `psys-${i}`, kind: 'psys', part: `acpi:${chip.address}` };
  return {
    device: {
      ...named,
      ...{ name: info || 'ACPI power meter', uuid: '', charged: true, limit_w: null },
      ...{ gain: { down: gain, up: gain }, update_s: interval_s > 0 ? interval_s : null },
      notes: [
        `mean power by ACPI${interval_s > 0 ? ` over ${interval_s} s` : ''}`,
        told ? `accuracy as the firmware tells it, ±${(100 * gain).toFixed(1)} %` : 'no accuracy is told',
      ],
    },
    energy: null,
    power: [{ file: join(chip.folder, 'power1_average'), unit: MICRO }],
    remedy: 'boot with acpi_power_meter.force_cap_on=y, which NVIDIA asks for on Grace; else as root',
  };
}
