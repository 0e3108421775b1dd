// The report of a run → one repeat: what gates and baselines compare of it, by what it was measured, and whether it may be used.
//
// A repeat that was disturbed is left out with the reason: what others did to the machine is no change of the program.

import type { FigureJson } from '../core/figure.ts';
import type { ReportJson } from './model.ts';

/** What can be compared; less is better of all of them. Energies in J, emissions in gCO2e, durations in s. */
export const METRICS = [
  ...(['j_per_token', 'j_per_step', 'j_per_sample', 'it_j', 'job_j', 'facility_j'] as const),
  ...(['g_per_million_tokens', 'g_per_epoch', 'operational_g', 'l_per_million_tokens', 'duration_s'] as const),
] as const;
export type Metric = (typeof METRICS)[number];

/** Those that the grid's intensity is a factor of. */
export const OF_THE_GRID: readonly Metric[] = ['g_per_million_tokens', 'g_per_epoch', 'operational_g'];
/** Those that grow with the work done. */
export const OF_THE_WORK: readonly Metric[] = ['it_j', 'job_j', 'facility_j', 'operational_g', 'duration_s'];

/** What a repeat tells beside its metrics: the grid's mean intensity, g/kWh, the work done, and when it began, epoch ms. */
export const FACTS = ['intensity_g_per_kwh', 'steps', 'tokens', 'samples', 'started_at_ms'] as const;
export type Column = Metric | (typeof FACTS)[number];
export const COLUMNS: readonly Column[] = [...METRICS, ...FACTS];

/** By what it was measured: repeats are compared where these are the same. */
export interface Measured {
  /** The charged devices of one kind, name and source, sorted. */
  readonly hardware: readonly {
    readonly kind: string;
    readonly name: string;
    readonly source: string;
    readonly count: number;
  }[];
  /** Null where no intensity is known. */
  readonly intensity: { readonly kind: string; readonly scope: string } | null;
  readonly pue_known: boolean;
}

type RepeatValues = Readonly<Record<Column, number | null> & { started_at_ms: number }>;

export interface Repeat {
  readonly run: string;
  readonly values: RepeatValues;
  /** Why a value is null, of those that have a reason. */
  readonly whys: Readonly<Partial<Record<Column, string>>>;
  readonly measured: Measured;
  /** Of the machine's time, what others took, 0..1; 0 where that was not seen. */
  readonly others_share: number;
  /** Why it is to be left out; null: it is fit. */
  readonly unfit: string | null;
}

/** Of the machine's time; more than that taken by others disturbs a repeat. Our choice: twice the usual limit of an increase. */
export const MOST_OTHERS = 0.1;
/** Less of a run's time observed than that, and gaps may be larger than what is looked for. */
const LEAST_COVERAGE = 0.99;

/** `most_others` is the share of the machine that others may take, 0..1. */
export function repeatOf(report: ReportJson, most_others = MOST_OTHERS): Repeat {
  const { run, energy, emissions, per, work } = report;
  const { j_per_token, j_per_step, j_per_sample, g_per_million_tokens, g_per_epoch, l_per_million_tokens } = per;
  const figures = {
    ...{ j_per_token, j_per_step, j_per_sample, g_per_million_tokens, g_per_epoch, l_per_million_tokens },
    ...{ it_j: energy.it_j, facility_j: energy.facility_j, operational_g: emissions.operational_g },
  };
  const told = Object.entries(figures) as [keyof typeof figures, FigureJson][];
  const values: RepeatValues = {
    ...(Object.fromEntries(told.map(([name, { value }]) => [name, positive(value)])) as Record<
      keyof typeof figures,
      number | null
    >),
    ...{ job_j: positive(jobOf(report)), duration_s: positive(run.duration_s) },
    ...{ intensity_g_per_kwh: positive(emissions.intensity.mean_g_per_kwh) },
    ...{ steps: positive(work.steps), tokens: positive(work.tokens), samples: positive(work.samples) },
    started_at_ms: run.started_at_ms,
  };
  const whys = Object.fromEntries(
    told.flatMap(([name, figure]) => (figure.value === null ? [[name, figure.why]] : [])),
  );
  const others_share = othersOf(energy);
  const unfit = unfitness(report) ?? (others_share > most_others ? othersWords(others_share) : null);
  return { run: run.id, values, whys, measured: measuredOf(report), others_share, unfit };
}

/** Seven digits, as a baseline keeps them: no meter has more, and what is only rounded is no change. Null of what is not above 0. */
const positive = (value: number | null): number | null =>
  value !== null && value > 0 ? Number(value.toPrecision(7)) : null;

/** J of processors and GPUs that were the run's own, where their users were seen. */
function jobOf({ energy }: ReportJson): number | null {
  const own = energy.devices.flatMap(({ charged, attribution }) =>
    charged && attribution ? [attribution.job_j.value] : [],
  );
  if (own.length === 0 || own.some((joules) => joules === null)) return null;
  return own.reduce<number>((s, joules) => s + joules!, 0);
}

function measuredOf({ energy, emissions }: ReportJson): Measured {
  const counts = new Map<string, number>();
  for (const { kind, name, source } of energy.devices.filter(({ charged }) => charged)) {
    const key = JSON.stringify({ kind, name, source });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const part = emissions.intensity.parts[0];
  return {
    hardware: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => ({ ...JSON.parse(key), count })),
    intensity: part === undefined ? null : { kind: part.kind, scope: part.scope },
    pue_known: energy.pue.value !== null,
  };
}

const STATES: Readonly<Record<string, string>> = {
  ...{ failed: 'it failed', stopped: 'it was stopped by a budget', interrupted: 'it was interrupted' },
  running: 'it is still running',
};

function unfitness({ run, energy }: ReportJson): string | null {
  if (run.state !== 'finished') return STATES[run.state] ?? `it is ${run.state}`;
  if (energy.it_j.value === null) return `its energy is not known: ${energy.it_j.why}`;
  if (energy.coverage < LEAST_COVERAGE) return `only ${(100 * energy.coverage).toFixed(1)} % of it was observed`;
  return null;
}

export const othersWords = (share: number): string =>
  `others took ${(100 * share).toFixed(0)} % of the machine meanwhile`;

/** The largest share of a charged device's time that others took, 0..1; 0 where its users were not seen. */
function othersOf({ devices }: ReportJson['energy']): number {
  const shares = devices.map(({ charged, attribution, utilisation }) => {
    if (!charged || attribution === null) return 0;
    const { job_cpu_s, busy_cpu_s, idle_cpu_s, job_share } = attribution;
    if (job_cpu_s !== null && busy_cpu_s !== null && idle_cpu_s !== null)
      return busy_cpu_s > 0 ? Math.max(0, busy_cpu_s - job_cpu_s) / (busy_cpu_s + idle_cpu_s) : 0;
    return job_share === null ? 0 : (1 - job_share) * (utilisation ?? 0);
  });
  return Math.max(0, ...shares);
}

/** How two ways of measuring differ, in words; `grid` where the metric depends on the intensity. Empty: they are the same. */
export function differences(a: Measured, b: Measured, grid: boolean): string[] {
  const out: string[] = [];
  const kinds = ({ hardware }: Measured) =>
    [...new Set(hardware.map(({ kind }) => kind))].sort().join(' + ') || 'nothing';
  const [from, to] = [kinds(a), kinds(b)];
  if (from !== to) out.push(`boundary: ${from} in the baseline, ${to} here`);
  else {
    const meters = ({ hardware }: Measured) => listed(hardware.map(({ kind, source }) => `${kind} by ${source}`));
    if (meters(a) !== meters(b)) out.push(`meter: ${meters(a)} in the baseline, ${meters(b)} here`);
    const devices = ({ hardware }: Measured) =>
      listed(hardware.map(({ kind, name, count }) => `${count} × ${name || kind}`));
    if (devices(a) !== devices(b)) out.push(`hardware: ${devices(a)} in the baseline, ${devices(b)} here`);
  }
  if (!grid) return out;
  const intensity = (one: Measured['intensity']) => (one === null ? 'none known' : `${one.kind} ${one.scope}`);
  if (intensity(a.intensity) !== intensity(b.intensity))
    out.push(`intensity: ${intensity(a.intensity)} in the baseline, ${intensity(b.intensity)} here`);
  if (a.pue_known !== b.pue_known)
    out.push(
      `PUE: ${a.pue_known ? 'known' : 'not known'} in the baseline, ${b.pue_known ? 'known' : 'not known'} here`,
    );
  return out;
}

const listed = (words: readonly string[]): string => [...new Set(words)].sort().join(', ');
