// The join holds for any energy and any chain: against an integral taken millisecond by millisecond, and by its invariants.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../core/timestamp.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { addCells, type Cell, spread } from './operational.ts';

type Row = readonly [from: number, to: number, value: number];

const series = (pieces: readonly Row[], quality: IntensitySeries['quality'] = 'measured'): IntensitySeries => ({
  ...{ zone: 'X', provider: 'test', kind: 'average', scope: 'lifecycle', source: '', licence: '', year: null, quality },
  from_ms: Float64Array.from(pieces.map(([from]) => from)),
  to_ms: Float64Array.from(pieces.map(([, to]) => to)),
  g_per_kwh: Float64Array.from(pieces.map(([, , g]) => g)),
});
const intervals = (rows: readonly Row[]) => ({
  from_ms: rows.map(([from]) => from),
  to_ms: rows.map(([, to]) => to),
  energy_j: rows.map(([, , j]) => j),
});
const KWH = 3.6e6;
const HOUR = 3_600_000;
const near = (a: number, b: number, scale = Math.max(Math.abs(a), Math.abs(b))) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-12 * Math.max(1e-9, scale));

const END = 400;
/** Energy over whole ms in [0, 400), in any order, with overlaps and instants. */
const energies = fc.array(
  fc
    .tuple(fc.nat(END), fc.nat(60), fc.double({ min: 0, max: 1e4, noNaN: true }))
    .map(([from, long, j]): Row => [from, Math.min(END, from + long), j]),
  { minLength: 1, maxLength: 30 },
);
/** A series with pieces of any length and holes between them. */
const pieces = fc
  .array(fc.tuple(fc.nat(25), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 900 })), { maxLength: 12 })
  .map((parts) => {
    let at = 0;
    return parts.map(([hole, long, g]): Row => {
      const from = at + hole;
      at = from + long;
      return [from, at, g];
    });
  });
const chains = fc.array(pieces, { maxLength: 4 }).map((all) => all.map((rows) => series(rows)));
const cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: END - 1 }), { maxLength: 8 })
  .map((c) => [0, ...c.sort((a, b) => a - b), END]);

/** Grams and known joules, one millisecond after the other, each asked of each series from its first piece on. */
function byMillisecond(
  rows: readonly Row[],
  chain: readonly IntensitySeries[],
  [start, stop]: readonly [number, number],
) {
  let [energy, known, grams] = [0, 0, 0];
  const at = (ms: number, joules: number) => {
    if (ms < start || ms >= stop) return;
    energy += joules;
    for (const { from_ms, to_ms, g_per_kwh } of chain) {
      const i = from_ms.findIndex((from, k) => from <= ms && ms < to_ms[k]!);
      if (i < 0) continue;
      known += joules;
      grams += (joules * g_per_kwh[i]!) / KWH;
      return;
    }
  };
  for (const [from, to, joules] of rows) {
    if (from === to) at(Math.min(from, END - 1), joules);
    for (let ms = from; ms < to; ms++) at(ms, joules / (to - from));
  }
  return { energy, known, grams };
}

describe('the join', () => {
  test('is the integral of power times intensity, in every cell', () => {
    fc.assert(
      fc.property(energies, chains, cuts, (some, chain, edges) => {
        const rows = some.filter(([from]) => from < END); // an instant at the last edge is the last cell's, by contract
        spread(intervals(rows), edges, chain).forEach((cell, i) => {
          const { energy, known, grams } = byMillisecond(rows, chain, [edges[i]!, edges[i + 1]!]);
          near(cell.energy_j, energy, 1e5);
          near(cell.known_j, known, 1e5);
          near(cell.emissions_g, grams, 1e5);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('keeps all energy, and its parts add up to what is known', () => {
    fc.assert(
      fc.property(energies, chains, cuts, (rows, chain, edges) => {
        const all = addCells(spread(intervals(rows), edges, chain));
        const total = rows.reduce((s, [, , j]) => s + j, 0);
        near(all.energy_j, total);
        near(
          all.known_j,
          all.by_series.reduce((s, j) => s + j, 0),
        );
        near(
          all.emissions_g,
          all.grams_by_series.reduce((s, g) => s + g, 0),
        );
        expect(all.known_j).toBeLessThanOrEqual(all.energy_j * (1 + 1e-12));
      }),
    );
  });

  test('does not fall where energy or intensity rises', () => {
    const more = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(energies, chains, more, (rows, chain, add) => {
        const grams = (r: readonly Row[], c: readonly IntensitySeries[]) =>
          spread(intervals(r), [0, END], c)[0]!.emissions_g;
        const before = grams(rows, chain) * (1 - 1e-12);
        expect(
          grams(
            rows.map(([from, to, j], i): Row => [from, to, j + add[i]!]),
            chain,
          ),
        ).toBeGreaterThanOrEqual(before);
        const dirtier = chain.map((one) => ({ ...one, g_per_kwh: one.g_per_kwh.map((g, i) => g + add[i]!) }));
        expect(grams(rows, dirtier)).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  const same = (a: readonly Cell[], b: readonly Cell[]) =>
    a.forEach((cell, i) => {
      near(cell.energy_j, b[i]!.energy_j, 1e5);
      near(cell.known_j, b[i]!.known_j, 1e5);
      near(cell.emissions_g, b[i]!.emissions_g, 1e5);
    });

  test('is the same however the intervals are cut, the pieces divided, and the rows ordered', () => {
    const at = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(energies, chains, cuts, at, fc.nat(1e6), (rows, chain, edges, share, seed) => {
        const plain = spread(intervals(rows), edges, chain);
        const halves = rows.flatMap(([from, to, j]): Row[] => {
          const middle = from + (to - from) * share;
          return [
            [from, middle, j * share],
            [middle, to, j * (1 - share)],
          ];
        });
        same(spread(intervals(halves), edges, chain), plain);
        const divided = chain.map(({ from_ms, to_ms, g_per_kwh }) =>
          series(
            [...from_ms].flatMap((from, i): Row[] => {
              const middle = from + (to_ms[i]! - from) * share;
              return [
                [from, middle, g_per_kwh[i]!],
                [middle, to_ms[i]!, g_per_kwh[i]!],
              ];
            }),
          ),
        );
        same(spread(intervals(rows), edges, divided), plain);
        const shuffled = rows.map((row, i) => ({ row, key: (Math.imul(i + 1, 2654435761) ^ seed) >>> 0 }));
        shuffled.sort((a, b) => a.key - b.key);
        same(spread(intervals(shuffled.map(({ row }) => row)), edges, chain), plain);
      }),
    );
  });
});

describe('by hand', () => {
  const grams = (rows: readonly Row[], chain: readonly IntensitySeries[]) =>
    spread(intervals(rows), [rows[0]![0], rows.at(-1)![1]], chain)[0]!;

  test('an hour at 12 kW against twelve pieces of five minutes: 1 kWh each', () => {
    const chain = [series(Array.from({ length: 12 }, (_, i): Row => [i * 300_000, (i + 1) * 300_000, 100 + 10 * i]))];
    expect(grams([[0, HOUR, 12 * KWH]], chain).emissions_g).toBeCloseTo(1200 + 10 * 66, 9); // 0 + 1 + … + 11 = 66
  });

  test('samples of 100 ms across a full hour: 36 000 at 500 g, 36 000 at 100 g, of 100 J each', () => {
    const rows = Array.from({ length: 72_000 }, (_, i): Row => [i * 100, (i + 1) * 100, 100]);
    const cell = grams(rows, [
      series([
        [0, HOUR, 500],
        [HOUR, 2 * HOUR, 100],
      ]),
    ]);
    expect(cell.energy_j).toBe(2 * KWH);
    expect(cell.emissions_g).toBeCloseTo(600, 9);
  });

  test('two series change inside one interval, at instants of their own', () => {
    // Measured: 0–2 h at 100, a hole, 5–6 h at 400. Beneath it a forecast: 0–3 h at 700, 3–6 h at 300.
    const chain = [
      series([
        [0, 2 * HOUR, 100],
        [5 * HOUR, 6 * HOUR, 400],
      ]),
      series(
        [
          [0, 3 * HOUR, 700],
          [3 * HOUR, 6 * HOUR, 300],
        ],
        'forecast',
      ),
    ];
    const cell = grams([[0, 6 * HOUR, 6 * KWH]], chain);
    expect(cell.by_series).toEqual([expect.closeTo(3 * KWH, 3), expect.closeTo(3 * KWH, 3)]);
    expect(cell.grams_by_series).toEqual([expect.closeTo(200 + 400, 9), expect.closeTo(700 + 600, 9)]);
  });

  test('of five series the first that knows an instant counts', () => {
    const qualities = ['measured', 'estimated', 'forecast', 'climatology', 'annual'] as const;
    // Each begins an hour after the one before it in the chain; the last knows all: hour k belongs to series 4 − k.
    const chain = qualities.map((quality, i) =>
      series([[(4 - i) * HOUR, i === 4 ? Infinity : 5 * HOUR, 100 * (i + 1)]], quality),
    );
    const cell = grams([[0, 5 * HOUR, 5 * KWH]], chain);
    expect(cell.grams_by_series).toEqual([100, 200, 300, 400, 500].map((g) => expect.closeTo(g, 9)));
  });

  test('energy without intensity is coverage below 1, never 0 g: a quarter is known', () => {
    const cell = grams([[0, 4 * HOUR, 4 * KWH]], [series([[HOUR, 2 * HOUR, 250]])]);
    expect(cell.known_j / cell.energy_j).toBeCloseTo(0.25, 12);
    expect(cell.emissions_g).toBeCloseTo(250, 9); // of the known part alone
    expect(grams([[0, HOUR, KWH]], [])).toMatchObject({ known_j: 0, energy_j: KWH });
  });

  test('energy of no duration counts at its instant, on a breakpoint with what begins there', () => {
    const chain = [
      series([
        [0, HOUR, 100],
        [HOUR, 2 * HOUR, 900],
      ]),
    ];
    expect(grams([[HOUR, HOUR, KWH]], chain).emissions_g).toBeCloseTo(900, 9);
    expect(grams([[HOUR - 1, HOUR - 1, KWH]], chain).emissions_g).toBeCloseTo(100, 9);
    const cells = spread(intervals([[HOUR, HOUR, KWH]]), [0, HOUR, 2 * HOUR], chain);
    expect(cells.map(({ energy_j }) => energy_j)).toEqual([0, KWH]);
  });

  test('an interval that ends before it begins keeps its energy, of unknown intensity', () => {
    const cell = spread(
      intervals([
        [5, 3, 7],
        [Number.NaN, 4, 1],
        [0, 10, 2],
      ]),
      [0, 10],
      [series([[0, 10, 100]])],
    )[0]!;
    expect(cell).toMatchObject({ energy_j: 10, known_j: 2 });
  });

  test('what lies outside the edges counts into the first and the last cell', () => {
    const rows: Row[] = [
      [-HOUR, 0, KWH],
      [3 * HOUR, 4 * HOUR, 2 * KWH],
      [HOUR, 2 * HOUR, 4 * KWH],
    ];
    const cells = spread(intervals(rows), [0, HOUR, 2 * HOUR], []);
    expect(cells.map(({ energy_j }) => energy_j / KWH)).toEqual([1, 6]);
  });

  test('ten million samples of one year add up, without recursion', () => {
    const n = 10_000_000;
    const edges = Float64Array.from({ length: n + 1 }, (_, i) => i * 3000);
    const tenths = new Float32Array(n).fill(0.5);
    const year = series(
      Array.from({ length: 100_000 }, (_, i): Row => [i * 300_000, (i + 1) * 300_000, i % 2 === 0 ? 200 : 600]),
    );
    const energy = { from_ms: edges.subarray(0, n), to_ms: edges.subarray(1), energy_j: tenths };
    const [cell] = spread(energy, [0, n * 3000], [year]);
    expect(cell!.energy_j).toBe(n / 2);
    expect((cell!.emissions_g / cell!.known_j) * KWH).toBeCloseTo(400, 9);
  });
});

describe('days of the changing clock, Europe/Berlin', () => {
  // UTC has neither day: rows with local times and offsets land an hour apart, and each hour has its own intensity.
  const day = (times: readonly string[]) => times.map((time) => parseTimestamp(time)!);
  const hours = (date: string, offsets: readonly [hour: number, offset: string][]) =>
    day(offsets.map(([hour, offset]) => `${date}T${String(hour).padStart(2, '0')}:00${offset}`));
  const accounted = (starts: readonly number[], end: number) => {
    const ends = [...starts.slice(1), end];
    const course = series(starts.map((from, i): Row => [from, ends[i]!, 100 + i]));
    const rows = starts.map((from, i): Row => [from, ends[i]!, KWH]);
    return spread(intervals(rows), [starts[0]!, end], [course])[0]!;
  };

  test('the 31st of March 2024 has 23 hours: 02:00 is not', () => {
    const before = [0, 1].map((h): [number, string] => [h, '+01:00']);
    const after = Array.from({ length: 21 }, (_, i): [number, string] => [i + 3, '+02:00']);
    const starts = hours('2024-03-31', [...before, ...after]);
    const end = parseTimestamp('2024-04-01T00:00+02:00')!;
    expect([starts.length, (end - starts[0]!) / HOUR]).toEqual([23, 23]);
    const cell = accounted(starts, end);
    expect(cell.energy_j).toBeCloseTo(23 * KWH, 3);
    expect(cell.emissions_g).toBeCloseTo(23 * 100 + 253, 9); // 0 + 1 + … + 22 = 253
  });

  test('the 27th of October 2024 has 25 hours: 02:00 comes twice, and both count', () => {
    const before = [0, 1, 2].map((h): [number, string] => [h, '+02:00']);
    const after = Array.from({ length: 22 }, (_, i): [number, string] => [i + 2, '+01:00']);
    const starts = hours('2024-10-27', [...before, ...after]);
    const end = parseTimestamp('2024-10-28T00:00+01:00')!;
    expect([starts.length, (end - starts[0]!) / HOUR]).toEqual([25, 25]);
    expect(accounted(starts, end).emissions_g).toBeCloseTo(25 * 100 + 300, 9); // 0 + 1 + … + 24 = 300
  });
});
