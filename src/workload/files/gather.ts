// Gathers values that come one by one, each with its step, into whole steps: TensorBoard and MLflow write a record a tag.
//
// Nothing says that a step is complete, so one is told when a later one has begun and nothing was added to it for a
// while. Its time is that of its first value.

import type { Step } from '../step.ts';
import { stepsOf } from './names.ts';

export interface Value {
  readonly tag: string;
  readonly value: number;
  /** The record's own time, epoch ms. */
  readonly at_ms: number;
  readonly step: number | null;
  readonly epoch?: number | null;
  /** Counters since the job began that stand beside the value. */
  readonly counts?: Counts;
}

export interface Counts {
  readonly samples?: number;
  readonly tokens?: number;
}

export interface Gathering {
  add(value: Value, seen_ms: number): void;
  /** Adds counters to the step that has this value under this tag: the same value, drawn over them instead of steps. */
  count(value: { readonly tag: string; readonly value: number }, counts: Counts): void;
  /** Tells what has been left alone long enough. */
  settle(now_ms: number): void;
  /** Tells all. */
  flush(): void;
}

interface Open {
  readonly step: number | null;
  readonly epoch: number | null;
  counts: Counts;
  at_ms: number;
  touched_ms: number;
  readonly record: Record<string, number>;
  names: number;
}

/** A step to which nothing was added for so long is taken as complete. */
const QUIET_MS = 1000;
/** Beyond these the oldest is told: bounds the memory. */
const MOST_OPEN = 64;
const MOST_NAMES = 200;

/** An empty gathering. Values of one step may come in any order, and those of two steps mixed. */
export function createGathering(onStep: (step: Step) => void): Gathering {
  const open = new Map<string, Open>();
  const tell = (key: string, { step, epoch, counts, at_ms, record }: Open) => {
    open.delete(key);
    for (const made of stepsOf(record, at_ms, { step, epoch, ...counts })) onStep(made);
  };
  const tellAll = (which: (one: Open) => boolean) => {
    const ready = [...open].filter(([, one]) => which(one)).sort(([, a], [, b]) => a.at_ms - b.at_ms);
    for (const [key, one] of ready) tell(key, one);
  };
  return {
    add({ tag, value, at_ms, step, epoch = null, counts = {} }, seen_ms) {
      const key = `${step}:${epoch}`;
      const one = open.get(key);
      if (one === undefined) {
        const [oldest] = open;
        if (open.size >= MOST_OPEN && oldest !== undefined) tell(...oldest);
        open.set(key, { step, epoch, counts, at_ms, touched_ms: seen_ms, record: { [tag]: value }, names: 1 });
        return;
      }
      one.touched_ms = seen_ms;
      one.at_ms = Math.min(one.at_ms, at_ms);
      one.counts = { ...one.counts, ...counts };
      if (!Object.hasOwn(one.record, tag) && one.names++ >= MOST_NAMES) return;
      one.record[tag] = value;
    },
    count({ tag, value }, counts) {
      const one = [...open.values()].findLast(({ record }) => record[tag] === value);
      if (one !== undefined) one.counts = { ...one.counts, ...counts };
    },
    settle: (now_ms) => tellAll(({ touched_ms }) => now_ms - touched_ms >= QUIET_MS),
    flush: () => tellAll(() => true),
  };
}
