import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backedOffUntil, dueForecast, dueHistory, nextTry, weeksBefore } from './due.ts';
import type { Entry, Refusal, Retrieval } from './knowledge.ts';

const H = 3_600_000;
const DAY = 24 * H;
const T = Date.UTC(2024, 0, 1);
const hour = (n: number) => ({ from_ms: T + n * H, to_ms: T + (n + 1) * H });
const heard = (
  span: { from_ms: number; to_ms: number },
  at_ms: number,
  points: Retrieval['points'] = [],
): Retrieval => ({
  ...{
    what: 'history',
    retrieved_at_ms: at_ms,
    issued_at_ms: null,
    ...span,
    region: 'X',
    source: '',
    licence: '',
    points,
  },
});
const measured = (n: number) => ({ ...hour(n), g_per_kwh: 5, quality: 'measured' as const });
const due = (entries: readonly Entry[], spans: { from_ms: number; to_ms: number }[], now_ms: number) =>
  dueHistory({ entries }, { settled_h: null }, { spans, now_ms }).map(({ from_ms, to_ms }) => [
    (from_ms - T) / H,
    (to_ms - T) / H,
  ]);

describe('what is worth asking for', () => {
  test('whole hours, joined, none of the future', () => {
    expect(due([], [{ from_ms: T + 0.5 * H, to_ms: T + 1.2 * H }, hour(5), hour(9)], T + 6 * H)).toEqual([
      [0, 2],
      [5, 6],
    ]);
  });

  test('what was asked a moment ago is not asked again, whether it was known or not', () => {
    const asked = heard({ from_ms: T, to_ms: T + 2 * H }, T + 2 * H, [measured(0)]);
    expect(due([asked], [hour(0), hour(1), hour(2)], T + 3 * H)).toEqual([[1, 3]]);
    expect(due([asked], [hour(0), hour(1)], T + 2 * H + 60_000)).toEqual([]);
  });

  test('a measured hour comes due ever more seldom, and after two years no more', () => {
    let entries: Entry[] = [];
    const times: number[] = [];
    for (let now = T + H; now < T + 3 * 365 * DAY; now += H) {
      if (due(entries, [hour(0)], now).length === 0) continue;
      times.push((now - T) / H);
      entries = [...entries, heard(hour(0), now, [measured(0)])];
    }
    expect(times.slice(0, 6)).toEqual([1, 7, 13, 19, 28, 42]); // 6 h, then half its age again
    expect(times.length).toBe(21); // 28 × 1.5^16 is the first beyond 17,520 h
    expect(times.at(-1)).toBeGreaterThan(730 * 24);
  });

  test('where a provider says when a value is final, it is asked for after that once', () => {
    const asked = heard(hour(0), T + 30 * H, [measured(0)]);
    expect(dueHistory({ entries: [asked] }, { settled_h: 24 }, { spans: [hour(0)], now_ms: T + 900 * H })).toEqual([]);
  });

  test('only hours that were asked for whole count as asked', () => {
    expect(due([heard({ from_ms: T, to_ms: T + H / 2 }, T + 2 * H)], [hour(0)], T + 2 * H)).toEqual([[0, 1]]);
  });

  test('of hours that nothing is known of, the same of the four weeks before', () => {
    const asked = heard({ from_ms: T, to_ms: T + 2 * H }, T + 2 * H, [measured(0)]);
    const weeks = weeksBefore({ entries: [asked] }, { spans: [{ from_ms: T, to_ms: T + 2 * H }], now_ms: T + 3 * H });
    expect(weeks.map(({ from_ms, to_ms }) => [(from_ms - T) / H, (to_ms - T) / H])).toEqual(
      [1, 2, 3, 4].map((k) => [1 - 168 * k, 2 - 168 * k]),
    );
  });

  test('a forecast is asked for when the last is half an hour or its step old', () => {
    const offer = { forecast_h: 48, step_s: 3600 };
    const forecast = { ...heard(hour(0), T), what: 'forecast' as const };
    expect(dueForecast({ entries: [] }, offer, T + 90_000)).toEqual({ from_ms: T, to_ms: T + 48 * H });
    expect(dueForecast({ entries: [forecast] }, offer, T + 0.9 * H)).toBeNull();
    expect(dueForecast({ entries: [forecast] }, offer, T + H)).not.toBeNull();
    expect(dueForecast({ entries: [] }, { ...offer, forecast_h: 0 }, T)).toBeNull();
  });
});

describe('a provider that refuses', () => {
  const refusal = (at: number, again: number): Refusal => ({
    ...{ what: 'refusal', retrieved_at_ms: T + at, again_at_ms: T + again, code: 'grid-busy', why: 'HTTP 429' },
  });
  test('is left alone until its time, and an answer forgives it', () => {
    expect(backedOffUntil({ entries: [refusal(0, 60_000)] }, T + 1)).toBe(T + 60_000);
    expect(backedOffUntil({ entries: [refusal(0, 60_000)] }, T + 60_000)).toBeNull();
    expect(backedOffUntil({ entries: [refusal(0, 60_000), heard(hour(0), T)] }, T + 1)).toBeNull();
  });
  test('ever longer, up to nine hours, never in step', () => {
    const waits = (n: number, random: number) =>
      nextTry(
        Array.from({ length: n }, () => refusal(0, 0)),
        T,
        random,
      ) - T;
    expect([waits(0, 0.5), waits(1, 0.5), waits(2, 0.5)]).toEqual([60_000, 120_000, 240_000]);
    expect(waits(0, 0)).toBe(30_000);
    fc.assert(fc.property(fc.nat(60), fc.nat(99), (n, r) => waits(n, r / 100) <= 9 * H && waits(n, r / 100) >= 30_000));
  });
});

describe('a clock that goes back', () => {
  const later = T + 3 * 365 * DAY; // two years after an hour it would be final
  test('what was heard while it was ahead holds no question back', () => {
    expect(due([heard(hour(0), later, [measured(0)])], [hour(0)], T + 2 * H)).toEqual([[0, 1]]);
    expect(due([heard(hour(0), later, [measured(0)]), heard(hour(0), T + 2 * H)], [hour(0)], T + 2 * H)).toEqual([]);
    const forecast: Retrieval = { ...heard(hour(0), later), what: 'forecast' };
    expect(dueForecast({ entries: [forecast] }, { forecast_h: 1, step_s: 3600 }, T)).toEqual(hour(0));
  });

  test('nor does a refusal of then', () => {
    const refusal: Refusal = { what: 'refusal', retrieved_at_ms: later, again_at_ms: later + H, code: 'x', why: 'y' };
    expect(backedOffUntil({ entries: [refusal] }, T)).toBeNull();
    expect(backedOffUntil({ entries: [refusal] }, later)).toBe(later + H);
    const before: Refusal = { ...refusal, retrieved_at_ms: T, again_at_ms: T + 2 * H };
    expect(backedOffUntil({ entries: [before, heard(hour(0), later)] }, T + H)).toBe(T + 2 * H);
  });
});
