// Expected instants are those of the tz database: Berlin is UTC+1, from the last Sunday of March (01:00Z) to that of October
// UTC+2; Lord Howe's clocks move by half an hour; Havana's midnight comes twice, Apia skipped 30 December 2011.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PERIOD_UNITS, periodAt, periodOf, periodText } from './period.ts';

const ms = (text: string) => Date.parse(text);
const at = (per: string, tz: string, now: string) => {
  const { from_ms, to_ms } = periodAt(periodOf({ per, tz }), ms(now));
  return [from_ms, to_ms].map((edge) => new Date(edge!).toISOString().replace(':00.000Z', 'Z'));
};

test.each([
  ['hour', 'UTC', '2024-05-01T13:37:12.345Z', '2024-05-01T13:00Z', '2024-05-01T14:00Z'],
  ['hour', 'Asia/Kolkata', '2024-05-01T13:37Z', '2024-05-01T13:30Z', '2024-05-01T14:30Z'],
  // Half an hour is left of the 25th hour: that day has 24.5.
  ['hour', 'Australia/Lord_Howe', '2024-04-07T13:15Z', '2024-04-07T13:00Z', '2024-04-07T13:30Z'],
  ['day', 'Europe/Berlin', '2024-03-31T12:00Z', '2024-03-30T23:00Z', '2024-03-31T22:00Z'], // 23 hours
  ['day', 'Europe/Berlin', '2024-10-27T12:00Z', '2024-10-26T22:00Z', '2024-10-27T23:00Z'], // 25 hours
  ['day', 'Europe/Berlin', '2024-10-26T21:59:59.999Z', '2024-10-25T22:00Z', '2024-10-26T22:00Z'],
  ['day', 'America/Havana', '2024-11-03T05:30Z', '2024-11-03T04:00Z', '2024-11-04T05:00Z'],
  ['day', 'Pacific/Apia', '2011-12-30T09:00Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
  ['week', 'UTC', '2024-05-05T23:59:59Z', '2024-04-29T00:00Z', '2024-05-06T00:00Z'], // a Sunday
  ['week', 'UTC', '2024-05-06T00:00Z', '2024-05-06T00:00Z', '2024-05-13T00:00Z'], // a Monday
  ['week', 'UTC', '2025-01-01T00:00Z', '2024-12-30T00:00Z', '2025-01-06T00:00Z'], // ISO week 1 of 2025
  ['month', 'Europe/Berlin', '2024-03-31T22:00Z', '2024-03-31T22:00Z', '2024-04-30T22:00Z'],
  ['month', 'Europe/Berlin', '2024-03-31T21:59Z', '2024-02-29T23:00Z', '2024-03-31T22:00Z'],
  ['month', 'UTC', '2024-12-31T23:59Z', '2024-12-01T00:00Z', '2025-01-01T00:00Z'],
  ['quarter', 'America/New_York', '2024-02-01T00:00Z', '2024-01-01T05:00Z', '2024-04-01T04:00Z'],
  ['year', 'Asia/Tokyo', '2024-12-31T15:00Z', '2024-12-31T15:00Z', '2025-12-31T15:00Z'],
])('%s of %s at %s', (per, tz, now, from, to) => {
  expect(at(per, tz, now)).toEqual([from, to]);
});

test('a rolling window ends now, and all time has no edges', () => {
  const now = ms('2024-05-01T12:00Z');
  expect(periodAt(periodOf({ rolling: '30d' }), now)).toEqual({ from_ms: ms('2024-04-01T12:00Z'), to_ms: null });
  expect(periodAt(periodOf({}), now)).toEqual({ from_ms: null, to_ms: null });
});

test.each([
  ['1h', 3_600_000],
  ['90m', 5_400_000],
  ['4w', 2_419_200_000],
  ['1.5d', 129_600_000],
])('a window of %s', (rolling, length) => {
  expect(periodOf({ rolling })).toEqual({ kind: 'rolling', ms: length });
});

test.each([
  [{ per: 'fortnight' }, /--per: "fortnight" cannot be used/],
  [{ rolling: '30' }, /--rolling: "30" cannot be used/],
  [{ rolling: '1s' }, /--rolling: "1s" cannot be used/],
  [{ per: 'month', rolling: '30d' }, /exclude each other/],
  [{ rolling: '30d', tz: 'UTC' }, /--tz is of calendar periods/],
  [{ per: 'month', tz: 'Mars/Olympus' }, /--tz: "Mars\/Olympus" is no time zone/],
])('%j is refused', (texts, problem) => {
  expect(() => periodOf(texts)).toThrow(problem);
});

test('words', () => {
  expect(periodText(periodOf({ per: 'month', tz: 'Europe/Berlin' }))).toBe('month (Europe/Berlin)');
  expect(['30d', '36h', '90m'].map((rolling) => periodText(periodOf({ rolling })))).toEqual([
    'rolling 30d',
    'rolling 36h',
    'rolling 90m',
  ]);
});

test('periods follow one another without a hole or an overlap', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Havana'];
  fc.assert(
    fc.property(
      fc.constantFrom(...PERIOD_UNITS),
      fc.constantFrom(...zones),
      fc.integer({ min: ms('2000-01-01T00:00Z'), max: ms('2035-01-01T00:00Z') }),
      (per, tz, now) => {
        const period = periodOf({ per, tz });
        const { from_ms, to_ms } = periodAt(period, now) as { from_ms: number; to_ms: number };
        expect(from_ms <= now && now < to_ms).toBe(true);
        expect(periodAt(period, from_ms)).toEqual({ from_ms, to_ms });
        expect(periodAt(period, to_ms - 1)).toEqual({ from_ms, to_ms });
        expect(periodAt(period, to_ms).from_ms).toBe(to_ms);
      },
    ),
  );
});
