// The report of a run, as joulebook report RUN --json prints it (docs/formats/report.md).

import * as v from 'valibot';
import type { Change } from '../../ledger/records.ts';
import { BY } from '../../report/model.ts';
import { STAGES } from '../../workload/stage.ts';
import * as c from './common.ts';
import { decision, savedSum } from './decisions.ts';

const place = v.object({
  ...{ name: c.text, city: c.text, pue_source: c.maybeText, pue_scope: c.maybeText, pue_year: c.maybeNumber },
  ...{ wue_l_per_kwh: c.maybeNumber, wue_source: c.maybeText, wue_scope: c.maybeText, wue_year: c.maybeNumber },
});

const git = v.object({
  commit: c.text,
  branch: c.text,
  dirty: c.told(v.nullable(v.boolean()), 'Whether tracked files were changed.'),
  diff_hash: v.exactOptional(c.told(c.maybeText, 'SHA-256 of what was changed of them.')),
  remote: v.exactOptional(c.told(c.text, 'Its address, without credentials.')),
});

const amendment = v.object({
  ...{ at_ms: c.number, user: c.maybeText, why: c.maybeText },
  // What may be amended grows with what is accounted; docs/formats/restatement.md has the keys.
  what: v.looseObject({}) as unknown as v.GenericSchema<Change>,
});

export const run = c.named(
  'Run',
  v.object({
    id: c.text,
    name: c.maybeText,
    kind: c.told(c.text, 'run (a trace too), monitor, attach or cut.'),
    command: c.told(v.array(c.text), 'Secrets are redacted.'),
    state: c.told(c.text, 'running, paused, finished, moved, failed, stopped or interrupted.'),
    ...{ exit_code: c.maybeNumber, signal: c.maybeText, started_at_ms: c.number },
    ended_at_ms: c.told(c.maybeNumber, 'Null while it goes on.'),
    duration_s: c.told(c.number, 'In which a segment ran: what lies between a kill and a resume is not in it.'),
    ...{ zone: c.maybeText, place: v.nullable(place), git: v.nullable(git) },
    tags: v.record(c.text, c.text),
    ...{ model: c.maybeText, stage: v.nullable(v.picklist(STAGES)) },
    parent: c.told(c.maybeText, 'The id of the run that it goes on from.'),
    ...{ segments: c.number, hosts: v.array(c.text) },
    amendments: c.told(v.array(amendment), 'Corrections made since it was recorded, oldest first.'),
  }),
  'What a run was.',
);

const cause = c.named(
  'Uncertainty',
  v.object({ from: c.text, share: c.number, hint: c.text }),
  'A cause of uncertainty, its share of the squared width of the interval, and what would narrow it.',
);

const attribution = v.object({
  ...{ method: c.text, job_share: c.maybeNumber, job_cpu_s: c.maybeNumber, busy_cpu_s: c.maybeNumber },
  ...{ idle_cpu_s: c.maybeNumber, job_j: c.figure, others_j: c.figure, idle_j: c.figure },
});

const device = v.object({
  ...{ device: c.text, kind: c.text, name: c.text, uuid: c.text, host: c.text },
  source: c.told(c.text, 'counter, polled, model, allocated, imported or missing.'),
  charged: c.told(v.boolean(), 'Whether it counts toward the run.'),
  within: c.told(c.maybeText, "The charged device whose reading holds this one's energy."),
  ...{ energy_j: c.figure, mean_w: c.maybeNumber, max_w: c.maybeNumber, utilisation: c.maybeNumber },
  ...{ coverage: c.number, notes: v.array(c.text), attribution: v.nullable(attribution) },
});

const gap = v.object({
  ...{ device: c.text, host: c.text, from_ms: c.number, to_ms: c.number, why: c.text },
  state: c.told(c.text, 'filled by the counter, estimated with bounds, or unknown.'),
});

const part = c.named(
  'IntensityPart',
  v.object({
    ...{ zone: c.text, provider: c.text, kind: c.text, scope: c.text, quality: c.text },
    share: c.told(c.number, 'Of the IT energy.'),
    ...{ year: c.maybeNumber, source: c.text, mean_g_per_kwh: c.number, retrieved_at_ms: c.maybeNumber },
  }),
  'A part of the energy with the intensity that it is accounted with.',
);
const intensity = { mean_g_per_kwh: c.maybeNumber, coverage: c.number, parts: v.array(part) };

const embodiedPart = v.object({
  kind: v.picklist(['accelerator', 'cpu', 'memory', 'storage', 'server']),
  ...{ device: c.maybeText, host: c.text, name: c.text, kg: c.figure, scope: c.maybeText, by: c.maybeText },
  ...{ source: c.maybeText, share: c.number, reserved_s: c.number, embodied_g: c.figure },
});

const marketPart = v.object({
  instrument: v.picklist(['certificates', 'contract', 'residual-mix', 'grid-average', 'unknown']),
  ...{ share: c.number, g_per_kwh: c.maybeNumber, scope: v.nullable(c.scope), source: c.text },
});

const statement = v.object({
  ...{ at_ms: c.number, as_of_ms: c.number, before_g: c.figure, operational_g: c.figure },
  ...{ change_g: c.maybeNumber, change_share: c.maybeNumber, not_comparable: c.maybeText },
  causes: v.array(
    v.object({
      by: v.picklist(['amendment', 'grid', 'segment', 'joulebook']),
      ...{ what: c.text, change_g: c.maybeNumber },
    }),
  ),
});

const start = { at_ms: c.number, g_per_kwh: c.number };
const saving = { saved_g: c.number, saved_share: c.number };
const ofQuality = v.object({ quality: c.quality, year: c.maybeNumber, share: c.number });
const zoneStart = v.union([
  v.object({ zone: c.text, ...start, ...saving, coverage: c.number, parts: v.array(ofQuality) }),
  v.object({ zone: c.text, at_ms: v.null(), why: c.text }),
]);
const hindsight = c.named(
  'Hindsight',
  v.object({
    ...{ started: v.object(start), cleanest: v.object(start), zones: v.array(zoneStart) },
    ...{ best: v.object({ ...start, zone: c.text }), ...saving },
  }),
  'Where the run stood on the course of the intensity: its start, the cleanest one within a day of it, and other zones.',
);

const emissions = v.object({
  operational_g: c.told(c.figure, 'gCO2e: IT energy × intensity × PUE, × 1 where there is no PUE.'),
  ...{ it_g: c.figure, overhead_g: c.figure },
  market_g: c.told(c.figure, 'Of what was bought: beside operational_g, never added to it.'),
  marginal_g: c.told(c.figure, 'Of what the run caused on the margin: beside operational_g, never added to it.'),
  market: v.object({
    ...{ parts: v.array(marketPart), matched_share: c.maybeNumber, unused_kwh: c.maybeNumber, notes: v.array(c.text) },
  }),
  marginal: v.object(intensity),
  embodied_g: c.told(c.figure, 'gCO2e of making the hardware, for the time that the run held it.'),
  embodied: v.object({ source: c.text, lifetime_y: c.maybeNumber, parts: v.array(embodiedPart) }),
  total_g: c.told(c.figure, 'operational_g and embodied_g; operational_g alone where the other is unknown.'),
  method: v.literal('joulebook-1'),
  intensity: v.object(intensity),
  ...{ statements: v.array(statement), hindsight: v.nullable(hindsight) },
});

const water = v.object({
  ...{ onsite_l: c.figure, electricity_l: c.figure, wue_l_per_kwh: c.figure, electricity_l_per_kwh: c.figure },
  sources: v.object({ onsite: c.maybeText, electricity: c.maybeText }),
  uncertainty: v.array(cause),
});

const work = v.object({
  ...{ steps: c.maybeNumber, total_steps: c.maybeNumber, epochs: c.maybeNumber, tokens: c.maybeNumber },
  ...{ samples: c.maybeNumber, units: v.record(c.text, c.number), tokens_per_s: c.maybeNumber },
  ...{ tokens_how: c.maybeText, restarts: c.number },
});

const per = v.object({
  ...{ j_per_token: c.figure, g_per_million_tokens: c.figure, l_per_million_tokens: c.figure, j_per_step: c.figure },
  ...{ j_per_sample: c.figure, g_per_epoch: c.figure, j_per_unit: v.record(c.text, c.figure) },
});

const phase = v.object({ phase: c.text, energy_j: c.maybeNumber, share: c.maybeNumber, duration_s: c.number });

const stepEnergy = v.object({
  ...{ rows: c.number, median_j: c.number, p5_j: c.number, p95_j: c.number, quantum_j: c.number },
  change_per_1000_steps: c.told(c.figure, 'Relative: 0.01 is 1 % more in a thousand steps.'),
  outliers: v.array(
    v.object({ step: c.number, from_ms: c.number, to_ms: c.number, energy_j: c.number, times: c.maybeNumber }),
  ),
  outlying: c.number,
});

const row = c.named(
  'ReportRow',
  v.objectWithRest(
    {
      ...{ from_ms: c.maybeNumber, to_ms: c.maybeNumber, duration_s: c.maybeNumber, energy_j: c.maybeNumber },
      ...{ low_j: c.maybeNumber, high_j: c.maybeNumber, other_j: c.maybeNumber, emissions_g: c.maybeNumber },
      ...{ tokens: c.maybeNumber, j_per_token: c.maybeNumber },
    },
    v.nullable(v.union([c.text, c.number])),
  ),
  'A part of the run; what it is of stands under the name of the division: step, epoch, phase, window, device, hour, million_tokens.',
);

export const report = c.named(
  'Report',
  v.object({
    schema: v.literal('joulebook/report/v1'),
    run,
    energy: v.object({
      it_j: c.told(c.figure, 'J of the charged devices.'),
      facility_j: c.told(c.figure, 'J: IT energy × PUE; unknown without one.'),
      pue: c.figure,
      coverage: c.told(c.number, "Share of the charged devices' time that was really observed, 0..1."),
      ...{ devices: v.array(device), gaps: v.array(gap) },
    }),
    emissions,
    water_l: c.told(c.figure, 'Litres of fresh water consumed: at the site and for the electricity.'),
    ...{ water, cost: c.figure, currency: c.maybeText, work, per, phases: v.array(phase) },
    ...{ step_energy: v.nullable(stepEnergy), decisions: v.array(decision), saved: savedSum },
    ...{ uncertainty: v.array(cause), uncertainty_by: v.record(c.text, v.array(cause)), warnings: v.array(c.warning) },
    by: v.exactOptional(v.picklist(BY)),
    rows: v.exactOptional(v.array(row)),
  }),
  'joulebook report RUN --json: the whole account of a run.',
);

/** As joulebook runs --json prints them. */
export const runs = c.named(
  'Runs',
  v.object({
    schema: v.literal('joulebook/runs/v1'),
    runs: v.array(v.object({ ...run.entries, it_j: c.figure, total_g: c.figure })),
    total: v.object({ it_j: c.number, shared_j: c.number }),
    warnings: v.array(c.warning),
  }),
  'joulebook runs --json: newest first.',
);

export const reportAsked = v.strictObject({
  run: c.told(v.pipe(v.string(), v.maxLength(200)), "An id, its beginning, a name (the newest run's), or last."),
  by: v.optional(c.told(v.picklist(BY), 'Adds rows by it, whose energies add up to that of the run.')),
  zones: v.optional(
    c.told(
      v.pipe(v.string(), v.maxLength(400)),
      'Zones, separated by commas, that the run is compared with in hindsight.',
    ),
  ),
  as_of_ms: v.optional(c.moment('As it was to be told then, epoch ms.')),
});
export type ReportAsked = v.InferOutput<typeof reportAsked>;
