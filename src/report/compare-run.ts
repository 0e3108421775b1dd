// One run as it is compared: figures with causes whose ids tell apart what runs do not share, its steps, its metrics along
// the energy used, and what it was run with.
//
// In an account of one run "the sensor of GPUs" is one cause; between runs it may be another (compare-causes.ts).

import { exactly, type Figure, isKnown, over, scaled, unknown, withBounds } from '../core/figure.ts';
import { spread } from '../emissions/operational.ts';
import { type Crossing, type MetricPoint, reachedAt, type Target } from '../emissions/to-target.ts';
import { type Accounted, accountOf, type ReportInput } from './build.ts';
import { causesOf, renamed, TARGET } from './compare-causes.ts';
import { settingsIn } from './compare-settings.ts';
import { unionOf } from './devices.ts';
import { type Span, stepParts } from './rows.ts';
import type { StepPart } from './step-energy.ts';
import { timeline } from './timeline.ts';

export interface ComparedRun {
  readonly account: Accounted;
  /** By the names of FIGURES (compare-figures.ts), with causes that tell apart what runs do not share. */
  readonly figures: Readonly<Record<string, Figure>>;
  /** The same with the causes of the run's report: their intervals are those that it tells. */
  readonly asReported: Readonly<Record<string, Figure>>;
  /** gCO2e of IT energy alone. */
  readonly itGrams: Figure;
  readonly parts: readonly StepPart[];
  readonly loss: readonly MetricPoint[];
  /** The last logged value of the metric that tells quality, or the tag's; null where neither is there. */
  readonly quality: number | null;
  /** Names of the metrics of its log, and of its tags that are numbers. */
  readonly metrics: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  /** What it was run with, by name. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface CompareWishes {
  readonly target: Target | null;
  readonly quality: string | null;
}

/** Throws as accountOf. */
export function comparedRun(input: ReportInput, { target, quality }: CompareWishes): ComparedRun {
  const account = accountOf({ ...input, brief: true }); // hindsight is of a run, not of a comparison
  const { span } = account;
  const toTarget: Record<string, Figure> = target === null ? {} : targetFigures(input, account, target);
  const rename = causesOf(account);
  const asReported = { ...plainFigures(account), ...toTarget };
  return {
    account,
    figures: Object.fromEntries(Object.entries(asReported).map(([name, figure]) => [name, renamed(figure, rename)])),
    asReported,
    itGrams: renamed(account.further.it_g, rename),
    parts: stepParts(input, span),
    loss: metricPoints(input, span, 'loss'),
    quality: quality === null ? null : qualityOf(input, quality),
    metrics: metricsOf(input),
    numbers: new Set(Object.keys(input.run.tags).filter((name) => taggedAs(input, name) !== null)),
    settings: settingsIn(input, account.report),
  };
}

function plainFigures({ report, figures, further }: Accounted): Record<string, Figure> {
  const { it_j, operational_g } = figures;
  const { tokens, steps, samples, epochs } = report.work;
  const per = (figure: Figure, count: number | null, what: string, factor = 1) =>
    count === null || count <= 0
      ? unknown(`no ${what} were seen in the log`)
      : scaled(over(figure, exactly(count)), factor);
  return {
    ...figures,
    ...{ market_g: further.market_g, marginal_g: further.marginal_g, water_l: further.water_l },
    duration_s: exactly(report.run.duration_s),
    j_per_token: per(it_j, tokens, 'tokens'),
    j_per_step: per(it_j, steps, 'steps'),
    j_per_sample: per(it_j, samples, 'samples'),
    j_per_epoch: per(it_j, epochs, 'epochs'),
    g_per_million_tokens: per(operational_g, tokens, 'tokens', 1e6),
    g_per_epoch: per(operational_g, epochs, 'epochs'),
    l_per_million_tokens: per(further.water_l, tokens, 'tokens', 1e6),
  };
}

/** Parts of the run's own figures, so that their causes are its causes; a wide step between logged points is one more. */
function targetFigures(
  input: ReportInput,
  { figures, span }: Accounted,
  target: Target,
): Record<'target_j' | 'target_g' | 'target_s', Figure> {
  const points = metricPoints(input, span, target.metric);
  const found = reachedAt(points, target, span.from);
  if (found.at_ms === null) {
    const none = unknown(found.why);
    return { target_j: none, target_g: none, target_s: none };
  }
  const { all_j, all_g } = allOf(points);
  const share = (whole: Figure, { value, low, high }: Crossing, all: number): Figure => {
    if (!isKnown(whole) || !(all > 0)) return isKnown(whole) ? unknown('no energy is known') : whole;
    const by = whole.value / all;
    return withBounds(scaled(whole, value / all), TARGET, (low - value) * by, (high - value) * by);
  };
  const { at_ms, energy_j, emissions_g } = found;
  // Time between the segments of a run that was resumed is none of it.
  const [low_s, value_s, high_s] = [at_ms.low, at_ms.value, at_ms.high].map(
    (until_ms) => unionOf(input.writers, input, until_ms) / 1000,
  ) as [number, number, number];
  return {
    target_j: share(figures.it_j, energy_j, all_j),
    target_g:
      emissions_g === null ? unknown('the intensity is not known') : share(figures.operational_g, emissions_g, all_g),
    target_s: withBounds(exactly(value_s), TARGET, low_s - value_s, high_s - value_s),
  };
}

const allOf = (points: readonly Measured[]) => ({ all_j: points[0]?.all_j ?? 0, all_g: points[0]?.all_g ?? 0 });

/** A point, and what the whole run used and emitted. */
interface Measured extends MetricPoint {
  readonly all_j: number;
  readonly all_g: number;
}

/** A metric of the log along what the run had used up by then; `loss` is that of training. */
function metricPoints(input: ReportInput, span: Span, metric: string): Measured[] {
  const told = input.steps
    .flatMap((step) => {
      const value = step.metrics[metric] ?? (metric === lossNameOf(step.phase) ? step.loss : null);
      return value === null ? [] : [{ at_ms: step.at_ms, step: step.step, value }];
    })
    .sort((a, b) => a.at_ms - b.at_ms);
  if (told.length === 0 || input.energy.charged.energy_j.length === 0) return [];
  const inside = told.map(({ at_ms }) => at_ms).filter((at_ms) => at_ms > span.from && at_ms < span.to);
  const edges = [...new Set([span.from, ...inside, span.to])];
  const used = new Map<number, { j: number; g: number }>([[span.from, { j: 0, g: 0 }]]);
  const all = { j: 0, g: 0 };
  const within = (at_ms: number) => Math.min(Math.max(at_ms, span.from), span.to);
  for (const { to_ms, energy_j, emissions_g } of spread(timeline(input), edges, input.chain)) {
    all.j += energy_j;
    all.g += emissions_g;
    used.set(to_ms, { ...all });
  }
  return told.map(({ at_ms, step, value }) => {
    const { j, g } = used.get(within(at_ms))!;
    const emissions_g = input.chain.length > 0 ? g : null;
    return { at_ms: within(at_ms), step, value, energy_j: j, emissions_g, all_j: all.j, all_g: all.g };
  });
}

const lossNameOf = (phase: string | null): string => (phase === null || phase === 'train' ? 'loss' : `${phase}_loss`);

function qualityOf(input: ReportInput, name: string): number | null {
  const logged = input.steps
    .filter((step) => step.metrics[name] !== undefined || (name === lossNameOf(step.phase) && step.loss !== null))
    .reduce<ReportInput['steps'][number] | null>((a, b) => (a === null || b.at_ms >= a.at_ms ? b : a), null);
  return logged === null ? taggedAs(input, name) : (logged.metrics[name] ?? logged.loss);
}

/** A tag that is a number. */
function taggedAs({ run }: ReportInput, name: string): number | null {
  const said = run.tags[name];
  const tag = said === undefined || said.trim() === '' ? Number.NaN : Number(said);
  return Number.isFinite(tag) ? tag : null;
}

function metricsOf({ steps }: ReportInput): Set<string> {
  const names = new Set<string>();
  for (const { metrics, loss, phase } of steps) {
    for (const name of Object.keys(metrics)) names.add(name);
    if (loss !== null) names.add(lossNameOf(phase));
  }
  return names;
}
