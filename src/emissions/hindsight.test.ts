import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import type { ZoneChain } from './compare.ts';
import { hindsightOf } from './hindsight.ts';
import type { EnergyIntervals } from './operational.ts';

const HOUR = 3_600_000;
const KWH = 3.6e6;
const hourly = (values: readonly number[], more: Partial<IntensitySeries> = {}): IntensitySeries => ({
  ...{ zone: 'X', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured', source: '', licence: '' },
  from_ms: Float64Array.from(values, (_, i) => i * HOUR),
  to_ms: Float64Array.from(values, (_, i) => (i + 1) * HOUR),
  g_per_kwh: Float64Array.from(values),
  year: null,
  ...more,
});
const annual = (g: number): IntensitySeries => ({
  ...hourly([g], { quality: 'annual' }),
  ...{ from_ms: Float64Array.of(-Infinity), to_ms: Float64Array.of(Infinity) },
});
const evenly = (from: number, to: number, energy_j = KWH) => ({ from_ms: [from], to_ms: [to], energy_j: [energy_j] });
const hindsight = (
  used: EnergyIntervals,
  chain: readonly IntensitySeries[],
  { others = [], pue = 1 }: { others?: readonly ZoneChain[]; pue?: number } = {},
) => {
  const span = { from: Math.min(...Array.from(used.from_ms)), to: Math.max(...Array.from(used.to_ms)) };
  return hindsightOf(used, { span, own: { zone: 'X', chain }, others, pue });
};

describe('the same run at another hour', () => {
  test('an hour at 300 g could have been at 100: with 2 kWh and a PUE of 1.5 that is 600 g, two thirds', () => {
    const found = hindsight(evenly(2 * HOUR, 3 * HOUR, 2 * KWH), [hourly([200, 100, 300, 400])], { pue: 1.5 })!;
    expect(found.started).toEqual({ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(300, 9) });
    expect(found.cleanest).toEqual({ at_ms: HOUR, g_per_kwh: expect.closeTo(100, 9) });
    expect(found.best).toEqual({ zone: 'X', ...found.cleanest });
    expect([found.saved_g, found.saved_share]).toEqual([expect.closeTo(600, 6), expect.closeTo(2 / 3, 9)]);
    expect(found.zones).toHaveLength(1);
    expect(found.zones[0]).toMatchObject({ zone: 'X', parts: [{ quality: 'measured', share: expect.closeTo(1, 9) }] });
  });

  test('two hours are compared as a whole, with the energy where it was used', () => {
    // 3 kWh in the first hour, 1 in the second: 200·¾ + 600·¼ = 300; from hour 1: 600·¾ + 100·¼ = 475.
    const used = { from_ms: [0, HOUR], to_ms: [HOUR, 2 * HOUR], energy_j: [3 * KWH, KWH] };
    const found = hindsight(used, [hourly([200, 600, 100])])!;
    expect(found.started.g_per_kwh).toBeCloseTo(300, 9);
    expect(found.cleanest).toEqual(found.started);
    const later = hindsight(used, [hourly([200, 600, 100, 100])])!;
    expect(later.cleanest).toEqual({ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(100, 9) });
  });

  test('the best start of 90 minutes is where its end meets the dirty hour, not at a full hour', () => {
    // Hours at 500, 200, 100, 900, 900. From 01:30 on: half an hour at 200, one at 100: 133⅓. From 01:00: one at 200 and
    // half at 100: 166⅔; from 02:00: one at 100 and half at 900: 366⅔.
    const found = hindsight(evenly(0, 1.5 * HOUR), [hourly([500, 200, 100, 900, 900])])!;
    expect(found.cleanest).toEqual({ at_ms: 1.5 * HOUR, g_per_kwh: expect.closeTo(400 / 3, 9) });
  });

  test('or where an edge inside the run meets it: the heavy part ends there', () => {
    // 30 minutes with 9 kWh, then 60 with 1 kWh; hours at 800, 300, 100, 700. The heavy part fits into the hour at 100
    // from 02:00 to 02:30 on; the light hour after it is cleanest from 02:30 alone, and dirtier with each minute later:
    // from 02:00 on it is ½ h at 100 and ½ h at 700, mean 0.9·100 + 0.1·400 = 130.
    const used = { from_ms: [0, HOUR / 2], to_ms: [HOUR / 2, 1.5 * HOUR], energy_j: [9 * KWH, KWH] };
    expect(hindsight(used, [hourly([800, 300, 100, 700])])!.cleanest).toEqual({
      ...{ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(130, 6) },
    });
    // The other way round: 60 light minutes, then 30 heavy ones, which must end at 03:00: from 01:30 on,
    // 0.1·(½·300 + ½·100) + 0.9·100 = 110.
    const turned = { from_ms: [0, HOUR], to_ms: [HOUR, 1.5 * HOUR], energy_j: [KWH, 9 * KWH] };
    expect(hindsight(turned, [hourly([800, 300, 100, 700])])!.cleanest).toEqual({
      ...{ at_ms: 1.5 * HOUR, g_per_kwh: expect.closeTo(110, 6) },
    });
    // Light, heavy, light, half an hour each, and one clean half hour from 02:30: only the inner edges meet its ends.
    const middle = { from_ms: [0, 1, 2].map((h) => (h * HOUR) / 2), to_ms: [1, 2, 3].map((h) => (h * HOUR) / 2) };
    const halves = hourly([500, 500, 500, 500, 500, 100, 500, 500, 500]);
    const half = {
      ...halves,
      ...{ from_ms: halves.from_ms.map((t) => t / 2), to_ms: halves.to_ms.map((t) => t / 2) },
    };
    expect(hindsight({ ...middle, energy_j: [KWH, 8 * KWH, KWH] }, [half])!.cleanest).toEqual({
      ...{ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(0.2 * 500 + 0.8 * 100, 6) },
    });
  });

  test('a start that the series does not cover to the end is not offered', () => {
    const found = hindsight(evenly(0, 2 * HOUR), [hourly([200, 200, 10])])!;
    expect(found.cleanest.at_ms).toBe(HOUR); // 200 and 10; from hour 2 on only one hour is known
  });

  test('where no other start could be compared nothing is claimed', () => {
    // Two hours of use on a series of two hours: from hour 1 on only half of it is known.
    expect(hindsight(evenly(0, 2 * HOUR), [hourly([200, 300])])).toBeNull();
    // One hour of use: the other hour can be compared, and it is dirtier.
    const found = hindsight(evenly(0, HOUR), [hourly([200, 300])])!;
    expect(found.cleanest).toEqual(found.started);
    expect([found.saved_g, found.saved_share]).toEqual([0, 0]);
  });

  test('nor one more than a day away, nor anything from one constant value', () => {
    const long = hourly([...Array(30).fill(300), 1]);
    expect(hindsight(evenly(0, HOUR), [long])!.cleanest).toEqual({ at_ms: 0, g_per_kwh: expect.closeTo(300, 9) });
    expect(hindsight(evenly(0, HOUR), [hourly([300])])).toBeNull();
    expect(hindsight(evenly(0, HOUR), [annual(300)])).toBeNull();
    expect(hindsight(evenly(40 * HOUR, 41 * HOUR), [long])).toBeNull();
    expect(hindsight(evenly(0, HOUR), [])).toBeNull();
  });

  test("an annual mean behind a course makes no hour of its own: tomorrow's mean is not cleaner than tonight", () => {
    const found = hindsight(evenly(HOUR, 2 * HOUR), [hourly([500, 400, 450]), annual(50)])!;
    expect(found.cleanest).toEqual(found.started);
    expect(found.zones[0]).toMatchObject({ parts: [{ quality: 'measured' }] });
  });

  test('a usual course fills the day before, and says so', () => {
    const usual = hourly([90, 300, 300], { quality: 'climatology' });
    const measured = { ...hourly([500]), from_ms: Float64Array.of(2 * HOUR), to_ms: Float64Array.of(3 * HOUR) };
    const found = hindsight(evenly(2 * HOUR, 3 * HOUR), [measured, usual])!;
    expect(found.best).toMatchObject({ at_ms: 0, g_per_kwh: expect.closeTo(90, 9) });
    expect(found.zones[0]).toMatchObject({ parts: [{ quality: 'climatology', share: expect.closeTo(1, 9) }] });
  });
});

describe('the same run in another zone', () => {
  const used = evenly(HOUR, 2 * HOUR, 10 * KWH);
  const own = [hourly([300, 400, 320])];

  test('the best start of each, the best of all, and what each would have saved', () => {
    const others = [
      { zone: 'A', chain: [hourly([90, 500, 60])] },
      { zone: 'B', chain: [hourly([800, 700, 900])] },
    ];
    const found = hindsight(used, own, { others })!;
    expect(found.cleanest).toMatchObject({ at_ms: 0, g_per_kwh: expect.closeTo(300, 9) });
    expect(found.zones).toMatchObject([
      { zone: 'X', at_ms: 0, saved_g: expect.closeTo(1000, 6), saved_share: expect.closeTo(0.25, 9) },
      { zone: 'A', at_ms: 2 * HOUR, saved_g: expect.closeTo(3400, 6), saved_share: expect.closeTo(0.85, 9) },
      { zone: 'B', at_ms: HOUR, saved_g: expect.closeTo(-3000, 6), saved_share: expect.closeTo(-0.75, 9) },
    ]);
    expect(found.best).toMatchObject({ zone: 'A', at_ms: 2 * HOUR });
    expect([found.saved_g, found.saved_share]).toEqual([expect.closeTo(3400, 6), expect.closeTo(0.85, 9)]);
  });

  test('an annual mean is a level without an hour, on either side', () => {
    const others = [{ zone: 'A', chain: [annual(56)] }];
    expect(hindsight(used, own, { others })!.zones[1]).toMatchObject({
      ...{ at_ms: HOUR, g_per_kwh: expect.closeTo(56, 9), coverage: 0, parts: [{ quality: 'annual' }] },
    });
    const found = hindsight(used, [annual(380)], { others })!;
    expect(found.started).toEqual({ at_ms: HOUR, g_per_kwh: expect.closeTo(380, 9) });
    expect(found.best).toMatchObject({ zone: 'A', at_ms: HOUR });
    expect(found.saved_g).toBeCloseTo(3240, 6);
  });

  test('what cannot be compared is left out, with the reason: another scope or kind, no series, none that covers', () => {
    const others: ZoneChain[] = [
      { zone: 'A', chain: [hourly([1, 1, 1], { scope: 'direct' })] },
      { zone: 'B', chain: [hourly([1, 1, 1], { kind: 'marginal' })] },
      { zone: 'C', chain: [], none: 'no such zone' },
      { zone: 'D', chain: [{ ...hourly([1]), to_ms: Float64Array.of(HOUR / 2) }] },
    ];
    const { zones, best } = hindsight(used, own, { others })!;
    expect(zones.slice(1)).toEqual([
      { zone: 'A', at_ms: null, why: 'its intensity is average direct, that of X average lifecycle' },
      { zone: 'B', at_ms: null, why: 'its intensity is marginal lifecycle, that of X average lifecycle' },
      { zone: 'C', at_ms: null, why: 'no such zone' },
      { zone: 'D', at_ms: null, why: 'what is known of it covers the load from no start' },
    ]);
    expect(best.zone).toBe('X');
  });
});
