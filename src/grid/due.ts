// What is worth asking a provider for: never what is settled, ever more seldom what may still be revised.
//
// In whole hours. An hour that was asked for when it was `a` old is due again after a quarter of that where it is not measured
// yet, after half of it where it is: 101 → 90 g took months, so that an old hour is asked for a few times in its life. What
// was heard later than now is of a clock that was wrong: it holds nothing back.

import { CLIMATOLOGY_WEEKS } from './climatology.ts';
import { HOUR_MS, hoursIn, isWhole, knownByHour } from './hours.ts';
import { type Entry, forecasts, isAnswer, type Known, observed } from './knowledge.ts';
import type { Offer, Span } from './provider.ts';

const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Two years after it was, nobody revises an hour any more. */
const FINAL_MS = 730 * DAY_MS;
const SOONEST_MS = 900_000;
const SOONEST_MEASURED_MS = 6 * HOUR_MS;
const FIRST_BACK_OFF_MS = 60_000;
const LONGEST_BACK_OFF_MS = 6 * HOUR_MS;

/** The whole hours of `spans` that are worth asking for, joined; nothing that lies ahead. */
export function dueHistory(
  known: Pick<Known, 'entries'>,
  { settled_h }: Pick<Offer, 'settled_h'>,
  time: { readonly spans: readonly Span[]; readonly now_ms: number },
): Span[] {
  const last = lastAsked(known.entries, time.now_ms);
  const measured = knownByHour(observed(known).filter(({ quality }) => quality === 'measured'));
  const out: { from_ms: number; to_ms: number }[] = [];
  for (const hour of hoursOf(time.spans, time.now_ms)) {
    const end = hour + HOUR_MS;
    const asked_ms = last.get(hour) ?? Number.NEGATIVE_INFINITY;
    const age_ms = Math.max(0, asked_ms - end);
    const final_ms = settled_h === null ? FINAL_MS : settled_h * HOUR_MS;
    if (asked_ms >= end + final_ms) continue;
    const wait = isWhole(measured.get(hour))
      ? Math.max(SOONEST_MEASURED_MS, age_ms / 2)
      : Math.max(SOONEST_MS, age_ms / 4);
    if (time.now_ms < asked_ms + wait) continue;
    const before = out.at(-1);
    if (before?.to_ms === hour) before.to_ms = end;
    else out.push({ from_ms: hour, to_ms: end });
  }
  return out;
}

/** The same hours of the earlier weeks that the usual course is made of, for hours of `spans` that nothing else is known of. */
export function weeksBefore(
  known: Pick<Known, 'entries'>,
  { spans, now_ms }: { readonly spans: readonly Span[]; readonly now_ms: number },
): Span[] {
  const held = knownByHour(observed(known));
  const expected = knownByHour(forecasts(known));
  const open = hoursOf(spans, now_ms).filter((hour) => !isWhole(held.get(hour)) && !isWhole(expected.get(hour)));
  return open.flatMap((hour) =>
    Array.from({ length: CLIMATOLOGY_WEEKS }, (_, k) => hour - (k + 1) * WEEK_MS).map((from_ms) => ({
      ...{ from_ms, to_ms: from_ms + HOUR_MS },
    })),
  );
}

/** From now to the forecast's horizon where the last forecast is old; null where it is not, or there is none to be had. */
export function dueForecast(
  { entries }: Pick<Known, 'entries'>,
  { forecast_h, step_s }: Pick<Offer, 'forecast_h' | 'step_s'>,
  now_ms: number,
): Span | null {
  if (forecast_h === 0) return null;
  const last = entries
    .filter(isAnswer)
    .findLast((entry) => entry.what === 'forecast' && entry.retrieved_at_ms <= now_ms)?.retrieved_at_ms;
  if (last !== undefined && now_ms < last + Math.max(2 * SOONEST_MS, step_s * 1000)) return null;
  const from_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS;
  return { from_ms, to_ms: from_ms + forecast_h * HOUR_MS };
}

/** Until when a provider that refused is left alone, ms; null where it may be asked. */
export function backedOffUntil({ entries }: Pick<Known, 'entries'>, now_ms: number): number | null {
  const last = entries.findLast(({ retrieved_at_ms }) => retrieved_at_ms <= now_ms);
  return last?.what === 'refusal' && last.again_at_ms > now_ms ? last.again_at_ms : null;
}

/** When to ask again after one more refusal: twice as long each time, never in step with others. `random` is in [0, 1). */
export function nextTry(entries: readonly Entry[], now_ms: number, random: number): number {
  const heard = entries.filter(({ retrieved_at_ms }) => retrieved_at_ms <= now_ms);
  const times = heard.length - 1 - heard.findLastIndex(({ what }) => what !== 'refusal');
  return now_ms + Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** times) * (0.5 + random);
}

/** When each hour was asked for last, by its start; whole hours of answers alone. */
function lastAsked(entries: readonly Entry[], now_ms: number): Map<number, number> {
  const last = new Map<number, number>();
  for (const entry of entries) {
    if (!isAnswer(entry) || entry.what !== 'history' || entry.retrieved_at_ms > now_ms) continue;
    for (const hour of hoursIn(entry))
      if (entry.from_ms <= hour && entry.to_ms >= hour + HOUR_MS)
        last.set(hour, Math.max(last.get(hour) ?? 0, entry.retrieved_at_ms));
  }
  return last;
}

/** Starts of the whole hours that touch the spans and have begun by `now_ms`, each once, ascending. */
function hoursOf(spans: readonly Span[], now_ms: number): number[] {
  const hours = spans.flatMap(({ from_ms, to_ms }) => hoursIn({ from_ms, to_ms: Math.min(to_ms, now_ms) }));
  return [...new Set(hours)].sort((a, b) => a - b);
}
