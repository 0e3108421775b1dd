import { expect, test } from 'vitest';
import { reachOf } from '../decide/expected.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { StepRow } from '../ledger/records.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { stepOf } from '../workload/step.ts';
import { createLiveAccount, createStepWindow } from './live-account.ts';

const series = (from_ms: number, to_ms: number, g_per_kwh: number): IntensitySeries => ({
  ...{ zone: 'DE', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured', source: '' },
  ...{ licence: '', year: null, from_ms: Float64Array.of(from_ms), to_ms: Float64Array.of(to_ms) },
  g_per_kwh: Float64Array.of(g_per_kwh),
});
const always = series(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 400);
const row = (device: string, second: number, energy_j: number | null): EnergyRow => ({
  ...{ device, from_ms: second * 1000, to_ms: (second + 1) * 1000, energy_j, min_w: null, max_w: null },
  ...{ source: 'counter', quality: energy_j === null ? 'unknown' : 'measured' },
});
const step = (s: number, known: Partial<StepRow>): StepRow => ({
  ...stepOf(s * 1000, {}),
  it_j: null,
  ...known,
});
const none = { rows: [], total: null };
const gpu = new Set(['gpu-0']);

test('1 Wh at 400 g/kWh and a PUE of 1.5 is 0.6 g; power is that of the newest second', () => {
  const account = createLiveAccount([always], { pue: 1.5 });
  account.row(row('gpu-0', 0, 1200));
  account.row(row('gpu-0', 1, 2400));
  account.row(row('other', 1, 9999));
  const { power_w, energy_j, emissions_g, partial } = account.figures(gpu, 2000, none);
  expect([power_w, energy_j, partial]).toEqual([2400, 3600, false]);
  expect(emissions_g).toBeCloseTo(0.6, 12);
});

test('unknown is not 0: no rows, no intensity, a time that nobody saw', () => {
  const empty = createLiveAccount([], { pue: null });
  expect(empty.figures(gpu, 0, none)).toMatchObject({ power_w: null, energy_j: null, emissions_g: null, step: null });
  empty.row(row('gpu-0', 0, 100));
  empty.row(row('gpu-0', 1, null));
  expect(empty.figures(gpu, 2000, none)).toMatchObject({
    power_w: null,
    energy_j: 100,
    partial: true,
    emissions_g: null,
  });
  expect(empty.device('gpu-0', 2000)).toEqual({ power_w: null, energy_j: 100, observed_ms: 1000, unknown_ms: 1000 });
});

test('an intensity that covers a part of the time alone gives no emissions', () => {
  const account = createLiveAccount([series(0, 1000, 400)], { pue: 1 });
  account.row(row('gpu-0', 0, 3600));
  expect(account.figures(gpu, 1000, none).emissions_g).toBeCloseTo(0.4, 12);
  account.row(row('gpu-0', 1, 3600));
  expect(account.figures(gpu, 2000, none).emissions_g).toBeNull();
});

test('a device that is silent for 15 s has no power now', () => {
  const account = createLiveAccount([], { pue: null });
  account.row(row('gpu-0', 0, 100));
  expect(account.figures(gpu, 16_000, none).power_w).toBe(100);
  expect(account.figures(gpu, 16_001, none).power_w).toBeNull();
});

test('what is charged is asked for late: a device that another holds from now on counts no more', () => {
  const account = createLiveAccount([], { pue: null });
  account.row(row('gpu-0', 0, 100));
  account.row(row('node', 0, 300));
  expect(account.figures(new Set(['gpu-0', 'node']), 1000, none).energy_j).toBe(400);
  expect(account.figures(new Set(['node']), 1000, none).energy_j).toBe(300);
});

test('100 tokens and 50 J a second: 100 tokens/s, 0.5 J/token; 6 of 10 steps left take 6 s and 300 J', () => {
  const account = createLiveAccount([always], { pue: null });
  for (let s = 0; s < 4; s++) account.row(row('gpu-0', s, 50));
  const window = createStepWindow();
  for (let s = 0; s <= 4; s++)
    window.add(step(s, { step: s, total: 10, tokens: 100 * s, tokens_are: 'cumulative', it_j: 50 * s }));
  const { tokens_per_s, j_per_token, step: at, total, projection, end_g } = account.figures(gpu, 4000, window);
  expect([tokens_per_s, j_per_token, at, total]).toEqual([100, 0.5, 4, 10]);
  expect(projection!.left_s.value).toBeCloseTo(6, 9);
  expect(projection!.end_j!.value).toBeCloseTo(500, 9);
  // 500 J at 400 g/kWh: 500 / 3.6e6 · 400 = 0.05556 g.
  expect(end_g!.value).toBeCloseTo(0.055556, 6);
  // Nothing hides in a measured intensity: what is not sure is the pace, by the same share of the 300 J that are left.
  const reach = reachOf(projection!.end_j!);
  expect((end_g!.high - end_g!.value) / (300 / 3.6e6) / 400).toBeCloseTo((reach.high - 500) / 300, 9);
});

test('an evaluation is no training step, and its phase is told', () => {
  const window = createStepWindow();
  window.add(step(1, { step: 7 }));
  window.add(step(2, { step: 99, phase: 'eval' }));
  expect(createLiveAccount([], { pue: null }).figures(gpu, 2000, window)).toMatchObject({ step: 7, phase: 'eval' });
});

test('a flood of steps stays in bounded memory', () => {
  const window = createStepWindow();
  for (let i = 0; i < 100_000; i++) window.add(step(i, { step: i }));
  expect(window.rows.length).toBeLessThan(1000);
  expect(window.rows.at(-1)!.step).toBe(99_999);
});

test('tokens of a step that were said: 2048 tokens for 100 J a second', () => {
  const window = createStepWindow();
  for (const n of [1, 2, 3]) window.add({ ...stepOf(1000 * n, { step: n }), it_j: 100 * n });
  const account = createLiveAccount([], { pue: null, work: { tokens_per_step: 2048 } });
  const { tokens_per_s, j_per_token } = account.figures(gpu, 3000, window);
  expect([tokens_per_s, j_per_token]).toEqual([2048, 100 / 2048]);
});

test('what is learned of the grid counts for what was used before, too', () => {
  const account = createLiveAccount([], { pue: null });
  account.row(row('gpu-0', 0, 1800));
  account.row(row('gpu-0', 1, 1800));
  expect(account.figures(gpu, 2000, none).emissions_g).toBeNull();
  account.learn([always]);
  expect(account.figures(gpu, 2000, none).emissions_g).toBeCloseTo(0.4, 12); // 1 Wh at 400 g/kWh
  account.learn([series(0, 1000, 200), series(1000, 2000, 600)]);
  account.row(row('gpu-0', 2, 3600));
  expect(account.figures(gpu, 3000, none).emissions_g).toBeNull(); // nothing is known of the third second
  account.learn([series(0, 1000, 200), series(1000, 3000, 600)]);
  // 0.5 Wh + 0.5 Wh + 1 Wh, of which by time a third at 200 and two thirds at 600 g/kWh: the quarter hour is taken as even.
  expect(account.figures(gpu, 3000, none).emissions_g).toBeCloseTo((2 * (200 + 2 * 600)) / 3 / 1000, 12);
});
