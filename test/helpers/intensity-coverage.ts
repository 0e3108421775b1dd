// How often the stated 90 % interval of an intensity holds the truth on grids that its numbers were not taken from: for each
// zone they are fitted on all others.

import { intensityFactors, type SpreadModel, yearReach } from '../../src/emissions/intensity-errors.ts';
import { annualIntensity } from '../../src/grid/annual.ts';
import { followed } from './intensity-corpus.ts';
import { type Corpus, coverage, fitted, statedReach } from './intensity-fit.ts';
import { annualSamples, climatologySamples, type Sample } from './intensity-samples.ts';
import type { Trace } from './intensity-traces.ts';

export interface Row {
  readonly what: string;
  readonly hours: number;
  readonly starts: number;
  /** Share of starts held, every zone of equal weight. */
  readonly pooled: number;
  /** Zone-years, the worst first. */
  readonly zones: readonly { readonly name: string; readonly share: number }[];
  /** (high − low) ÷ stated, on average. */
  readonly width: number;
}

type ReachOf = (sample: Sample, model: SpreadModel) => { down: number; up: number };

/** One row for each stand-in and length of job. */
export function coverageRows(corpus: Corpus, traces: readonly Trace[]): Row[] {
  const models = new Map<string, SpreadModel>();
  const modelOf = (zone: string) => {
    const model = models.get(zone) ?? fitted(corpus, zone);
    models.set(zone, model);
    return model;
  };
  const row = (what: string, hours: number, samples: readonly Sample[], reachOf: ReachOf = statedReach): Row => {
    const zoneOf = new Map(samples.map(({ name, zone }) => [name, zone]));
    const zones = [...coverage(samples, (sample) => reachOf(sample, modelOf(sample.zone)))];
    const mean = (of: (one: (typeof zones)[number][1]) => number) => {
      const byZone = new Map<string, number[]>();
      for (const [name, one] of zones)
        byZone.set(zoneOf.get(name)!, [...(byZone.get(zoneOf.get(name)!) ?? []), of(one)]);
      return average([...byZone.values()].map(average));
    };
    return {
      ...{ what, hours, starts: zones.reduce((s, [, { starts }]) => s + starts, 0) },
      ...{ pooled: mean(({ share }) => share), width: mean(({ width }) => width) },
      zones: zones.map(([name, { share }]) => ({ name, share })).sort((a, b) => a.share - b.share),
    };
  };
  const unknown = (samples: readonly Sample[]) => samples.map((sample) => ({ ...sample, known: null }));
  return [1, 24].flatMap((hours) => {
    const forecast = corpus.forecast.get(hours)!;
    const lead = (from: number, to: number) => forecast.filter(({ lead_h }) => lead_h! >= from && lead_h! < to);
    const later = followed(traces).flatMap(({ trace, before_g_per_kwh }) =>
      annualSamples(trace, hours, before_g_per_kwh),
    );
    return [
      row('measured, by another producer', hours, corpus.producer.get(hours)!),
      row('estimated', hours, corpus.estimated.get(hours)!),
      row('forecast, up to a day ahead', hours, lead(0, 24)),
      row('forecast, the second day', hours, lead(24, 48)),
      row('forecast, the third and fourth', hours, lead(48, 97)),
      row('climatology of 4 weeks', hours, corpus.climatology.get(hours)!),
      row(
        'climatology of 1 week',
        hours,
        traces.flatMap((trace) => climatologySamples(trace, hours, 1)),
      ),
      row('annual, four weeks of the zone known', hours, corpus.annual.get(hours)!),
      row('annual, nothing else known', hours, unknown(corpus.annual.get(hours)!)),
      row('annual of the year before, four weeks known', hours, later, anotherYear),
      row('annual of the year before, nothing else known', hours, unknown(later), anotherYear),
      row('annual of our table of countries, years later', hours, unknown(countrySamples(traces, hours)), asAccounted),
    ];
  });
}

/** As a figure adds causes up: in quadrature, each side for itself. */
const anotherYear: ReachOf = (sample, model) => {
  const [hours, year] = [statedReach(sample, model), yearReach(1, model)];
  return { down: Math.min(1, Math.hypot(hours.down, year.down)), up: Math.hypot(hours.up, year.up) };
};

/** Under the mean of the zone, else of its country, that the product ships: of another year and by another producer. */
const countrySamples = (traces: readonly Trace[], hours: number): Sample[] =>
  traces.flatMap((trace) => {
    const { scope, g_per_kwh } = annualIntensity(trace.zone);
    return scope === 'lifecycle' && !trace.name.startsWith('GB_NESO') ? annualSamples(trace, hours, g_per_kwh[0]) : [];
  });

/** All causes that an account by that mean has, in quadrature; the zone left out counts little among the numbers shipped. */
const asAccounted: ReachOf = ({ zone, name, g_per_kwh, hours }) => {
  const from_ms = Date.UTC(Number(name.slice(-4)), 6, 1);
  const part = { series: annualIntensity(zone), g_per_kwh, hours };
  const factors = intensityFactors(part, { from_ms, to_ms: from_ms + hours * 3_600_000 });
  return {
    down: Math.min(1, Math.hypot(...factors.map(({ down }) => down))),
    up: Math.hypot(...factors.map(({ up }) => up)),
  };
};

const average = (values: readonly number[]): number => values.reduce((s, x) => s + x, 0) / values.length;
