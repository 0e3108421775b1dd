// What was, over what would have been stated, at many starts of real grids: for each stand-in of the fallback chain.

import type { Stated } from '../../src/emissions/intensity-errors.ts';
import type { Character } from '../../src/grid/series.ts';
import { windAndSun } from '../../src/grid/wind-and-sun.ts';
import { characterOf, type Forecast, meanOf, means, type Trace, WEEK_H } from './intensity-traces.ts';

/** A job at one start. */
export interface Sample extends Stated {
  readonly zone: string;
  /** The zone-year. */
  readonly name: string;
  readonly truth_g_per_kwh: number;
}

/** Hours between starts: every hour of the day and day of the week comes up. */
const STRIDE_H = 11;
const KNOWN_H = 4 * WEEK_H;

/** A job of some hours at many starts of a zone-year under the year's own mean, or that of another year. */
export function annualSamples(trace: Trace, hours: number, mean = meanOf(trace.g_per_kwh)): Sample[] {
  return startsOf(trace, hours, () => ({ quality: 'annual', g_per_kwh: mean }));
}

/** Under the mean of the same hours of some weeks before. */
export function climatologySamples(trace: Trace, hours: number, weeks: number): Sample[] {
  const { g_per_kwh } = trace;
  const usual = g_per_kwh.map((_, i) => {
    const told = Array.from({ length: weeks }, (_, k) => g_per_kwh[i - (k + 1) * WEEK_H] ?? Number.NaN);
    return meanOf(told);
  });
  const stated = means(usual, hours);
  return startsOf(trace, hours, (i) => ({ quality: 'climatology', weeks, g_per_kwh: stated[i]! }));
}

/** Under what a provider said of each hour just before it. */
export function nowcastSamples(trace: Trace, nowcast: Trace, hours: number): Sample[] {
  const shift = trace.from_h - nowcast.from_h;
  const stated = means(
    trace.g_per_kwh.map((_, i) => nowcast.g_per_kwh[i + shift] ?? Number.NaN),
    hours,
  );
  return startsOf(trace, hours, (i) => ({ quality: 'estimated', g_per_kwh: stated[i]! }));
}

/** Under forecasts whose job begins `leads` [from, to) hours after they were made. */
export function forecastSamples(
  { trace, issues }: Forecast,
  hours: number,
  { from, to, quality = 'forecast' }: { from: number; to: number; quality?: 'forecast' | 'estimated' },
): Sample[] {
  return issues.flatMap(({ at_h, actual, forecast }) => {
    const at = at_h - trace.from_h;
    const known = characterOf(trace.g_per_kwh, at - KNOWN_H, at);
    const [was, said] = [means(actual, hours), means(forecast, hours)];
    const starts = Array.from({ length: to - from }, (_, i) => from + i).filter(
      (lead) => was[lead]! > 0 && said[lead]! > 0,
    );
    return starts.map((lead) => ({
      ...{
        zone: trace.zone,
        name: trace.name,
        wind_and_sun: null,
        quality,
        hours,
        known,
        weeks: null,
        lead_h: lead + hours / 2,
      },
      ...{ g_per_kwh: said[lead]!, truth_g_per_kwh: was[lead]! },
    }));
  });
}

/** Under another producer's series of the same zone. */
export function producerSamples(trace: Trace, other: Trace, hours: number): Sample[] {
  const shift = trace.from_h - other.from_h;
  const stated = means(
    trace.g_per_kwh.map((_, i) => other.g_per_kwh[i + shift] ?? Number.NaN),
    hours,
  );
  return startsOf(trace, hours, (i) => ({ quality: 'measured', g_per_kwh: stated[i]! }));
}

/** Starts of which truth, statement and four earlier weeks are known. */
function startsOf(
  { zone, name, g_per_kwh }: Trace,
  hours: number,
  state: (i: number) => Pick<Stated, 'quality' | 'g_per_kwh'> & Partial<Stated>,
): Sample[] {
  const truth = means(g_per_kwh, hours);
  const wind_and_sun = windAndSun(zone);
  const out: Sample[] = [];
  let known: Character | null = null;
  for (let i = KNOWN_H; i + hours <= g_per_kwh.length; i += STRIDE_H) {
    if ((i - KNOWN_H) % (4 * STRIDE_H) === 0) known = characterOf(g_per_kwh, i - KNOWN_H, i); // in under two days it hardly changes
    const stated = state(i);
    if (!(truth[i]! > 0) || !(stated.g_per_kwh > 0) || known === null) continue;
    out.push({
      zone,
      name,
      hours,
      known,
      wind_and_sun,
      lead_h: null,
      weeks: null,
      truth_g_per_kwh: truth[i]!,
      ...stated,
    });
  }
  return out;
}
