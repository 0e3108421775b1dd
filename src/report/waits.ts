// When nothing new of a job was done because of what was decided: it was held, or had been ended to go on again, here or elsewhere.
//
// One that was ended has to start up, and to do again what it had done since its checkpoint: its wait lasts until that is done.

import type { IntensitySeries } from '../grid/series.ts';
import { withPue } from '../grid/values.ts';
import type { ReportInput } from './build.ts';
import type { Basis } from './lines.ts';
import { type Pause, pausesOf } from './paused.ts';
import { phases } from './rows.ts';

/** [from_ms, to_ms) of a wait, of which the job stood up to `stood_ms`. */
export interface JobWait extends Pause {
  readonly stood_ms: number;
  /** The grid where it had been and where it goes on, all of the time; absent: it is the same. */
  readonly here?: readonly IntensitySeries[];
  readonly there?: readonly IntensitySeries[];
}

/** By time, without overlap. */
export function waitsOf({ input, span, overheads }: Pick<Basis, 'input' | 'span' | 'overheads'>): JobWait[] {
  const stood = joined([...pausesOf(input.events, span), ...gapsOf(input.writers)]);
  const again = againOf(input, span);
  const course = overheads.chain === input.chain ? null : input.values!.pue;
  return stood.map(({ from_ms, to_ms }, i) => {
    const next_ms = stood[i + 1]?.from_ms ?? span.to;
    const until_ms = Math.max(to_ms, Math.min(again(to_ms), next_ms));
    const places = (input.places ?? []).filter((one) => one.from_ms <= until_ms && one.to_ms > from_ms);
    const [here, there] = [places[0], places.at(-1)].map((place) => place && withPue(place.chain, course));
    return { from_ms, to_ms: until_ms, stood_ms: to_ms, ...(here !== undefined && { here, there: there! }) };
  });
}

/** Between segments of which the first was ended to go on again. */
const gapsOf = (writers: ReportInput['writers']): Pause[] =>
  writers.flatMap(({ end }) => {
    if (end?.by_budget !== 'paused' && end?.by_budget !== 'moved') return [];
    const next = writers.map(({ record }) => record.started_at_ms).filter((at_ms) => at_ms >= end.ended_at_ms);
    return next.length === 0 ? [] : [{ from_ms: end.ended_at_ms, to_ms: Math.min(...next) }];
  });

function joined(all: readonly Pause[]): Pause[] {
  const out: { from_ms: number; to_ms: number }[] = [];
  for (const { from_ms, to_ms } of all.toSorted((a, b) => a.from_ms - b.from_ms)) {
    const last = out.at(-1);
    if (last !== undefined && from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, to_ms);
    else if (to_ms > from_ms) out.push({ from_ms, to_ms });
  }
  return out;
}

const AGAIN: ReadonlySet<unknown> = new Set(['startup', 'rework']);

/** When what begins at a moment has done again what had been done before; that moment where nothing was. */
function againOf(input: ReportInput, span: Basis['span']): (begun_ms: number) => number {
  const marks = input.steps.length === 0 || input.writers.length < 2 ? [] : phases(input, span);
  const starts = new Set(input.writers.map(({ record }) => record.started_at_ms));
  return (begun_ms) => {
    if (!starts.has(begun_ms)) return begun_ms;
    let at_ms = begun_ms;
    for (const { label, to } of marks.filter((mark) => mark.to > begun_ms)) {
      if (!AGAIN.has(label)) break;
      at_ms = to;
    }
    return at_ms;
  };
}
