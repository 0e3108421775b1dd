// Turns the lines that the Python helper writes (clients/python/joulebook.py) into steps and windows. Never throws.
//
// A step's line waits a moment: `with joulebook.step():` calls step() first, and only the next line tells that this was
// the step's begin. Times are the helper's own, so energy is of the right instant however late a line is read.

import { isRecord } from '../core/record.ts';
import { createLineSplitter } from './lines.ts';
import { type Step, stepOf } from './step.ts';

export interface Window {
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  /** Names of the windows around it and its own: train/eval. */
  readonly path: string;
}

export interface HelperEvents {
  /** Epoch ms of the meter's clock for a time of the helper's. */
  at(wall_ms: number): number;
  step(step: Step): void;
  begin(window: Window, at_ms: number): void;
  end(id: string, at_ms: number): void;
}

export interface HelperReader {
  push(chunk: Buffer, now_ms: number): void;
  /** Hands out what has waited long enough. */
  settle(now_ms: number): void;
  /** Hands out all that waits. */
  end(now_ms: number): void;
  /** Whether a step has been told. */
  readonly spoke: boolean;
  /** Lines that helpers say they could not hand over, and those not understood. */
  readonly dropped: number;
}

type Line = Readonly<Record<string, unknown>>;

const LONGEST_LINE = 1 << 16;
/** The next line follows within microseconds; a loaded machine may pause in between. */
const WAIT_MS = 50;
const MOST_METRICS = 64;
const LONGEST_TEXT = 8000;

/** A reader of one file, which several processes may write. Of distributed ranks the lowest that spoke counts. */
export function createHelperReader(events: HelperEvents): HelperReader {
  const waiting = new Map<string, { readonly step: Step; readonly since_ms: number }>();
  const lost = new Map<number, number>();
  let lowest = Number.POSITIVE_INFINITY;
  let broken = 0;
  let spoke = false;

  const settle = (now_ms: number, wait_ms = WAIT_MS) => {
    for (const [id, { step, since_ms }] of waiting) {
      if (now_ms - since_ms < wait_ms) return; // they came in this order
      waiting.delete(id);
      events.step(step);
    }
  };
  const read = (line: Line, now_ms: number): boolean => {
    const at = numberOf(line.at_ms);
    if (at === null) return false;
    const rank = numberOf(line.rank);
    if (numberOf(line.dropped) !== null) lost.set(rank ?? -1, numberOf(line.dropped)!);
    const at_ms = events.at(at);
    const phase = textOf(line.phase);
    const id = textOf(line.id);
    if (line.e === 'end' && id !== null) {
      events.end(id, at_ms); // whoever began it
      return true;
    }
    if ((rank ?? 0) > lowest) return true;
    lowest = Math.min(lowest, rank ?? 0);
    if (line.e === 'hello') {
      spoke = true;
    } else if (line.e === 'step' && id !== null) {
      spoke = true;
      waiting.set(id, { step: stepFrom(line, at_ms), since_ms: now_ms });
    } else if (line.e === 'enter') {
      if (id !== null) waiting.delete(id);
      events.step(markOf(at_ms, phase, rank));
    } else if (line.e === 'phase') {
      events.step(markOf(at_ms, phase, rank));
      // Steps of an evaluation are no progress, so its end is told once more as the end of a stretch without a step.
      if (phase !== null) events.step(markOf(at_ms, null, rank));
    } else if (line.e === 'begin' && id !== null) events.begin(windowOf(line, id), at_ms);
    else return false;
    return true;
  };

  const splitter = createLineSplitter({
    markers: ['{'],
    maxLine: LONGEST_LINE,
    onLine(text, now_ms) {
      const line = parsed(text);
      if (line === null || !read(line, now_ms)) broken++;
    },
  });
  return {
    push(chunk, now_ms) {
      splitter.push(chunk, now_ms);
    },
    settle: (now_ms) => settle(now_ms),
    end(now_ms) {
      splitter.end(now_ms);
      settle(now_ms, Number.NEGATIVE_INFINITY); // the end may be known only after it was
    },
    get spoke() {
      return spoke;
    },
    get dropped() {
      return [...lost.values()].reduce((sum, count) => sum + count, broken + splitter.dropped);
    },
  };
}

/** The end of a stretch that no step is of. */
const markOf = (at_ms: number, phase: string | null, rank: number | null): Step =>
  stepOf(at_ms, { phase, rank, told: 'helper' });

function stepFrom(line: Line, at_ms: number): Step {
  const tokens = countOf(line.tokens);
  return stepOf(at_ms, {
    ...{
      step: countOf(line.step),
      total: countOf(line.total),
      epoch: countOf(line.epoch),
      batch: countOf(line.samples),
    },
    ...{ tokens, tokens_are: tokens === null ? null : 'per-step', lr: numberOf(line.lr), loss: numberOf(line.loss) },
    ...{ phase: textOf(line.phase), rank: countOf(line.rank), metrics: metricsOf(line.metrics), told: 'helper' },
  });
}

function windowOf(line: Line, id: string): Window {
  const name = textOf(line.name) ?? 'unnamed';
  return { id, parent: textOf(line.parent), name, path: textOf(line.path) ?? name };
}

function metricsOf(value: unknown): Record<string, number> {
  if (!isRecord(value)) return {};
  const all = Object.entries(value).flatMap(([name, one]) => {
    const number = numberOf(one);
    return number === null ? [] : [[name, number] as const];
  });
  return Object.fromEntries(all.slice(0, MOST_METRICS));
}

function parsed(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.length > 0 ? value.slice(0, LONGEST_TEXT) : null;
function countOf(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && number >= 0 ? number : null;
}
