// Which processor socket a PCI device hangs on, and so which GPUs share a module with which Grace.
//
// The kernel tells a device's NUMA node (Documentation/ABI/testing/sysfs-bus-pci), a node's processors and their package. A
// virtual machine may tell none of it: then GPUs are dealt to the packages in order, where they come out even.

import { join } from 'node:path';
import { namesIn, textOf } from './quiet-file.ts';

export interface Placed {
  /** By the devices' places; null where it cannot be told. */
  readonly sockets: readonly (number | null)[];
  /** Whether it is taken from their order alone. */
  readonly byOrder: boolean;
}

/** The socket of each device, by PCI address in the kernel's form; '' for one that is not known. */
export function socketsOf(sysfs: string, addresses: readonly string[]): Placed {
  const told = addresses.map((address) => socketOf(sysfs, address));
  if (told.every((socket) => socket !== null)) return { sockets: told, byOrder: false };
  const packages = packagesOf(sysfs);
  const each = addresses.length / packages.length;
  if (packages.length === 0 && addresses.length === 1) return { sockets: [0], byOrder: true };
  if (!Number.isInteger(each)) return { sockets: addresses.map(() => null), byOrder: true };
  return { sockets: addresses.map((_, i) => packages[Math.floor(i / each)]!), byOrder: true };
}

/** NVIDIA's GPUs on the PCI bus, by address. */
export function nvidiaGpus(sysfs: string): string[] {
  const bus = join(sysfs, 'bus/pci/devices');
  return namesIn(bus)
    .filter((address) => {
      const about = (file: string) => textOf(join(bus, address, file)) ?? '';
      return about('vendor') === '0x10de' && /^0x030[02]/.test(about('class')); // display controllers: VGA and 3D
    })
    .sort();
}

function socketOf(sysfs: string, address: string): number | null {
  const node = address === '' ? null : textOf(join(sysfs, 'bus/pci/devices', address, 'numa_node'));
  const cpu = /^\d+$/.test(node ?? '') // -1: not told
    ? /^\d+/.exec(textOf(join(sysfs, `devices/system/node/node${node}/cpulist`)) ?? '')?.[0]
    : undefined;
  return cpu === undefined ? null : packageOf(sysfs, `cpu${cpu}`);
}

function packagesOf(sysfs: string): number[] {
  const cpus = namesIn(join(sysfs, 'devices/system/cpu')).filter((name) => /^cpu\d+$/.test(name));
  return [...new Set(cpus.map((cpu) => packageOf(sysfs, cpu)).filter((id) => id !== null))].sort((a, b) => a - b);
}

function packageOf(sysfs: string, cpu: string): number | null {
  const id = textOf(join(sysfs, 'devices/system/cpu', cpu, 'topology/physical_package_id'));
  return /^\d+$/.test(id ?? '') ? Number(id) : null; // -1: not told
}
