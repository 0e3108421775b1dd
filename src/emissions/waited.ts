// Times at which a job stood still → what each of them changed: the work after it, where it was done and where it would have
// been done without that wait, and what was drawn while it stood.
//
// Of several waits each is taken against a job that runs through from its beginning on, which is what the decision had to
// choose between; so their sum is against a job that never waited. Docs: methodology.md, "What a decision saved".

import type { IntensitySeries } from '../grid/series.ts';
import { addCells, type Cell, type EnergyIntervals, spread } from './operational.ts';

/** [from_ms, to_ms), epoch ms. */
export interface Wait {
  readonly from_ms: number;
  readonly to_ms: number;
  /** What the work after it met, or would have met, where it had been and where it went on; absent: the chain of the run. */
  readonly here?: readonly IntensitySeries[];
  readonly there?: readonly IntensitySeries[];
}

export interface Waited {
  /** The work after it as if it had been done at once, where it had been; and as if it had run through after it, where it went on. */
  readonly sooner: Cell | null;
  readonly later: Cell | null;
  /** What was drawn meanwhile; null: nothing. */
  readonly idle: Cell | null;
}

const MINUTE_MS = 60_000;
/** From so many intervals on short ones are taken together by the minute. */
const MANY = 20_000;

/** Waits by time, without overlap. `sooner` and `later` are null where no work came after. O(waits × minutes). */
export function waited(
  energy: EnergyIntervals,
  waits: readonly Wait[],
  chain: readonly IntensitySeries[],
): readonly Waited[] {
  const { work, idle } = parted(energy, waits);
  let held_ms = 0;
  return waits.map(({ from_ms, to_ms, here = chain, there = chain }, i) => {
    const [before_ms, after_ms] = [held_ms, held_ms + to_ms - from_ms];
    held_ms = after_ms;
    const after = joined(work.slice(i + 1));
    return {
      sooner: cellOf(moved(after, before_ms), here),
      later: cellOf(moved(after, after_ms), there),
      idle: cellOf(idle[i]!, chain),
    };
  });
}

interface Columns {
  from_ms: number[];
  to_ms: number[];
  energy_j: number[];
}

const empty = (): Columns => ({ from_ms: [], to_ms: [], energy_j: [] });

/** What was drawn in each wait, and before, between and after them, with times on a clock that stood during the waits. */
function parted(energy: EnergyIntervals, waits: readonly Wait[]): { work: Columns[]; idle: Columns[] } {
  const work = Array.from({ length: waits.length + 1 }, empty);
  const idle = waits.map(empty);
  // Edges of working and waiting by turns: stretch 2i is work, 2i + 1 the wait i.
  const edges = [
    Number.NEGATIVE_INFINITY,
    ...waits.flatMap(({ from_ms, to_ms }) => [from_ms, to_ms]),
    Number.POSITIVE_INFINITY,
  ];
  const held = [0];
  for (const { from_ms, to_ms } of waits) held.push(held.at(-1)! + to_ms - from_ms);
  for (let k = 0; k < energy.energy_j.length; k++) {
    const [from, to, joules] = [energy.from_ms[k]!, energy.to_ms[k]!, energy.energy_j[k]!];
    for (let s = stretchAt(edges, from); s + 1 < edges.length && (edges[s]! < to || edges[s]! <= from); s++) {
      const [start, end] = [Math.max(from, edges[s]!), Math.min(to, edges[s + 1]!)];
      const part = to > from ? (joules * (end - start)) / (to - from) : joules;
      if (to > from ? end <= start : start >= edges[s + 1]!) continue;
      const still = s % 2 === 0 ? held[s / 2]! : 0;
      add(s % 2 === 0 ? work[s / 2]! : idle[(s - 1) / 2]!, {
        from_ms: start - still,
        to_ms: end - still,
        energy_j: part,
      });
    }
  }
  return { work: work.map(byMinutes), idle: idle.map(byMinutes) };
}

function stretchAt(edges: readonly number[], at: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function add(into: Columns, { from_ms, to_ms, energy_j }: Record<keyof Columns, number>): void {
  into.from_ms.push(from_ms);
  into.to_ms.push(to_ms);
  into.energy_j.push(energy_j);
}

/** Intensities hardly change within a minute, and a month has millions of seconds. */
function byMinutes(columns: Columns): Columns {
  if (columns.energy_j.length < MANY) return columns;
  const minutes = new Map<number, Record<keyof Columns, number>>();
  const out = empty();
  for (const [i, energy_j] of columns.energy_j.entries()) {
    const [from_ms, to_ms] = [columns.from_ms[i]!, columns.to_ms[i]!];
    if (to_ms - from_ms > MINUTE_MS) {
      add(out, { from_ms, to_ms, energy_j });
      continue;
    }
    const minute = Math.floor((from_ms + to_ms) / 2 / MINUTE_MS);
    const held = minutes.get(minute);
    minutes.set(minute, {
      from_ms: Math.min(held?.from_ms ?? from_ms, from_ms),
      to_ms: Math.max(held?.to_ms ?? to_ms, to_ms),
      energy_j: (held?.energy_j ?? 0) + energy_j,
    });
  }
  for (const minute of minutes.values()) add(out, minute);
  return out;
}

const joined = (all: readonly Columns[]): Columns => ({
  from_ms: all.flatMap(({ from_ms }) => from_ms),
  to_ms: all.flatMap(({ to_ms }) => to_ms),
  energy_j: all.flatMap(({ energy_j }) => energy_j),
});

const moved = ({ from_ms, to_ms, energy_j }: Columns, by_ms: number): Columns => ({
  from_ms: from_ms.map((at) => at + by_ms),
  to_ms: to_ms.map((at) => at + by_ms),
  energy_j,
});

function cellOf(columns: Columns, chain: readonly IntensitySeries[]): Cell | null {
  if (columns.energy_j.length === 0) return null;
  const from_ms = columns.from_ms.reduce((least, at) => Math.min(least, at));
  const to_ms = columns.to_ms.reduce((most, at) => Math.max(most, at));
  return addCells(spread(columns, [from_ms, Math.max(to_ms, from_ms + 1)], chain));
}
