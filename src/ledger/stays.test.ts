import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Segment, staysOf } from './stays.ts';

const INF = Number.POSITIVE_INFINITY;
const segment = (from: number, to: number | null, zone?: string): Segment => ({
  record: { started_at_ms: from, ...(zone === undefined ? {} : { place: { zone, grid: null } }) },
  end: to === null ? null : { ended_at_ms: to },
});
const told = (zone: string | null, segments: readonly Segment[]) =>
  staysOf({ zone }, segments).map(({ from_ms, to_ms, zone, why }) => [from_ms, to_ms, why ?? zone]);

test.each<[string, Segment[], unknown[]]>([
  ['a run that stayed', [segment(0, 10), segment(20, null, 'DE')], [[-INF, INF, 'DE']]],
  [
    'a segment elsewhere',
    [segment(0, 10, 'DE'), segment(20, 30, 'FR')],
    [
      [-INF, 20, 'DE'],
      [20, INF, 'FR'],
    ],
  ],
  [
    'there and back',
    [segment(0, 10), segment(20, 30, 'FR'), segment(40, null, 'DE')],
    [
      [-INF, 20, 'DE'],
      [20, 40, 'FR'],
      [40, INF, 'DE'],
    ],
  ],
  [
    'two hosts at once',
    [segment(0, 10, 'DE'), segment(5, 20, 'FR')],
    [
      [-INF, 5, 'DE'],
      [5, 10, 'its hosts were in several zones at once: DE, FR'],
      [10, INF, 'FR'],
    ],
  ],
])('%s', (_, segments, wanted) => {
  expect(told('DE', segments)).toEqual(wanted);
});

test('a run created without a zone, gone on in one', () => {
  expect(told(null, [segment(0, 10), segment(20, 30, 'FR')])).toEqual([
    [-INF, 20, null],
    [20, INF, 'FR'],
  ]);
});

test('stays tile all of time, and each segment alone is in its own zone', () => {
  const span = fc.record({
    from: fc.nat(50),
    length: fc.integer({ min: 1, max: 9 }),
    zone: fc.constantFrom('DE', 'FR', 'SE'),
  });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
      const stays = staysOf(
        { zone: 'DE' },
        spans.map(({ from, length, zone }) => segment(from, from + length, zone)),
      );
      expect([stays[0]!.from_ms, stays.at(-1)!.to_ms]).toEqual([-INF, INF]);
      for (const [i, stay] of stays.entries()) if (i > 0) expect(stay.from_ms).toBe(stays[i - 1]!.to_ms);
      for (let t = 0; t < 60; t++) {
        const zones = new Set(
          spans.filter(({ from, length }) => from <= t && t < from + length).map(({ zone }) => zone),
        );
        const stay = stays.find(({ from_ms, to_ms }) => from_ms <= t && t < to_ms)!;
        if (zones.size > 1) expect(stay.zone).toBeNull();
        if (zones.size === 1) expect(stay.zone).toBe([...zones][0]);
      }
    }),
  );
});
