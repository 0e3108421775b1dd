// A baseline and the repeats of a candidate → whether the build is to fail, and why (docs/methodology.md#gate).
//
// Emissions are compared at the baseline's intensity unless the emitted ones are asked for: weather is no regression.

import { fault, usage } from '../core/fault.ts';
import { ALARM_LEVEL, type Change, changeOf, DRIFT_OF_MODELS, type Verdict } from '../emissions/regression.ts';
import type { Baseline } from './baseline.ts';
import { signed } from './format.ts';
import {
  differences,
  METRICS,
  type Metric,
  MOST_OTHERS,
  OF_THE_GRID,
  OF_THE_WORK,
  othersWords,
  type Repeat,
} from './samples.ts';

export interface GateWishes {
  /** A share: 0.05. */
  readonly max_increase: number;
  /** Empty: the first that both tell, of METRICS. */
  readonly metrics: readonly Metric[];
  readonly as_emitted: boolean;
  readonly allow_different: boolean;
  /** Whether "cannot tell yet" fails, too. */
  readonly strict: boolean;
}

export interface CheckJson extends Omit<Change, 'baseline' | 'candidate'> {
  readonly metric: Metric;
  readonly max_increase: number;
  /** Geometric mean, number of repeats, and their values. */
  readonly baseline: SideJson;
  readonly candidate: SideJson;
  /** g/kWh at which both are told; null: as emitted, or no matter of the grid. */
  readonly equal_grid_g_per_kwh: number | null;
  readonly reason: string;
}
interface SideJson {
  readonly value: number | null;
  readonly repeats: number;
  readonly values: readonly number[];
}

export interface GateJson {
  readonly schema: 'joulebook/gate/v1';
  /** The worst of the checks. */
  readonly verdict: Verdict;
  readonly failed: boolean;
  readonly baseline: { readonly name: string } & Pick<
    Baseline,
    'commit' | 'dirty' | 'measured_on' | 'joulebook' | 'repeats'
  >;
  readonly candidate: {
    readonly commit: string | null;
    readonly dirty: boolean | null;
    readonly runs: readonly string[];
  };
  readonly checks: readonly CheckJson[];
  /** What was measured otherwise, where that was allowed. */
  readonly different: readonly string[];
  readonly left_out: readonly { readonly run: string; readonly why: string }[];
  readonly warnings: readonly string[];
}

export interface Candidate extends Pick<GateJson['candidate'], 'commit' | 'dirty'> {
  /** Fit and unfit. */
  readonly repeats: readonly Repeat[];
}

/** Worst first. */
const ORDER: readonly Verdict[] = ['regression', 'cannot-tell', 'ok', 'better'];

/**
 * Throws Fault gate-different where the candidate was measured otherwise and that was not allowed, usage where the baseline
 * does not tell a metric.
 */
export function gateOf(
  { name, baseline }: { readonly name: string; readonly baseline: Baseline },
  candidate: Candidate,
  wishes: GateWishes,
): GateJson {
  const fit = candidate.repeats.filter(({ unfit }) => unfit === null);
  const metrics = wishes.metrics.length > 0 ? wishes.metrics : [firstOf(baseline, fit)];
  const different = differing(baseline, fit, metrics);
  if (different.length > 0 && !wishes.allow_different) {
    const hint = 'measure both on like machines, update the baseline there, or give --allow-different';
    throw fault('gate-different', { facts: { problem: different.join('; '), hint } });
  }
  const checks = metrics.map((metric) => checkOf({ metric, name, baseline }, fit, wishes));
  const verdict = ORDER.find((one) => checks.some((check) => check.verdict === one))!;
  const { commit, dirty, measured_on, joulebook, repeats } = baseline;
  return {
    ...{ schema: 'joulebook/gate/v1', verdict },
    failed: verdict === 'regression' || (wishes.strict && verdict === 'cannot-tell'),
    baseline: { name, commit, dirty, measured_on, joulebook, repeats },
    candidate: { commit: candidate.commit, dirty: candidate.dirty, runs: fit.map(({ run }) => run) },
    ...{ checks, different },
    left_out: candidate.repeats.flatMap(({ run, unfit }) => (unfit === null ? [] : [{ run, why: unfit }])),
    warnings: [
      ...different,
      ...(wishes.metrics.length > 0 ? [] : insteadOf(baseline, fit, metrics[0]!)),
      ...metrics.flatMap((metric) => [...silent(baseline, fit, metric), ...otherWork(baseline, fit, metric)]),
      ...busy(fit),
    ],
  };
}

function firstOf(baseline: Baseline, fit: readonly Repeat[]): Metric {
  const told = (metric: Metric) => baseline.samples[metric] !== undefined;
  return (
    METRICS.find((metric) => told(metric) && fit.some(({ values }) => values[metric] !== null)) ??
    METRICS.find(told) ??
    'it_j'
  );
}

/** Where the metric is our choice, what would have been a better one and is told by one side alone. */
function insteadOf(baseline: Baseline, fit: readonly Repeat[], chosen: Metric): string[] {
  if (fit.length === 0) return [];
  const here = (metric: Metric) => fit.some(({ values }) => values[metric] !== null);
  const before = METRICS.slice(0, METRICS.indexOf(chosen));
  const better = before.find((metric) => baseline.samples[metric] !== undefined || here(metric));
  if (better === undefined) return [];
  const why = here(better)
    ? `the baseline does not tell ${better}`
    : `these runs do not tell ${better}: their log was not seen, or has no such count`;
  return [`${chosen} is compared, because ${why}`];
}

function differing(baseline: Baseline, fit: readonly Repeat[], metrics: readonly Metric[]): string[] {
  const grid = metrics.some((metric) => OF_THE_GRID.includes(metric));
  return [...new Set(fit.flatMap(({ measured }) => differences(baseline, measured, grid)))];
}

function checkOf(
  { metric, name, baseline }: { readonly metric: Metric; readonly name: string; readonly baseline: Baseline },
  fit: readonly Repeat[],
  { max_increase, as_emitted }: GateWishes,
): CheckJson {
  const column = baseline.samples[metric];
  if (column === undefined) {
    const told = METRICS.filter((one) => baseline.samples[one] !== undefined).join(', ');
    throw usage(
      `--metric: baseline "${name}" does not tell ${metric}`,
      `it tells ${told || 'nothing'}; update it with runs that tell ${metric}`,
    );
  }
  const grid = as_emitted || !OF_THE_GRID.includes(metric) ? null : gridOf(baseline);
  const intensities = baseline.samples.intensity_g_per_kwh ?? [];
  const from = column.map((value, i) => atGrid(value, intensities[i] ?? null, grid)).filter((value) => value !== null);
  const to = fit
    .map(({ values }) => atGrid(values[metric], values.intensity_g_per_kwh, grid))
    .filter((value) => value !== null);
  const change = changeOf(from, to, max_increase, { most_drift: driftOf(baseline, fit) });
  const side = (value: number | null, values: readonly number[]) => ({ value, repeats: values.length, values });
  return {
    ...{ ...change, metric, max_increase, equal_grid_g_per_kwh: grid },
    ...{ baseline: side(change.baseline, from), candidate: side(change.candidate, to) },
    reason: reasonFor(change, { metric, max_increase, none: fit.length > 0 && to.length === 0, from, to }),
  };
}

/** What a drift of the machine may have done: nothing that we know of, but where models alone tell the energy. */
function driftOf({ hardware, samples }: Baseline, fit: readonly Repeat[]): number {
  const devices = [...hardware, ...fit.flatMap(({ measured }) => measured.hardware)];
  if (!devices.every(({ source }) => source === 'model')) return 0;
  const starts = (samples.started_at_ms ?? []).filter((at_ms) => at_ms !== null);
  return inTurn(
    starts,
    fit.map(({ values }) => values.started_at_ms),
  )
    ? 0
    : DRIFT_OF_MODELS;
}

/** Whether two groups of instants change places as often as the smaller one has members: a drift then meets both alike. */
export function inTurn(a: readonly number[], b: readonly number[]): boolean {
  const all = [...a.map((at_ms) => ({ at_ms, of: a })), ...b.map((at_ms) => ({ at_ms, of: b }))];
  all.sort((x, y) => x.at_ms - y.at_ms);
  const turns = all.filter(({ of }, i) => i > 0 && of !== all[i - 1]!.of).length;
  return a.length > 0 && b.length > 0 && turns >= Math.min(a.length, b.length);
}

/** The mean intensity of the baseline's repeats; null where none is known. */
function gridOf({ samples }: Baseline): number | null {
  const known = (samples.intensity_g_per_kwh ?? []).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((s, x) => s + x, 0) / known.length;
}

const atGrid = (value: number | null, own: number | null, grid: number | null): number | null =>
  value === null || grid === null ? value : own === null ? null : (value / own) * grid;

interface Told {
  readonly metric: Metric;
  readonly max_increase: number;
  /** There are repeats, and none tells the metric. */
  readonly none: boolean;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

function reasonFor(change: Change, { metric, max_increase, none, from, to }: Told): string {
  const { verdict, increase, p } = change;
  if (none) return `cannot tell: no run tells ${metric}`;
  const allowed = percent(max_increase);
  const sizes = `${from.length} + ${to.length} repeats`;
  if (verdict === 'cannot-tell' && p! <= ALARM_LEVEL && increase!.value > max_increase)
    return `cannot tell: ${metric} ${signed(increase!.value)}, ${sizes}, but it is modelled by processor time, and a machine that was slower meanwhile looks the same: measure both in turn, or with a sensor`;
  if (verdict === 'cannot-tell') return `cannot tell yet: ${moreWords(change, { max_increase, sizes })}`;
  const { value, low, high } = increase!;
  const range = low === null || high === null ? '' : ` (90 %: ${signed(low)} to ${signed(high)})`;
  const chance =
    p! <= 0.5 && (verdict === 'regression' || verdict === 'better')
      ? `; by chance alone in ${percent(p!)} of cases`
      : '';
  const told = `${metric} ${signed(value)}${range}${chance}, ${sizes}`;
  if (verdict === 'regression') return `${told}: more than ${allowed} allowed`;
  if (verdict === 'better') return `${told}: less than before`;
  return `${told}: a larger increase than ${allowed} is excluded`;
}

function moreWords(change: Change, { max_increase, sizes }: { max_increase: number; sizes: string }): string {
  const { more_repeats, more_baseline, increase, p } = change;
  const seen =
    increase === null
      ? []
      : [
          signed(increase.value),
          ...(increase.low === null || increase.high === null
            ? []
            : [`90 %: ${signed(increase.low)} to ${signed(increase.high)}`]),
          // Below what is allowed the interval alone decides.
          ...(increase.value > max_increase ? [`by chance alone in ${percent(p!)} of cases`] : []),
        ];
  const told = ` (${[...seen, sizes].join('; ')})`;
  if (more_repeats === null)
    return `the repeats vary too much, more than 200 more would be needed${told}; look for what disturbs them`;
  if (more_repeats > 0 && more_repeats === more_baseline)
    return `${more_repeats} more repeat${more_repeats === 1 ? '' : 's'} of each, here and of the baseline${told}`;
  const base = more_baseline > 0 ? `${more_baseline} more repeat${more_baseline === 1 ? '' : 's'} of the baseline` : '';
  const own = more_repeats > 0 || base === '' ? `${more_repeats} more repeat${more_repeats === 1 ? '' : 's'}` : '';
  return `${[own, base].filter((words) => words !== '').join(' and ')}${told}`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** Of how many runs by name it is told that they do not tell a metric. */
const MOST_SILENT = 5;

/** Repeats that are fit and are left out of a metric all the same: they do not tell it. */
function silent({ samples, repeats }: Baseline, fit: readonly Repeat[], metric: Metric): string[] {
  const known = (samples[metric] ?? []).filter((value) => value !== null).length;
  const here = fit.filter(({ values }) => values[metric] === null);
  const words = here.slice(0, MOST_SILENT).map(({ run, whys }) => {
    const why = whys[metric];
    return `run ${run} does not tell ${metric}${why === undefined ? '' : `: ${why}`}`;
  });
  return [
    ...(known < repeats ? [`of the baseline's ${repeats} repeats ${known} tell ${metric}`] : []),
    ...words,
    ...(here.length > MOST_SILENT ? [`nor do ${here.length - MOST_SILENT} more runs`] : []),
  ];
}

/** Repeats that are taken although others disturbed them. */
function busy(fit: readonly Repeat[]): string[] {
  const most = Math.max(0, ...fit.map(({ others_share }) => others_share));
  return most > MOST_OTHERS ? [`${othersWords(most)}, at most: what they did may look like a change`] : [];
}

/** Energy of another amount of work is no regression: it is said. */
function otherWork({ samples }: Baseline, fit: readonly Repeat[], metric: Metric): string[] {
  if (!OF_THE_WORK.includes(metric)) return [];
  for (const name of ['tokens', 'samples', 'steps'] as const) {
    const [from, to] = [samples[name] ?? [], fit.map(({ values }) => values[name])].map(meanOf);
    if (from == null || to == null) continue;
    if (Math.abs(to / from - 1) < 0.01) return [];
    return [`${metric} is of other work: ${name} ${signed(to / from - 1)}; compare j_per_${name.slice(0, -1)}`];
  }
  return [];
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((s, x) => s + x, 0) / known.length;
}
