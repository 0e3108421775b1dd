// Which of a machine's readings belong to a run, so that every joule counts once (pure).
//
// A wall meter holds all, a GH200's module its GPU, CPU and memory, and two drivers may read one chip. Outermost first,
// a reading is charged unless a charged one holds it already; one that holds a part the run may not use is not charged
// itself, but its other parts are. psys is recorded and left out, unless it is told to stand for the machine.

import type { Device } from './port.ts';

export interface ChargeOptions {
  /** Whether psys is the machine's total. */
  readonly psys: 'record' | 'total';
}

/** A device's place in the list given to charge(), and what it has become. */
export interface Charged {
  readonly place: number;
  readonly device: Device;
}

/** One name of a device for all processes of a host: its hardware's id, else the part of the machine that it meters. */
export const keyOf = (device: Device): string => (device.uuid !== '' ? device.uuid : (device.part ?? device.device));

/** Outermost first; what holds nothing comes last. */
const ORDER: Partial<Record<Device['kind'], number>> = { node: 0, psys: 1, module: 2 };
/** Best first, of two readings of one part. */
const BEST: Record<Device['source'], number> = {
  ...{ counter: 0, polled: 1, imported: 1, allocated: 2, model: 3, missing: 4 },
};

/**
 * The devices of one host with `charged`, `within` and names of their own, in the order given. A second reading of one
 * part is dropped in favour of the better one.
 */
export function charge(found: readonly Device[], { psys }: ChargeOptions): Charged[] {
  const all = named(onePerPart(found.map((device, place) => ({ device: complete(device), place }))));
  const hidden = all.filter(({ device }) => !device.charged && device.kind !== 'psys');
  const charged: Device[] = [];
  const out = new Map<number, Device>();
  for (const { device, place } of [...all].sort((a, b) => rank(a.device) - rank(b.device) || a.place - b.place)) {
    const holder = charged.find((other) => holds(other, device));
    const stranger = hidden.find(({ device: other }) => holds(device, other))?.device;
    if (device.kind === 'psys' && psys === 'record') {
      out.set(place, { ...without(device), notes: [...device.notes, PSYS_NOTE] });
    } else if (!device.charged) {
      out.set(place, device);
    } else if (holder !== undefined) {
      const note = `not charged: ${holder.device} holds it already`;
      out.set(place, { ...without(device), within: holder.device, notes: [...device.notes, note] });
    } else if (stranger !== undefined) {
      const note = `not charged: it also holds ${stranger.device}, which is not this run's; its other parts are charged`;
      out.set(place, { ...without(device), notes: [...device.notes, note] });
    } else if (device.source === 'missing' && all.some(({ device: other }) => holds(device, other))) {
      out.set(place, { ...without(device), notes: [...device.notes, 'not charged: what it holds is metered apart'] });
    } else {
      charged.push(device);
      out.set(place, device);
    }
  }
  return all.map(({ place }) => ({ place, device: out.get(place)! }));
}

const PSYS_NOTE = 'not charged: psys is recorded beside the total (--psys total makes it the total)';

/** What the reading of `outer` contains of others. */
function holds(outer: Device, inner: Device): boolean {
  if (outer.kind === inner.kind && outer.part === inner.part) return false;
  return (outer.holds ?? []).some((pattern) => {
    if (pattern === '*') return inner.kind !== outer.kind && inner.kind !== 'node';
    if (pattern === inner.part || pattern === `${inner.kind}:*`) return true;
    // A model of all memory beside a module that holds some of it: what it would add cannot be told apart.
    return inner.part === `${inner.kind}:*` && pattern.startsWith(inner.part.slice(0, -1));
  });
}

function rank(device: Device): number {
  return ORDER[device.kind] ?? ((device.holds ?? []).length > 0 ? 3 : 4);
}

function without(device: Device): Device {
  return { ...device, charged: false };
}

/** A device that says nothing of its part is one of its own, and holds what its kind does. */
function complete(device: Device): Device {
  const holds = device.holds ?? HOLDS[device.kind];
  return { ...device, part: device.part ?? device.device, ...(holds === undefined ? {} : { holds }) };
}

const HOLDS: Partial<Record<Device['kind'], readonly string[]>> = {
  node: ['*'],
  psys: ['*'],
  module: ['gpu:*', 'cpu-package:*', 'dram:*'],
};

function onePerPart<T extends Charged>(all: readonly T[]): T[] {
  return all.filter(({ device, place }) => {
    const better = all.find(
      (other) =>
        other.place !== place &&
        samePart(other.device, device) &&
        (BEST[other.device.source] - BEST[device.source] || other.place - place) < 0,
    );
    return better === undefined;
  });
}

/** A part may be all of a kind, as in a model of all memory: any reading of one of that kind is of the same. */
function samePart(a: Device, b: Device): boolean {
  return a.part === b.part || a.part === `${b.kind}:*` || b.part === `${a.kind}:*`;
}

/** Two drivers may both begin at gpu-0: the later one counts on. */
function named<T extends Charged>(all: readonly T[]): Charged[] {
  const taken = new Set<string>();
  return all.map(({ device, place }) => {
    let name = device.device;
    const stem = name.replace(/-\d+$/, '');
    for (let i = 1; taken.has(name); i++) name = `${stem}-${i}`;
    taken.add(name);
    return { place, device: name === device.device ? device : { ...device, device: name } };
  });
}
