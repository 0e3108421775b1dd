import { expect, test } from 'vitest';
import type { GridChange } from '../emissions/restate.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { Change } from '../ledger/records.ts';
import { changeWords, gridWords } from './change-words.ts';
import { three } from './format.ts';

const BEFORE = { zone: 'DE', pue: null, price: null, tags: { team: 'a' }, intensity: { file: 'de.csv', hash: 'h' } };

test.each<[Change, string[], string[]]>([
  [{ zone: 'FR', grid: null, intensity: null }, ['zone DE → FR', 'the series de.csv no longer counts'], ['zone FR']],
  [{ zone: 'FR', from_ms: 0, to_ms: 60_000 }, ['zone FR from 1970-01-01T00:00Z to 1970-01-01T00:01Z'], []],
  [{ pue: 1.1 }, ['PUE unknown → 1.1'], ['PUE 1.1']],
  [{ price: { per_kwh: 0.1, currency: 'EUR' } }, ['price unknown → 0.1 EUR/kWh'], ['price 0.1 EUR/kWh']],
  [{ tags: { team: 'b', x: '1' }, untag: ['y'] }, ['tag team: a → b', 'tag x: 1', 'tag y removed'], []],
  [{ intensity: { file: 'fr.csv', hash: 'g' } }, ['intensity by fr.csv'], ['intensity by fr.csv']],
])('%j', (what, wanted, alone) => {
  expect(changeWords(what, BEFORE)).toEqual(wanted);
  if (alone.length > 0) expect(changeWords(what, null)).toEqual(alone);
});

const H = 3_600_000;
const Y = Date.UTC(2022, 0);
const series = (more: Partial<IntensitySeries>): IntensitySeries => ({
  ...{ zone: 'FR', provider: 'electricity-maps', kind: 'average', scope: 'lifecycle', quality: 'measured' },
  ...{ from_ms: new Float64Array(), to_ms: new Float64Array(), g_per_kwh: new Float64Array() },
  ...{ source: 's', licence: 'l', year: null, retrieved_at_ms: Date.UTC(2026, 10, 28), ...more },
});
const annual = series({ provider: 'ember', quality: 'annual', year: 2024 });
/** 1 kW over so many hours from 2022 on. */
const change = (h: number, sides: Pick<GridChange, 'before' | 'after'>, means: [number, number]): GridChange => ({
  ...{ ...sides, from_ms: Y, to_ms: Y + h * H, ms: h * H, energy_j: h * 3.6e6 },
  ...{ before_g: h * means[0], after_g: h * means[1] },
});

test.each<[GridChange, string]>([
  [
    change(8760, { before: series({}), after: series({}) }, [101, 90]),
    'FR 2022: 101 → 90.0 g/kWh over 8760 h, measured by electricity-maps, retrieved 2026-11-28',
  ],
  [
    change(3, { before: series({ quality: 'estimated' }), after: series({}) }, [120, 118]),
    'FR 2022-01-01: 3 h estimated → measured, 120 → 118 g/kWh, by electricity-maps, retrieved 2026-11-28',
  ],
  [
    change(48, { before: annual, after: series({}) }, [41, 35]),
    'FR 2022-01-01 to 2022-01-02: 48 h annual 2024 → measured, 41.0 → 35.0 g/kWh, by electricity-maps, retrieved 2026-11-28',
  ],
  [
    change(0.25, { before: null, after: series({}) }, [0, 35]),
    'FR 2022-01-01: 15.0 min unknown → measured, 35.0 g/kWh, by electricity-maps, retrieved 2026-11-28',
  ],
  [
    change(1, { before: series({}), after: null }, [35, 0]),
    'FR 2022-01-01: 1 h measured → unknown, 35.0 → unknown g/kWh',
  ],
])('what the grid changed: %#', (told, words) => {
  expect(gridWords(told)).toBe(words);
});

test('three figures of what rounds up to another power of ten', () => {
  expect([99.96, 99.94, 0.09996, 999.6].map(three)).toEqual(['100', '99.9', '0.100', '1000']);
});
