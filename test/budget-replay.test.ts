// Budgets replayed on ledgers written by hand, by arithmetic: seconds of known power, with steps and a grid learned on the way.

import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { replayOf } from '../src/app/budget-replay.ts';
import type { Budget } from '../src/decide/budget.ts';
import { limitOf } from '../src/decide/limit.ts';
import { rulesOf } from '../src/decide/rule.ts';
import type { Retrieval, Topic } from '../src/grid/knowledge.ts';
import { withTopic } from '../src/ledger/grid-store.ts';
import type { RunRecord } from '../src/ledger/records.ts';
import { findRun } from '../src/ledger/runs.ts';
import { createRun, ensureLedger } from '../src/ledger/writer.ts';
import type { ReplayJson } from '../src/report/replay.ts';
import { stepOf } from '../src/workload/step.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

const T0 = Date.UTC(2026, 0, 1) / 1000;
const H = 3_600_000;

let ledger: string;
beforeEach(() => {
  ledger = join(tempFolder(), 'ledger');
  ensureLedger(ledger);
});

/** Two minutes of 500 W, 60 kJ, with a step a second of 120. */
async function recorded(id: string, record: Partial<RunRecord> = {}): Promise<void> {
  createRun(ledger, runRecord(id, { created_at_ms: T0 * 1000, ...record }));
  const out = writerOf(ledger, id, 'w', [gpu(0, `GPU-${id}`)], { started_at_ms: T0 * 1000 });
  for (let s = 0; s < 120; s++) {
    out.append('energy', second('gpu-0', T0 + s, 500));
    const told = { step: s + 1, total: 120, tokens: (s + 1) * 250 };
    out.append('steps', { ...stepOf((T0 + s + 1) * 1000, told), it_j: (s + 1) * 500 });
  }
  await out.end(endAt((T0 + 120) * 1000));
}

/** A forecast of one value for two days, heard so many seconds after the run began. */
async function heard(after_s: number, g_per_kwh: number): Promise<void> {
  const topic: Topic = { provider: 'electricity-maps', zone: 'DE', kind: 'average', scope: 'lifecycle' };
  const span = { from_ms: T0 * 1000 - 24 * H, to_ms: T0 * 1000 + 24 * H };
  const retrieved_at_ms = (T0 + after_s) * 1000;
  const entry: Retrieval = {
    ...{ what: 'forecast', retrieved_at_ms, issued_at_ms: retrieved_at_ms, region: 'DE', source: 's', licence: 'l' },
    ...{ ...span, points: [{ ...span, g_per_kwh, quality: 'forecast' }] },
  };
  const { signal } = new AbortController();
  await withTopic(ledger, topic, { signal, work: async (_, add) => add(entry) });
}

const budget = (text: string, breach: string[], forecast: string[] = []): Budget => ({
  ...{ id: text, limit: limitOf(text, 'test'), scope: { of: 'run' }, period: { kind: 'whole' } },
  rules: rulesOf({ breach, forecast }),
});
const replayed = (...budgets: Budget[]): Promise<ReplayJson> => replayOf(ledger, findRun(ledger, 'last'), budgets);
const orders = ({ orders: all }: ReplayJson) => all.map(({ act, after_s }) => [act, after_s]);

describe('what would have been done', () => {
  test('at the second at which a limit was passed, up to what stops the job', async () => {
    await recorded('r');
    const made = await replayed(budget('29950J', ['0.5=warn', 'stop', '1.5=hook']));
    // 500 J a second: 14975 J after 29.95 s, 29950 J after 59.9 s.
    expect(orders(made)).toEqual([
      ['warn', 30],
      ['stop', 60],
    ]);
    expect(made.look_ms).toBe(1000);
    expect(made.budgets[0]!.looks).toHaveLength(120);
    expect(made.budgets[0]!.spent!.value).toBeCloseTo(60_000, 6);
    expect(made.counterfactual).toMatchObject({ act: 'stop', at_ms: (T0 + 60) * 1000, left_s: 60 });
    expect(made.counterfactual!.saved[0]!.value).toBeCloseTo(30_000, 6);
    expect(made.counterfactual!.saved[0]!.share).toBeCloseTo(0.5, 9);
  });

  test('of two budgets the stricter holds, whichever is passed first', async () => {
    await recorded('r', { price: { per_kwh: 0.36, currency: 'EUR' }, pue: 1.25 });
    // 500 J cost 500 × 1.25 ÷ 3.6 MJ × 0.36 EUR, 62.5 µEUR: 1.995 mEUR after 31.92 s.
    const made = await replayed(budget('50kJ', ['stop']), budget('0.001995EUR', ['pause']));
    expect(orders(made)).toEqual([['pause', 32]]);
    expect(made.orders[0]!.by).toEqual(['0.001995EUR']);
    expect(made.counterfactual!.why).toContain('had nobody resumed it');
  });

  test('a rate, over all the work so far', async () => {
    await recorded('r');
    expect(orders(await replayed(budget('1.9J/token', ['stop'])))).toEqual([['stop', 5]]);
    expect(orders(await replayed(budget('2.1J/token', ['stop'])))).toEqual([]);
  });

  test('by a forecast as it would have stood then', async () => {
    await recorded('r');
    const made = await replayed(budget('50kJ', ['warn'], ['0.9=pause']));
    const [act, after_s] = orders(made)[0] as ['pause', number];
    expect(act).toBe('pause');
    expect(after_s).toBeLessThan(60);
    expect(made.counterfactual!.saved[0]!.value).toBeCloseTo(60_000 - 500 * after_s, 6);
    const [seen] = made.orders[0]!.seen;
    expect(seen!.overrun).toBeGreaterThanOrEqual(0.9);
    expect(seen!.end!.value / 60_000).toBeCloseTo(1, 2);
    expect(orders(await replayed(budget('90kJ', ['warn'], ['0.9=pause'])))).toEqual([]);
  });
});

describe('the grid, as it was known then', () => {
  test('what was learned on the way counts from then on', async () => {
    await recorded('r', { zone: 'DE', pue: 1 });
    await heard(-60, 300);
    await heard(59.5, 600);
    // By 600 g/kWh 500 W emit 1/12 g a second: 5 g after 60 s, when it is known, and 5.94 g after 71.28 s. Had it been known
    // before, 4.752 g would have been seen after 58 s; by 300 g/kWh alone not before 115 s.
    expect(orders(await replayed(budget('5.94gCO2e', ['0.8=warn', 'pause'])))).toEqual([
      ['warn', 60],
      ['pause', 72],
    ]);
  });

  test('what was learned only later is of no use, and an unknown grid is warned of once', async () => {
    await recorded('r');
    const made = await replayed(budget('1gCO2e', ['stop'], ['0.9=stop']));
    expect(orders(made)).toEqual([['warn', 30]]);
    expect(made.budgets[0]).toMatchObject({ spent: null, standing: 'unknown' });
    expect(made.counterfactual).toBeNull();
    expect(made.warnings.join('\n')).toContain('no zone is known');
    expect(made.warnings.join('\n')).toContain('no forecast could be made');
  });
});

describe('on the command line', () => {
  test('as text with a picture, and as JSON', async () => {
    await recorded('r');
    const args = ['budget', 'replay', 'last', '--ledger', ledger, '--budget', '29950J', '--on-breach', 'pause'];
    const text = await joulebook(args);
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain('A after 1 min 0 s: pause, because 100.2 % of 29950J is spent');
    expect(text.stdout).toMatch(/^ {3}limit \|-+\*/m);
    expect(text.stdout).toContain('counterfactual: by this pause it would have saved 30.0 kJ (50.0 %)');
    const json = await joulebook([...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(
      JSON.parse(JSON.stringify(await replayed({ ...budget('29950J', ['pause']), id: 'run' }))),
    );
  });

  test('what cannot be replayed is said, and what can', async () => {
    await recorded('r');
    const said = (...more: string[]) => joulebook(['budget', 'replay', 'last', '--ledger', ledger, ...more]);
    const all = await Promise.all([said(), said('--budget', '20l'), said('--budget', '2kg')]);
    expect(all.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(all[0]!.stderr).toContain('--budget 2kgCO2e');
    expect(all[1]!.stderr).toContain('water is not told while a run goes on');
    expect(all[2]!.stderr).toContain('kgCO2e');
  });
});
