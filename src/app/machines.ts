// Which machines runs metered, who metered what on each, and where on its course something begins or ends.
//
// A machine is what one boot of a host and the hardware ids of its devices hold together: a container beside its host, and a
// GPU that was moved, are one with it.

import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import { identityOf } from '../ledger/use.ts';
import { charge } from '../meter/charge.ts';
import type { Device } from '../meter/port.ts';
import type { Machines, Metered } from '../report/slices.ts';

/** When a writer metered, epoch ms; what has no end goes on to Infinity. */
export type SpanOf = (writer: WriterEntry) => { readonly from_ms: number; readonly to_ms: number };

export interface Course {
  readonly spanOf: SpanOf;
  /** Edges of all machines: the window's, and those of months. */
  readonly edges_ms: readonly number[];
  /** A step within which what a run's energy is accounted with stays the same, ms. */
  readonly stepOf: (entry: RunEntry) => number;
}

const USED_AS: Partial<Record<Device['kind'], (device: Device) => string>> = {
  ...{ gpu: ({ device }) => device, 'cpu-package': () => 'cpu', dram: () => 'cpu' },
};

/** Devices that neither belong to the run nor are inside one that does are left out. */
export function machinesOf(entries: readonly RunEntry[], { spanOf, edges_ms, stepOf }: Course): Machines {
  const all = entries.flatMap((entry) => entry.writers.map((writer) => ({ entry, writer })));
  const numbers = numbered(all.map(({ writer }) => writer));
  const edges = Array.from({ length: Math.max(0, ...numbers.values()) + 1 }, () => new Set(edges_ms));
  const steps = edges.map(() => 0);
  const tracks = all.flatMap(({ entry, writer }) => {
    const machine = numbers.get(writer)!;
    const { from_ms, to_ms } = spanOf(writer);
    for (const edge of [from_ms, to_ms]) if (Number.isFinite(edge)) edges[machine]!.add(Math.round(edge));
    steps[machine] = gcd(steps[machine]!, stepOf(entry));
    return tracksOf(entry, writer, machine);
  });
  const machines = edges.map((set, m) => ({ edges_ms: [...set].sort((a, b) => a - b), step_ms: steps[m]! || HOUR_MS }));
  return { tracks, machines, holders: holdersOf(tracks) };
}

const HOUR_MS = 3_600_000;
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function tracksOf(entry: RunEntry, writer: WriterEntry, machine: number): Metered[] {
  const { devices, host, boot_id } = writer.record;
  const monitor = entry.record.kind === 'monitor';
  const held = devices.filter(({ charged, within }) => charged || within !== undefined);
  return held.map((device) => {
    const { share_of, ...whole } = device;
    const used_as = monitor ? (USED_AS[device.kind]?.(device) ?? null) : null;
    return { entry, writer, device, machine, used_as, identity: identityOf(whole, host, boot_id) };
  });
}

/** Writers of one machine have one number. */
function numbered(writers: readonly WriterEntry[]): Map<WriterEntry, number> {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) at = up;
    parent.set(name, at);
    return at;
  };
  for (const { record } of writers) {
    const boot = bootOf(record);
    for (const { uuid } of record.devices) if (uuid !== '') parent.set(root(uuid), root(boot));
  }
  const numbers = new Map<string, number>();
  return new Map(
    writers.map((writer) => {
      const name = root(bootOf(writer.record));
      if (!numbers.has(name)) numbers.set(name, numbers.size);
      return [writer, numbers.get(name)!];
    }),
  );
}

const bootOf = ({ host, boot_id }: WriterEntry['record']): string => `${host}/${boot_id ?? ''}`;

/** What holds what over all writers of one boot: one of them may have metered the whole machine, and another what is in it. */
function holdersOf(tracks: readonly Metered[]): Map<string, string[]> {
  const boots = new Map<string, Map<string, Device>>();
  for (const { writer, device, identity } of tracks) {
    const boot = bootOf(writer.record);
    const known = boots.get(boot) ?? new Map<string, Device>();
    if (!known.has(identity) && device.source !== 'missing') known.set(identity, device);
    boots.set(boot, known);
  }
  const out = new Map<string, string[]>();
  for (const known of boots.values()) {
    let left = [...known].map(([identity, { within, share_of, ...device }]) => ({ identity, device }));
    // Outermost first, level by level: what holds a device now may itself not be there at another time.
    for (let found = true; found; ) {
      const charged = charge(
        left.map(({ device }) => ({ ...device, charged: true })),
        { psys: 'total' },
      );
      const inner = charged.filter(({ device }) => device.within !== undefined);
      for (const { place, device } of inner) {
        const holder = charged.find((other) => other.device.device === device.within)!;
        const { identity } = left[place]!;
        out.set(identity, [...(out.get(identity) ?? []), left[holder.place]!.identity]);
      }
      found = inner.length > 0;
      left = inner.map(({ place }) => left[place]!);
    }
  }
  return out;
}
