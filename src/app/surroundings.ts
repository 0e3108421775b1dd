// Where we are: container, virtual machine, namespaces, rights, and the devices that the bus shows. Reads /proc, /sys and
// /dev only, writes nothing, and what cannot be told is null.

import { accessSync, constants, existsSync, readlinkSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { namesIn, readQuietly, textOf } from '../meter/sources/quiet-file.ts';

/** Where the machine is seen; all but `root` can be given to a container elsewhere. */
export interface Roots {
  readonly procfs: string;
  readonly sysfs: string;
  readonly dev: string;
  /** Of the files that say what kind of container this is, and of /etc. */
  readonly root: string;
}

export type GpuVendor = 'nvidia' | 'amd' | 'intel';

/** A display controller or accelerator on the PCI bus. */
export interface Accelerator {
  readonly vendor: GpuVendor;
  /** 0000:3b:00.0 */
  readonly address: string;
  /** The kernel driver bound to it; null = none. */
  readonly driver: string | null;
}

/** A device node or file that a sensor is read through. */
export interface Access {
  readonly path: string;
  /** 0660; owner and group by number, with the group's name where /etc/group knows it. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly group: string | null;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface Machine {
  /** docker, podman, kubernetes, lxc or container; null = none that we can see. */
  readonly container: string | null;
  readonly virtual: boolean | null;
  readonly pid_namespace: 'host' | 'own' | null;
  readonly cgroup: { readonly version: 1 | 2 | null; readonly path: string | null; readonly writable: boolean | null };
  readonly cpu_vendor: 'intel' | 'amd' | null;
  /** The kernel's energy counters of the CPU; masked = the folder is there and shows nothing. */
  readonly powercap: 'present' | 'masked' | 'none';
  readonly accelerators: readonly Accelerator[];
}

export interface Rights {
  readonly uid: number | null;
  readonly user: string | null;
  readonly groups: readonly string[];
  /** Those Linux capabilities, of the ones that open sensors to a user, that this process has. */
  readonly capabilities: readonly string[];
  readonly paths: readonly Access[];
}

const VENDORS: Readonly<Record<string, GpuVendor>> = { '0x10de': 'nvidia', '0x1002': 'amd', '0x8086': 'intel' };
/** PCI base classes (PCI Code and ID Assignment Specification): display controller, processing accelerator. */
const CLASSES = /^0x(03|12)/;
/** Intel's integrated graphics always sit here: their energy is inside the CPU package's. */
const INTEGRATED = /:00:02\.0$/;
/** The first PID namespace of a kernel: PROC_PID_INIT_INO, 0xEFFFFFFC (linux/proc_ns.h). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
/** Bits of linux/capability.h. */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_ADMIN: 21,
  CAP_PERFMON: 38,
};

/** What the machine shows of itself. `kubernetes` = the environment says so. Never throws. */
export function machineOf({ procfs, sysfs, root }: Omit<Roots, 'dev'>, kubernetes: boolean): Machine {
  const cpuinfo = readQuietly(join(procfs, 'cpuinfo')) ?? '';
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1];
  const namespace = quiet(() => readlinkSync(join(procfs, 'self/ns/pid')));
  return {
    container: containerOf(procfs, root, kubernetes),
    virtual: flags === undefined ? null : /\bhypervisor\b/.test(flags),
    pid_namespace: namespace === null ? null : namespace === FIRST_PID_NAMESPACE ? 'host' : 'own',
    cgroup: cgroupOf(procfs, sysfs),
    cpu_vendor: /GenuineIntel/.test(cpuinfo) ? 'intel' : /AuthenticAMD/.test(cpuinfo) ? 'amd' : null,
    powercap: powercapOf(sysfs),
    accelerators: acceleratorsOf(sysfs),
  };
}

/** Who we are, and the rights on every node and file that sensors are read through. Never throws. */
export function rightsOf({ procfs, sysfs, dev, root }: Roots): Rights {
  const groups = new Map(
    (readQuietly(join(root, 'etc/group')) ?? '').split('\n').map((line) => {
      const [name, , gid] = line.split(':');
      return [Number(gid), name ?? ''] as const;
    }),
  );
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readQuietly(join(procfs, 'self/status')) ?? '')?.[1];
  const bits = BigInt(`0x${effective ?? '0'}`);
  const zones = names(join(sysfs, 'class/powercap')).filter((name) => name.includes('rapl') && name.includes(':'));
  const nodes = names(dev).filter((name) => /^(nvidia\d+|nvidiactl|kfd|ipmi\d+)$/.test(name));
  const paths = [
    ...nodes.map((name) => join(dev, name)),
    ...names(join(dev, 'dri'))
      .filter((name) => name.startsWith('renderD'))
      .map((name) => join(dev, 'dri', name)),
    ...zones.map((zone) => join(sysfs, 'class/powercap', zone, 'energy_uj')),
  ];
  return {
    uid: process.getuid?.() ?? null,
    user: quiet(() => userInfo().username),
    groups: (process.getgroups?.() ?? []).map((gid) => groups.get(gid) ?? String(gid)),
    capabilities: Object.entries(CAPABILITIES)
      .filter(([, bit]) => (bits >> BigInt(bit)) & 1n)
      .map(([name]) => name),
    paths: paths.flatMap((path) => accessOf(path, groups) ?? []),
  };
}

function accessOf(path: string, groups: ReadonlyMap<number, string>): Access | null {
  const found = quiet(() => statSync(path));
  if (found === null) return null;
  const may = (what: number) => quiet(() => accessSync(path, what)) !== null;
  return {
    ...{ path, mode: (found.mode & 0o7777).toString(8).padStart(4, '0'), uid: found.uid, gid: found.gid },
    group: groups.get(found.gid) ?? null,
    readable: may(constants.R_OK),
    writable: may(constants.W_OK),
  };
}

function containerOf(procfs: string, root: string, kubernetes: boolean): string | null {
  const named = /\b(docker|libpod|kubepods|lxc|containerd)\b/.exec(readQuietly(join(procfs, '1/cgroup')) ?? '')?.[1];
  const told = textOf(join(root, 'run/systemd/container'));
  if (kubernetes || named === 'kubepods') return 'kubernetes';
  if (existsSync(join(root, 'run/.containerenv')) || named === 'libpod') return 'podman';
  if (existsSync(join(root, '.dockerenv')) || named === 'docker') return 'docker';
  return named === 'lxc' ? 'lxc' : told || named !== undefined ? told || 'container' : null;
}

function cgroupOf(procfs: string, sysfs: string): Machine['cgroup'] {
  const own = /^0::(.*)$/m.exec(readQuietly(join(procfs, 'self/cgroup')) ?? '')?.[1] ?? null;
  const base = ['fs/cgroup', 'fs/cgroup/unified']
    .map((path) => join(sysfs, path))
    .find((path) => existsSync(join(path, 'cgroup.controllers')));
  if (base === undefined) {
    const old = names(join(sysfs, 'fs/cgroup')).some((name) => name.startsWith('cpu'));
    return { version: old ? 1 : null, path: null, writable: null };
  }
  const path = own === null ? null : join(base, own);
  const there = path !== null && existsSync(path);
  return { version: 2, path: own, writable: there ? quiet(() => accessSync(path, constants.W_OK)) !== null : null };
}

function powercapOf(sysfs: string): Machine['powercap'] {
  const zones = names(join(sysfs, 'class/powercap'));
  if (zones.some((zone) => zone.includes(':') && existsSync(join(sysfs, 'class/powercap', zone, 'energy_uj'))))
    return 'present';
  // Docker lays an empty folder over it; the class then has links that lead nowhere.
  return zones.length > 0 || existsSync(join(sysfs, 'devices/virtual/powercap')) ? 'masked' : 'none';
}

function acceleratorsOf(sysfs: string): Accelerator[] {
  const bus = join(sysfs, 'bus/pci/devices');
  return names(bus).flatMap((address): Accelerator[] => {
    const vendor = VENDORS[textOf(join(bus, address, 'vendor')) ?? ''];
    const kind = textOf(join(bus, address, 'class')) ?? '';
    if (vendor === undefined || !CLASSES.test(kind)) return [];
    if (vendor === 'intel' && INTEGRATED.test(address)) return [];
    return [{ vendor, address, driver: quiet(() => basename(readlinkSync(join(bus, address, 'driver')))) }];
  });
}

const names = (folder: string): string[] => namesIn(folder).sort();

/** The result, or null where the system refuses; `undefined` is a result. */
function quiet<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
