// Samples of truth and statement → the numbers of data/intensity-spread.json, and how often the stated interval held.
//
// Percentiles are of logarithms per unit of character, every zone of equal weight. What a forecaster's bias will be is not
// known beforehand, so forecasts, estimates and producers reach as far up as down.

import {
  type ByHours,
  characterIn,
  hoursReach,
  producerReach,
  type SpreadModel,
} from '../../src/emissions/intensity-errors.ts';
import { countryOf } from '../../src/grid/zones.ts';
import type { Sample } from './intensity-samples.ts';

/** Samples by what is stated; each list holds all zones. */
export interface Corpus {
  /** Yearly mean, by hours of the job. */
  readonly annual: ReadonlyMap<number, readonly Sample[]>;
  readonly climatology: ReadonlyMap<number, readonly Sample[]>;
  /** By weeks, of one-hour and one-day jobs. */
  readonly fewer: ReadonlyMap<number, readonly Sample[]>;
  /** By hours, at all leads. */
  readonly forecast: ReadonlyMap<number, readonly Sample[]>;
  readonly estimated: ReadonlyMap<number, readonly Sample[]>;
  readonly producer: ReadonlyMap<number, readonly Sample[]>;
  /** Yearly means of one country and year by two producers. */
  readonly tables: readonly YearPair[];
  /** The same, the second of the year before or after. */
  readonly otherYears: readonly YearPair[];
  /** Yearly means of one zone by one producer in two years that follow. */
  readonly years: readonly YearPair[];
  /** Yearly means of a country and of its parts, by one producer. */
  readonly parts: readonly YearPair[];
}

export interface YearPair {
  readonly zone: string;
  readonly stated_g_per_kwh: number;
  readonly truth_g_per_kwh: number;
}

const FLOOR = 0.02;
const TOLD_FLOOR = 0.25;
const MOST = 1;
/**
 * What moves in a grid of which no hour is known: its load by a sixth of its mean, wind and sun by half of theirs, both filled in by
 * fossil plants of 500 g/kWh, which is the more of the mean the less there is of them.
 */
const TYPICAL = { swing: 1, load_g_per_kwh: 80, varying_g_per_kwh: 250, most: 0.7, untold: 0.4 };
const SCALE = { floor: FLOOR, told_floor: TOLD_FLOOR, most: MOST, typical: TYPICAL };
/** Of zones of which no hour is known the interval is fitted a little wider: the worst of them is not among those seen. */
const NO_HOUR = 0.945;
const LEAD_EDGES_H = [0, 6, 12, 24, 36, 48, 72, 96];

/** The numbers from all samples but those of a zone. */
export function fitted(corpus: Corpus, without: string | null = null): SpreadModel {
  const kept = (samples: readonly Sample[] = []) => samples.filter(({ zone }) => zone !== without);
  const by = (all: ReadonlyMap<number, readonly Sample[]>) =>
    new Map([...all].map(([key, samples]) => [key, kept(samples)] as const));
  const draft: SpreadModel = {
    ...SCALE,
    annual: wholeYear(byHours(by(corpus.annual))),
    climatology: { ...byHours(by(corpus.climatology)), by_weeks: fewerWeeks(by(corpus.fewer)) },
    forecast: forecastOf(by(corpus.forecast)),
    estimated: symmetric(by(corpus.estimated)),
    ...fittedOfYears(corpus, without),
    shared: sharedOf(corpus.annual, without),
  };
  return { ...draft, typical: typical(draft, kept([...corpus.annual.values()].flat())) };
}

/** Median over zone-years of the variance of means over a week, and over a day beyond it, ÷ that of hours. */
function sharedOf(annual: Corpus['annual'], without: string | null): SpreadModel['shared'] {
  const variances = (hours: number) => {
    const values = new Map<string, number[]>();
    for (const { name, zone, truth_g_per_kwh } of annual.get(hours) ?? [])
      if (zone !== without) (values.get(name) ?? values.set(name, []).get(name)!).push(truth_g_per_kwh);
    return [...values].map(([, of]) => variance(of));
  };
  const [hour, day, week] = [1, 24, 168].map(variances) as [number[], number[], number[]];
  const share = (of: readonly number[]) => middle(of.map((one, i) => one / hour[i]!));
  return { week: share(week), day: share(day) - share(week) };
}

/** Those of the numbers that are one draw a zone. */
export function fittedOfYears(corpus: Corpus, without: string | null): Pick<SpreadModel, 'producer' | 'year'> {
  const pairsOf = (pairs: readonly YearPair[]) =>
    pairs.filter(({ zone }) => without === null || countryOf(zone) !== countryOf(without));
  const years = pairsOf(corpus.years).map(({ zone, stated_g_per_kwh, truth_g_per_kwh }) => ({
    ...{ zone, x: Math.log(truth_g_per_kwh / stated_g_per_kwh) },
  }));
  const hours = corpus.producer.get(1)!.filter(({ zone }) => zone !== without);
  return {
    producer: producers(pairsOf(corpus.tables), hours),
    year: { down: -quantile(years, 0.05), up: quantile(years, 0.95) },
  };
}

/** Share of samples whose truth the interval held, by zone-year; and the mean width, relative to what is stated. */
export function coverage(samples: readonly Sample[], reachOf: (sample: Sample) => { down: number; up: number }) {
  const held = new Map<string, { held: number; all: number; width: number }>();
  for (const sample of samples) {
    const { down, up } = reachOf(sample);
    const ratio = sample.truth_g_per_kwh / sample.g_per_kwh;
    const entry = held.get(sample.name) ?? { held: 0, all: 0, width: 0 };
    held.set(sample.name, entry);
    entry.all++;
    entry.width += down + up;
    if (ratio >= 1 - down && ratio <= 1 + up) entry.held++;
  }
  return new Map(
    [...held].map(([name, e]) => [name, { share: e.held / e.all, width: e.width / e.all, starts: e.all }]),
  );
}

/** What the product says of a sample, of hours that the same producer measured or another one did. */
export const statedReach = (sample: Sample, model: SpreadModel) =>
  sample.quality === 'measured' ? producerReach(model) : hoursReach(sample, model);

const away = (truth_g_per_kwh: number, g_per_kwh: number) => Math.abs(Math.log(truth_g_per_kwh / g_per_kwh));

/** ln(truth ÷ stated) per unit of character. */
function scaled(sample: Sample): { zone: string; x: number } {
  const { zone, g_per_kwh, truth_g_per_kwh } = sample;
  return { zone, x: Math.log(truth_g_per_kwh / g_per_kwh) / characterIn(sample, SCALE) };
}

/** Longer jobs are never less sure: what a longer one reaches, a shorter one does too. */
function byHours(samples: ReadonlyMap<number, readonly Sample[]>): ByHours {
  const hours = [...samples.keys()].sort((a, b) => a - b);
  const xs = hours.map((length) => samples.get(length)!.map(scaled));
  return {
    hours,
    down: falling(xs.map((x) => Math.max(0, -quantile(x, 0.05)))),
    up: falling(xs.map((x) => Math.max(0, quantile(x, 0.95)))),
  };
}

/** A job as long as the year is told by its mean exactly. */
const wholeYear = ({ hours, down, up }: ByHours): ByHours => ({
  ...{ hours: [...hours, 8760], down: [...down, 0], up: [...up, 0] },
});

function symmetric(samples: ReadonlyMap<number, readonly Sample[]>) {
  const hours = [...samples.keys()].sort((a, b) => a - b);
  return { hours, reach: falling(hours.map((length) => absolute(samples.get(length)!))) };
}

const absolute = (samples: readonly Sample[]): number =>
  quantile(
    samples.map(scaled).map(({ zone, x }) => ({ zone, x: Math.abs(x) })),
    0.9,
  );

/** How much farther fewer weeks reach than the most. */
function fewerWeeks(samples: ReadonlyMap<number, readonly Sample[]>): number[] {
  const reach = [...samples.keys()].sort((a, b) => a - b).map((weeks) => absolute(samples.get(weeks)!));
  return falling(reach).map((one) => one / reach.at(-1)!);
}

function forecastOf(samples: ReadonlyMap<number, readonly Sample[]>): SpreadModel['forecast'] {
  const hours = [...samples.keys()].sort((a, b) => a - b);
  const bins = LEAD_EDGES_H.slice(1).map((to, i) => ({ from: LEAD_EDGES_H[i]!, to }));
  const reachOf = (length: number) =>
    bins.map(({ from, to }) => absolute(samples.get(length)!.filter(({ lead_h }) => lead_h! >= from && lead_h! < to)));
  const shortest = reachOf(hours[0]!);
  const longer = hours.map((length) => {
    const ratios = reachOf(length).flatMap((one, i) => (Number.isFinite(one) ? [one / shortest[i]!] : []));
    return ratios.reduce((s, ratio) => s + ratio, 0) / ratios.length;
  });
  return {
    lead_h: bins.map(({ from, to }) => (from + to) / 2),
    reach: rising(shortest),
    hours,
    longer: falling(longer),
  };
}

/** A producer's method is one draw a zone: of most of them yearly means alone tell it, of some their hours. */
function producers(tables: readonly YearPair[], hours: readonly Sample[]): number {
  const told = tables.map(({ zone, stated_g_per_kwh: g, truth_g_per_kwh }) => ({ zone, x: away(truth_g_per_kwh, g) }));
  const grids = hours.map(({ zone, g_per_kwh: g, truth_g_per_kwh: truth }) => ({
    ...{ zone: `${zone} by hours`, x: away(truth, g) },
  }));
  return quantile([...told, ...grids], 0.9);
}

/** The swing with which the interval of a zone of which no hour is known holds NO_HOUR of all starts. */
function typical(draft: SpreadModel, annual: readonly Sample[]): SpreadModel['typical'] {
  const samples = annual
    .filter(({ hours }) => hours === 1 || hours === 24)
    .map((sample) => ({ ...sample, name: sample.zone, known: null }));
  let [low, high] = [0.01, 2];
  for (let i = 0; i < 12; i++) {
    const swing = (low + high) / 2;
    const model = { ...draft, typical: { ...TYPICAL, swing } };
    const zones = [...coverage(samples, (sample) => hoursReach(sample, model)).values()];
    if (zones.reduce((s, zone) => s + zone.share, 0) / zones.length < NO_HOUR) low = swing;
    else high = swing;
  }
  return { ...TYPICAL, swing: high };
}

/** The q-quantile of values, every zone of equal weight; NaN of none. */
export function quantile(values: readonly { readonly zone: string; readonly x: number }[], q: number): number {
  const counts = new Map<string, number>();
  for (const { zone } of values) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  const sorted = values.toSorted((a, b) => a.x - b.x);
  let sum = 0;
  for (const { zone, x } of sorted) {
    sum += 1 / counts.get(zone)! / counts.size;
    if (sum >= q) return x;
  }
  return sorted.at(-1)?.x ?? Number.NaN;
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((s, x) => s + x, 0) / values.length;
  return values.reduce((s, x) => s + (x - mean) ** 2, 0) / values.length;
}
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const falling = (values: readonly number[]): number[] => values.map((_, i) => Math.max(...values.slice(i)));
const rising = (values: readonly number[]): number[] => values.map((_, i) => Math.max(...values.slice(0, i + 1)));
