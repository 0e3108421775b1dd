// How often the stated 90 % interval of an intensity holds the truth on grids that its numbers were not taken from: for each
// zone they are fitted on all others.
//
// What a producer's method, a year or a country's mean is off by is one draw a zone, however many hours are known of it. Those
// rows count every zone that two producers (years, parts) tell: most of them by yearly means alone, a start each.

import { countryReach } from '../../src/emissions/errors.ts';
import {
  intensityFactors,
  producerReach,
  productReach,
  type SpreadModel,
  yearReach,
} from '../../src/emissions/intensity-errors.ts';
import { annualIntensity } from '../../src/grid/annual.ts';
import { followed } from './intensity-corpus.ts';
import { type Corpus, coverage, fitted, fittedOfYears, statedReach, type YearPair } from './intensity-fit.ts';
import { annualSamples, climatologySamples, type Sample } from './intensity-samples.ts';
import type { Trace } from './intensity-traces.ts';

export interface Row {
  readonly what: string;
  readonly hours: number;
  readonly starts: number;
  /** Share of starts held, every zone of equal weight. */
  readonly pooled: number;
  /** The same of the zones alone whose hours are known. */
  readonly by_hours: number;
  /** Zone-years, and of yearly means the quarters of them by level, the worst first. */
  readonly zones: readonly { readonly name: string; readonly share: number }[];
  /** (high − low) ÷ stated, on average over the zones whose hours are known. */
  readonly width: number;
}

type Sides = { readonly down: number; readonly up: number };
type ModelOfYears = ReturnType<typeof fittedOfYears>;
type ReachOf = (sample: Sample, model: SpreadModel) => Sides;
/** Zones of which yearly means alone tell what was and what is stated, a draw each. */
interface Draws {
  readonly pairs: readonly YearPair[];
  readonly reachOf: (pair: YearPair, model: ModelOfYears) => Sides;
}

/** One row for each stand-in and length of job. */
export function coverageRows(corpus: Corpus, traces: readonly Trace[]): Row[] {
  const models = new Map<string, SpreadModel>();
  const modelOf = (zone: string) => {
    const model = models.get(zone) ?? fitted(corpus, zone);
    models.set(zone, model);
    return model;
  };
  const row = (
    what: string,
    samples: readonly Sample[],
    { reachOf = statedReach, draws }: { reachOf?: ReachOf; draws?: Draws } = {},
  ): Row => {
    const zoneOf = new Map(samples.map(({ name, zone }) => [name, zone]));
    const zones = [...coverage(samples, (sample) => reachOf(sample, modelOf(sample.zone)))];
    const ofZones = (of: (one: (typeof zones)[number][1]) => number) =>
      [...new Set(zoneOf.values())].map((zone) =>
        average(zones.flatMap(([name, one]) => (zoneOf.get(name) === zone ? [of(one)] : []))),
      );
    const shares = ofZones(({ share }) => share);
    const drawn = draws === undefined ? [] : heldOf(draws, (zone) => fittedOfYears(corpus, zone));
    return {
      ...{ what, hours: samples[0]!.hours, by_hours: average(shares), width: average(ofZones(({ width }) => width)) },
      starts: zones.reduce((s, [, { starts }]) => s + starts, 0) + drawn.length,
      pooled: average([...shares, ...drawn.map(({ held }) => Number(held))]),
      zones: [...zones.map(([name, { share }]) => ({ name, share })), ...quarters(drawn)].sort(
        (a, b) => a.share - b.share,
      ),
    };
  };
  const unknown = (samples: readonly Sample[]) => samples.map((sample) => ({ ...sample, known: null }));
  return [1, 24].flatMap((hours) => {
    const forecast = corpus.forecast.get(hours)!;
    const lead = (from: number, to: number) => forecast.filter(({ lead_h }) => lead_h! >= from && lead_h! < to);
    const later = followed(traces).flatMap(({ trace, before_g_per_kwh }) =>
      annualSamples(trace, hours, before_g_per_kwh),
    );
    const table = ofOurTable(traces, hours);
    return [
      row('measured, by another producer', corpus.producer.get(hours)!, { draws: methods(corpus) }),
      row('estimated', corpus.estimated.get(hours)!),
      row('forecast, up to a day ahead', lead(0, 24)),
      row('forecast, the second day', lead(24, 48)),
      row('forecast, the third and fourth', lead(48, 97)),
      row('climatology of 4 weeks', corpus.climatology.get(hours)!),
      row(
        'climatology of 1 week',
        traces.flatMap((trace) => climatologySamples(trace, hours, 1)),
      ),
      row('annual, four weeks of the zone known', corpus.annual.get(hours)!),
      row('annual, level and mix alone known', unknown(corpus.annual.get(hours)!)),
      row('annual of the year before, four weeks known', later, { reachOf: anotherYear }),
      row('annual of the year before, level and mix alone', unknown(later), { reachOf: anotherYear }),
      row('our table of countries, of other years', table.whole, { reachOf: asAccounted, draws: tableDraws(corpus) }),
      row("a country's mean for its part", table.parts, { reachOf: asAccounted, draws: partDraws(corpus) }),
    ];
  });
}

/** Two producers of one year. */
const methods = ({ tables }: Corpus): Draws => ({ pairs: tables, reachOf: (_, model) => producerReach(model) });

const tableDraws = ({ otherYears }: Corpus): Draws => ({
  pairs: otherYears,
  reachOf: (_, model) => productReach([producerReach(model), yearReach(1, model)]),
});

/** Parts of the US have means of their own in the product. */
const partDraws = ({ parts }: Corpus): Draws => ({
  pairs: parts.filter(({ zone }) => !zone.startsWith('US-')),
  reachOf: ({ zone }) => countryReach(zone),
});

function heldOf({ pairs, reachOf }: Draws, modelOf: (zone: string) => ModelOfYears) {
  return pairs.map((pair) => {
    const { down, up } = reachOf(pair, modelOf(pair.zone));
    const ratio = pair.truth_g_per_kwh / pair.stated_g_per_kwh;
    return { ...pair, held: ratio >= 1 - down && ratio <= 1 + up };
  });
}

function quarters(drawn: ReturnType<typeof heldOf>): Row['zones'] {
  const sorted = drawn.toSorted((a, b) => a.stated_g_per_kwh - b.stated_g_per_kwh);
  const edges = [0, 1, 2, 3, 4].map((i) => Math.round((i * sorted.length) / 4));
  return sorted.length === 0
    ? []
    : [0, 1, 2, 3].map((i) => {
        const some = sorted.slice(edges[i], edges[i + 1]);
        const name = `years at ${Math.round(some[0]!.stated_g_per_kwh)}–${Math.round(some.at(-1)!.stated_g_per_kwh)} g/kWh`;
        return { name, share: average(some.map(({ held }) => Number(held))) };
      });
}

const anotherYear: ReachOf = (sample, model) => productReach([statedReach(sample, model), yearReach(1, model)]);

/** Under the mean that the product ships, of another year and by another producer: of the zone, and of the country for its part. */
function ofOurTable(traces: readonly Trace[], hours: number): Record<'whole' | 'parts', Sample[]> {
  const samples = (part: boolean) =>
    traces.flatMap((trace) => {
      const { scope, g_per_kwh, mean_of } = annualIntensity(trace.zone);
      const wanted = scope === 'lifecycle' && !trace.name.startsWith('GB_NESO') && (mean_of !== undefined) === part;
      return wanted
        ? annualSamples(trace, hours, g_per_kwh[0]).map((sample): Sample => ({ ...sample, known: null }))
        : [];
    });
  return { whole: samples(false), parts: samples(true) };
}

/** All causes that an account by that mean has, in quadrature as a figure adds them; the zone left out counts little among the numbers shipped. */
const asAccounted: ReachOf = ({ zone, name, g_per_kwh, hours }) => {
  const from_ms = Date.UTC(Number(name.slice(-4)), 6, 1);
  const part = { series: annualIntensity(zone), g_per_kwh, hours };
  const factors = intensityFactors(part, { from_ms, to_ms: from_ms + hours * 3_600_000 });
  return { down: Math.hypot(...factors.map(({ down }) => down)), up: Math.hypot(...factors.map(({ up }) => up)) };
};

const average = (values: readonly number[]): number => values.reduce((s, x) => s + x, 0) / values.length;
