import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../core/timestamp.ts';
import { annualIntensity } from './annual.ts';
import { gridStepMs, intensityAt } from './series.ts';

const T = Date.UTC(2024, 0, 1);

describe('times', () => {
  test.each([
    ['2024-01-01T00:00Z', T],
    ['2024-01-01T00:00:00.000Z', T],
    ['2024-01-01 01:00:00+01:00', T],
    ['2024-01-01T05:30+0530', T],
    ['1704067200', T],
    ['1704067200000', T],
    ['1704067200.5', T + 500],
    ['2024-01-01T00:00', null],
    ['2024-01-01', null],
    ['yesterday', null],
    ['', null],
    ['-5', null],
  ])('%s', (text, wanted) => {
    expect(parseTimestamp(text)).toBe(wanted);
  });
});

describe('annual tables', () => {
  // Ember 2025 by Our World in Data; US EPA eGRID2023 summary tables.
  test.each([
    ['FR', 41.44, 'lifecycle'],
    ['us-cal-ciso', 195.04, 'direct'],
    ['US', 384.4, 'lifecycle'],
  ])('%s', (zone, g, scope) => {
    const series = annualIntensity(zone);
    expect([intensityAt(series, T), series.scope, series.quality]).toEqual([g, scope, 'annual']);
    expect(gridStepMs(series)).toBeNull();
  });

  test.each([
    ['Germany', /DE/],
    ['DX', /did you mean/],
    ['US-XYZ', /US-/],
  ])('unknown zone %s names near ones', (zone, hint) => {
    try {
      annualIntensity(zone);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'zone-unknown', hint: expect.stringMatching(hint) });
    }
  });
});
