import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { type GridAhead, gridAhead } from './grid-ahead.ts';
import { destinations, type Place } from './move.ts';

const HOUR = 3_600_000;
/** 24 hours; the first value holds for the first hour, the second for all after it. */
const grid = (first: number, then = first): readonly IntensitySeries[] => [
  {
    ...{ zone: 'Z', provider: 'test', kind: 'average', scope: 'lifecycle', quality: 'measured', source: '' },
    ...{ licence: '', year: null, from_ms: Float64Array.of(0, HOUR), to_ms: Float64Array.of(HOUR, 24 * HOUR) },
    g_per_kwh: Float64Array.of(first, then),
  },
];
/** 1 kWh over one hour. */
const rest = { from_ms: 0, to_ms: HOUR, energy_j: 3.6e6 };
const here = gridAhead(rest, grid(400)) as GridAhead; // 400 g
const place = (name: string, chain: readonly IntensitySeries[], cost_h = 0.5): Place<string> => ({
  ...{ site: name, name, cost_ms: cost_h * HOUR, chain },
});

describe('a place', () => {
  test('is judged by what is left and what the move costs, over the hours in which it runs there', () => {
    // 1.5 kWh at 100; 1 kWh at 100 and half a kWh at 300; and 1.5 kWh at 300, which is more than the 400 here.
    const found = destinations({ rest, here, factor: 1 }, [
      place('far', grid(300)),
      place('later', grid(100, 300)),
      place('clean', grid(100)),
    ]);
    expect(found.better.map(({ site }) => site)).toEqual(['clean', 'later']);
    expect(found.better[0]!.emissions_g).toBeCloseTo(150, 9);
    expect(found.better[1]!.emissions_g).toBeCloseTo(250, 9);
    expect(found.why).toBe(
      'what is left emits 150 gCO2e in clean, the move included, and 400 gCO2e if it goes on here',
    );
  });

  test('that saves no more than it costs is none', () => {
    // 2 kWh at 200 are the 400 g of here.
    const even = destinations({ rest, here, factor: 1 }, [place('even', grid(200), 1)]);
    expect(even.better).toEqual([]);
    expect(even.why).toMatch(/not moved: it would emit 400 gCO2e in even, the move included, and 400 gCO2e if/);
    expect(destinations({ rest, here, factor: 1 }, [place('near', grid(200), 0.99)]).better).toHaveLength(1);
  });

  test('has the PUE of here: 1.5 kWh at 100 with 1.2', () => {
    const with_pue = gridAhead(rest, grid(400), 1.2) as GridAhead;
    const { better } = destinations({ rest, here: with_pue, factor: 1.2 }, [place('clean', grid(100))]);
    expect(better[0]!.emissions_g).toBeCloseTo(180, 9);
  });
});

test('what is not known is no reason to move, and is told', () => {
  const places = [place('clean', grid(100)), place('dark', [])];
  expect(destinations({ rest: null, here, factor: 1 }, places)).toMatchObject({
    better: [],
    why: expect.stringMatching(/how much of it is left/),
  });
  expect(destinations({ rest, here: null, factor: 1 }, places)).toMatchObject({
    better: [],
    why: expect.stringMatching(/no intensity is known here/),
  });
  const dark = destinations({ rest, here, factor: 1 }, [place('dark', [])]);
  expect(dark).toEqual({ better: [], why: 'it is not moved: no intensity is known of dark' });
  // An hour and more beyond what is known.
  expect(destinations({ rest, here, factor: 1 }, [place('clean', grid(100), 24)]).better).toEqual([]);
});
