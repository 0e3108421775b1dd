// Words for the time that a budget is over, and which stretch of it an instant lies in.
//
// Calendar periods are those of a time zone: a day that the clocks change on has 23 or 25 hours. Hours are counted from
// midnight, so that they tile the day also where the clocks move by half an hour.

import { usage } from '../core/fault.ts';
import { type ZoneTime, zoneTime } from '../core/zone-time.ts';
import type { Period } from './budget.ts';

export const PERIOD_UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
type PeriodUnit = (typeof PERIOD_UNITS)[number];

/** What is said of a budget's time; at most one of per and rolling. */
export interface PeriodTexts {
  readonly per?: string | undefined;
  readonly rolling?: string | undefined;
  /** An IANA time zone; absent: UTC. */
  readonly tz?: string | undefined;
}

const MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const FORM = /^(\d+(?:\.\d+)?)\s*([smhdw])$/;
/** Of a rolling window: there is a look a second, and nobody keeps books for longer. */
const [LEAST_MS, MOST_MS] = [MS.m, 3660 * MS.d];

/** Throws Fault usage. */
export function periodOf({ per, rolling, tz }: PeriodTexts): Period {
  if (per !== undefined && rolling !== undefined)
    throw usage('--per and --rolling exclude each other', 'give a calendar period, or the length of a window');
  if (tz !== undefined) {
    if (per === undefined) throw usage('--tz is of calendar periods', 'give --per too, such as --per month');
    zoneTime(tz);
  }
  if (rolling !== undefined) return { kind: 'rolling', ms: rollingMs(rolling) };
  if (per === undefined) return { kind: 'whole' };
  if (!(PERIOD_UNITS as readonly string[]).includes(per))
    throw usage(
      `--per: "${per}" cannot be used`,
      `one of ${PERIOD_UNITS.join(', ')}; a window of any length is --rolling 30d`,
    );
  return { kind: 'calendar', unit: per as PeriodUnit, time_zone: tz ?? 'UTC' };
}

function rollingMs(text: string): number {
  const [, number, unit] = FORM.exec(text.trim()) ?? [];
  const ms = number === undefined ? 0 : Math.round(Number(number) * MS[unit as keyof typeof MS]);
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw usage(`--rolling: "${text}" cannot be used`, 'write a length with its unit, from 1m to 3660d: 12h, 30d, 4w');
}

/** "month (Europe/Berlin)", "rolling 30d", "all time". */
export function periodText(period: Period): string {
  if (period.kind === 'whole') return 'all time';
  if (period.kind === 'calendar')
    return period.time_zone === 'UTC' ? period.unit : `${period.unit} (${period.time_zone})`;
  const { ms } = period;
  const [unit, of] = (Object.entries(MS) as [string, number][]).findLast(
    ([unit, of]) => unit !== 'w' && ms % of === 0,
  ) ?? ['s', MS.s];
  return `rolling ${ms / of}${unit}`;
}

/** [from_ms, to_ms), epoch ms; from null: since ever; to null: it has no end that it would begin anew at. */
export interface Stretch {
  readonly from_ms: number | null;
  readonly to_ms: number | null;
}

/** The stretch that an instant lies in; of a rolling window the one that ends there. Throws Fault usage for what is no time zone. */
export function periodAt(period: Period, now_ms: number): Stretch {
  if (period.kind === 'whole') return { from_ms: null, to_ms: null };
  if (period.kind === 'rolling') return { from_ms: now_ms - period.ms, to_ms: null };
  const zone = zoneOf(period.time_zone);
  // A second is floored: to the next one it would be another day's.
  const wall = zone.format(Math.floor(now_ms / 1000) * 1000);
  const [year, month, day] = wall.slice(0, 10).split('-').map(Number) as [number, number, number];
  const at = (y: number, m: number, d: number) =>
    zone.parse(`${new Date(Date.UTC(y, m - 1, d)).toISOString().slice(0, 10)}T00:00`)!;
  if (period.unit === 'hour') {
    const [from_ms, next_ms] = [at(year, month, day), at(year, month, day + 1)];
    const hour_ms = from_ms + Math.floor((now_ms - from_ms) / MS.h) * MS.h;
    return { from_ms: hour_ms, to_ms: Math.min(hour_ms + MS.h, next_ms) };
  }
  const [first, last] = DATES[period.unit]([year, month, day]);
  return { from_ms: at(...first), to_ms: at(...last) };
}

type YearMonthDay = readonly [number, number, number];

/** The first day of a date's period, and of the next; months and days may be out of range, as Date takes them. */
const DATES: Record<Exclude<PeriodUnit, 'hour'>, (date: YearMonthDay) => readonly [YearMonthDay, YearMonthDay]> = {
  day: ([y, m, d]) => [
    [y, m, d],
    [y, m, d + 1],
  ],
  // ISO 8601: a week begins on a Monday.
  week: ([y, m, d]) => {
    const monday = d - ((new Date(Date.UTC(y, m - 1, d)).getUTCDay() + 6) % 7);
    return [
      [y, m, monday],
      [y, m, monday + 7],
    ];
  },
  month: ([y, m]) => [
    [y, m, 1],
    [y, m + 1, 1],
  ],
  quarter: ([y, m]) => {
    const first = m - ((m - 1) % 3);
    return [
      [y, first, 1],
      [y, first + 3, 1],
    ];
  },
  year: ([y]) => [
    [y, 1, 1],
    [y + 1, 1, 1],
  ],
};

/** A zone's clock costs more to make than to ask, and a look is taken every second. */
const zones = new Map<string, ZoneTime>();
function zoneOf(name: string): ZoneTime {
  const zone = zones.get(name) ?? zoneTime(name);
  zones.set(name, zone);
  return zone;
}
