import { expect, test } from 'vitest';
import { exactly, type Figure, unknown } from '../core/figure.ts';
import { buildModelAccount, type Member } from './lifecycle-build.ts';
import { modelAccountText } from './lifecycle-text.ts';
import type { RunJson } from './model.ts';

const DAY = 86_400_000;
const DARK = unknown('no source of it');

/** A run of so many g operational and embodied. */
function member(id: string, stage: string | null, [operational_g, embodied_g]: readonly [Figure, Figure]): Member {
  const total_g = { ...exactly((operational_g.value ?? 0) + (embodied_g.value ?? 0)) };
  const run = { id, name: null, model: 'm', stage, parent: null, state: 'finished', started_at_ms: 0, duration_s: 1 };
  return {
    ...{ id, stage, started_at_ms: 0, counted: 1, run: run as unknown as RunJson },
    lines: { it_j: exactly(3.6e6), operational_g, embodied_g, total_g },
  };
}

/** A model that was made by one run, and served for ten days. */
function account(made: readonly [Figure, Figure], serving: readonly [Figure, Figure], life_days: number | null = null) {
  const serve = member('serve', 'serve', serving);
  const spans = [{ from_ms: 0, to_ms: 10 * DAY }];
  return buildModelAccount({
    ...{ model: 'm', own: [member('made', 'pre-train', made), serve], bases: [], damage: [] },
    served: [{ lines: serve.lines, spans, tokens: 2e6, requests: null }],
    expected: { tokens: 8e6, requests: null, life_days },
  });
}

test('embodied emissions count in the comparison where they are known of every run', () => {
  const { compared_by, break_even, shares, training } = account(
    [exactly(700), exactly(120)],
    [exactly(150), exactly(50)],
  );
  expect(compared_by).toBe('total_g');
  expect(training.total_g.value).toBe(820);
  expect(break_even).toMatchObject({ days: { value: 41 }, at_ms: null }); // 820 g by 20 g a day
  expect(shares.map(({ of, g_per_million_tokens }) => [of, g_per_million_tokens.value])).toEqual([
    ['served', 410], // 820 g over 2 million tokens
    ['expected', 102.5], // over 8 million
  ]);
  // 8 million tokens emit 4 × 200 g
  expect(shares[1]).toMatchObject({ serving_g: { value: 800 }, training_share: { value: expect.closeTo(820 / 1620) } });
});

test('where they are not known of one run, operational emissions alone are compared, and it is said', () => {
  const made = account([exactly(700), exactly(120)], [exactly(140), DARK]);
  expect(made.compared_by).toBe('operational_g');
  expect(made.break_even.days.value).toBeCloseTo(50, 9); // 700 g by 14 g a day
  expect(made.training.embodied_g.value).toBe(120);
  expect(made.total).toMatchObject({ embodied_g: { value: null }, known: { embodied_g: { value: 120 } } });
  const text = modelAccountText(made, false);
  expect(text).toMatch(/training +700 gCO2e, operational\n/);
  expect(text).toMatch(/total +2 +2\.00 kWh +840 gCO2e +≥ 120 gCO2e/);
  expect(text).toMatch(/not known of serve: embodied emissions: no source of it/);
});

test('a life at its pace', () => {
  const [, , life] = account([exactly(700), exactly(120)], [exactly(150), exactly(50)], 730).shares;
  expect(life).toMatchObject({
    ...{ of: 'life', days: 730, tokens: { value: 146e6 }, serving_g: { value: 14_600 } },
    requests: { value: null, why: '1 of 1 serving run told no requests' },
    training_share: { value: expect.closeTo(820 / 15_420) },
  });
});
