// What was decided about runs, as joulebook budget log --json prints it (docs/formats/budget.md).

import * as v from 'valibot';
import { ACTS, MEASURES, type Measure } from '../../decide/budget.ts';
import * as c from './common.ts';

const measures = Object.keys(MEASURES) as [Measure, ...Measure[]];
export const measure = v.picklist(measures);

const seenBudget = v.object({
  ...{ budget: c.text, limit: c.text, measure, limit_value: c.number, standing: c.maybeText },
  ...{ share: c.maybeNumber, overrun: c.maybeNumber, spent: v.nullable(c.reach), end: v.nullable(c.reach) },
  ...{ crosses_ms: c.maybeNumber, renews_ms: c.maybeNumber },
  unknown: c.told(c.maybeText, 'Why something was not known; null: nothing was missing.'),
});

const gridSeen = v.object({
  ...{ zone: c.text, provider: c.text, quality: c.quality, g_per_kwh: c.number },
  forecast: v.nullable(
    v.object({
      ...{ provider: c.text, issued_ms: c.maybeNumber },
      hours: c.told(v.array(v.tuple([c.number, c.number])), 'Pairs of from_ms and g/kWh, each until the next.'),
    }),
  ),
});

const saved = v.object({
  emissions_g: c.told(c.figure, 'Below 0: it cost more.'),
  energy_j: c.figure,
  estimate: c.told(v.boolean(), 'It is the projection of what was left that says so.'),
  how: c.told(c.text, 'Against what, in words.'),
});

export const decision = c.named(
  'Decision',
  v.object({
    at_ms: c.number,
    ...{ writer: c.maybeText, decision: c.number, act: v.picklist([...ACTS, 'resume', 'refuse']) },
    by: c.told(v.array(c.text), 'Budgets, or whoever else asked.'),
    because: c.maybeText,
    why: c.told(c.maybeText, 'Why it was this and not what was asked for.'),
    ...{ budgets: v.array(seenBudget), grid: v.nullable(gridSeen) },
    left: c.told(
      v.object({ energy: v.nullable(c.reach), emissions: v.nullable(c.reach) }),
      'What this run alone was still to use, J and gCO2e, by its projection.',
    ),
    outcome: v.nullable(v.object({ at_ms: c.number, done: v.boolean(), how: c.text, took_ms: c.number })),
    stood: v.nullable(v.object({ from_ms: c.number, to_ms: c.maybeNumber })),
    saved: v.nullable(saved),
  }),
  'What a budget, or waiting for a greener grid, decided about a run, and what came of it.',
);

export const savedSum = c.named(
  'Saved',
  v.object({
    ...{ emissions_g: c.figure, energy_j: c.figure, estimated_g: c.figure, estimated_j: c.figure },
    ...{ of: c.number, unknown: c.number },
  }),
  'What was saved by pauses and moves (emissions_g, energy_j) and, as estimates, by ending jobs.',
);

export const decisionLog = c.named(
  'DecisionLog',
  v.object({
    schema: v.literal('joulebook/budget-log/v1'),
    decisions: c.told(
      v.array(v.object({ run: c.text, run_name: c.maybeText, ...decision.entries })),
      'By time, newest last.',
    ),
    saved: savedSum,
    warnings: v.array(c.warning),
  }),
  'joulebook budget log --json.',
);

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const decisionLogAsked = v.strictObject({
  budget: v.optional(c.told(name, 'Decisions that this budget asked for, or this policy, such as greener.')),
  run: v.optional(c.told(name, 'Of this run alone: an id, its beginning, a name, or last.')),
  since_ms: v.optional(c.moment('From then on, epoch ms.')),
});
export type DecisionLogAsked = v.InferOutput<typeof decisionLogAsked>;
