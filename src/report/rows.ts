// Cuts a run's charged energy by step, epoch, phase, device, hour or million tokens. Rows add up to the total, but for
// windows that the program named (windows.ts).

import { fault } from '../core/fault.ts';
import type { Figure } from '../core/figure.ts';
import { type Cell, spread } from '../emissions/operational.ts';
import { beginOf, cumulativeAt, startOf } from '../workload/work.ts';
import type { ReportInput } from './build.ts';
import type { By, PhaseJson, ReportRow } from './model.ts';
import { pausesOf, withoutPauses, withPauses } from './paused.ts';
import { resumedAt, stretchesOf } from './phases.ts';
import { jump_s, quantumOf, reachOf, type StepPart } from './step-energy.ts';
import { timeline } from './timeline.ts';
import { windowRows } from './windows.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A log, what was said of its job, who metered it, and what happened to it. */
type Logged = Pick<ReportInput, 'steps' | 'run' | 'writers' | 'events'>;

interface Mark {
  readonly label: string | number | null;
  /** End of the part, epoch ms; it begins where the one before ends. */
  readonly to: number;
  readonly tokens: number | null;
}

const HOUR_MS = 3_600_000;
/** More parts than anyone reads: a counter in the log is not what it says. */
const MOST_PARTS = 100_000;

export interface Division {
  readonly by: By;
  readonly span: Span;
  /** The PUE to apply, or null where emissions are unknown. */
  readonly overhead: number | null;
  /** The run's IT energy, whose relative error its parts share. */
  readonly it: Figure;
}

/** Rows of one division, in order of time. */
export function rowsBy(input: ReportInput, { by, span, overhead, it }: Division): ReportRow[] {
  if (by === 'device') return deviceRows(input, span, overhead);
  const reach = reachOf(it, jump_s(input));
  if (by === 'window') return windowRows(input, overhead, reach);
  const marks = {
    hour: () => hours(span),
    phase: () => phases(input, span),
    epoch: () => epochs(input, span),
    step: () => stepMarks(input, span),
    'million-tokens': () => millions(input, span),
  };
  const parts = marks[by]();
  const cells = cellsOf(parts, input, span);
  const known = somethingKnown(input);
  const others = by === 'step' && input.steps.length > 0 ? othersIn(parts, input, span) : null;
  return cells.map((cell, i) => {
    const { label, tokens } = parts[i]!;
    const duration_s = (cell.to_ms - cell.from_ms) / 1000;
    const energy_j = known ? cell.energy_j : null;
    return {
      [by.replace('-', '_')]: label,
      ...{ from_ms: cell.from_ms, to_ms: cell.to_ms, duration_s, energy_j },
      ...(energy_j === null ? { low_j: null, high_j: null } : reach(energy_j, duration_s)),
      other_j: others !== null && known && label !== null ? others[i]! : null,
      emissions_g: overhead === null ? null : cell.emissions_g * overhead,
      tokens,
      j_per_token: energy_j === null || tokens === null || tokens <= 0 ? null : energy_j / tokens,
    };
  });
}

/** The energy of each step, what lay between apart; empty where none is known. */
export function stepParts(input: ReportInput, span: Span): StepPart[] {
  if (!somethingKnown(input) || input.steps.length === 0) return [];
  const marks = stepMarks(input, span);
  const others = othersIn(marks, input, span);
  const jump = jump_s(input);
  const numbers = marks.flatMap(({ label }) => (label === null ? [] : [label as number]));
  let before = numbers.length === 0 ? 0 : startOf(numbers);
  return cellsOf(marks, input, span).flatMap(({ from_ms, to_ms, energy_j }, i) => {
    const step = marks[i]!.label as number | null;
    if (step === null) return [];
    const steps = step - before;
    before = step;
    const other_j = others[i]!;
    const quantum_j = quantumOf(energy_j, (to_ms - from_ms) / 1000, jump);
    return steps > 0 ? [{ step, steps, from_ms, to_ms, own_j: energy_j - other_j, other_j, quantum_j }] : [];
  });
}

/** J in each part that was not training. */
function othersIn(parts: readonly Mark[], input: ReportInput, span: Span): number[] {
  const stretches = phases(input, span);
  const edges = [...new Set([...parts, ...stretches].map(({ to }) => to))].sort((a, b) => a - b);
  const cells = spread(timeline(input), [span.from, ...edges], input.chain);
  const out = parts.map(() => 0);
  let [part, stretch] = [0, 0];
  for (const { to_ms, energy_j } of cells) {
    if (NOT_TRAINING.has(String(stretches[stretch]?.label))) out[part]! += energy_j;
    while ((parts[part]?.to ?? Number.POSITIVE_INFINITY) <= to_ms) part++; // several may end at one instant
    if (stretches[stretch]?.to === to_ms) stretch++;
  }
  return out;
}

const NOT_TRAINING = new Set(['eval', 'checkpoint', 'stall', 'startup', 'paused', 'rework']);

/** Energy and time by phase, phases in order of appearance. Without any step nothing is known of phases but of pauses. */
export function phasesOf(input: ReportInput, span: Span): PhaseJson[] {
  const parts = phases(input, span);
  const known = somethingKnown(input);
  const cells = cellsOf(parts, input, span);
  const all_j = cells.reduce((sum, { energy_j }) => sum + energy_j, 0);
  const out = new Map<string, PhaseJson>();
  cells.forEach((cell, i) => {
    const { label } = parts[i]!;
    if (label === null) return;
    const phase = String(label);
    const sum = out.get(phase) ?? { phase, energy_j: known ? 0 : null, share: null, duration_s: 0 };
    if (sum.energy_j !== null) sum.energy_j += cell.energy_j;
    sum.duration_s += (cell.to_ms - cell.from_ms) / 1000;
    out.set(phase, sum);
  });
  return [...out.values()].map((one) => ({
    ...one,
    share: one.energy_j === null || all_j <= 0 ? null : one.energy_j / all_j,
  }));
}

/** Without any known energy a part's is unknown, not 0. */
const somethingKnown = ({ energy }: ReportInput): boolean => energy.charged.energy_j.length > 0;

function cellsOf(parts: readonly Mark[], input: ReportInput, span: Span): Cell[] {
  return spread(timeline(input), [span.from, ...parts.map(({ to }) => to)], input.chain);
}

function deviceRows(input: ReportInput, span: Span, overhead: number | null): ReportRow[] {
  const charged = input.energy.devices.filter((use) => use.device.charged && use.energy_j !== null);
  const [all] = spread(input.energy.charged, [span.from, span.to], input.chain);
  // Emissions by device share the run's by energy: rows of one device have no times of their own here.
  return charged.map((use) => ({
    ...{
      device: use.device.device,
      host: use.host,
      from_ms: span.from,
      to_ms: span.to,
      duration_s: (span.to - span.from) / 1000,
    },
    ...{ energy_j: use.energy_j!, low_j: null, high_j: null, other_j: null, j_per_token: null },
    emissions_g:
      overhead === null || all!.energy_j <= 0 ? null : (use.energy_j! / all!.energy_j) * all!.emissions_g * overhead,
    tokens: null,
  }));
}

function hours({ from, to }: Span): Mark[] {
  const marks: Mark[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(to, (Math.floor(start / HOUR_MS) + 1) * HOUR_MS);
    marks.push({
      label: `${new Date(Math.floor(start / HOUR_MS) * HOUR_MS).toISOString().slice(0, 16)}Z`,
      to: end,
      tokens: null,
    });
    start = end;
  }
  return marks;
}

/** A step's part ends when its line was seen. */
function stepMarks(logged: Logged, span: Span): Mark[] {
  let tokens = 0;
  const marks: Mark[] = [];
  for (const point of progress(logged, span)) {
    const more = point.tokens === null ? null : point.tokens - tokens;
    tokens = point.tokens ?? tokens;
    // Ends of stretches that no step is of (workload/helper.ts) make one row between two steps.
    if (isMark(point) && marks.at(-1)?.label === null) marks.pop();
    marks.push({ label: point.step, to: point.at_ms, tokens: isMark(point) ? null : more });
  }
  return whole(marks, trainingFrom(logged, span), span);
}

/** Epochs logged as a fraction done (0.31 is inside the first) are cut where they are full; whole numbers are names. */
function epochs(logged: Logged, span: Span): Mark[] {
  const from = trainingFrom(logged, span);
  const points = progress(logged, span).flatMap(({ epoch, ...point }) =>
    epoch === null ? [] : [{ ...point, value: epoch }],
  );
  if (points.some(({ value }) => !Number.isInteger(value))) {
    return whole(
      cutEvery(points, { unit: 1, start: startOf(points.map(({ value }) => value)), from }, (end) => end - 1),
      from,
      span,
    );
  }
  const marks: { label: number; to: number; tokens: number | null }[] = [];
  let before = 0;
  for (const { at_ms, value, tokens } of points) {
    const more = tokens === null ? null : tokens - before;
    before = tokens ?? before;
    const last = marks[marks.length - 1];
    if (last !== undefined && value <= last.label) {
      last.to = at_ms;
      if (more !== null) last.tokens = (last.tokens ?? 0) + more;
    } else marks.push({ label: value, to: at_ms, tokens: more });
  }
  return whole(marks, from, span);
}

function millions(logged: Logged, span: Span): Mark[] {
  const from = trainingFrom(logged, span);
  const points = progress(logged, span).flatMap((point) =>
    point.tokens === null ? [] : [{ ...point, value: point.tokens }],
  );
  return whole(
    cutEvery(points, { unit: 1e6, start: 0, from }, (end) => end / 1e6),
    from,
    span,
  );
}

/** What the run did when, as stretches that tile the span; one without a label where no step is known. */
export function phases(logged: Logged, span: Span): Mark[] {
  const pauses = pausesOf(logged.events, span);
  const still = (at_ms: number) => withoutPauses(pauses, at_ms);
  const resumed = resumedAt(logged.writers).map(still);
  if (pauses.length === 0) return phasesToldIn(logged, span, resumed);
  const steps = logged.steps.map((step) => ({ ...step, at_ms: still(step.at_ms) }));
  const told = phasesToldIn({ ...logged, steps }, { from: span.from, to: still(span.to) }, resumed);
  return withPauses(told, {
    ...{ pauses, begin: span.from },
    paused: (to): Mark => ({ label: 'paused', to, tokens: null }),
  });
}

/** The same of a run that was never held; `resumed`: when it was gone on with. */
function phasesToldIn(logged: Logged, span: Span, resumed: readonly number[]): Mark[] {
  const { steps } = logged;
  if (steps.length === 0) return [{ label: null, to: span.to, tokens: null }];
  const begin = beginOf(steps) === null ? {} : { begin: trainingFrom(logged, span) };
  return stretchesOf(steps, { ...span, ...begin, resumed }).map((stretch) => ({
    ...stretch,
    tokens: null,
  }));
}

const isMark = ({ step, epoch, told }: ReturnType<typeof progress>[number]): boolean =>
  step === null && epoch === null && told !== null;

function progress(logged: Logged, { from, to }: Span) {
  let reached = from;
  return cumulativeAt(logged.steps, logged.run.work).map((point) => {
    reached = Math.min(to, Math.max(reached, point.at_ms));
    return { ...point, at_ms: reached };
  });
}

/**
 * Cuts points of a growing value at each full unit, straight between neighbours; `label` names a part by its end.
 * Throws Fault usage where the parts would be too many.
 */
function cutEvery(
  points: readonly { readonly at_ms: number; readonly value: number; readonly tokens: number | null }[],
  { unit, start, from }: { readonly unit: number; readonly start: number; readonly from: number },
  label: (end: number) => number,
): Mark[] {
  const furthest = points.reduce((most, { value }) => Math.max(most, value), start);
  if ((furthest - start) / unit > MOST_PARTS || furthest > Number.MAX_SAFE_INTEGER) {
    const problem = `the log counts up to ${furthest}, which makes more than ${MOST_PARTS} parts`;
    throw fault('usage', { facts: { problem, hint: 'use another division: --by step, phase, device or hour' } });
  }
  const marks: Mark[] = [];
  let before = { at_ms: from, value: start, tokens: 0 };
  let next = (Math.floor(start / unit) + 1) * unit;
  let told = 0;
  const mark = (at_ms: number, tokens: number, known: boolean) => {
    marks.push({ label: label(next), to: at_ms, tokens: known ? tokens - told : null });
    told = tokens;
  };
  for (const { at_ms, value, tokens } of points) {
    if (value <= before.value) continue;
    const here = { at_ms, value, tokens: tokens ?? before.tokens };
    for (; next <= value; next += unit) {
      const share = (next - before.value) / (value - before.value);
      const between = (a: number, b: number) => a + share * (b - a);
      mark(between(before.at_ms, at_ms), Math.round(between(before.tokens, here.tokens)), tokens !== null);
    }
    before = here;
  }
  if (before.value > next - unit) mark(before.at_ms, before.tokens, before.tokens > 0);
  return marks;
}

/** Where training begins: start-up that the log's pace does not explain, beyond a tenth of the first line's time, is none. */
function trainingFrom(logged: Logged, { from, to }: Span): number {
  const point = progress(logged, { from, to })[0];
  if (point !== undefined && isMark(point)) return point.at_ms; // the program tells it
  const first = point?.at_ms ?? to;
  const begin = Math.min(to, first, beginOf(logged.steps) ?? from);
  return begin - from > 0.1 * (first - from) ? begin : from;
}

/** Adds what lies outside: before training begins, and after the last part. */
function whole(marks: readonly Mark[], begin: number, { from, to }: Span): Mark[] {
  const first = marks[0];
  const last = marks[marks.length - 1];
  const outside = (end: number): Mark => ({ label: null, to: end, tokens: null });
  return [
    ...(first !== undefined && begin > from && begin < first.to ? [outside(begin)] : []),
    ...marks,
    ...(last === undefined || last.to < to ? [outside(to)] : []),
  ];
}
