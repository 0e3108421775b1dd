// How far the intensity of a part of an account may be off, by what stands in for the measured hour and what is known
// of the zone: causes of error with their reach, 5th to 95th percentile of truth ÷ stated.
//
// Reaches are scaled by the zone's character, so that a grid of wind is less sure than one of coal; the numbers are
// statistics of real grids (data/intensity-spread.json, docs/methodology.md#intensity-spread).

import table from '../../data/intensity-spread.json' with { type: 'json' };
import type { Reach } from '../core/figure.ts';
import type { Character, IntensitySeries } from '../grid/series.ts';
import { windAndSun } from '../grid/wind-and-sun.ts';
import { type Cause, COUNTRY_FOR_PART, countryReach, intensityCause } from './errors.ts';

/** How a zone's character is taken. */
export interface Scale {
  /** Of a zone of which no hour is known: `swing` × min(`most`, √(load² + (varying × share of wind and sun)²) ÷ level). */
  readonly typical: {
    readonly swing: number;
    readonly load_g_per_kwh: number;
    readonly varying_g_per_kwh: number;
    readonly most: number;
    /** The share where it is not known. */
    readonly untold: number;
  };
  /** Added to every character: no grid is perfectly even; of what was told for the hour itself: forecasters differ too. */
  readonly floor: number;
  readonly told_floor: number;
  /** Larger characters than any that was seen count as this. */
  readonly most: number;
}

/** Natural logarithms of truth ÷ stated; those of hours per unit of character. */
export interface SpreadModel extends Scale {
  readonly annual: ByHours;
  readonly climatology: ByHours & { readonly by_weeks: readonly number[] };
  readonly forecast: {
    readonly lead_h: readonly number[];
    readonly reach: readonly number[];
    readonly hours: readonly number[];
    readonly longer: readonly number[];
  };
  readonly estimated: { readonly hours: readonly number[]; readonly reach: readonly number[] };
  /** Absolute: another producer's method, whatever the hours. */
  readonly producer: number;
  /** Of the variance of hours, what weekly means have of it, and daily means beyond that. */
  readonly shared: { readonly week: number; readonly day: number };
  /** Absolute, of one year; grows with the root of years. */
  readonly year: Reach;
}

/** Percentiles by the length of the job. */
export interface ByHours {
  readonly hours: readonly number[];
  readonly down: readonly number[];
  readonly up: readonly number[];
}

/** What stands for the truth over some hours of a job. */
export interface Stated {
  readonly quality: IntensitySeries['quality'];
  readonly g_per_kwh: number;
  /** How long the job draws on it, h. */
  readonly hours: number;
  /** Null: no hour of the zone is known. */
  readonly known: Character | null;
  /** Share of wind and sun in the zone's electricity, 0..1; null: not known. */
  readonly wind_and_sun: number | null;
  /** h from the forecast's making to the middle of the time; null counts as a day. */
  readonly lead_h: number | null;
  /** Earlier weeks that a climatology is the mean of; null counts as one. */
  readonly weeks: number | null;
}

const MODEL: SpreadModel = table;
const UNTOLD_LEAD_H = 24;
const NONE: Reach = { down: 0, up: 0 };

/** Relative reach, both ≥ 0, for what is stated instead of the same producer's measured hours; none of these themselves. */
export function hoursReach(stated: Stated, model: SpreadModel = MODEL): Reach {
  const { quality, hours } = stated;
  const character = characterIn(stated, model);
  switch (quality) {
    case 'measured':
      return NONE;
    case 'estimated':
      return around(character * at(model.estimated.hours, model.estimated.reach, hours));
    case 'forecast': {
      const { lead_h, reach, hours: lengths, longer } = model.forecast;
      const lead = stated.lead_h ?? UNTOLD_LEAD_H;
      return around(character * between(lead_h, reach, lead) * at(lengths, longer, hours));
    }
    case 'climatology': {
      const { by_weeks } = model.climatology;
      const weeks = Math.min(by_weeks.length, Math.max(1, stated.weeks ?? 1));
      const fewer = between([...by_weeks.keys()], by_weeks, weeks - 1);
      return moved(model.climatology, hours, character * fewer);
    }
    case 'annual':
      return moved(model.annual, hours, character);
  }
}

/** Relative reach of another producer's answer for the same zone and time: factors, imports, plants that are seen. */
export const producerReach = ({ producer }: Pick<SpreadModel, 'producer'> = MODEL): Reach => around(producer);

/** Relative reach of an annual mean that is used some years later, or earlier. */
export function yearReach(years: number, { year }: Pick<SpreadModel, 'year'> = MODEL): Reach {
  const root = Math.sqrt(Math.abs(years));
  return { down: 1 - Math.exp(-year.down * root), up: Math.expm1(year.up * root) };
}

/** A cause with its relative reach. */
export interface Factor extends Cause, Reach {}

/** A part of an account: one series of the chain. */
export interface AccountPart {
  readonly series: Omit<IntensitySeries, 'from_ms' | 'to_ms' | 'g_per_kwh'>;
  /** Mean of the energy that it was used for. */
  readonly g_per_kwh: number;
  /** h of the job that draw on it. */
  readonly hours: number;
}

/** What the hours of a part hide; `lead_h` in place of the mean that its series tells. */
export function hoursReachOf({ series, g_per_kwh, hours }: AccountPart, lead_h?: number): Reach {
  const { quality, zone, mean_of, evidence = {} } = series;
  const { known = null, lead_h: told = null, weeks = null } = evidence;
  // A part may be cleaner than its country, and so more uneven than its country's level tells.
  const level = mean_of === undefined ? g_per_kwh : g_per_kwh / 2;
  const stated = { quality, g_per_kwh: level, hours, known, lead_h: lead_h ?? told, weeks };
  return hoursReach({ ...stated, wind_and_sun: windAndSun(zone) });
}

/**
 * The causes of error of a part. One producer's choices are one cause for a zone, whenever a run was; what hours hide is
 * shared by runs of the same hours, in part by those of one day and one week: two runs by one producer compare better than
 * each is known.
 */
export function intensityFactors(
  { series, g_per_kwh, hours }: AccountPart,
  span: { readonly from_ms: number; readonly to_ms: number },
): Factor[] {
  const { quality, year, mean_of } = series;
  const of = [series.provider, series.zone, series.kind, series.scope].join(':');
  const main = intensityCause(quality);
  const producer = { ...PRODUCER, id: `${main.id}:producer:${of}`, ...producerReach() };
  if (quality === 'measured') return [{ ...producer, label: main.label, hint: main.hint }];
  const reach = hoursReachOf({ series, g_per_kwh, hours });
  const factors: Factor[] = [{ ...main, ...reach }, producer];
  const years = year === null ? 0 : new Date((span.from_ms + span.to_ms) / 2).getUTCFullYear() - year;
  if (years !== 0) factors.push({ ...otherYear(year!), id: `${main.id}:year:${of}:${year}`, ...yearReach(years) });
  if (mean_of !== undefined)
    factors.push({ ...COUNTRY_FOR_PART, id: `${COUNTRY_FOR_PART.id}:${of}:${mean_of}`, ...countryReach(series.zone) });
  const [hidden, ...others] = jointly(factors) as [Factor, ...Factor[]];
  return [...sharedHours({ ...hidden, id: `${main.id}:${quality}:${of}` }, hours, span), ...others];
}

/** Relative reach of a product of independent factors, whose logarithms add in quadrature. */
export function productReach(reaches: readonly Reach[]): Reach {
  return {
    down: -Math.expm1(-Math.hypot(...reaches.map(({ down }) => Math.log1p(-down)))),
    up: Math.expm1(Math.hypot(...reaches.map(({ up }) => Math.log1p(up)))),
  };
}

/** The factors of a product with their reaches made such that they add up to that of the product, as a figure adds them. */
function jointly(factors: readonly Factor[]): Factor[] {
  const { down, up } = productReach(factors);
  const [below, above] = [Math.hypot(...factors.map((f) => f.down)), Math.hypot(...factors.map((f) => f.up))];
  const by = (reach: number, sum: number) => (sum > 0 ? reach / sum : 1);
  return factors.map((f) => ({ ...f, down: f.down * by(down, below), up: f.up * by(up, above) }));
}

/** What hours hide, cut into what all hours of a week share, those of a day, and the run's own: the longer the run, the less is its own. */
function sharedHours(hidden: Factor, hours: number, { from_ms, to_ms }: { from_ms: number; to_ms: number }): Factor[] {
  const { week, day } = MODEL.shared;
  const variances = [
    { id: `week:${Math.floor(from_ms / WEEK_MS)}`, part: week * Math.min(1, 168 / hours) },
    { id: `day:${Math.floor(from_ms / DAY_MS)}`, part: day * Math.min(1, 24 / hours) },
    {
      id: `${Math.floor(from_ms / HOUR_MS)}-${Math.ceil(to_ms / HOUR_MS)}`,
      part: (1 - week - day) * Math.min(1, 1 / hours),
    },
  ];
  const all = variances.reduce((s, { part }) => s + part, 0);
  return variances.map(({ id, part }) => {
    const root = Math.sqrt(part / all);
    return { ...hidden, id: `${hidden.id}:${id}`, down: hidden.down * root, up: hidden.up * root };
  });
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const PRODUCER: Omit<Cause, 'id'> = {
  label: 'grid intensity, as another producer has it',
  hint: 'producers of one zone differ: a consumption-based series of the same zone, with imports, is nearest',
};
const otherYear = (year: number): Omit<Cause, 'id'> => ({
  label: 'grid intensity, of another year',
  hint: `the annual mean is of ${year}: give the series of the run's own time with --intensity FILE`,
});

/** How uneven a zone is, without unit, for what is stated of it: of an annual mean also how far the known weeks lie from it. */
export function characterIn({ quality, g_per_kwh, known, wind_and_sun }: Stated, model: Scale): number {
  const { typical, most } = model;
  const floor = quality === 'forecast' || quality === 'estimated' ? model.told_floor : model.floor;
  const level = Math.max(0, g_per_kwh);
  if (known === null) {
    const moving = Math.hypot(typical.load_g_per_kwh, typical.varying_g_per_kwh * (wind_and_sun ?? typical.untold));
    return floor + Math.min(most, typical.swing * Math.min(typical.most, moving / level));
  }
  const away =
    quality === 'annual' && level > 0 && known.mean_g_per_kwh > 0 ? Math.log(known.mean_g_per_kwh / level) : 0;
  return floor + Math.min(most, Math.hypot(known.variation, away));
}

const around = (reach: number): Reach => ({ down: 1 - Math.exp(-reach), up: Math.expm1(reach) });

function moved({ hours, down, up }: ByHours, length: number, character: number): Reach {
  return {
    down: 1 - Math.exp(-character * at(hours, down, length)),
    up: Math.expm1(character * at(hours, up, length)),
  };
}

/** By the logarithm of hours; the ends hold beyond the knots. */
const at = (hours: readonly number[], values: readonly number[], length: number): number =>
  between(hours.map(Math.log), values, Math.log(Math.max(length, 1e-3)));

function between(knots: readonly number[], values: readonly number[], x: number): number {
  const above = knots.findIndex((knot) => knot >= x);
  if (above === 0) return values[0]!;
  if (above < 0) return values.at(-1)!;
  const [low, high] = [knots[above - 1]!, knots[above]!];
  return values[above - 1]! + ((values[above]! - values[above - 1]!) * (x - low)) / (high - low);
}
