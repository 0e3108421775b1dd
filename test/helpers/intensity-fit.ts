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
  /** Yearly means of one zone and year by two producers. */
  readonly tables: readonly YearPair[];
  /** Yearly means of one zone by one producer in two years that follow. */
  readonly years: readonly YearPair[];
}

export interface YearPair {
  readonly zone: string;
  readonly stated_g_per_kwh: number;
  readonly truth_g_per_kwh: number;
}

const FLOOR = 0.02;
const TOLD_FLOOR = 0.25;
const MOST = 1;
const FALL_G_PER_KWH = 500;
const SCALE = {
  ...{ floor: FLOOR, told_floor: TOLD_FLOOR, most: MOST },
  typical: { at_zero: 0.5, fall_g_per_kwh: FALL_G_PER_KWH },
};
/** Of zones of which only the level is known the interval is fitted a little wider: the worst of them is not among those seen. */
const LEVEL_ONLY = 0.948;
const LEAD_EDGES_H = [0, 6, 12, 24, 36, 48, 72, 96];
/** 95th percentile of Student's t by degrees of freedom, from the first on. */
const STUDENT = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812];

/** The numbers from all samples but those of a zone. */
export function fitted(corpus: Corpus, without: string | null = null): SpreadModel {
  const kept = (samples: readonly Sample[] = []) => samples.filter(({ zone }) => zone !== without);
  const by = (all: ReadonlyMap<number, readonly Sample[]>) =>
    new Map([...all].map(([key, samples]) => [key, kept(samples)] as const));
  const half = (pairs: readonly YearPair[]) =>
    pairs
      .filter(({ zone }) => zone.split('-')[0] !== without?.split('-')[0])
      .map((pair) => ({ ...pair, x: lnOf(pair) }));
  const years = half(corpus.years);
  const draft: SpreadModel = {
    ...SCALE,
    annual: wholeYear(byHours(by(corpus.annual))),
    climatology: { ...byHours(by(corpus.climatology)), by_weeks: fewerWeeks(by(corpus.fewer)) },
    forecast: forecastOf(by(corpus.forecast)),
    estimated: symmetric(by(corpus.estimated)),
    producer: {
      ...producers(by(corpus.producer)),
      table: quantile(
        half(corpus.tables).map(({ zone, x }) => ({ zone, x: Math.abs(x) })),
        0.9,
      ),
    },
    year: { down: -quantile(years, 0.05), up: quantile(years, 0.95) },
  };
  return { ...draft, typical: typical(draft, kept([...corpus.annual.values()].flat())) };
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
  sample.quality === 'measured' ? producerReach(sample, model) : hoursReach(sample, model);

const lnOf = ({ truth_g_per_kwh, stated_g_per_kwh }: YearPair) => Math.log(truth_g_per_kwh / stated_g_per_kwh);

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

/**
 * Producers' choices are one draw a zone: root mean square over zones × Student's t, since a few zones tell little of the
 * spread of all.
 */
function producers(samples: ReadonlyMap<number, readonly Sample[]>) {
  const hours = [...samples.keys()].sort((a, b) => a - b);
  const reach = hours.map((length) => {
    const squares = new Map<string, number[]>();
    for (const { zone, truth_g_per_kwh, g_per_kwh } of samples.get(length)!)
      squares.set(zone, [...(squares.get(zone) ?? []), Math.log(truth_g_per_kwh / g_per_kwh) ** 2]);
    const zones = [...squares.values()].map((of) => of.reduce((s, x) => s + x, 0) / of.length);
    const deviation = Math.sqrt(zones.reduce((s, x) => s + x, 0) / zones.length);
    return deviation * STUDENT[Math.min(zones.length, STUDENT.length) - 1]!;
  });
  return { hours, reach: falling(reach) };
}

/** The character at level 0 with which the level alone gives LEVEL_ONLY of all starts. */
function typical(draft: SpreadModel, annual: readonly Sample[]): SpreadModel['typical'] {
  const samples = annual
    .filter(({ hours }) => hours === 1 || hours === 24)
    .map((sample) => ({ ...sample, known: null }));
  let [low, high] = [0.01, 2];
  for (let i = 0; i < 12; i++) {
    const at_zero = (low + high) / 2;
    const model = { ...draft, typical: { at_zero, fall_g_per_kwh: FALL_G_PER_KWH } };
    const zones = coverage(
      samples.map((sample) => ({ ...sample, name: sample.zone })),
      (sample) => hoursReach(sample, model),
    );
    const share = [...zones.values()].reduce((s, zone) => s + zone.share, 0) / zones.size;
    if (share < LEVEL_ONLY) low = at_zero;
    else high = at_zero;
  }
  return { at_zero: high, fall_g_per_kwh: FALL_G_PER_KWH };
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

const falling = (values: readonly number[]): number[] => values.map((_, i) => Math.max(...values.slice(i)));
const rising = (values: readonly number[]): number[] => values.map((_, i) => Math.max(...values.slice(0, i + 1)));
