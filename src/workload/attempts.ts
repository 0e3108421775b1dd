// A log's lines in the order of the work: ranks and sources that tell one step make one line, and what falls back is a new
// attempt whose first steps are done again.
//
// Only order tells them apart, never how fast the lines came, so that a log read at once gives what it gave live.

import type { Step } from './step.ts';

export interface Line extends Step {
  /** A step that an earlier attempt had done already. */
  readonly again: boolean;
  /** The first line after the counter fell back. */
  readonly restart: boolean;
}

/** In a log in which most steps are told twice, one so many strides back is another rank's, not a restart. */
const LATE = 1.5;

/**
 * Training lines by time, each step of an attempt once, with all that its lines tell (the first that tells something
 * counts). Where lines name their rank, the lowest that tells progress counts.
 */
export function attempts(steps: readonly Step[]): readonly Line[] {
  const held = KNOWN.get(steps);
  if (held?.of === steps.length) return held.lines;
  const lines = inOrder(steps);
  KNOWN.set(steps, { of: steps.length, lines });
  return lines;
}

/** A report asks many times about one log; a log only grows. */
const KNOWN = new WeakMap<readonly Step[], { readonly of: number; readonly lines: readonly Line[] }>();

function inOrder(steps: readonly Step[]): Line[] {
  const lines = ofOneRank(steps.filter(({ phase }) => !IDLE_PHASES.has(phase ?? ''))).sort((a, b) => a.at_ms - b.at_ms);
  const late = lateness(lines);
  const next = nextSteps(lines);
  const out: { -readonly [K in keyof Line]: Line[K] }[] = [];
  const told = new Map<number, (typeof out)[number]>();
  let front = Number.NEGATIVE_INFINITY;
  let furthest = Number.NEGATIVE_INFINITY;
  for (const [i, line] of lines.entries()) {
    const { step } = line;
    if (step === null) {
      out.push({ ...line, again: false, restart: false });
      continue;
    }
    // A line out of order is followed by one that goes on; a restart by steps that were done already.
    const same = told.get(step);
    // What a program tells of a step of its own, late from another thread, is work all the same.
    const other = line.told === 'helper' && same === undefined;
    if (step <= front && (other || front - step <= late || next[i]! > furthest)) {
      if (other) out.push({ ...line, step: null, again: false, restart: false });
      else fill(same, line);
      continue;
    }
    const restart = step <= front;
    if (restart) told.clear();
    const own = { ...line, again: step <= furthest, restart };
    front = step;
    furthest = Math.max(furthest, step);
    told.set(step, own);
    out.push(own);
  }
  return out;
}

/** What is logged in these is no progress; phases of other names are training. */
export const IDLE_PHASES: ReadonlySet<string> = new Set(['eval', 'checkpoint', 'data', 'startup', 'stall', 'paused']);

/** For each line the step of the next one that has any; -1 where none follows. */
function nextSteps(lines: readonly Step[]): number[] {
  const out = new Array<number>(lines.length);
  let next = -1;
  for (let i = lines.length - 1; i >= 0; i--) {
    out[i] = next;
    next = lines[i]!.step ?? next;
  }
  return out;
}

function ofOneRank(lines: readonly Step[]): Step[] {
  const ranks = lines.flatMap(({ rank, step, tokens, epoch }) =>
    rank !== null && (step ?? tokens ?? epoch) !== null ? [rank] : [],
  );
  const lowest = ranks.reduce((least, rank) => Math.min(least, rank), Number.POSITIVE_INFINITY);
  return lines.filter(({ rank }) => rank === null || rank === lowest);
}

/** By how much a counter may fall back without a restart. */
function lateness(lines: readonly Step[]): number {
  const times = new Map<number, number>();
  const strides: number[] = [];
  let furthest: number | null = null;
  for (const { step } of lines) {
    if (step === null) continue;
    times.set(step, (times.get(step) ?? 0) + 1);
    if (furthest !== null && step > furthest) strides.push(step - furthest);
    furthest = Math.max(furthest ?? step, step);
  }
  const often = [...times.values()].filter((count) => count > 1).length;
  return often > times.size / 2 ? LATE * (median(strides) ?? 1) : 0;
}

const COUNTED = ['total', 'epoch', 'tokens', 'samples', 'batch', 'lr', 'loss'] as const;

/** What an earlier line of the step left open. */
function fill(into: { -readonly [K in keyof Step]: Step[K] } | undefined, line: Step): void {
  if (into === undefined) return;
  for (const name of COUNTED) {
    if (into[name] !== null || line[name] === null) continue;
    into[name] = line[name];
    if (name === 'tokens') into.tokens_are = line.tokens_are;
  }
  into.units = { ...line.units, ...into.units };
  into.metrics = { ...line.metrics, ...into.metrics };
}

/** The middle value, the upper one of two; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
