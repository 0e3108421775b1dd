import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Move } from './records.ts';
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

describe('what was said later', () => {
  const move = (zone: string, more: Partial<Move> = {}): Move => ({
    ...{ zone, grid: null, from_ms: null, to_ms: null, at_ms: 1000, ...more },
  });
  const moved = (moves: Move[], segments = [segment(0, 10), segment(20, 30, 'FR')]) =>
    staysOf({ zone: 'DE', moves }, segments).map(({ from_ms, to_ms, zone, why }) => [from_ms, to_ms, why ?? zone]);

  test.each<[string, Move[], unknown[]]>([
    ['all of it elsewhere', [move('SE')], [[-INF, INF, 'SE']]],
    [
      'from then on',
      [move('SE', { from_ms: 5 })],
      [
        [-INF, 5, 'DE'],
        [5, INF, 'SE'],
      ],
    ],
    [
      'a part in the middle, then a part of that',
      [move('SE', { from_ms: 5, to_ms: 25 }), move('PL', { from_ms: 6, to_ms: 7 })],
      [
        [-INF, 5, 'DE'],
        [5, 6, 'SE'],
        [6, 7, 'PL'],
        [7, 25, 'SE'],
        [25, INF, 'FR'],
      ],
    ],
    ['the last word counts', [move('SE', { from_ms: 5 }), move('PL')], [[-INF, INF, 'PL']]],
    [
      'a segment that began elsewhere after it',
      [move('SE', { at_ms: 15 })],
      [
        [-INF, 20, 'SE'],
        [20, INF, 'FR'],
      ],
    ],
    [
      'from a time on before which it went on elsewhere',
      [move('SE', { at_ms: 15, from_ms: 25 })],
      [
        [-INF, 20, 'DE'],
        [20, INF, 'FR'],
      ],
    ],
  ])('%s', (_, moves, wanted) => {
    expect(moved(moves)).toEqual(wanted);
  });

  test('hosts in several zones at once are settled by it', () => {
    const both = [segment(0, 10, 'DE'), segment(5, 20, 'FR')];
    expect(moved([move('DE', { from_ms: 5, to_ms: 10 })], both)).toEqual([
      [-INF, 10, 'DE'],
      [10, INF, 'FR'],
    ]);
  });

  test('stays tile all of time, and at each instant the last word on it counts', () => {
    const zones = fc.constantFrom('DE', 'FR', 'SE');
    const end = fc.option(fc.integer({ min: 0, max: 40 }));
    const some = fc.record({ zone: zones, from_ms: end, to_ms: end }).map(({ zone, ...span }) => move(zone, span));
    const sound = some.filter(({ from_ms, to_ms }) => from_ms === null || to_ms === null || from_ms < to_ms);
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 5 }), fc.integer({ min: -5, max: 45 }), (moves, at) => {
        const stays = staysOf({ zone: 'DE', moves }, [segment(0, 30)]);
        expect([stays[0]!.from_ms, stays.at(-1)!.to_ms]).toEqual([-INF, INF]);
        for (const [i, { to_ms }] of stays.slice(0, -1).entries()) expect(stays[i + 1]!.from_ms).toBe(to_ms);
        const said = moves.findLast((one) => (one.from_ms ?? -INF) <= at && at < (one.to_ms ?? INF))?.zone ?? 'DE';
        expect(stays.find(({ from_ms, to_ms }) => from_ms <= at && at < to_ms)!.zone).toBe(said);
      }),
    );
  });
});
