// Sums over stretches → power: least, mean and most of each device, and of all that are charged together.

import type { Course } from '../../ledger/courses.ts';
import type { EnergyFiles, Track } from '../../ledger/energy-files.ts';
import type { Reach } from '../../ledger/rollup.ts';
import type { Series } from '../contract/series.ts';

type Power = NonNullable<Series['power']>;

const MOST_DEVICES = 64;
/** ms by which times of one stretch may differ and be the same. */
const NEAR_MS = 0.5;

export interface Asked {
  /** Edges of the stretches, epoch ms. */
  readonly edges_ms: readonly number[];
  readonly courses: ReadonlyMap<string, Course>;
  /** Names of devices whose own power is told; absent: the first ones. */
  readonly device?: readonly string[] | undefined;
}

export function powerOf({ tracks, writers }: EnergyFiles, { edges_ms, courses, device }: Asked): Power {
  const each = devicesOf(tracks);
  const wanted = each.filter(({ device: { device: name }, writer }) =>
    device === undefined ? true : device.includes(name) || device.includes(`${writer.record.host}/${name}`),
  );
  const n = edges_ms.length - 1;
  const told = wanted.slice(0, device === undefined ? MOST_DEVICES : undefined);
  return {
    devices: told.map((track) => ({ ...namesOf(track), ...ownPower(courses.get(track.identity), n) })),
    total: totalPower(
      each,
      courses,
      presence(
        writers.map(({ reach }) => reach),
        edges_ms,
      ),
    ),
    left_out: each.length - told.length,
  };
}

/** Each device once: as the writer that may charge it tells it. */
export function devicesOf(tracks: readonly Track[]): Track[] {
  const out = new Map<string, Track>();
  for (const track of tracks) {
    const known = out.get(track.identity);
    if (known === undefined || (track.device.charged && !known.device.charged && known.device.within === undefined))
      out.set(track.identity, track);
  }
  return [...out.values()];
}

const namesOf = ({ device: { device, kind, name, source, charged, within }, writer }: Track) => ({
  ...{ device, host: writer.record.host, kind, name, source, charged, within: within ?? null },
});

function ownPower(course: Course | undefined, n: number) {
  const each = (value: (course: Course, i: number) => number | null) =>
    Array.from({ length: n }, (_, i) => (course === undefined ? null : value(course, i)));
  return {
    min_w: each(({ min_w }, i) => told(min_w[i]!)),
    mean_w: each(({ energy_j, known_ms }, i) => (known_ms[i]! > 0 ? (energy_j[i]! / known_ms[i]!) * 1000 : null)),
    max_w: each(({ max_w }, i) => told(max_w[i]!)),
    energy_j: each(({ energy_j, known_ms }, i) => (known_ms[i]! > 0 ? energy_j[i]! : null)),
    seen: each(({ seen_ms, there_ms }, i) => (there_ms[i]! > 0 ? Math.min(1, seen_ms[i]! / there_ms[i]!) : null)),
  };
}

const told = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Of the time in which the run was metered: a device that was not there then used nothing of it. */
function totalPower(
  devices: readonly Track[],
  courses: ReadonlyMap<string, Course>,
  metered_ms: readonly number[],
): Power['total'] {
  const charged = devices.flatMap(({ device, identity }) => (device.charged ? (courses.get(identity) ?? []) : []));
  const at = (i: number) => {
    const there = charged.filter(({ there_ms }) => there_ms[i]! > 0);
    const all_ms = metered_ms[i]!;
    const sum = (value: (course: Course) => number) => there.reduce((s, course) => s + value(course), 0);
    const known = there.filter(({ known_ms }) => known_ms[i]! > 0);
    // NaN, where one of them is not known, makes the sum so.
    const mean = (course: Course) =>
      course.known_ms[i]! > 0 ? course.energy_j[i]! * (course.there_ms[i]! / course.known_ms[i]!) : Number.NaN;
    const least = (course: Course) => (course.there_ms[i]! < all_ms - NEAR_MS ? 0 : course.min_w[i]!);
    return {
      min_w: there.length === 0 ? null : told(sum(least)),
      mean_w: there.length === 0 ? null : told((sum(mean) / all_ms) * 1000),
      max_w: there.length === 0 ? null : told(sum(({ max_w }) => max_w[i]!)),
      energy_j: known.length === 0 ? null : sum(({ energy_j }) => energy_j[i]!),
      seen:
        there.length === 0
          ? null
          : Math.min(1, sum(({ seen_ms }) => seen_ms[i]!) / sum(({ there_ms }) => there_ms[i]!)),
    };
  };
  const all = metered_ms.map((_, i) => at(i));
  const column = <K extends keyof Power['total']>(name: K) => all.map((one) => one[name]);
  return {
    ...{ min_w: column('min_w'), mean_w: column('mean_w'), max_w: column('max_w') },
    ...{ energy_j: column('energy_j'), seen: column('seen') },
  };
}

/** ms of each stretch in which any of these has rows. */
function presence(reaches: readonly (Reach | null)[], edges_ms: readonly number[]): number[] {
  const sorted = reaches.flatMap((reach) => reach ?? []).sort((a, b) => a.from_ms - b.from_ms);
  const merged: { from_ms: number; to_ms: number }[] = [];
  for (const { from_ms, to_ms } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, to_ms);
    else merged.push({ from_ms, to_ms });
  }
  return edges_ms
    .slice(0, -1)
    .map((from, i) =>
      merged.reduce(
        (s, { from_ms, to_ms }) => s + Math.max(0, Math.min(to_ms, edges_ms[i + 1]!) - Math.max(from_ms, from)),
        0,
      ),
    );
}
