// What an importer makes of another tool's file: runs with their devices, what each column became, what was left out.
//
// A device is told by readings (a counter, a power) or by stretches (so many joules between two times); one that is
// there but was not measured says why. Energy is IT energy: a PUE that a tool multiplied in is divided out already.

export type Kind = 'gpu' | 'cpu-package' | 'dram' | 'module' | 'node' | 'psys';

export interface ForeignDevice {
  /** Unique on its host: gpu-0. */
  readonly device: string;
  readonly kind: Kind;
  readonly name: string;
  /** The hardware's own id, else ''. */
  readonly uuid: string;
  /** '' where the file does not tell. */
  readonly host: string;
  /** measured: by a sensor; modelled: by the other tool, or the file does not tell. */
  readonly how: 'measured' | 'modelled';
  /** A sentence for people. */
  readonly note: string;
  readonly told:
    | { readonly by: 'readings'; readonly readings: Readings }
    | { readonly by: 'stretches'; readonly stretches: readonly Stretch[] }
    | { readonly by: 'nothing'; readonly why: string };
}

/** energy_j J were used over [from_ms, to_ms), epoch ms; when within it is not known. */
export interface Stretch {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
}

/** Parallel columns by strictly ascending time, epoch ms; NaN where a reading has no counter (J) or no power (W). */
export interface Readings {
  readonly at_ms: Float64Array;
  readonly energy_j: Float64Array;
  readonly power_w: Float64Array;
}

export interface ForeignRun {
  readonly name: string | null;
  readonly from_ms: number;
  readonly to_ms: number;
  /** Zones or places that the file names, the most exact first. */
  readonly places: readonly string[];
  /** Facility energy over IT energy, as the file tells it; null where it does not. */
  readonly pue: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly devices: readonly ForeignDevice[];
}

export interface Found {
  readonly runs: readonly ForeignRun[];
  /** What was made of each column, in words. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly rejected: Rejected;
  /** What people should know, in sentences. */
  readonly notes: readonly string[];
  /** SHA-256 of what was read. */
  readonly hash: string;
}

/** Reasons with how many rows they concern; `first` is the row's or line's number, 0 where there is none. */
export type Rejected = ReadonlyMap<string, { readonly count: number; readonly first: number }>;

/** Counts rows that are left out, by reason. */
export class Rejections implements Iterable<[string, { count: number; first: number }]> {
  readonly all = new Map<string, { count: number; first: number }>();

  add(why: string, row = 0, count = 1): void {
    const known = this.all.get(why);
    if (known === undefined) this.all.set(why, { count, first: row });
    else known.count += count;
  }

  [Symbol.iterator]() {
    return this.all[Symbol.iterator]();
  }

  /** "2 × no time (first: row 3); …"; '' for none. */
  toString(): string {
    const told = [...this.all].map(
      ([why, { count, first }]) => `${count} × ${why}${first > 0 ? ` (first: row ${first})` : ''}`,
    );
    return told.slice(0, 5).join('; ');
  }
}

/** Nothing runs longer, and nothing uses more: a number beyond is a unit mistaken. Ten years; a large power station's. */
const MOST_MS = 10 * 366 * 86_400_000;
const MOST_J = 3.15e17;

/** Why a stretch cannot be; null where it can. */
export function absurd({ from_ms, to_ms, energy_j }: Stretch): string | null {
  if (!(from_ms > 0) || !(to_ms - from_ms <= MOST_MS)) return 'a window of more than ten years, or from before 1970';
  return energy_j <= MOST_J ? null : 'an energy that no machine uses';
}
