// Budgets as they stand, as joulebook budget status --json and budget list --json print them (docs/formats/budget.md).

import * as v from 'valibot';
import { ACTS } from '../../decide/budget.ts';
import * as c from './common.ts';
import { measure } from './decisions.ts';

const text = { text: c.told(c.text, 'In words.') };

export const budget = c.named(
  'Budget',
  v.object({
    name: c.text,
    file: c.told(c.text, 'Where it stands: budgets/NAME.json of the ledger, or a file of settings.'),
    ...{ set_at_ms: c.maybeNumber, set_by: c.maybeText },
    limit: v.object({ measure, value: c.number, currency: c.maybeText, ...text, unit: c.text }),
    scope: v.union([
      v.object({ of: v.literal('run'), ...text }),
      v.object({ of: v.literal('all'), ...text }),
      v.object({ of: v.literal('tag'), tag: c.text, value: c.text, ...text }),
      v.object({ of: v.literal('name'), pattern: c.text, ...text }),
    ]),
    period: v.union([
      v.object({ kind: v.literal('whole'), ...text }),
      v.object({
        kind: v.literal('calendar'),
        unit: v.picklist(['hour', 'day', 'week', 'month', 'quarter', 'year']),
        ...{ time_zone: c.text, ...text },
      }),
      v.object({ kind: v.literal('rolling'), ms: c.number, ...text }),
    ]),
    rules: v.array(v.object({ on: v.picklist(['spent', 'forecast']), at: c.number, act: v.picklist(ACTS) })),
  }),
  'How much, of what, over which runs and which time, and what is to be done when.',
);

export const budgets = c.named(
  'Budgets',
  v.object({ schema: v.literal('joulebook/budgets/v1'), budgets: v.array(budget) }),
  'joulebook budget list --json.',
);

const known = c.named(
  'KnownPart',
  v.union([
    v.object({ value: c.number, low: c.number, high: c.number }),
    v.object({ value: v.null(), why: c.text, known: c.maybeNumber, unknown_runs: c.number }),
  ]),
  'A figure; where part of it is not known the part that is, and of how many runs something is missing.',
);

export const budgetStatus = c.named(
  'BudgetStatus',
  v.object({
    schema: v.literal('joulebook/budget-status/v1'),
    now_ms: c.number,
    budgets: v.array(
      v.object({
        ...budget.entries,
        ...{ from_ms: c.maybeNumber, to_ms: c.maybeNumber, renews_ms: c.maybeNumber },
        standing: c.told(
          v.picklist(['within', 'over', 'unknown']),
          'unknown: below the limit as far as that is known.',
        ),
        spent: c.told(known, 'In limit.unit, as what is projected.'),
        share: c.told(known, 'Of the limit.'),
        ...{ tokens: c.maybeNumber, runs: c.number },
        running: v.array(v.object({ id: c.text, name: c.maybeText, per_hour: c.maybeNumber })),
        projected: v.object({
          ...{ days: c.number, per_day: c.maybeNumber, end: c.figure, crosses_ms: c.maybeNumber },
        }),
      }),
    ),
    warnings: v.array(c.warning),
  }),
  'joulebook budget status --json: what is spent of each, who spends now, and what comes of it.',
);
