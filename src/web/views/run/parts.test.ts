// What the parts of a run's page say.

import { expect, test } from 'vitest';
import type { ReportRow } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import { underFigure } from './figure-words.ts';
import { idleText, phaseBars } from './phases-of.ts';
import { startsText } from './starts-of.ts';
import { energyBars, folded } from './work-of.ts';
import { pictureOf, zoomIn } from './zoom.ts';

const phase = (name: string, energy_j: number | null, share: number | null) => ({
  ...{ phase: name, energy_j, share, duration_s: 1 },
});

test('energy without progress is told first, most first', () => {
  const phases = [phase('train', 2700, 0.75), phase('rework', 180, 0.05), phase('stall', 720, 0.2)];
  expect(idleText(phases)).toBe('25.0 % of the energy, 900 J, went without progress: stall 20.0 %, rework 5.00 %.');
  expect(idleText([phase('train', 10, 1)])).toContain('Nearly all of the energy went into work');
  expect(idleText([phase('train', null, null)])).toBe('How the energy divides is not known.');
});

test('bars tell work from what was none, and unknown is no bar of no height', () => {
  const { parts } = phaseBars([phase('train', 3600, 0.5), phase('stall', 3600, 0.5), phase('eval', null, null)]);
  expect(parts.map(({ name, values }) => [name, values])).toEqual([
    ['work', [1, 0, null]],
    ['without progress', [0, 1, null]],
  ]);
});

test('an interval is told with one unit where both ends have it', () => {
  const write = (value: number) => (value < 1000 ? `${value} g` : `${value / 1000} kg`);
  expect(underFigure({ value: 2, low: 1, high: 3 }, write)).toBe('90 %: 1 – 3 g');
  expect(underFigure({ value: 999, low: 1, high: 3000 }, write)).toBe('90 %: 1 g – 3 kg');
  expect(underFigure({ value: 2, low: 2, high: 2 }, write)).toBe('');
  expect(underFigure({ value: null, why: 'no zone' }, write)).toBe('no zone');
});

const row = (epoch: number, energy_j: number | null): ReportRow => ({
  ...{ epoch, from_ms: 0, to_ms: 1, duration_s: 1, energy_j, low_j: energy_j, high_j: energy_j },
  ...{ other_j: null, emissions_g: null, tokens: null, j_per_token: null },
});

test('too many bars become means of neighbours; one that is unknown makes its mean unknown', () => {
  const rows = Array.from({ length: 201 }, (_, i) => row(i, i === 4 ? null : i));
  const few = folded(rows);
  // Three rows a bar: 0 1 2, 3 4 5, 6 7 8, …
  expect(few.map(({ energy_j }) => energy_j).slice(0, 3)).toEqual([1, null, 7]);
  expect(few).toHaveLength(67);
  expect(energyBars({ by: 'epoch', rows: [row(0, 3600)] }).parts[0]!.values).toEqual([1]);
  expect(energyBars({ by: 'epoch', rows }).categories.slice(0, 2)).toEqual(['0–2', '3–5']);
});

test('what lies outside all epochs is a bar of its own', () => {
  expect(energyBars({ by: 'epoch', rows: [row(0, 1), { ...row(0, 1), epoch: null }] }).categories).toEqual([
    '0',
    'outside',
  ]);
});

const started = { at_ms: Date.UTC(2026, 10, 20, 6), g_per_kwh: 300 };
const cleaner = { at_ms: Date.UTC(2026, 10, 20, 12), g_per_kwh: 100 };
const zone = { zone: 'DE', ...cleaner, saved_g: 1056, saved_share: 2 / 3, coverage: 1, parts: [] };

test('another start is told in one sentence', () => {
  const best = { zone: 'DE', ...cleaner };
  const hindsight = { started, cleanest: cleaner, zones: [zone], best, saved_g: 1056, saved_share: 2 / 3 };
  expect(startsText({ hindsight })).toBe(
    'It started 2026-11-20 06:00 UTC at 300 gCO2e/kWh. Had it started 2026-11-20 12:00 UTC at 100 gCO2e/kWh, it would have been 66.7 % cleaner: 1.06 kgCO2e less.',
  );
  const none = { ...hindsight, zones: [{ ...zone, ...started, saved_share: 0, saved_g: 0 }] };
  expect(startsText({ hindsight: none })).toContain('no other start within a day was cleaner');
  expect(startsText({ hindsight: null })).toContain('No other start can be compared');
});

const series = (from_ms: number, to_ms: number): Series => ({
  ...{ schema: 'joulebook/series/v1', run: { id: 'r', name: null, state: 'finished', from_ms: 100, to_ms: 200 } },
  ...{ from_ms, to_ms, stretch_ms: 1, stretches: { from_ms: [], to_ms: [] }, warnings: [] },
});

test('a zoom is what the address tells, and nothing where that cannot be', () => {
  expect(zoomIn(new URLSearchParams('from=5&to=9'))).toEqual({ from: 5, to: 9 });
  for (const text of ['', 'from=5', 'from=9&to=5', 'from=x&to=9', 'from=5&to=5', 'from=-1&to=3'])
    expect(zoomIn(new URLSearchParams(text))).toBeNull();
});

test('the whole picture stays until the zoom is here; one of before serves where it covers it', () => {
  const [whole, fine] = [series(100, 200), series(120, 160)];
  const asked = { from: 130, to: 150 };
  expect(pictureOf({ whole, fine: null, asked })).toEqual({ shown: whole, zoom: asked });
  expect(pictureOf({ whole, fine, asked })).toEqual({ shown: fine, zoom: asked });
  expect(pictureOf({ whole, fine, asked: { from: 110, to: 190 } }).shown).toBe(whole);
  expect(pictureOf({ whole, fine, asked: { from: 500, to: 600 } })).toEqual({ shown: whole, zoom: null });
  expect(pictureOf({ whole, fine, asked: { from: 0, to: 150 } }).zoom).toEqual({ from: 100, to: 150 });
});
