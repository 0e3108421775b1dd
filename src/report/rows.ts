// Cuts a run's charged energy by step, epoch, phase, device, hour or million tokens. Rows add up to the total, but for
// windows that the program named (windows.ts).

import { fault } from '../core/fault.ts';
import { type Cell, spread } from '../emissions/operational.ts';
import type { StepRow } from '../ledger/records.ts';
import { beginOf, cumulativeAt, startOf } from '../workload/work.ts';
import type { ReportInput } from './build.ts';
import type { By, PhaseJson, ReportRow } from './model.ts';
import { timeline } from './timeline.ts';
import { windowRows } from './windows.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Mark {
  readonly label: string | number | null;
  /** End of the part, epoch ms; it begins where the one before ends. */
  readonly to: number;
  readonly tokens: number | null;
}

const HOUR_MS = 3_600_000;
/** More parts than anyone reads: a counter in the log is not what it says. */
const MOST_PARTS = 100_000;

/** Rows of one division; `overhead` is the PUE to apply, or null where emissions are unknown. */
export function rowsBy(by: By, input: ReportInput, span: Span, overhead: number | null): ReportRow[] {
  if (by === 'device') return deviceRows(input, span, overhead);
  if (by === 'window') return windowRows(input, overhead);
  const marks = {
    hour: () => hours(span),
    phase: () => phases(input.steps, span),
    epoch: () => epochs(input.steps, span),
  };
  const parts =
    by === 'step' ? stepMarks(input.steps, span) : by === 'million-tokens' ? millions(input.steps, span) : marks[by]();
  const cells = cellsOf(parts, input, span);
  const known = somethingKnown(input);
  return cells.map((cell, i) => ({
    [by.replace('-', '_')]: parts[i]!.label,
    ...{ from_ms: cell.from_ms, to_ms: cell.to_ms, duration_s: (cell.to_ms - cell.from_ms) / 1000 },
    energy_j: known ? cell.energy_j : null,
    emissions_g: overhead === null ? null : cell.emissions_g * overhead,
    tokens: parts[i]!.tokens,
  }));
}

/** Energy and time by phase, phases in order of appearance. Without any step nothing is known of phases. */
export function phasesOf(input: ReportInput, span: Span): PhaseJson[] {
  if (input.steps.length === 0) return [];
  const parts = phases(input.steps, span);
  const known = somethingKnown(input);
  const out = new Map<string, PhaseJson>();
  cellsOf(parts, input, span).forEach((cell, i) => {
    const phase = String(parts[i]!.label);
    const sum = out.get(phase) ?? { phase, energy_j: known ? 0 : null, duration_s: 0 };
    if (sum.energy_j !== null) sum.energy_j += cell.energy_j;
    sum.duration_s += (cell.to_ms - cell.from_ms) / 1000;
    out.set(phase, sum);
  });
  return [...out.values()];
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
    energy_j: use.energy_j!,
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
function stepMarks(steps: readonly StepRow[], span: Span): Mark[] {
  let tokens = 0;
  const marks: Mark[] = [];
  for (const point of progress(steps, span)) {
    const more = point.tokens === null ? null : point.tokens - tokens;
    tokens = point.tokens ?? tokens;
    // Ends of stretches that no step is of (workload/helper.ts) make one row between two steps.
    if (isMark(point) && marks.at(-1)?.label === null) marks.pop();
    marks.push({ label: point.step, to: point.at_ms, tokens: isMark(point) ? null : more });
  }
  return whole(marks, trainingFrom(steps, span), span);
}

/** Epochs logged as a fraction done (0.31 is inside the first) are cut where they are full; whole numbers are names. */
function epochs(steps: readonly StepRow[], span: Span): Mark[] {
  const from = trainingFrom(steps, span);
  const points = progress(steps, span).flatMap(({ epoch, ...point }) =>
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

function millions(steps: readonly StepRow[], span: Span): Mark[] {
  const from = trainingFrom(steps, span);
  const points = progress(steps, span).flatMap((point) =>
    point.tokens === null ? [] : [{ ...point, value: point.tokens }],
  );
  return whole(
    cutEvery(points, { unit: 1e6, start: 0, from }, (end) => end / 1e6),
    from,
    span,
  );
}

function phases(steps: readonly StepRow[], span: Span): Mark[] {
  if (steps.length === 0) return [{ label: null, to: span.to, tokens: null }];
  const inside = (at_ms: number) => Math.min(span.to, Math.max(span.from, at_ms));
  const sorted = [...steps].sort((a, b) => a.at_ms - b.at_ms);
  const begin = beginOf(steps) === null ? inside(sorted[0]!.at_ms) : trainingFrom(steps, span);
  const marks: { label: string; to: number; tokens: null }[] = [];
  const put = (label: string, to: number) => {
    const last = marks[marks.length - 1];
    if (to <= (last?.to ?? span.from)) return;
    if (last?.label === label) last.to = to;
    else marks.push({ label, to, tokens: null });
  };
  put('startup', begin);
  for (const step of sorted) put(step.phase ?? 'train', inside(step.at_ms));
  put('train', span.to);
  return marks;
}

const isMark = ({ step, epoch, told }: ReturnType<typeof progress>[number]): boolean =>
  step === null && epoch === null && told !== null;

function progress(steps: readonly StepRow[], { from, to }: Span) {
  let reached = from;
  return cumulativeAt(steps).map((point) => {
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
function trainingFrom(steps: readonly StepRow[], { from, to }: Span): number {
  const point = progress(steps, { from, to })[0];
  if (point !== undefined && isMark(point)) return point.at_ms; // the program tells it
  const first = point?.at_ms ?? to;
  const begin = Math.min(to, first, beginOf(steps) ?? from);
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
