import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import type { ZoneChain } from './compare.ts';
import { outlookOf } from './outlook.ts';
import { steady } from './starts.ts';

const HOUR = 3_600_000;
const KWH = 3.6e6;
const forecast = (values: readonly number[], first = 0, more: Partial<IntensitySeries> = {}): IntensitySeries => ({
  ...{ zone: 'X', provider: 'p', kind: 'average', scope: 'direct', quality: 'forecast', source: '', licence: '' },
  from_ms: Float64Array.from(values, (_, i) => (first + i) * HOUR),
  to_ms: Float64Array.from(values, (_, i) => (first + i + 1) * HOUR),
  g_per_kwh: Float64Array.from(values),
  year: null,
  ...more,
});
const annual = (g: number): IntensitySeries => ({
  ...forecast([g], 0, { quality: 'annual' }),
  ...{ from_ms: Float64Array.of(-Infinity), to_ms: Float64Array.of(Infinity) },
});
const outlook = (zones: readonly [ZoneChain, ...ZoneChain[]], { from = 0, within = 24 } = {}) =>
  outlookOf(steady(2 * HOUR, 10 * KWH), {
    ...{ now_ms: 0, window: { from_ms: from * HOUR, to_ms: (from + within) * HOUR }, zones, pue: 1.2 },
  });
const X = (...chain: IntensitySeries[]): ZoneChain => ({ zone: 'X', chain });

describe('outlookOf', () => {
  test('two hours that start now at 500 and 300 would be at 100 and 200 from 02:00 on: 250 g/kWh less', () => {
    const found = outlook([X(forecast([500, 300, 100, 200, 900, 900]))])!;
    expect(found.against).toEqual({ at_ms: 0, g_per_kwh: expect.closeTo(400, 9) });
    expect(found.best).toEqual({ zone: 'X', at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(150, 9) });
    // 250 g/kWh × 10 kWh × PUE 1.2
    expect([found.saved_g, found.saved_share]).toEqual([expect.closeTo(3000, 6), expect.closeTo(0.625, 9)]);
    expect(found.zones[0]).toMatchObject({ parts: [{ quality: 'forecast', share: expect.closeTo(1, 9) }] });
  });

  test('a start after --within, or one that ends where nothing is known, is none', () => {
    const course = forecast([500, 300, 100, 200, 10]);
    expect(outlook([X(course)], { within: 1 })!.best).toMatchObject({ at_ms: HOUR, g_per_kwh: expect.closeTo(200, 9) });
    expect(outlook([X(course)])!.best).toMatchObject({ at_ms: 3 * HOUR, g_per_kwh: expect.closeTo(105, 9) });
  });

  test('a first start later than now is still set against now', () => {
    const found = outlook([X(forecast([100, 200, 300, 400, 500]))], { from: 2 })!;
    expect(found.against).toMatchObject({ at_ms: 0, g_per_kwh: expect.closeTo(150, 9) });
    expect(found.zones[0]).toMatchObject({ at_ms: 2 * HOUR, saved_share: expect.closeTo(1 - 350 / 150, 9) });
    expect(found).toMatchObject({ best: { zone: 'X', at_ms: 0 }, saved_g: 0, saved_share: 0 });
  });

  test('where now is not known, the first start that is stands for it', () => {
    expect(outlook([X(forecast([500, 500, 100, 100], 1))])!.against).toEqual({
      ...{ at_ms: HOUR, g_per_kwh: expect.closeTo(500, 9) },
    });
  });

  test('zones: the best of each against now in the first, kinds and scopes apart', () => {
    const found = outlook([
      X(forecast([400, 400, 300, 300])),
      { zone: 'A', chain: [forecast([350, 350, 50, 50])] },
      { zone: 'B', chain: [annual(90)] },
      { zone: 'C', chain: [forecast([1, 1, 1], 0, { kind: 'marginal' })] },
    ])!;
    expect(found.best).toMatchObject({ zone: 'A', at_ms: 2 * HOUR });
    expect(found.zones).toMatchObject([
      { zone: 'X', at_ms: 2 * HOUR, saved_share: expect.closeTo(0.25, 9) },
      { zone: 'A', saved_share: expect.closeTo(0.875, 9) },
      { zone: 'B', at_ms: 0, coverage: 0, parts: [{ quality: 'annual' }] },
      { zone: 'C', at_ms: null, why: 'its intensity is marginal direct, that of X average direct' },
    ]);
  });

  test('of the first zone nothing is known: no answer; of its annual mean alone: a level, and no hour', () => {
    expect(outlook([X()])).toBeNull();
    expect(outlook([X(forecast([100]))])).toBeNull();
    expect(outlook([X(annual(300))])).toMatchObject({ against: { at_ms: 0 }, zones: [{ coverage: 0 }] });
  });
});
