// Cuts a run's charged energy by step, epoch, phase, device, hour or million tokens. Rows add up to the total.

import { type Cell, type EnergyIntervals, spread } from '../emissions/operational.ts';
import type { StepRow } from '../ledger/records.ts';
import { cumulativeAt } from '../workload/work.ts';
import type { ReportInput } from './build.ts';
import type { By, ReportRow } from './model.ts';

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

/** Rows of one division; `overhead` is the PUE to apply, or null where emissions are unknown. */
export function rowsBy(by: By, input: ReportInput, span: Span, overhead: number | null): ReportRow[] {
  if (by === 'device') return deviceRows(input, span, overhead);
  const marks = {
    hour: () => hours(span),
    phase: () => phases(input.steps, span),
    epoch: () => epochs(input.steps, span),
  };
  const parts =
    by === 'step' ? stepMarks(input.steps, span) : by === 'million-tokens' ? millions(input.steps, span) : marks[by]();
  const cells = cellsOf(parts, input, span);
  return cells.map((cell, i) => ({
    [by.replace('-', '_')]: parts[i]!.label,
    ...{ from_ms: cell.from_ms, to_ms: cell.to_ms, duration_s: (cell.to_ms - cell.from_ms) / 1000 },
    ...{ energy_j: cell.energy_j, emissions_g: overhead === null ? null : cell.emissions_g * overhead },
    tokens: parts[i]!.tokens,
  }));
}

/** Energy and time by phase, phases in order of appearance. Without any step nothing is known of phases. */
export function phasesOf(input: ReportInput, span: Span): { phase: string; energy_j: number; duration_s: number }[] {
  if (input.steps.length === 0) return [];
  const parts = phases(input.steps, span);
  const out = new Map<string, { phase: string; energy_j: number; duration_s: number }>();
  cellsOf(parts, input, span).forEach((cell, i) => {
    const phase = String(parts[i]!.label);
    const sum = out.get(phase) ?? { phase, energy_j: 0, duration_s: 0 };
    sum.energy_j += cell.energy_j;
    sum.duration_s += (cell.to_ms - cell.from_ms) / 1000;
    out.set(phase, sum);
  });
  return [...out.values()];
}

function cellsOf(parts: readonly Mark[], input: ReportInput, span: Span): Cell[] {
  return spread(refined(input), [span.from, ...parts.map(({ to }) => to)], input.chain);
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
    marks.push({ label: new Date(Math.floor(start / HOUR_MS) * HOUR_MS).toISOString(), to: end, tokens: null });
    start = end;
  }
  return marks;
}

/** A step's part ends when its line was seen; what follows the last line has no step. */
function stepMarks(steps: readonly StepRow[], span: Span): Mark[] {
  const points = progress(steps, span);
  let tokens = 0;
  const marks = points.map((point): Mark => {
    const more = point.tokens === null ? null : point.tokens - tokens;
    tokens = point.tokens ?? tokens;
    return { label: point.step, to: point.at_ms, tokens: more };
  });
  return withRest(marks, span);
}

function epochs(steps: readonly StepRow[], span: Span): Mark[] {
  const marks: { label: number; to: number; tokens: number | null }[] = [];
  let before = 0;
  for (const point of progress(steps, span)) {
    if (point.epoch === null) continue;
    // Epochs are logged as a fraction done (0.31 belongs to the first) or as a whole number (the epoch's own).
    const label = Number.isInteger(point.epoch) ? point.epoch : Math.floor(point.epoch);
    const last = marks[marks.length - 1];
    const more = point.tokens === null ? null : point.tokens - before;
    before = point.tokens ?? before;
    if (last !== undefined && label <= last.label) {
      last.to = point.at_ms;
      if (more !== null) last.tokens = (last.tokens ?? 0) + more;
    } else marks.push({ label, to: point.at_ms, tokens: more });
  }
  return withRest(marks, span);
}

function millions(steps: readonly StepRow[], span: Span): Mark[] {
  const marks: Mark[] = [];
  let before = { at_ms: span.from, tokens: 0 };
  let next = 1e6;
  for (const { at_ms, tokens } of progress(steps, span)) {
    if (tokens === null || tokens <= before.tokens) continue;
    for (; next <= tokens; next += 1e6) {
      const share = (next - before.tokens) / (tokens - before.tokens);
      marks.push({ label: next / 1e6, to: before.at_ms + share * (at_ms - before.at_ms), tokens: 1e6 });
    }
    before = { at_ms, tokens };
  }
  const left = before.tokens - (next - 1e6);
  if (left > 0) marks.push({ label: next / 1e6, to: before.at_ms, tokens: left });
  return withRest(marks, span);
}

function phases(steps: readonly StepRow[], span: Span): Mark[] {
  if (steps.length === 0) return [{ label: null, to: span.to, tokens: null }];
  const marks: { label: string; to: number; tokens: null }[] = [];
  const sorted = [...steps].sort((a, b) => a.at_ms - b.at_ms);
  sorted.forEach((step, i) => {
    const to = Math.min(span.to, Math.max(span.from, step.at_ms));
    const label = i === 0 ? 'startup' : (step.phase ?? 'train');
    const last = marks[marks.length - 1];
    if (last?.label === label) last.to = to;
    else marks.push({ label, to, tokens: null });
  });
  const last = marks[marks.length - 1]!;
  if (last.label === 'train') last.to = span.to;
  else if (last.to < span.to) marks.push({ label: 'train', to: span.to, tokens: null });
  return marks;
}

function progress(steps: readonly StepRow[], { from, to }: Span) {
  let reached = from;
  return cumulativeAt(steps).map((point) => {
    reached = Math.min(to, Math.max(reached, point.at_ms));
    return { ...point, at_ms: reached };
  });
}

function withRest(marks: Mark[], { to }: Span): Mark[] {
  const last = marks[marks.length - 1];
  if (last === undefined || last.to < to) marks.push({ label: null, to, tokens: null });
  return marks;
}

/**
 * The charged intervals, with what the full-rate readings told of each step's energy put in where it is known:
 * inside a second, the curve goes through the step's own total. One writer only; others are linear in a second.
 */
function refined(input: ReportInput): EnergyIntervals {
  const { charged } = input.energy;
  if (input.writers.length !== 1) return charged;
  const known = input.steps.filter((step) => step.it_j !== null).sort((a, b) => a.at_ms - b.at_ms);
  if (known.length === 0) return charged;
  const order = charged.from_ms.map((_, i) => i).sort((a, b) => charged.from_ms[a]! - charged.from_ms[b]!);
  const out = { from_ms: [] as number[], to_ms: [] as number[], energy_j: [] as number[] };
  let total = 0;
  let next = 0;
  const put = (from: number, to: number, energy: number) => {
    out.from_ms.push(from);
    out.to_ms.push(to);
    out.energy_j.push(energy);
  };
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    const [from, to, energy] = [charged.from_ms[i]!, charged.to_ms[i]!, charged.energy_j[i]!];
    const alone =
      (order[k + 1] === undefined || charged.from_ms[order[k + 1]!]! >= to) &&
      (k === 0 || charged.to_ms[order[k - 1]!]! <= from);
    let at = from;
    let used = 0;
    while (next < known.length && known[next]!.at_ms <= from) next++;
    while (alone && next < known.length && known[next]!.at_ms < to) {
      const share = Math.min(energy, Math.max(used, known[next]!.it_j! - total));
      if (known[next]!.at_ms > at) {
        put(at, known[next]!.at_ms, share - used);
        at = known[next]!.at_ms;
        used = share;
      }
      next++;
    }
    put(at, to, energy - used);
    total += energy;
  }
  return out;
}
