// All samples that the spreads of intensities are taken from, out of the traces of ../shared.

import annual from '../../data/grid-annual.json' with { type: 'json' };
import { countryOf } from '../../src/grid/zones.ts';
import type { Corpus, YearPair } from './intensity-fit.ts';
import {
  annualSamples,
  climatologySamples,
  forecastSamples,
  nowcastSamples,
  producerSamples,
  type Sample,
} from './intensity-samples.ts';
import { meanOf, readForecasts, readNowcast, readTraces, readYearly, type Trace } from './intensity-traces.ts';

const HOURS = [1, 6, 24, 168, 720, 2160];
const WEEKS = [1, 2, 3, 4];

/** Reads everything: some seconds. */
export function readCorpus(): Corpus {
  const traces = readTraces();
  const forecasts = readForecasts(traces);
  const nowcasts = traces
    .filter(({ name }) => name === 'GB_NESO-2024')
    .map((trace) => ({ trace, said: readNowcast(trace) }));
  const pairs = pairsOf(traces);
  const each = <T>(items: readonly T[], of: (item: T) => readonly Sample[]) => items.flatMap(of);
  const byHours = (of: (hours: number) => readonly Sample[], hours: readonly number[] = HOURS) =>
    new Map(hours.map((length) => [length, of(length)]));
  return {
    annual: byHours((hours) => each(traces, (trace) => annualSamples(trace, hours))),
    climatology: byHours((hours) => each(traces, (trace) => climatologySamples(trace, hours, 4))),
    fewer: new Map(
      WEEKS.map((weeks) => [
        weeks,
        each(traces, (trace) => [1, 24].flatMap((h) => climatologySamples(trace, h, weeks))),
      ]),
    ),
    forecast: byHours(
      (hours) => each(forecasts, (one) => forecastSamples(one, hours, { from: 0, to: 96 })),
      [1, 6, 24, 48],
    ),
    // Hours said just before they were; of a day also what was said in the night before it.
    estimated: byHours(
      (hours) => [
        ...each(nowcasts, ({ trace, said }) => nowcastSamples(trace, said, hours)),
        ...each(forecasts, (one) =>
          forecastSamples(one, hours, { from: 0, to: hours === 1 ? 3 : 1, quality: 'estimated' }),
        ),
      ],
      [1, 24],
    ),
    producer: byHours((hours) =>
      each(pairs, ([a, b]) => [...producerSamples(a, b, hours), ...producerSamples(b, a, hours)]),
    ),
    ...yearPairs(),
  };
}

/** Zone-years that two producers tell. */
const pairsOf = (traces: readonly Trace[]): [Trace, Trace][] =>
  traces.flatMap((a, i) =>
    traces.slice(i + 1).flatMap((b): [Trace, Trace][] => (a.zone === b.zone && a.from_h === b.from_h ? [[a, b]] : [])),
  );

/** Zone-years with the one before by the same producer; the half-hourly traces of 2020 are another's than those that follow. */
export function followed(traces: readonly Trace[]): { trace: Trace; before_g_per_kwh: number }[] {
  return traces.flatMap((trace) => {
    const own = trace.name.slice(0, -4);
    const before = traces.find(
      ({ name }) => name === `${own}${Number(trace.name.slice(-4)) - 1}` && !/^(DE|GB|FR)-2020/.test(name),
    );
    return before === undefined ? [] : [{ trace, before_g_per_kwh: meanOf(before.g_per_kwh) }];
  });
}

function yearPairs(): Pick<Corpus, 'tables' | 'otherYears' | 'years' | 'parts'> {
  const maps = new Map([2024, 2025].map((year) => [year, readYearly(/^Electricity Maps/, year)]));
  const pair = (zone: string, stated_g_per_kwh: number, truth_g_per_kwh: number | undefined): YearPair[] =>
    truth_g_per_kwh === undefined ? [] : [{ zone, stated_g_per_kwh, truth_g_per_kwh }];
  const ember = readEmber();
  const newest = maps.get(2025)!;
  return {
    tables: ember.flatMap(({ zone, year, g_per_kwh }) => pair(zone, g_per_kwh, maps.get(year)?.get(zone))),
    otherYears: ember.flatMap(({ zone, year, g_per_kwh }) =>
      pair(zone, g_per_kwh, maps.get(year === 2025 ? 2024 : year + 1)?.get(zone)),
    ),
    years: [...maps.get(2024)!].flatMap(([zone, g_per_kwh]) => pair(zone, g_per_kwh, newest.get(zone))),
    parts: [...newest].flatMap(([zone, g_per_kwh]) => {
      const whole = newest.get(countryOf(zone));
      return zone === countryOf(zone) || whole === undefined ? [] : pair(zone, whole, g_per_kwh);
    }),
  };
}

/** The product's own table of countries. */
function readEmber(): { zone: string; year: number; g_per_kwh: number }[] {
  return Object.entries(annual.zones).flatMap(([zone, { from, year, g_per_kwh }]) =>
    from === 'ember' ? [{ zone, year, g_per_kwh }] : [],
  );
}
