// Published training runs through the report: each figure that states its inputs, and why the others have no account.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pageOf } from '../../test/helpers/published-page.ts';
import {
  type Accounted,
  accountOf,
  agree,
  type PublishedRun,
  printed,
  readPublished,
} from '../../test/helpers/published-runs.ts';

const runs = readPublished();
let all: Accounted[];
beforeAll(async () => {
  all = await accountOf(runs);
});
const names = (some: readonly Accounted[]) => some.map(({ run }) => `${run.id}: ${run.published_t} t`);
const expected = (verdict: PublishedRun['verdict']) => all.filter(({ run }) => run.verdict === verdict);
const of = (id: string) => all.filter(({ run }) => run.id === id);

describe('figures as printed', () => {
  test('half a unit of the last digit either way, nothing where it is assumed', () => {
    expect(printed('1.10')).toEqual({ low: expect.closeTo(1.095, 12), value: 1.1, high: expect.closeTo(1.105, 12) });
    expect(printed('232')).toEqual({ low: 231.5, value: 232, high: 232.5 });
    expect(printed('400', true)).toEqual({ low: 400, value: 400, high: 400 });
    expect(() => printed('')).toThrow('no figure');
  });

  test('agree where they meet', () => {
    expect(agree(printed('3.2'), printed('3.25'))).toBe(true); // 3.25 and 3.245
    expect(agree(printed('3.2'), printed('3.26'))).toBe(false); // 3.25 and 3.255
    expect(agree(printed('16.68'), printed('16.674', true))).toBe(false);
  });
});

test('accounts worked by hand', () => {
  // T5: 310 W × 512 × 480 h = 76.1856 MWh, × 1.12 × 545 g = 46.504 t; 85.7 MWh × 545 g = 46.7065 t.
  const [t5] = of('t5-11b');
  expect(t5!.accounts.map(({ t }) => t.value)).toEqual([expect.closeTo(46.7065, 6), expect.closeTo(46.50369, 4)]);
  // 309.5 W × 512 × 19.5 d × 24 h × 1.115 × 544.5 g, and 310.5 W × 512 × 20.5 d × 24 h × 1.125 × 545.5 g.
  expect(t5!.accounts[1]!.t.low).toBeCloseTo(45.0247, 3);
  expect(t5!.accounts[1]!.t.high).toBeCloseTo(48.0001, 3);
  // BLOOM: 433.196 MWh × 57 g, without PUE and with 1.2.
  expect(of('bloom-176b-dynamic').map(({ accounts }) => accounts[0]!.t.value)).toEqual([
    ...[expect.closeTo(24.692172, 6), expect.closeTo(29.630606, 6), expect.closeTo(182.875, 6)],
  ]);
  // GShard after purchases: 24.1 MWh × 177 g.
  expect(of('gshard-600b')[1]!.accounts[0]!.t.value).toBeCloseTo(4.2657, 6);
});

test('every figure with its inputs is reproduced within rounding', () => {
  expect(names(expected('reproduced').filter(({ agrees }) => agrees !== true))).toEqual([]);
  expect(expected('reproduced')).toHaveLength(43);
});

test('only the 13B of the OLMo table contradicts its own energy', () => {
  expect(names(expected('contradicted'))).toEqual(['olmo2-13b: 101 t']);
  expect(expected('contradicted').every(({ agrees }) => agrees === false)).toBe(true);
});

test('an energy told is power × time, but for LLaMA-65B: 1,022,362 h × 400 W × 1.1 is 449.8 MWh, and 449 is told', () => {
  const told = all.filter(({ energy_agrees }) => energy_agrees !== null);
  expect(told.length).toBeGreaterThan(20);
  expect(names(told.filter(({ energy_agrees }) => !energy_agrees))).toEqual(['llama1-65b: 173 t']);
});

test('the intervals are no excuse: without the PUE each figure that has it in is missed', async () => {
  const charged = runs.filter(
    (run) => run.verdict === 'reproduced' && run.pue !== '' && (run.energy_of === 'it' || run.power_w !== ''),
  );
  const forgotten = await accountOf(
    charged.map((run) => (run.energy_of === 'it' ? { ...run, pue: '' } : { ...run, pue: '', energy_mwh: '' })),
  );
  expect(charged.length).toBeGreaterThan(25);
  expect(names(forgotten.filter(({ agrees }) => agrees !== false))).toEqual([]);
});

test('where there is no account, an input is missing', () => {
  for (const { run, accounts, agrees } of expected('none')) {
    expect([run.id, agrees, run.why !== '']).toEqual([run.id, null, true]);
    expect([run.id, run.g_per_kwh, accounts]).toEqual([run.id, '', []]);
  }
  for (const { run, agrees } of expected('uncounted')) expect([run.id, agrees, run.why]).not.toContain(null);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(109);
});

test('Llama 3.3 is told with less than a hundredth of what its siblings imply', () => {
  const implied = (run: Accounted) => (Number(run.run.published_t) / run.energy_mwh!) * 1000;
  const llamas = all.filter(({ run }) => run.id.startsWith('llama3'));
  const [error] = llamas.splice(
    llamas.findIndex(({ run }) => run.id === 'llama33-70b'),
    1,
  );
  expect(implied(error!)).toBeCloseTo(2.63, 2); // 12.9 t ÷ (7.0 million h × 700 W)
  expect(llamas).toHaveLength(11);
  for (const one of llamas) expect(implied(one) / implied(error!), one.run.id).toBeGreaterThan(100);
});

test('docs/published-runs.md says what is computed', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/published-runs.md'), 'utf8')).toBe(pageOf(all));
});
