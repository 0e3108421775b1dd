// One run as a line of a list: what it was, and its figures in one row (pure).
//
// A row is told before its figures are worked out: they are unknown then, with that as the reason.

import { exactly, type Figure, type FigureJson, over, toJson } from '../core/figure.ts';
import { isRecord } from '../core/record.ts';
import type { InForceRecord, RunRecord } from '../ledger/records.ts';
import type { ReportInput } from './build.ts';
import { coreOf, currencyOf, type Described, describeRun, perUnit, type Summary } from './core.ts';
import { coverageOf } from './devices.ts';
import type { RunJson } from './model.ts';

export interface RunRowJson extends RunJson {
  readonly it_j: FigureJson;
  readonly operational_g: FigureJson;
  readonly embodied_g: FigureJson;
  readonly total_g: FigureJson;
  readonly cost: FigureJson;
  /** Of the cost; null where no price is known. */
  readonly currency: string | null;
  /** Null where the log tells none, or nobody has counted them yet. */
  readonly tokens: number | null;
  readonly j_per_token: FigureJson;
  readonly g_per_million_tokens: FigureJson;
  /** W, IT energy over the time that the run took. */
  readonly mean_w: FigureJson;
  /** Share 0..1 of its devices' time with a reading behind it. */
  readonly coverage: number | null;
  /** How the worst of the run's budgets stood when they were judged last: within, at-risk, over or unknown; null: it has none. */
  readonly budget: string | null;
}

/** What of a row is a figure. */
export const FIGURES = [
  ...(['it_j', 'operational_g', 'embodied_g', 'total_g', 'cost', 'j_per_token'] as const),
  ...(['g_per_million_tokens', 'mean_w'] as const),
];

export interface RowSummary extends Summary {
  readonly coverage: number;
}

/** Throws as accountOf. */
export function rowSummaryOf(input: ReportInput): RowSummary {
  const { run, figures, basis } = coreOf(input);
  return { run, figures, coverage: coverageOf(basis.devices) };
}

export interface Beside {
  readonly record: RunRecord;
  readonly tokens: number | null;
  readonly in_force: InForceRecord | null;
}

export function rowOf(of: RowSummary, { record, tokens, in_force }: Beside): RunRowJson {
  const { run, figures, coverage } = of;
  const { it_j, operational_g, embodied_g, total_g, cost } = figures;
  return {
    ...run,
    ...{ it_j: toJson(it_j), operational_g: toJson(operational_g), embodied_g: toJson(embodied_g) },
    ...{ total_g: toJson(total_g), cost: toJson(cost), currency: currencyOf(record), tokens },
    j_per_token: perUnit(it_j, tokens, 'tokens'),
    g_per_million_tokens: perUnit(operational_g, tokens, 'tokens', 1e6),
    mean_w: meanOf(it_j, run.duration_s),
    ...{ coverage, budget: standingOf(in_force) },
  };
}

/** A run without its figures; `why` they are not there. */
export function bareRow(
  of: Described,
  { in_force, why }: { readonly in_force: InForceRecord | null; readonly why: string },
): RunRowJson {
  const figures = Object.fromEntries(FIGURES.map((name) => [name, { value: null, why }]));
  return {
    ...describeRun(of),
    ...(figures as Record<(typeof FIGURES)[number], FigureJson>),
    ...{ currency: currencyOf(of.run), tokens: null, coverage: null, budget: standingOf(in_force) },
  };
}

const meanOf = (it_j: Figure, duration_s: number): FigureJson =>
  duration_s > 0 ? toJson(over(it_j, exactly(duration_s))) : { value: null, why: 'the run took no time' };

/** The worst first. */
const STANDINGS = ['over', 'at-risk', 'unknown', 'within'];

/** Of a ledger that may be damaged: what is no standing is none. */
function standingOf(in_force: InForceRecord | null): string | null {
  const told = (in_force?.budgets ?? []).map((one) => (isRecord(one) ? one.standing : null));
  return STANDINGS.find((standing) => told.includes(standing)) ?? null;
}
