// Processor and memory energy from RAPL's counters, as Linux shows them under /sys/class/powercap (Intel, AMD).
//
// A package holds its core and uncore zones; DRAM is beside it, however the zones are nested; psys holds both and is
// recorded only. energy_uj is passed on as it is: the integrator sees through its wraps.

import { join } from 'node:path';
import { reasonOf } from '../../core/fault.ts';
import type { Barred, Device, Opened, PowerSource, Sample } from '../port.ts';
import { codeOf, type HeldFile, heldFile, type Opener } from './held-file.ts';
import { textOf } from './quiet-file.ts';
import { constraintsOf, limitsOf, raplZones, type Zone } from './rapl-zones.ts';

/** Counters are updated about every millisecond: Intel SDM vol. 3B, RAPL interfaces; AMD: Schöne et al. 2021. */
const UPDATE_S = 0.001;
/** A package or its memory never rests: a counter that stands for so long tells nothing. */
const STILL_MS = 3000;

/** Relative 90 % reach; derivation and sources in docs/methodology.md#rapl. */
const GAIN = { measured: 0.1, modelled: 0.2 };

type Kind = 'cpu-package' | 'dram' | 'psys';

/** A counter of ours: a zone, or the same one seen through another control type. */
interface Counter {
  readonly kind: Kind;
  readonly device: string;
  readonly name: string;
  readonly zones: Zone[];
}

interface Reader {
  readonly file: HeldFile;
  last: number | null;
  moved_ms: number;
}

/** One device per package (or die), per package's memory and per psys zone. `open` stands for openSync in tests. */
export function raplSource(options: { readonly sysfs: string; readonly open?: Opener }): PowerSource {
  let readers: Reader[] = [];
  const close = () => {
    for (const { file } of readers) file.close();
    readers = [];
  };
  return {
    name: 'rapl',
    async open(): Promise<Opened> {
      close();
      const { zones, hidden } = raplZones(options.sysfs);
      const counters = countersOf(zones);
      const tried = counters.map((counter) => tryEach(counter, options.open));
      const spared = sparedDies(counters, tried);
      const devices: Device[] = [];
      const barred: Barred[] = [];
      counters.forEach((counter, i) => {
        const found = tried[i]!;
        const { device, kind, name } = counter;
        if (found.file === null) barred.push({ device, kind, name, ...found.why });
        else if (spared.has(i)) {
          found.file.close();
          barred.push({ device, kind, name, ...spared.get(i)! });
        } else {
          devices.push(deviceOf(counter, found.zone));
          readers.push({ file: found.file, last: null, moved_ms: 0 });
        }
      });
      const [masked] = hidden;
      if (counters.length === 0 && masked !== undefined) barred.push(maskedOf(masked, options.sysfs));
      const none = devices.length === 0 && barred.length === 0;
      return { devices, absent: none ? absentIn(options.sysfs) : null, ...(barred.length > 0 ? { barred } : {}) };
    },
    read: (now) => readers.map((reader, index) => look(reader, index, now)),
    close,
  };
}

function look(reader: Reader, index: number, now: () => number): Sample {
  const before = now();
  try {
    const energy_uj = reader.file.read(before);
    const at_ms = (before + now()) / 2;
    if (energy_uj !== reader.last) reader.moved_ms = at_ms;
    reader.last = energy_uj;
    if (at_ms - reader.moved_ms > STILL_MS) throw new Error('energy_uj stands still');
    return { index, at_ms, energy_j: energy_uj / 1e6, power_w: null };
  } catch (error) {
    return { index, at_ms: before, energy_j: null, power_w: null, why: reasonOf(error) };
  }
}

const PACKAGE = /^package-(\d+)(?:-die-(\d+))?$/;

/** The counters that zones stand for, by package: each once, with every zone that shows it. */
function countersOf(zones: readonly Zone[]): Counter[] {
  const packages = [...new Set(zones.map(({ name }) => name).filter((name) => PACKAGE.test(name)))].sort((a, b) => {
    const [, pa, da] = PACKAGE.exec(a)!;
    const [, pb, db] = PACKAGE.exec(b)!;
    return Number(pa) - Number(pb) || Number(da ?? 0) - Number(db ?? 0);
  });
  const counters = new Map<string, Counter>();
  const add = (key: string, counter: Omit<Counter, 'zones'>, zone: Zone) => {
    const known = counters.get(key) ?? { ...counter, zones: [] };
    known.zones.push(zone);
    counters.set(key, known);
  };
  let loose = 0;
  const platforms = new Map<string, number>();
  for (const zone of zones) {
    const { id, name, within } = zone;
    const inside = packages.indexOf(within ?? '');
    if (PACKAGE.test(name)) {
      const k = packages.indexOf(name);
      add(name, { kind: 'cpu-package', device: `cpu-package-${k}`, name: `CPU ${spoken(name)}` }, zone);
    } else if (name === 'dram') {
      // At the top, memory names no package: it is taken in their order.
      const k = inside >= 0 ? inside : loose++;
      const of = packages[k] === undefined ? '' : ` of ${spoken(packages[k])}`;
      add(inside >= 0 ? `${within}/dram` : id, { kind: 'dram', device: `dram-${k}`, name: `memory${of}` }, zone);
    } else if (/^psys(-\d+)?$/.test(name)) {
      const k = platforms.get(name) ?? platforms.size;
      platforms.set(name, k);
      add(name, { kind: 'psys', device: `psys-${k}`, name: 'platform (psys)' }, zone);
    }
  }
  const order: Kind[] = ['cpu-package', 'dram', 'psys'];
  const byDevice = (a: Counter, b: Counter) => a.device.localeCompare(b.device, 'en', { numeric: true });
  return [...counters.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || byDevice(a, b));
}

type Tried =
  | { readonly file: HeldFile; readonly zone: Zone }
  | { readonly file: null; readonly why: Pick<Barred, 'why' | 'remedy'> };

/** The first zone of a counter that can be read, left open; else why the first cannot. */
function tryEach({ zones }: Counter, open: Opener | undefined): Tried {
  let why: Pick<Barred, 'why' | 'remedy'> | null = null;
  for (const zone of zones) {
    const path = join(zone.folder, 'energy_uj');
    const file = heldFile(path, open);
    try {
      file.read(Number.NEGATIVE_INFINITY);
      return { file, zone };
    } catch (error) {
      file.close();
      why ??= refusal(path, error);
    }
  }
  return { file: null, why: why! };
}

function refusal(path: string, error: unknown): Pick<Barred, 'why' | 'remedy'> {
  if (!['EACCES', 'EPERM'].includes(codeOf(error) ?? ''))
    return { why: `${path}: ${reasonOf(error)}`, remedy: 'see what the kernel says: sudo dmesg | grep -i rapl' };
  return {
    why: `no permission to read ${path} (only root may since CVE-2020-8694)`,
    remedy:
      `until the next boot: sudo chmod a+r '${path}'; for good, in /etc/udev/rules.d/70-rapl.rules: ` +
      'SUBSYSTEM=="powercap", KERNEL=="intel-rapl*:*", ACTION=="add", RUN+="/bin/chmod a+r /sys%p/energy_uj"',
  };
}

/**
 * The CPU model has one part per socket, RAPL one per die: with dies, a package that can be read would push out the
 * model of another socket that cannot. So either all can be read, or all are left to the model.
 */
function sparedDies(
  counters: readonly Counter[],
  tried: readonly Tried[],
): Map<number, Pick<Barred, 'why' | 'remedy'>> {
  const packages = counters
    .map((counter, i) => ({ counter, i }))
    .filter(({ counter }) => counter.kind === 'cpu-package');
  const dies = packages.some(({ counter }) => counter.zones[0]!.name.includes('-die-'));
  const bar = packages.map(({ i }) => tried[i]!).find(({ file }) => file === null);
  if (!dies || bar === undefined || bar.file !== null) return new Map();
  const why = { why: `left out with the die that cannot be read: ${bar.why.why}`, remedy: bar.why.remedy };
  return new Map(packages.map(({ i }) => [i, why]));
}

function deviceOf({ kind, device, name, zones }: Counter, zone: Zone): Device {
  const limits = limitsOf(zone.folder);
  const limit = limits.reduce<(typeof limits)[number] | null>(
    (a, b) => (a !== null && a.limit_w >= b.limit_w ? a : b),
    null,
  );
  const range_uj = Number(textOf(join(zone.folder, 'max_energy_range_uj')) ?? 0);
  // A platform may draw any power: without a limit its wraps cannot be told from resets.
  const wraps = range_uj > 0 && (kind !== 'psys' || limit !== null);
  const gain = kind === 'cpu-package' && constraintsOf(zone.folder).length > 0 ? GAIN.measured : GAIN.modelled;
  const doubles = zones
    .filter((other) => other !== zone)
    .map(({ id }) => `${id} shows the same counter and is left out`);
  const part = kind === 'psys' ? device : device.replace(/^(?:cpu-package|dram)-/, kind === 'dram' ? 'dram:' : 'cpu:');
  return {
    ...{ device, kind, part, name, uuid: '', source: 'counter', charged: true },
    ...(wraps ? { wraps_at_j: range_uj / 1e6 } : {}),
    ...{ limit_w: limit?.limit_w ?? null, gain: { down: gain, up: gain }, update_s: UPDATE_S },
    notes: [
      `energy from RAPL (${zone.id}, ${zone.name})`,
      limit === null ? 'the kernel tells no power limit' : `power limit from ${limit.file}`,
      ...doubles,
    ],
  };
}

function maskedOf({ folder, code }: { folder: string; code: string }, sysfs: string): Barred {
  return {
    ...{ device: 'cpu-package-0', kind: 'cpu-package', name: 'CPU package' },
    why: `RAPL is listed under ${sysfs} but hidden (${folder}/name: ${code}), as container engines do since 2023`,
    remedy: 'give the container the machine’s own: docker run -v /sys:/host/sys:ro -e JOULEBOOK_SYSFS=/host/sys …',
  };
}

function absentIn(sysfs: string): string {
  return (
    `no RAPL counter under ${sysfs}/class/powercap: virtual machines have none; on an Intel or AMD machine of your own ` +
    'the module may be missing (sudo modprobe intel_rapl_msr)'
  );
}

/** package-1-die-0 → package 1 die 0. */
function spoken(zone: string): string {
  return zone.replaceAll('-', ' ');
}
