import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ASCII, UNICODE } from '../run/live-text.ts';
import { bar, type FrameOptions, frame } from './frame.ts';
import type { View } from './watch.ts';

const view: View = {
  run: {
    ...{ schema: 'joulebook/run/v1', id: 'abc', name: 'é\u202e\x1b[2J', command: ['a\nb', 'c'], created_at_ms: 0 },
    ...{ user: null, cwd: '', git: null, tags: {}, zone: 'DE', pue: null, price: null, intensity: null, version: '' },
  },
  ...{ state: 'running', paused: null, hosts: ['h'], started_at_ms: 0, at_ms: 60_000, mean_w: 100, history_s: 300 },
  figures: {
    ...{ power_w: 100, energy_j: 6000, partial: false, emissions_g: 1, step: 3, total: 4, phase: null, end_g: null },
    ...{ tokens_per_s: 100, j_per_token: 1, projection: null, grid: null },
  },
  devices: [0, 1, 2].map((i) => ({
    ...{ device: `gpu-${i}`, host: 'h', kind: 'gpu', name: 'x', source: 'counter', charged: true, limit_w: 200 },
    ...{ power_w: 50 * i, energy_j: 2000, coverage: 1 },
  })),
  history: [null, 50, 100],
  phases: [
    { phase: 'train', share: 0.75 },
    { phase: 'eval', share: 0.25 },
  ],
  ...{ epoch: 1, loss: 2, stalled_since_ms: null, warnings: ['something\nwas'], budgets: [] },
};
const options: FrameOptions = {
  ...{ columns: 80, rows: null, color: false, utf8: true, signs: UNICODE, scroll: 0, paused: false, keys: true },
};

test('a bar: none, a half, all, and more than all', () => {
  expect([0, 0.5, 1, 7].map((share) => bar(share, 4, false))).toEqual(['....', '##..', '####', '####']);
});

test('the history: nothing where nothing is known, half and full height', () => {
  expect(frame(view, options)).toContain(' ▄█');
  expect(frame(view, { ...options, utf8: false, signs: ASCII })).toContain(' =#');
});

test('names and commands bring no control characters', () => {
  for (const line of frame(view, options)) expect(line).not.toMatch(/\p{C}/u);
  expect(frame(view, options)[1]).toBe('a b c');
});

test('whatever the size, no line is longer and there are no more of them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 300 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(5),
      (columns, rows, scroll) => {
        const lines = frame(view, { ...options, columns, rows, scroll });
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test('colour changes nothing but colour', () => {
  const bare = frame(view, { ...options, color: true }).map((line) => line.replace(/\x1b\[\d+m/g, ''));
  expect(bare).toEqual(frame(view, options));
});

test('a budget is told beside the progress, and of a job without steps too', () => {
  const limit = { measure: 'energy', value: 7200, currency: null, text: '2Wh' } as const;
  const told = { limit, spent: 6000, end: null, overrun: 0.25, crosses_ms: null, why: null, in_force: null };
  expect(frame({ ...view, budgets: [told] }, options).join('\n')).toContain('83 % of 2Wh, may overrun (25 %)');
  const figures = { ...view.figures, step: null, projection: null };
  const text = frame({ ...view, figures, budgets: [{ ...told, overrun: null }] }, options).join('\n');
  expect(text).toContain('83 % of 2Wh\n');
});

test('a standing budget is told by its name, one of the run itself by its limit', () => {
  const limit = { measure: 'emissions', value: 2000, currency: null, text: '2kgCO2e' } as const;
  const told = { limit, spent: 500, end: null, overrun: null, crosses_ms: null, why: null };
  const force = { scope: 'all', period: 'month', rules: [], holding: [], standing: 'within', at_ms: 1 };
  const named = (name: string) => ({ ...told, in_force: { ...force, name } });
  const text = (name: string) => frame({ ...view, budgets: [named(name)] }, options).join('\n');
  expect(text('lab')).toContain('25 % of 2kgCO2e (lab)');
  expect(text('run')).toMatch(/25 % of 2kgCO2e$/m);
  expect(text('2kgCO2e')).not.toContain('2kgCO2e (');
});

test('a run whose log is silent for long says so', () => {
  expect(frame({ ...view, stalled_since_ms: 15_000 }, options)[2]).toBe('no line of its log for 45 s: stalled?');
});

test('a run that is held says since when and why', () => {
  const paused = { since_ms: 30_000, by: ['run'], why: '101 % of 2Wh is spent' };
  expect(frame({ ...view, state: 'paused', paused }, options)[2]).toBe('paused for 30 s: 101 % of 2Wh is spent');
});
