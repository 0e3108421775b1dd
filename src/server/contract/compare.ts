// Runs against the first of them, as joulebook compare --json prints it (docs/formats/compare.md).

import * as v from 'valibot';
import * as c from './common.ts';

const verdicts = ['better', 'worse', 'same', 'cannot-tell'] as const;
const spread = v.picklist(['both', 'one', 'none']);
const noted = { why: c.text };

const contrast = c.named(
  'Contrast',
  v.object({
    ...{ unit: c.text, a: c.figure, b: c.figure },
    difference: c.told(c.maybe, 'b - a.'),
    ratio: c.told(c.maybe, 'b ÷ a.'),
    verdict: v.nullable(v.picklist([...verdicts, 'not-comparable'])),
    spread: c.told(spread, 'Whether the spread of repeats is in the intervals.'),
    repeats: v.union([v.object({ each: c.number, why: v.null() }), v.object({ each: v.null(), ...noted })]),
  }),
  'One figure of two sides.',
);

const flag = v.object({
  ...{ code: c.text, message: c.text, hint: c.text },
  withheld: c.told(v.array(c.text), 'Figures that get no verdict for it.'),
});

const paired = v.union([
  v.object({
    ...{ rows: c.number, steps: c.number },
    difference_j: c.told(c.maybe, 'J per step of training.'),
    ...{ ratio: c.maybe, verdict: v.picklist(verdicts), spread, why: v.null() },
  }),
  v.object({ rows: v.null(), ...noted }),
]);

const effect = v.object({
  effect: v.picklist(['work', 'efficiency', 'overhead', 'grid']),
  ...{ what: c.text, unit: c.text, a: c.number, b: c.number },
  part_g: c.told(c.maybe, 'gCO2e of the difference.'),
  share: c.told(c.number, "Of a's emissions."),
});

const decomposition = v.union([
  v.object({
    ...{ difference_g: c.number, share: c.number, effects: v.array(effect), ratio: c.maybe },
    ...{ sentence: c.text, why: v.null() },
  }),
  v.object({ difference_g: v.null(), ...noted }),
]);

const comparison = c.named(
  'Comparison',
  v.object({
    ...{ a: c.text, b: c.text, figures: v.record(c.text, contrast), flags: v.array(flag), paired },
    at_equal_grid: decomposition,
    differences: v.array(v.object({ what: c.text, a: c.maybeText, b: c.maybeText })),
  }),
  'A side against the first.',
);

const front = v.object({
  quality: c.text,
  objectives: v.array(v.object({ name: c.text, unit: c.text, better: v.picklist(['lower', 'higher']) })),
  points: v.array(
    v.object({
      ...{ label: c.text, values: v.record(c.text, c.number), on_front: v.boolean() },
      dominated_by: c.told(c.maybeText, 'One that is at least as good in everything and better in something.'),
      knee: v.boolean(),
    }),
  ),
  left_out: v.array(v.object({ label: c.text, ...noted })),
});

export const compare = c.named(
  'Compare',
  v.object({
    schema: v.literal('joulebook/compare/v1'),
    sides: v.array(
      v.object({
        label: c.text,
        runs: v.array(
          v.object({
            ...{ id: c.text, name: c.maybeText, state: c.text, started_at_ms: c.number, duration_s: c.number },
          }),
        ),
      }),
    ),
    target: v.nullable(v.object({ metric: c.text, value: c.number, from: v.picklist(['above', 'below']) })),
    ...{ comparisons: v.array(comparison), front: v.nullable(front) },
    curves: v.array(
      v.object({
        ...{ label: c.text, metric: c.text },
        points: v.array(v.object({ energy_j: c.number, value: c.number })),
      }),
    ),
    warnings: v.array(c.warning),
  }),
  'joulebook compare --json: each side against the first.',
);

/** Sides of one comparison. */
const MOST = 20;

const short = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const compareAsked = v.strictObject({
  runs: v.optional(c.several(MOST, 'Runs, the first of which the others are compared with; two at least.')),
  group: v.optional(c.several(MOST, 'In place of runs: groups by tag, such as lr=1 or lr=1,host=x.')),
  target: v.optional(c.told(short, 'A logged metric and its value: loss=2.5, accuracy=0.9, score>=30.')),
  quality: v.optional(c.told(short, 'What the front is of: a logged metric, or a tag that is a number.')),
});
export type CompareAsked = v.InferOutput<typeof compareAsked>;
