// What a run has got done, from the counters of its log: own progress only, counted once.
//
// A first value within one logging stride of 0 counts from 0; a later one is where a resumed job began. A counter that
// falls back is a restart: steps done again are work, but not progress (attempts.ts).

import { attempts, type Line, median } from './attempts.ts';
import type { Step } from './step.ts';

/** What people say of a job whose log does not. */
export interface Declared {
  readonly tokens_per_step?: number;
  /** Samples of one step over all ranks (global batch). */
  readonly batch?: number;
  /** Tokens of one sample. */
  readonly seq_length?: number;
}

export interface Work {
  readonly steps: number | null;
  /** Steps of the whole job, as its log last told. */
  readonly total_steps: number | null;
  readonly epochs: number | null;
  readonly tokens: number | null;
  readonly samples: number | null;
  /** Other work by name: images, audio_s. */
  readonly units: Readonly<Record<string, number>>;
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
  /** As of its step. */
  readonly told: Step['told'];
}

/** Lines that come within so many ms came as one; pauses beyond PAUSE_MS are a buffer that fills. */
const BURST_MS = 5;
const PAUSE_MS = 1000;

/** Totals over a run’s steps, in any order; null where neither the log nor `declared` tells. */
export function workOf(steps: readonly Step[], declared: Declared = {}): Work {
  const lines = attempts(steps);
  const tokens = tokensOf(lines, declared);
  const told = (name: 'step' | 'epoch') => lines.map((line) => line[name]).filter((n) => n !== null);
  return {
    steps: own(told('step')),
    total_steps: lines.findLast(({ total }) => total !== null)?.total ?? null,
    epochs: ownOf(lines, 'epoch'),
    tokens: tokens.total,
    samples: samplesOf(lines, declared).total,
    units: unitsOf(lines),
    tokens_how: tokens.how,
    notes: [...notesOf(steps), ...startNote(told('step')), ...(tokens.note === undefined ? [] : [tokens.note])],
    restarts: lines.filter(({ restart }) => restart).length,
  };
}

/** Progress over time: one point for each line that goes beyond the ones before. */
export function cumulativeAt(steps: readonly Step[], declared: Declared = {}): Progress[] {
  const lines = attempts(steps);
  const tokens = tokensOf(lines, declared).each;
  let most: number | null = null;
  return lines.flatMap((line, i): Progress[] => {
    if (line.again) return [];
    const here = tokens[i] ?? null;
    most = here === null ? most : Math.max(most ?? 0, here);
    return [{ at_ms: line.at_ms, step: line.step, epoch: line.epoch, tokens: most, told: line.told }];
  });
}

/**
 * When the steps began, epoch ms: the first line less its own progress at the median pace of the lines. What lies
 * before is start-up, not training. Null with fewer than four lines, or where they came in bursts.
 */
export function beginOf(steps: readonly Step[]): number | null {
  const lines = attempts(steps);
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

/** Furthest minus start, which is 0 where the first value lies within one stride of it. */
function own(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return mostOf(values) - startOf(values);
}

const mostOf = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

/** Where a counter's own progress began: 0, or for a resumed job the first value. Not for an empty list. */
export function startOf(values: readonly number[]): number {
  const first = values[0]!;
  const strides = values.slice(1).map((value, i) => value - values[i]!);
  const stride = median(strides.filter((stride) => stride > 0));
  // One value alone cannot tell a stride: it is taken as the progress from 0.
  return stride === undefined || first <= stride * (1 + 1e-6) ? 0 : first;
}

/**
 * Where a counter beside the steps began. Its strides need not tell: a job may end within one, a logged step 10 before the
 * last, 15. Steps that began at 0 tell it where the counter was in proportion to them at its first line.
 */
function startIn(lines: readonly Line[], name: 'epoch' | 'tokens' | 'samples'): number {
  const values = lines.flatMap((line) => line[name] ?? []);
  const start = startOf(values);
  const steps = lines.flatMap(({ step }) => step ?? []);
  const first = lines.find((line) => line[name] !== null && line.step !== null);
  if (start === 0 || first === undefined || steps.length < 2 || startOf(steps) > 0) return start;
  return first[name]! / mostOf(values) <= PROPORTION * (first.step! / mostOf(steps)) ? 0 : start;
}

function ownOf(lines: readonly Line[], name: 'epoch' | 'tokens' | 'samples'): number | null {
  const values = lines.flatMap((line) => line[name] ?? []);
  return values.length === 0 ? null : mostOf(values) - startIn(lines, name);
}

/** A total, and for each line what had been done by then since the run's start; null where the line does not tell. */
interface Counted {
  readonly total: number | null;
  readonly how: string | null;
  readonly each: readonly (number | null)[];
  readonly note?: string;
}

const NONE: Counted = { total: null, how: null, each: [] };
/** Figures of a log and of people that are further apart contradict each other. */
const AGREES = 0.02;
/** A bar's number may be a redraw off. */
const PROPORTION = 2;

function tokensOf(lines: readonly Line[], declared: Declared): Counted {
  const logged = loggedTokens(lines);
  const { tokens_per_step, seq_length } = declared;
  const samples = samplesOf(lines, declared);
  const said =
    tokens_per_step !== undefined
      ? perStep(lines, () => tokens_per_step, `steps × ${tokens_per_step} tokens (--tokens-per-step)`)
      : seq_length !== undefined && samples.total !== null
        ? times(samples, seq_length, `${samples.how} × ${seq_length} tokens (--seq-length)`)
        : NONE;
  if (said.total === null) return logged;
  const off = logged.total === null ? 0 : Math.abs(logged.total - said.total) / Math.max(1, said.total);
  if (off <= AGREES) return said;
  const note = `the log tells ${logged.total} tokens (${logged.how}), what was said of the job makes ${said.total}: that counts`;
  return { ...said, note };
}

function samplesOf(lines: readonly Line[], { batch }: Declared): Counted {
  if (batch !== undefined) return perStep(lines, () => batch, `steps × ${batch} samples (--batch-size)`);
  const told = lines.flatMap(({ samples }) => samples ?? []);
  if (told.length > 0) {
    const start = startIn(lines, 'samples');
    const each = lines.map(({ samples }) => (samples === null ? null : Math.max(0, samples - start)));
    return { total: ownOf(lines, 'samples'), how: 'samples of the log', each };
  }
  let last: number | null = null;
  const sizes = lines.map((line) => {
    last = line.batch ?? last;
    return last;
  });
  const first = sizes.find((size) => size !== null);
  if (first === undefined) return NONE;
  if (lines.some(({ told, batch }) => told === 'helper' && batch !== null))
    return perStep(lines, (i) => lines[i]!.batch ?? 0, 'samples of the steps that the program told', 'line');
  return perStep(lines, (i) => sizes[i] ?? first, 'steps × the batch of the log');
}

/** Each step of own progress counts `size` of its line; each line once where a program tells its own steps. */
function perStep(lines: readonly Line[], size: (line: number) => number, how: string, of?: 'line'): Counted {
  const steps = lines.flatMap(({ step }) => step ?? []);
  if (steps.length === 0) return NONE;
  let front = startOf(steps);
  let sum = 0;
  const each = lines.map(({ step }, i) => {
    if (step === null && of !== 'line') return null;
    if (step === null) {
      sum += size(i);
      return sum;
    }
    sum += (of === 'line' && step > front ? 1 : Math.max(0, step - front)) * size(i);
    front = Math.max(front, step);
    return sum;
  });
  return { total: sum, how, each };
}

function times(counted: Counted, factor: number, how: string): Counted {
  const by = (value: number | null) => (value === null ? null : value * factor);
  return { total: by(counted.total), how, each: counted.each.map(by) };
}

function unitsOf(lines: readonly Line[]): Record<string, number> {
  const names = new Set(lines.flatMap(({ units }) => Object.keys(units)));
  return Object.fromEntries([...names].map((name) => [name, own(lines.flatMap(({ units }) => units[name] ?? []))!]));
}

function loggedTokens(lines: readonly Line[]): Counted {
  const told = lines.filter(({ tokens }) => tokens !== null);
  if (told.length === 0) return NONE;
  const { cumulative, how } = natureOf(told);
  if (cumulative) {
    const start = startIn(lines, 'tokens');
    return {
      total: ownOf(lines, 'tokens'),
      how,
      each: lines.map(({ tokens }) => tokens && Math.max(0, tokens - start)),
    };
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
function strideOf(told: readonly Line[]): (step: number, before: number) => number {
  if (told[0]!.told === 'helper') return () => 1;
  const steps = told.map(({ step }) => step).filter((n) => n !== null);
  const first = steps.length === 0 ? 1 : steps[0]! - startOf(steps) || 1;
  return (step, before) => (Number.isFinite(before) ? step - before : Math.max(1, first));
}

function natureOf(told: readonly Line[]): { cumulative: boolean; how: string } {
  const said = told[0]!.tokens_are;
  if (said === 'cumulative') return { cumulative: true, how: 'cumulative, by its name' };
  if (said === 'per-step') return { cumulative: false, how: 'per step, by its name' };
  if (told.length === 1) return { cumulative: true, how: 'cumulative: a single value' };
  const values = told.map(({ tokens }) => tokens!);
  const falls = values.filter((value, i) => i > 0 && value <= values[i - 1]!).length;
  const restarts = told.filter(({ restart }) => restart).length;
  if (falls <= restarts) return { cumulative: true, how: 'cumulative: it grows from line to line' };
  return { cumulative: false, how: 'per step: it does not grow from line to line' };
}

function startNote(numbers: readonly number[]): string[] {
  const start = numbers.length < 2 ? 0 : startOf(numbers);
  if (start === 0) return [];
  return [
    `the log begins at step ${start}: progress counts from there, and what was done before that line is start-up`,
  ];
}

const BUFFERED =
  'the command buffers it (Python: -u or PYTHONUNBUFFERED=1) or writes it only now and then, so energy by step cannot be told';

function notesOf(steps: readonly Step[]): string[] {
  const bursts = burstsOf(steps);
  return bursts === null ? [] : [`the log came ${bursts}: ${BUFFERED}`];
}

/** Lines that share their instant with others, with long pauses between: the log says nothing of when they were made. */
function burstsOf(steps: readonly Step[]): 'all at once' | 'in bursts' | null {
  if (steps.length < 10 || steps.some(({ told }) => told === 'helper')) return null;
  const times = steps.map(({ at_ms }) => at_ms).sort((a, b) => a - b);
  const instants = times.filter((at, i) => i === 0 || at - times[i - 1]! > BURST_MS);
  if (instants.length > times.length / 4) return null;
  const pauses = instants.slice(1).map((at, i) => at - instants[i]!);
  if (pauses.length === 0) return 'all at once';
  return median(pauses)! > PAUSE_MS ? 'in bursts' : null;
}
