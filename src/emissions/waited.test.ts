// What waits change, by hand: the same work at other hours, and what was drawn meanwhile.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { waited } from './waited.ts';

const HOUR_MS = 3_600_000;
const KWH_J = 3_600_000;

/** One value an hour from 0 on. */
const series = (...hours: number[]): IntensitySeries => ({
  ...{ zone: 'DE', provider: 'p', kind: 'average', scope: 'lifecycle', quality: 'measured' },
  from_ms: Float64Array.from(hours, (_, i) => i * HOUR_MS),
  to_ms: Float64Array.from(hours, (_, i) => (i + 1) * HOUR_MS),
  ...{ g_per_kwh: Float64Array.from(hours), source: '', licence: '', year: null },
});
const wait = (from_h: number, to_h: number) => ({ from_ms: from_h * HOUR_MS, to_ms: to_h * HOUR_MS });

/** kWh over hours [from, to). */
const flow = (...parts: [from_h: number, to_h: number, kwh: number][]) => ({
  from_ms: parts.map(([from_h]) => from_h * HOUR_MS),
  to_ms: parts.map(([, to_h]) => to_h * HOUR_MS),
  energy_j: parts.map(([, , kwh]) => kwh * KWH_J),
});

const grams = (all: ReturnType<typeof waited>) =>
  all.map(({ sooner, later, idle }) =>
    [sooner, later, idle].map((cell) => cell && Math.round(cell.emissions_g * 1e6) / 1e6),
  );

test('1 kWh that waited from 400 to 200 g/kWh: 400 g would have been, 200 g were, and 0.1 kWh was drawn meanwhile', () => {
  // Hour 0: work at 100 g; hour 1: it stands, 0.1 kWh at 400 g; hour 2: 1 kWh at 200 g.
  const energy = flow([0, 1, 1], [1, 2, 0.1], [2, 3, 1]);
  expect(grams(waited(energy, [wait(1, 2)], [series(100, 400, 200)]))).toEqual([[400, 200, 40]]);
});

test('of two waits each is against running through from there on: together against never waiting', () => {
  // Work of 1 kWh in hours 0, 2 and 4; idle in 1 and 3. Without any wait: hours 0, 1, 2.
  const energy = flow([0, 1, 1], [2, 3, 1], [4, 5, 1]);
  const chain = [series(500, 400, 300, 200, 100)];
  // The first: work of hours 2 and 4 at 1 and 2 (700 g), against 2 and 3 (500 g).
  // The second: the last kWh at 3 (200 g), against 4 (100 g).
  expect(grams(waited(energy, [wait(1, 2), wait(3, 4)], chain))).toEqual([
    [700, 500, null],
    [200, 100, null],
  ]);
  // Never waiting 500 + 400 + 300 = 1200 g; it was 500 + 300 + 100 = 900 g: 300 g less, as 200 + 100.
});

test('an interval across the edges is cut there', () => {
  // 3 kWh evenly over hours 0 to 3, held in hour 1: 1 kWh drawn meanwhile.
  expect(grams(waited(flow([0, 3, 3]), [wait(1, 2)], [series(100, 400, 200)]))).toEqual([[400, 200, 400]]);
});

test('no work after a wait: nothing is delayed', () => {
  expect(grams(waited(flow([0, 1, 1], [1, 2, 0.5]), [wait(1, 2)], [series(100, 400)]))).toEqual([[null, null, 200]]);
});

test('many seconds come to the same as few hours', () => {
  const n = 3 * 3600 * 8;
  const step = (3 * HOUR_MS) / n;
  const energy = {
    from_ms: Array.from({ length: n }, (_, i) => i * step),
    to_ms: Array.from({ length: n }, (_, i) => (i + 1) * step),
    energy_j: Array.from({ length: n }, () => (3 * KWH_J) / n),
  };
  expect(grams(waited(energy, [wait(1, 2)], [series(100, 400, 200)]))).toEqual([[400, 200, 400]]);
});

test('what the intensity does not reach is told as not known', () => {
  const [one] = waited(flow([0, 1, 1], [2, 3, 1]), [wait(1, 2)], [series(100, 400)]);
  expect([one!.sooner!.known_j, one!.later!.known_j]).toEqual([KWH_J, 0]);
});

test('whatever the waits: together they are the difference to never waiting, and no work is lost or made', () => {
  const hours = fc.array(fc.record({ kwh: fc.integer({ min: 0, max: 9 }), waits: fc.boolean() }), {
    ...{ minLength: 1, maxLength: 12 },
  });
  const grid = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(hours, grid, (course, g) => {
      const energy = flow(...course.map(({ kwh }, h): [number, number, number] => [h, h + 1, kwh]));
      const waits: { from_ms: number; to_ms: number }[] = [];
      course.forEach(({ waits: stands }, h) => {
        if (!stands) return;
        const last = waits.at(-1);
        if (last?.to_ms === h * HOUR_MS) last.to_ms += HOUR_MS;
        else waits.push(wait(h, h + 1));
      });
      const found = waited(energy, waits, [series(...g)]);
      const saved = found.reduce(
        (s, { sooner, later }) => s + (sooner?.emissions_g ?? 0) - (later?.emissions_g ?? 0),
        0,
      );
      // By hour: the work as it was, and the same hours of work one after the other.
      const work = course.flatMap(({ kwh, waits: stands }, h) => (stands ? [] : [{ kwh, h }]));
      const really = work.reduce((s, { kwh, h }) => s + kwh * g[h]!, 0);
      const never = work.reduce((s, { kwh }, h) => s + kwh * g[h]!, 0);
      expect(saved).toBeCloseTo(never - really, 6);
      const idle = found.reduce((s, one) => s + (one.idle?.energy_j ?? 0), 0);
      const stood = course.reduce((s, { kwh, waits: stands }) => s + (stands ? kwh : 0), 0);
      expect(idle).toBeCloseTo(stood * KWH_J, 3);
      for (const { sooner, later } of found) expect(sooner?.energy_j).toBe(later?.energy_j);
    }),
  );
});
