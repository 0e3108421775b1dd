// All of a ledger as one account, and what of it was wasted: as joulebook total --json and joulebook waste --json print them
// (docs/formats/total.md, docs/formats/waste.md).

import * as v from 'valibot';
import { CAUSES } from '../../emissions/waste.ts';
import * as c from './common.ts';

/** A sum, and under which key the part of it that is known stands where not all is. */
const sum = <const K extends string>(name: string, part: K) =>
  c.named(
    name,
    v.union([
      v.object({ value: c.number, low: c.number, high: c.number }),
      v.object({
        ...{ value: v.null(), why: c.text, unknown_runs: c.number },
        ...({ [part]: c.number } as { readonly [P in K]: typeof c.number }),
      }),
    ]),
    'A sum; where something in it is not known, the part that is, and of how many runs something is missing.',
  );
const joules = sum('SumOfEnergy', 'known_j');
const grams = sum('SumOfEmissions', 'known_g');

export const totalSums = c.named(
  'TotalSums',
  v.object({
    runs: c.told(c.number, 'Of idle and unattributed energy the monitors that saw it.'),
    ...{ energy_j: joules, facility_j: joules, operational_g: grams, embodied_g: grams, total_g: grams },
    cost: c.told(v.record(c.text, sum('SumOfCost', 'known')), 'By currency.'),
    unpriced_runs: c.number,
  }),
  'What was used, each device-second once.',
);

const key = c.told(c.maybeText, 'What the row is of; null where the run does not tell.');
const asked = { since_ms: c.maybeNumber, until_ms: c.maybeNumber, by: c.maybeText, time_zone: c.text };

export const total = c.named(
  'Total',
  v.object({
    schema: v.literal('joulebook/total/v1'),
    ...asked,
    rows: v.array(v.object({ kind: v.picklist(['runs', 'idle', 'unattributed']), key, ...totalSums.entries })),
    ...{ runs: totalSums, idle: totalSums, unattributed: totalSums, total: totalSums },
    monitored_j: c.told(c.number, 'J of the total that monitors metered.'),
    warnings: v.array(c.warning),
  }),
  'joulebook total --json: every run and monitor as one account.',
);

const causeSums = c.named(
  'CauseSums',
  v.object({ ...totalSums.entries, untold_runs: c.number, untold_j: c.number }),
  'What one cause took; untold are runs of which nothing tells of it.',
);

const wasteSums = {
  ...{ total: totalSums, waste: totalSums, rest: totalSums },
  causes: v.object(v.entriesFromList(CAUSES, causeSums)),
};

export const waste = c.named(
  'Waste',
  v.object({
    schema: v.literal('joulebook/waste/v1'),
    ...asked,
    runs: c.told(v.nullable(v.array(c.text)), 'Ids of the runs that were asked for; null: all.'),
    ...wasteSums,
    rows: v.array(v.object({ key, ...wasteSums })),
    largest: v.array(
      v.object({
        ...{ cause: v.picklist(CAUSES), ...causeSums.entries, share: c.maybeNumber, advice: c.text },
        most: v.array(v.object({ run: c.text, energy_j: c.number })),
      }),
    ),
    untold: v.array(v.object({ causes: v.array(v.picklist(CAUSES)), why: c.text, runs: c.number, energy_j: c.number })),
    warnings: v.array(c.warning),
  }),
  'joulebook waste --json: what was wasted on what; causes add up to the waste, waste and rest to the total.',
);

const short = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const window = {
  by: v.optional(
    c.told(short, 'project, model, stage, user, host, month, workflow or tag:NAME; several separated by commas.'),
  ),
  tz: v.optional(c.told(short, 'The time zone of months, an IANA name; else UTC.')),
  since_ms: v.optional(c.moment('From then on, epoch ms.')),
  until_ms: v.optional(c.moment('Up to then, epoch ms.')),
};
export const totalsAsked = v.strictObject(window);
export const wasteAsked = v.strictObject({
  ...window,
  runs: v.optional(c.several(20, 'Of these runs alone, named as elsewhere; all where none is named.')),
});
export type WasteAsked = v.InferOutput<typeof wasteAsked>;
export type WindowAsked = v.InferOutput<typeof totalsAsked>;
