// Builds what Linux shows of power meters below /sys: hwmon chips with the devices they belong to, and Cray's counters.
// Values are the kernel's own forms: micro-units in decimal, one line each; tests rewrite them in place.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeChip {
  readonly name: string;
  /** PCI or ACPI address of its device. */
  readonly address: string;
  /** Files of the chip, and of its device. */
  readonly files: Readonly<Record<string, string | number>>;
  readonly device?: Readonly<Record<string, string | number>>;
}

/** Chips as hwmon0, hwmon1 … in the order given. Returns the folder of each. */
export function fakeHwmon(sysfs: string, chips: readonly FakeChip[]): string[] {
  return chips.map(({ name, address, files, device }, i) => {
    const folder = join(sysfs, 'class/hwmon', `hwmon${i}`);
    const bus = join(sysfs, 'devices', address);
    for (const place of [folder, bus]) mkdirSync(place, { recursive: true });
    symlinkSync(bus, join(folder, 'device'));
    put(folder, { name, ...files });
    put(bus, device ?? {});
    return folder;
  });
}

/** pm_counters with these texts: { energy: '1000 J 0 us' }. */
export function fakeCray(sysfs: string, files: Readonly<Record<string, string>>): string {
  const folder = join(sysfs, 'cray/pm_counters');
  mkdirSync(folder, { recursive: true });
  put(folder, files);
  return folder;
}

export function put(folder: string, files: Readonly<Record<string, string | number>>): void {
  for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), `${value}\n`);
}

/** A card of the amdgpu driver of 300 W, unless told otherwise. */
export function amdCard(
  address: string,
  files: FakeChip['files'] = { power1_average: 300_000_000, power1_cap: 560_000_000 },
  device: FakeChip['device'] = { device: '0x74a1', unique_id: `${address.replace(/\D/g, '')}abc` },
): FakeChip {
  return { name: 'amdgpu', address, files, device };
}

/** The four meters of one Grace socket. */
export function graceMeters(socket: number, watts: { module: number; grace: number }): FakeChip[] {
  const meter = (what: string, power_w: number): FakeChip => ({
    ...{ name: 'power_meter', address: `ACPI000D:${socket}${what}` },
    files: {
      power1_average: power_w * 1e6,
      power1_average_interval: 50,
      power1_oem_info: `${what} Power Socket ${socket}`,
    },
  });
  return [
    ...[meter('Module', watts.module), meter('Grace', watts.grace)],
    ...[meter('CPU', watts.grace * 0.6), meter('SysIO', watts.grace * 0.2)],
  ];
}

/** NVIDIA GPUs with the NUMA node that the kernel tells (-1: none), and one processor package per node. */
export function fakeSockets(
  sysfs: string,
  gpus: readonly (readonly [address: string, node: number])[],
  packages: number,
): void {
  const at = (folder: string, files: Parameters<typeof put>[1]) => {
    mkdirSync(join(sysfs, folder), { recursive: true });
    put(join(sysfs, folder), files);
  };
  for (const [address, numa_node] of gpus)
    at(`bus/pci/devices/${address}`, { vendor: '0x10de', class: '0x030200', numa_node });
  for (let i = 0; i < packages; i++) {
    at(`devices/system/node/node${i}`, { cpulist: `${72 * i}-${72 * i + 71}` });
    at(`devices/system/cpu/cpu${72 * i}/topology`, { physical_package_id: i });
  }
}

/** The compute driver's list of nodes: a processor, then these GPUs by domain, bus and device. */
export function fakeKfd(sysfs: string, gpus: readonly { domain: number; bus: number; device: number }[]): void {
  [null, ...gpus].forEach((gpu, i) => {
    const folder = join(sysfs, 'class/kfd/kfd/topology/nodes', `${i}`);
    mkdirSync(folder, { recursive: true });
    const location = gpu === null ? 0 : gpu.bus * 256 + gpu.device * 8;
    const lines = [
      `cpu_cores_count ${gpu === null ? 64 : 0}`,
      `simd_count ${gpu === null ? 0 : 416}`,
      `location_id ${location}`,
    ];
    put(folder, { properties: [...lines, `domain ${gpu?.domain ?? 0}`].join('\n') });
  });
}
