import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Budget } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { NOTHING } from '../decide/spent.ts';
import { spentOf } from './spending.ts';

test('where no ledger is yet nobody has spent anything, and that is known', async () => {
  const ledger = join(mkdtempSync(join(tmpdir(), 'jb-spending-')), '.joulebook');
  const of = (id: string, period: Budget['period']): Budget => ({
    ...{ id, period, limit: limitOf('60kJ', '--limit'), rules: [], scope: { of: 'all' } },
  });
  const budgets = [of('ever', { kind: 'whole' }), of('day', { kind: 'calendar', unit: 'day', time_zone: 'UTC' })];
  const now_ms = Date.UTC(2026, 2, 1, 10);
  expect(await spentOf(ledger, { budgets, now_ms })).toEqual([
    { id: 'ever', from_ms: null, to_ms: null, spent: NOTHING, renews_ms: null },
    {
      ...{ id: 'day', from_ms: Date.UTC(2026, 2, 1), to_ms: Date.UTC(2026, 2, 2) },
      ...{ spent: NOTHING, renews_ms: Date.UTC(2026, 2, 2) },
    },
  ]);
});
