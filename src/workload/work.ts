// What a run has got done, from the counters of its log: own progress only, counted once.
//
// A first value within one logging stride of 0 counts from 0; a later one is where a resumed job began. A counter that
// falls back is a restart: steps done again are work, but not progress.

import type { Step } from './step.ts';

export interface Work {
  readonly steps: number | null;
  readonly epochs: number | null;
  readonly tokens: number | null;
  readonly samples: number | null;
  /** How the tokens were counted, in words. */
  readonly tokens_how: string | null;
  readonly notes: readonly string[];
  readonly restarts: number;
}

export interface Progress {
  readonly at_ms: number;
  readonly step: number | null;
  readonly epoch: number | null;
  /** Tokens since the run's start, never falling. */
  readonly tokens: number | null;
}

/** Lines that come within so many ms came as one; pauses beyond PAUSE_MS are a buffer that fills. */
const BURST_MS = 5;
const PAUSE_MS = 1000;

/** Totals over a run’s steps, in any order; null where the log does not tell. */
export function workOf(steps: readonly Step[]): Work {
  const lines = once(steps);
  const numbers = lines.map(({ step }) => step).filter((n) => n !== null);
  const tokens = tokensOf(lines);
  return {
    steps: own(numbers),
    epochs: own(lines.map(({ epoch }) => epoch).filter((n) => n !== null)),
    tokens: tokens.total,
    samples: own(lines.map(({ samples }) => samples).filter((n) => n !== null)),
    tokens_how: tokens.how,
    notes: notesOf(steps),
    restarts: restartsOf(numbers),
  };
}

/** Progress over time: one point for each line that goes beyond the ones before. */
export function cumulativeAt(steps: readonly Step[]): Progress[] {
  const lines = once(steps);
  const tokens = tokensOf(lines).each;
  let furthest = Number.NEGATIVE_INFINITY;
  let most: number | null = null;
  return lines.flatMap((line, i): Progress[] => {
    if (line.step !== null) {
      if (line.step <= furthest) return [];
      furthest = line.step;
    }
    const here = tokens[i] ?? null;
    most = here === null ? most : Math.max(most ?? 0, here);
    return [{ at_ms: line.at_ms, step: line.step, epoch: line.epoch, tokens: most }];
  });
}

/**
 * When the steps began, epoch ms: the first line less its own progress at the median pace of the lines. What lies
 * before is start-up, not training. Null with fewer than four lines, or where they came in bursts.
 */
export function beginOf(steps: readonly Step[]): number | null {
  const lines = once(steps);
  const counter = (['step', 'tokens', 'epoch'] as const).find(
    (name) => lines.filter((l) => l[name] !== null).length > 3,
  );
  if (counter === undefined || burstsOf(lines) !== null) return null;
  const told = lines.filter((line) => line[counter] !== null);
  const values = told.map((line) => line[counter]!);
  if (counter === 'tokens' && !natureOf(told).cumulative) return null;
  const paces = told.slice(1).flatMap((line, i) => {
    const more = values[i + 1]! - values[i]!;
    return more > 0 ? [(line.at_ms - told[i]!.at_ms) / more] : [];
  });
  const pace = median(paces);
  return pace === undefined ? null : told[0]!.at_ms - pace * (values[0]! - startOf(values));
}

/** Training lines by time, each step of a stretch once: ranks print the same step, each its own line. */
function once(steps: readonly Step[]): Step[] {
  let before: Step | null = null;
  return steps
    .filter(({ phase }) => phase !== 'eval')
    .sort((a, b) => a.at_ms - b.at_ms)
    .filter((step) => {
      const again = before !== null && step.step !== null && step.step === before.step;
      before = step;
      return !again;
    });
}

/** Furthest minus start, which is 0 where the first value lies within one stride of it. */
function own(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((most, value) => Math.max(most, value), 0) - startOf(values);
}

/** Where a counter's own progress began: 0, or for a resumed job the first value. Not for an empty list. */
export function startOf(values: readonly number[]): number {
  const first = values[0]!;
  const strides = values.slice(1).map((value, i) => value - values[i]!);
  const stride = median(strides.filter((stride) => stride > 0));
  // One value alone cannot tell a stride: it is taken as the progress from 0.
  return stride === undefined || first <= stride * (1 + 1e-6) ? 0 : first;
}

function restartsOf(values: readonly number[]): number {
  return values.filter((value, i) => i > 0 && value < values[i - 1]!).length;
}

interface Tokens {
  readonly total: number | null;
  readonly how: string | null;
  /** For each line, the tokens since the run's start; null where the line has none. */
  readonly each: readonly (number | null)[];
}

function tokensOf(lines: readonly Step[]): Tokens {
  const told = lines.filter(({ tokens }) => tokens !== null);
  if (told.length === 0) return { total: null, how: null, each: [] };
  const { cumulative, how } = natureOf(told);
  if (cumulative) {
    const start = startOf(told.map(({ tokens }) => tokens!));
    const each = lines.map(({ tokens }) => (tokens === null ? null : Math.max(0, tokens - start)));
    return { total: own(told.map(({ tokens }) => tokens!)), how, each };
  }
  let sum = 0;
  let furthest = Number.NEGATIVE_INFINITY;
  const stride = strideOf(told);
  const each = lines.map(({ tokens, step }) => {
    if (tokens === null) return null;
    // A step done again after a restart is not progress; a line every n steps stands for n of them.
    if (step === null || step > furthest) sum += tokens * (step === null ? 1 : stride(step, furthest));
    if (step !== null) furthest = Math.max(furthest, step);
    return sum;
  });
  return { total: sum, how, each };
}

/** How many steps a line stands for: those since the furthest line before, or one stride for the first. */
function strideOf(told: readonly Step[]): (step: number, before: number) => number {
  const steps = told.map(({ step }) => step).filter((n) => n !== null);
  const first = steps.length === 0 ? 1 : steps[0]! - startOf(steps) || 1;
  return (step, before) => (Number.isFinite(before) ? step - before : Math.max(1, first));
}

function natureOf(told: readonly Step[]): { cumulative: boolean; how: string } {
  const said = told[0]!.tokens_are;
  if (said === 'cumulative') return { cumulative: true, how: 'cumulative, by its name' };
  if (said === 'per-step') return { cumulative: false, how: 'per step, by its name' };
  if (told.length === 1) return { cumulative: true, how: 'cumulative: a single value' };
  const values = told.map(({ tokens }) => tokens!);
  const falls = values.filter((value, i) => i > 0 && value <= values[i - 1]!).length;
  const restarts = restartsOf(told.map(({ step }) => step ?? 0));
  if (falls <= restarts) return { cumulative: true, how: 'cumulative: it grows from line to line' };
  return { cumulative: false, how: 'per step: it does not grow from line to line' };
}

const BUFFERED =
  'the command buffers it (Python: -u or PYTHONUNBUFFERED=1) or writes it only now and then, so energy by step cannot be told';

function notesOf(steps: readonly Step[]): string[] {
  const bursts = burstsOf(steps);
  return bursts === null ? [] : [`the log came ${bursts}: ${BUFFERED}`];
}

/** Lines that share their instant with others, with long pauses between: the log says nothing of when they were made. */
function burstsOf(steps: readonly Step[]): 'all at once' | 'in bursts' | null {
  if (steps.length < 10) return null;
  const times = steps.map(({ at_ms }) => at_ms).sort((a, b) => a - b);
  const instants = times.filter((at, i) => i === 0 || at - times[i - 1]! > BURST_MS);
  if (instants.length > times.length / 4) return null;
  const pauses = instants.slice(1).map((at, i) => at - instants[i]!);
  if (pauses.length === 0) return 'all at once';
  return median(pauses)! > PAUSE_MS ? 'in bursts' : null;
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
