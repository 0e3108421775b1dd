// A view as a document for machines: joulebook/top/v1.

import type { Reach } from '../decide/budget.ts';
import { reachOf } from '../decide/expected.ts';
import type { View } from './watch.ts';

export interface TopJson {
  readonly schema: 'joulebook/top/v1';
  readonly at_ms: number;
  readonly run: {
    readonly id: string;
    readonly name: string | null;
    readonly command: readonly string[];
    readonly state: View['state'];
    readonly started_at_ms: number;
    /** Since when and why it is held; null: it is not. */
    readonly paused: View['paused'];
    readonly duration_s: number;
    readonly zone: string | null;
    readonly hosts: readonly string[];
  };
  /** What flows now and what was used by the charged devices, before PUE; null: not known. */
  readonly power_w: number | null;
  readonly mean_w: number | null;
  readonly it_j: number | null;
  /** Some of the time is not known: it_j and operational_g are at least that. */
  readonly partial: boolean;
  readonly operational_g: number | null;
  readonly work: {
    readonly step: number | null;
    readonly total: number | null;
    readonly epoch: number | null;
    readonly loss: number | null;
    readonly tokens_per_s: number | null;
    readonly j_per_token: number | null;
    /** Since when its log has been silent for much longer than usual; null: it is not. */
    readonly stalled_since_ms: number | null;
    readonly phases: View['phases'];
  };
  /** Where it will end at the pace of now; null where that is not known. */
  readonly end: {
    readonly left_s: Reach;
    readonly it_j: Reach | null;
    readonly operational_g: number | null;
    /** Its 90 % interval. */
    readonly operational_low_g: number | null;
    readonly operational_high_g: number | null;
  } | null;
  readonly devices: View['devices'];
  /** W of the last `span_s` seconds in equal stretches, oldest first. */
  readonly history: { readonly span_s: number; readonly power_w: View['history'] };
  readonly warnings: readonly string[];
  /** What was asked about, and what acts on the job, at the end of the run, in the measure's unit; what nobody can tell is null, and why. */
  readonly budgets: readonly {
    readonly limit: string;
    readonly measure: string;
    readonly spent: number | null;
    readonly end: Reach | null;
    readonly overrun: number | null;
    readonly crosses_ms: number | null;
    readonly why: string | null;
    readonly limit_value: number;
    readonly currency: string | null;
    /** Of one that acts on the job, by whoever runs it; null: it was asked about here. */
    readonly in_force: View['budgets'][number]['in_force'];
  }[];
}

/** Made of a view. */
export function topJson({ run, figures, ...view }: View): TopJson {
  const { power_w, energy_j, partial, emissions_g, step, total, tokens_per_s, j_per_token, projection, end_g } =
    figures;
  return {
    schema: 'joulebook/top/v1',
    at_ms: view.at_ms,
    run: {
      ...{ id: run.id, name: run.name, command: run.command, state: view.state, started_at_ms: view.started_at_ms },
      paused: view.paused,
      ...{ duration_s: (view.at_ms - view.started_at_ms) / 1000, zone: run.zone, hosts: view.hosts },
    },
    ...{ power_w, mean_w: view.mean_w, it_j: energy_j, partial, operational_g: emissions_g },
    work: {
      ...{ step, total, epoch: view.epoch, loss: view.loss, tokens_per_s, j_per_token },
      ...{ stalled_since_ms: view.stalled_since_ms, phases: view.phases },
    },
    end: projection && {
      ...{
        left_s: reachOf(projection.left_s),
        it_j: projection.end_j && reachOf(projection.end_j),
        operational_g: end_g?.value ?? null,
      },
      ...{ operational_low_g: end_g?.low ?? null, operational_high_g: end_g?.high ?? null },
    },
    devices: view.devices,
    history: { span_s: view.history_s, power_w: view.history },
    warnings: view.warnings,
    budgets: view.budgets.map(({ limit: { text: limit, measure, value: limit_value, currency }, ...told }) => ({
      ...{ limit, measure, ...told, limit_value, currency },
    })),
  };
}
