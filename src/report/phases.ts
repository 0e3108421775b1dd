// What a run did when, from its log: start-up, training, waiting for data, evaluation, checkpoints, stalls, work done again.
//
// A log tells when something ended, seldom when it began: what training at its usual pace does not explain belongs to the
// evaluation or checkpoint whose line follows, and without such a line to a stall.

import { attempts, median } from '../workload/attempts.ts';
import type { Step } from '../workload/step.ts';
import { beginOf } from '../workload/work.ts';

/** A stretch that ends at `to`, epoch ms, and begins where the one before ends. */
export interface Stretch {
  readonly label: string;
  readonly to: number;
}

/** Nothing for so many usual intervals between lines, and for so long, is a stall. */
const STALL_TIMES = 10;
const STALL_MS = 30_000;
/** Time of a step spent waiting for input, and of the whole step, as MMEngine, Detectron2, timm and torchtitan tell them. */
const WAITS = [
  ['data_time', 'batch_time'],
  ['data_time', 'iter_time'],
  ['time_metrics/data_loading(s)', 'time_metrics/end_to_end(s)'],
] as const;

interface Told {
  readonly at_ms: number;
  readonly label: string;
  readonly step: number | null;
  /** A line of progress. */
  readonly own: boolean;
  /** The program itself tells it, with the beginning of what is no step. */
  readonly sure: boolean;
  readonly restart: boolean;
  /** Share 0..1 of the time before it that was spent waiting for input. */
  readonly waited: number;
}

export interface Span {
  /** [from, to), epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Where training begins; absent: by the log's pace. */
  readonly begin?: number;
  /** When the run was started again (resumedAt). */
  readonly resumed?: readonly number[];
}

interface Segment {
  readonly record: { readonly started_at_ms: number };
  readonly end: { readonly ended_at_ms: number } | null;
  readonly state?: string;
}

/** Starts of a run's segments, epoch ms, at which all earlier ones had ended: where it was gone on with. */
export function resumedAt(segments: readonly Segment[]): number[] {
  const sorted = segments.toSorted((a, b) => a.record.started_at_ms - b.record.started_at_ms);
  let reached = Number.POSITIVE_INFINITY;
  return sorted.flatMap(({ record: { started_at_ms }, end, state }, i) => {
    const again = i > 0 && started_at_ms >= reached;
    // One that was killed tells no end; it was no longer there when others began after it.
    const ended = end?.ended_at_ms ?? (state === 'interrupted' ? started_at_ms : Number.POSITIVE_INFINITY);
    reached = i === 0 ? ended : Math.max(reached, ended);
    return again ? [started_at_ms] : [];
  });
}

/** ms without a line after which it is a stall, where the usual interval between lines is `usual_ms`. */
export const stallAfter = (usual_ms: number): number => Math.max(STALL_TIMES * usual_ms, usual_ms + STALL_MS);

/** The stretches of the span, in order; at least one step is needed. */
export function stretchesOf(steps: readonly Step[], { from, to, begin: given, resumed = [] }: Span): Stretch[] {
  const told = toldIn(steps);
  const following = nextOwn(told);
  const begin = given ?? beginOf(steps) ?? told[0]!.at_ms;
  const { pace_ms, usual_ms } = paceOf(told);
  const most_ms = stallAfter(usual_ms);
  const out: { label: string; to: number }[] = [];
  const put = (label: string, until: number) => {
    const end = Math.min(to, Math.max(from, until));
    const last = out.at(-1);
    if (end <= (last?.to ?? from)) return;
    if (last?.label === label) last.to = end;
    else out.push({ label, to: end });
  };
  put('startup', begin);

  let before: Told | null = null; // the last line of progress
  let last = begin;
  /** ms since that line that training does not explain and no line has claimed. */
  let left_ms = 0;
  for (const [i, line] of told.entries()) {
    if (!line.own) {
      // The first line of another kind since: training went on at its pace, the rest is what the line tells of.
      if (!line.sure && last === (before?.at_ms ?? begin)) {
        left_ms = beyondPace(before, following[i], pace_ms);
        put('train', Math.max(last, line.at_ms - left_ms));
      }
      const reached = out.at(-1)?.to ?? from;
      put(line.label, line.at_ms);
      left_ms -= Math.max(0, (out.at(-1)?.to ?? from) - reached);
    } else {
      // A line that only began it: what training does not explain came after.
      const aside = told[i - 1];
      if (aside?.own === false && !aside.sure && left_ms > (pace_ms ?? 0) && Number.isFinite(left_ms))
        put(aside.label, Math.min(last + left_ms, line.at_ms));
      left_ms = 0;
      const since = before?.at_ms ?? begin;
      const again = line.restart || resumed.some((at) => at > since && at <= line.at_ms);
      if (again) put('startup', line.at_ms - usual_ms);
      else if (!line.sure && line.at_ms - last > most_ms) put('stall', line.at_ms - usual_ms);
      const start = Math.min(line.at_ms, Math.max(from, out.at(-1)?.to ?? from));
      if (line.waited > 0) put('data', start + line.waited * (line.at_ms - start));
      put(line.label, line.at_ms);
      before = line;
    }
    last = line.at_ms;
  }
  if (to - last > most_ms && told.at(-1)?.sure !== true) {
    put('train', last + usual_ms);
    put('stall', to);
  } else put('train', to);
  return out;
}

function toldIn(steps: readonly Step[]): Told[] {
  const lines = attempts(steps).map(
    ({ at_ms, step, phase, again, restart, metrics, told }): Told => ({
      ...{ at_ms, step, own: true, restart, waited: waitedOf(metrics), sure: told === 'helper' },
      label: again ? 'rework' : (phase ?? 'train'),
    }),
  );
  const own = new Set(lines.map(({ label }) => label));
  const others = steps.flatMap(({ at_ms, step, phase, told }): Told[] =>
    phase === null || own.has(phase)
      ? []
      : [{ at_ms, step, label: phase, own: false, restart: false, waited: 0, sure: told === 'helper' }],
  );
  return [...lines, ...others].sort((a, b) => a.at_ms - b.at_ms || Number(a.own) - Number(b.own));
}

/** For each line the next one of progress. */
function nextOwn(told: readonly Told[]): (Told | undefined)[] {
  const out = new Array<Told | undefined>(told.length);
  let next: Told | undefined;
  for (let i = told.length - 1; i >= 0; i--) {
    if (told[i]!.own) next = told[i];
    out[i] = next;
  }
  return out;
}

/** ms a step takes, or a line where steps are not told, and ms between lines, where nothing lies between them. */
function paceOf(told: readonly Told[]): { pace_ms: number | null; usual_ms: number } {
  const lines = told.filter(({ sure, step }) => !sure || step !== null);
  const pairs = lines.slice(1).flatMap((line, i) => {
    const one = lines[i]!;
    return one.own && line.own && !line.restart ? [{ ms: line.at_ms - one.at_ms, steps: stepsBetween(one, line) }] : [];
  });
  const pace_ms = median(pairs.map(({ ms, steps }) => ms / steps)) ?? null;
  return { pace_ms, usual_ms: median(pairs.map(({ ms }) => ms)) ?? 0 };
}

const stepsBetween = (one: Told, next: Told): number =>
  one.step === null || next.step === null || next.step <= one.step ? 1 : next.step - one.step;

/** ms between two lines of progress that training at its pace does not take; all of it where that is not known. */
function beyondPace(before: Told | null, next: Told | undefined, pace_ms: number | null): number {
  if (before === null || next === undefined || pace_ms === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, next.at_ms - before.at_ms - stepsBetween(before, next) * pace_ms);
}

function waitedOf(metrics: Step['metrics']): number {
  for (const [wait, whole] of WAITS) {
    const share = metrics[wait]! / metrics[whole]!;
    if (share > 0 && share <= 1) return share;
  }
  return 0;
}
