// A run that waits for a greener grid, on grids of a few hours: by hand.

import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { type GreenWish, greenWant } from './green-want.ts';
import type { Figures } from './live-account.ts';

const H = 3_600_000;
const NOON = Date.UTC(2026, 0, 5, 12);

/** Hour by hour from `from_ms` on. */
const series = (from_ms: number, values: readonly number[], quality: IntensitySeries['quality'] = 'measured') => ({
  ...{ zone: 'DE', provider: 'file', kind: 'average' as const, scope: 'lifecycle' as const, quality },
  from_ms: Float64Array.from(values, (_, i) => from_ms + i * H),
  to_ms: Float64Array.from(values, (_, i) => from_ms + (i + 1) * H),
  g_per_kwh: Float64Array.from(values),
  ...{ source: 's', licence: 'l', year: null },
});

const figures = (left_s: number | null, power_w = 1000): Figures => {
  const left = { value: left_s ?? 0, down: 0, up: 0, least: 0 };
  const projection = left_s === null ? null : { left_s: left, end_j: null, used_j: null, share: 0.5, own_share: 0.5 };
  return {
    ...{ power_w, energy_j: 0, partial: false, emissions_g: null, step: null, total: null, tokens_per_s: null },
    ...{ j_per_token: null, phase: null, projection, end_g: null, grid: null },
  };
};

const rule = { deadline_ms: NOON + 12 * H, resume_cost_ms: 300_000, above_g_per_kwh: null, dirtiest_share: null };
const wish = (all: readonly IntensitySeries[], more: Partial<GreenWish['rule']> = {}): GreenWish => ({
  ...{ rule: { ...rule, ...more }, pue: 1, total_s: null, series: () => all, say: () => {} },
});
/** Two dirty hours, then clean ones. */
const CLEARING = [series(NOON - 24 * H, [...Array(26).fill(400), ...Array(12).fill(100)])];

describe('a pause is wanted', () => {
  test('until the clean hours come, told once', () => {
    const green = greenWant(wish(CLEARING));
    const first = green.at({ now_ms: NOON, figures: figures(3600), paused: false });
    expect(first.due.map(({ act }) => act)).toEqual(['pause']);
    expect(first.holding[0]!.why).toMatch(/400 g\/kWh now.*100 g\/kWh.*14:00 UTC.*saves/);
    expect(green.until_ms).toBe(NOON + 2 * H);
    const later = green.at({ now_ms: NOON + H, figures: figures(3600, 100), paused: true });
    expect([later.due, later.holding.length]).toEqual([[], 1]);
    const clean = green.at({ now_ms: NOON + 2 * H, figures: figures(3600, 100), paused: true });
    expect([clean.due, clean.holding]).toEqual([[], []]);
    expect(clean.eased).toBe('100 g/kWh now, and to wait saves next to nothing');
  });

  test('from the first look on where it is said how long it takes; only what ran is taken off', () => {
    const green = greenWant({ ...wish(CLEARING), total_s: 3600 });
    const at = (now_ms: number, paused: boolean) =>
      green.at({ now_ms, figures: figures(null, paused ? 100 : 1000), paused }).holding.length;
    expect([at(NOON, false), at(NOON + 1000, true), at(NOON + H, true), at(NOON + 2 * H, true)]).toEqual([1, 1, 1, 0]);
    const late = greenWant({ ...wish(CLEARING, { deadline_ms: NOON + H }), total_s: 3600 });
    expect(late.at({ now_ms: NOON, figures: figures(null), paused: false }).holding).toEqual([]);
  });

  test('not of a job that takes longer than was said: the deadline could be missed', () => {
    const green = greenWant({ ...wish(CLEARING, { above_g_per_kwh: 300 }), total_s: 3 });
    const at = (s: number) => green.at({ now_ms: NOON + s * 1000, figures: figures(null), paused: false });
    expect([0, 1, 2, 3, 4].map((s) => at(s).holding.length)).toEqual([1, 1, 1, 0, 0]);
  });

  test('until the grid is not known any more; what ends a pause is told, and nothing of one that others want', () => {
    let all: readonly IntensitySeries[] = CLEARING;
    const green = greenWant({ ...wish([]), series: () => all });
    const at = (now_ms: number, paused: boolean) => green.at({ now_ms, figures: figures(3600), paused }).eased;
    expect(at(NOON, false)).toBeUndefined();
    all = [];
    expect(at(NOON + H, true)).toBe('how dirty the grid is now is not known');
    expect(at(NOON + H + 1000, true)).toBe('how dirty the grid is now is not known');
    expect([at(NOON + H + 2000, false), at(NOON + H + 3000, true)]).toEqual([undefined, undefined]);
  });

  test('by a limit of the user’s', () => {
    const green = greenWant(wish(CLEARING, { above_g_per_kwh: 300 }));
    const [dirty, clean] = [NOON, NOON + 2 * H].map((now_ms) =>
      green.at({ now_ms, figures: figures(3600), paused: false }),
    );
    expect([dirty!.holding.length, clean!.holding.length]).toEqual([1, 0]);
  });

  test('by a forecast where hours to come are not there yet', () => {
    const past = series(NOON - 24 * H, Array(25).fill(400));
    const forecast = series(NOON, [400, 400, ...Array(12).fill(100)], 'forecast');
    const green = greenWant(wish([past, forecast]));
    expect(green.at({ now_ms: NOON, figures: figures(3600), paused: false }).holding).toHaveLength(1);
    expect(green.until_ms).toBe(NOON + 2 * H);
  });
});

describe('what is expected of the hours to come', () => {
  const wanted = (all: readonly IntensitySeries[], now_ms = NOON) =>
    greenWant(wish(all)).at({ now_ms, figures: figures(3600), paused: false }).holding.length;

  test('a forecast that was 100 too low by now is raised: what it says is cleaner is not', () => {
    const past = series(NOON - 24 * H, Array(25).fill(400));
    // Of 100 at noon 90 are left at 13:00: 340, too little for an hour at a fifth of the power.
    const low = series(NOON - 24 * H, [...Array(25).fill(300), ...Array(12).fill(250)], 'forecast');
    const right = series(NOON - 24 * H, [...Array(25).fill(400), ...Array(12).fill(250)], 'forecast');
    expect([wanted([past, low]), wanted([past, right])]).toEqual([0, 1]);
  });

  test('half hours: of an hour that has begun, what is known of it', () => {
    const past = series(NOON - 24 * H, Array(24).fill(400));
    const halves = (from_ms: number, values: number[], quality: IntensitySeries['quality']) => ({
      ...series(from_ms, values, quality),
      from_ms: Float64Array.from(values, (_, i) => from_ms + (i * H) / 2),
      to_ms: Float64Array.from(values, (_, i) => from_ms + ((i + 1) * H) / 2),
    });
    const half = halves(NOON, [400], 'measured');
    const forecast = halves(NOON + H / 2, [400, ...Array(22).fill(100)], 'forecast');
    expect(wanted([past, half, forecast], NOON + 0.6 * H)).toBe(1);
    expect(wanted([past, forecast], NOON + 0.6 * H)).toBe(1);
  });

  test('where a forecast ends, what was a day before', () => {
    // From 14:00 to 16:00 it was 100 each day; the forecast tells of 13:00 alone.
    const days = series(
      NOON - 48 * H,
      Array.from({ length: 49 }, (_, i) => (i % 24 >= 2 && i % 24 < 4 ? 100 : 400)),
    );
    expect(wanted([days, series(NOON + H, [400], 'forecast')])).toBe(1);
  });

  test('what providers answer after the start counts as soon as it is there', () => {
    let known: readonly IntensitySeries[] = [];
    const green = greenWant({ ...wish([]), series: () => known });
    const at = (s: number) => green.at({ now_ms: NOON + s * 1000, figures: figures(3600), paused: false }).holding;
    expect(at(0)).toEqual([]);
    known = CLEARING;
    expect([at(9).length, at(10).length]).toEqual([0, 1]);
  });
});

describe('nothing is wanted', () => {
  test.each<[string, Parameters<typeof greenWant>[0], number | null]>([
    ['where nobody knows how long it takes', wish(CLEARING), null],
    ['where only an annual mean is known', wish([series(NOON - 24 * H, Array(48).fill(400), 'annual')]), 3600],
    ['where the deadline leaves no time', wish(CLEARING, { deadline_ms: NOON + H + 300_000 }), 3600],
    ['where it is as clean as it gets', wish([series(NOON - 24 * H, Array(48).fill(100))]), 3600],
  ])('%s', (_, asked, left_s) => {
    const want = greenWant(asked).at({ now_ms: NOON, figures: figures(left_s), paused: false });
    expect([want.due, want.holding]).toEqual([[], []]);
  });
});

describe('why it does not wait', () => {
  const played = (all: readonly IntensitySeries[], from_ms = NOON) => {
    const said: string[] = [];
    const green = greenWant({ ...wish(all), say: (text) => said.push(text) });
    for (let s = 0; s <= 90; s++) green.at({ now_ms: from_ms + s * 1000, figures: figures(3600), paused: false });
    return said;
  };

  test('is told once, when it has run for half a minute', () => {
    expect(played([])).toEqual(['the job does not wait for a greener grid: how dirty the grid is now is not known']);
  });

  test('not where a pause is wanted', () => {
    expect(played(CLEARING)).toEqual([]);
  });
});
