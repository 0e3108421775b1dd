// What is known of zones → fields by zone and hour, and when within the coming hours a load would be cleanest.
//
// An hour is told where all of it is known. An annual mean tells no hour from another: it is drawn as expected, and no start is
// better by it. Starts are found by the code of joulebook grid when, so both say the same.

import { type Start, startAt, startsOf, steady } from '../../emissions/starts.ts';
import { three } from '../../report/format.ts';
import type { Value } from '../ui/chart-of.ts';
import type { HeatOf } from '../ui/heat-scene.ts';
import type { Grid, Point, Quality } from './grid-document.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** Days back, from a midnight of UTC on so that hours are round, and hours ahead. */
export function spanOf(now_ms: number, { days, ahead_h }: { readonly days: number; readonly ahead_h: number }): Span {
  const today_ms = Math.floor(now_ms / DAY_MS) * DAY_MS;
  return { from_ms: today_ms - (days - 1) * DAY_MS, to_ms: Math.ceil(now_ms / HOUR_MS) * HOUR_MS + ahead_h * HOUR_MS };
}

interface Hour {
  readonly g_per_kwh: Value;
  /** Of more than half an hour of it nobody measured or estimated anything. */
  readonly expected: boolean;
  /** "forecast by neso"; null: unknown. */
  readonly note: string | null;
}

const UNKNOWN: Hour = { g_per_kwh: null, expected: false, note: null };
const isExpected = (quality: Quality): boolean => quality !== 'measured' && quality !== 'estimated';

/** The means of whole hours, by time; unknown where a second of one is missing. */
export function hoursOf({ points }: Pick<Grid, 'points'>, { from_ms, to_ms }: Span): Hour[] {
  let first = 0;
  return Array.from({ length: Math.round((to_ms - from_ms) / HOUR_MS) }, (_, i) => {
    const hour = { from_ms: from_ms + i * HOUR_MS, to_ms: from_ms + (i + 1) * HOUR_MS };
    while (first < points.length && points[first]!.to_ms <= hour.from_ms) first += 1;
    const inside: (Point & { readonly long: number })[] = [];
    for (let at = first; at < points.length && points[at]!.from_ms < hour.to_ms; at += 1) {
      const point = points[at]!;
      const long = Math.min(point.to_ms, hour.to_ms) - Math.max(point.from_ms, hour.from_ms);
      if (long > 0) inside.push({ ...point, long });
    }
    const known = inside.reduce((sum, { long }) => sum + long, 0);
    if (known < HOUR_MS - 1000) return UNKNOWN;
    const expected = inside.reduce((sum, { quality, long }) => sum + (isExpected(quality) ? long : 0), 0);
    return {
      g_per_kwh: inside.reduce((sum, { g_per_kwh, long }) => sum + g_per_kwh * long, 0) / known,
      expected: expected > HOUR_MS / 2,
      note: [...new Set(inside.map(({ quality, provider }) => `${quality} by ${provider}`))].join(', '),
    };
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "28 Nov 14:00". */
const hourText = (at_ms: number): string => {
  const at = new Date(at_ms);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.toISOString().slice(11, 16)}`;
};

export function gridHeat(grids: readonly Grid[], span: Span, now_ms: number): HeatOf {
  const rows = grids.map((grid) => hoursOf(grid, span));
  const columns = Array.from({ length: Math.round((span.to_ms - span.from_ms) / HOUR_MS) }, (_, i) =>
    hourText(span.from_ms + i * HOUR_MS),
  );
  return {
    ...{ title: 'Intensity by zone and hour', unit: 'gCO2e/kWh', across: 'hour', down: 'zone', columns },
    rows: grids.map(({ zone }) => zone),
    values: rows.map((row) => row.map(({ g_per_kwh }) => g_per_kwh)),
    thin: { name: 'expected, not yet told', fields: rows.map((row) => row.map(({ expected }) => expected)) },
    notes: rows.map((row) => row.map(({ note }) => note)),
    line: { column: (now_ms - span.from_ms) / HOUR_MS, name: 'now' },
    ...{ every: [1, 2, 3, 6, 12, 24, 48, 72, 168], write: (value) => `${three(value)} gCO2e/kWh` },
  };
}

export type Cleanest =
  | {
      readonly start: Start;
      readonly now: Start | null /** Of now's, 0..1. */;
      readonly saved: number | null;
      readonly qualities: readonly Quality[];
    }
  | { readonly start: null; readonly why: string };

/** When a steady load of so long would be cleanest, beginning now or later and ending before `to_ms`. */
export function cleanestOf(
  grid: Grid,
  { now_ms, to_ms, long_ms }: { now_ms: number; to_ms: number; long_ms: number },
): Cleanest {
  const hourly = grid.points.filter(({ quality, to_ms }) => quality !== 'annual' && to_ms > now_ms);
  if (hourly.length === 0) {
    const annual = grid.points.some(({ quality }) => quality === 'annual');
    return {
      start: null,
      why: annual
        ? 'only the annual mean is known, which tells no hour from another'
        : 'nothing is known of the coming hours',
    };
  }
  const chain = [seriesOf(grid, hourly)];
  const profile = steady(long_ms, 1);
  const window = { from_ms: now_ms, to_ms: to_ms - long_ms };
  if (window.to_ms < window.from_ms) return { start: null, why: 'the load is longer than the time that is looked at' };
  const { starts } = startsOf(profile, chain, window);
  const [first] = starts;
  if (first === undefined) return { start: null, why: 'no stretch of that length is all known' };
  const start = starts.reduce((best, one) => (one.g_per_kwh < best.g_per_kwh * (1 - 1e-9) ? one : best), first);
  const now = startAt(profile, chain, now_ms);
  const inside = hourly.filter(({ from_ms, to_ms }) => to_ms > start.at_ms && from_ms < start.at_ms + long_ms);
  return {
    ...{ start, now, saved: now === null || now.g_per_kwh <= 0 ? null : 1 - start.g_per_kwh / now.g_per_kwh },
    qualities: [...new Set(inside.map(({ quality }) => quality))],
  };
}

const seriesOf = ({ zone, kind, scope }: Grid, points: readonly Point[]) => ({
  ...{ zone, kind, scope, provider: '', quality: 'forecast' as const, source: '', licence: '', year: null },
  from_ms: Float64Array.from(points, ({ from_ms }) => from_ms),
  to_ms: Float64Array.from(points, ({ to_ms }) => to_ms),
  g_per_kwh: Float64Array.from(points, ({ g_per_kwh }) => g_per_kwh),
});

/** What is known of this moment. */
export const pointAt = ({ points }: Pick<Grid, 'points'>, now_ms: number): Point | null =>
  points.find(({ from_ms, to_ms }) => from_ms <= now_ms && now_ms < to_ms) ?? null;

/** The mean of what was told of the past, and the share of it that is known. */
export function pastMean(
  { points }: Pick<Grid, 'points'>,
  { from_ms, to_ms }: Span,
): { readonly mean: Value; readonly coverage: number } {
  let [area, known] = [0, 0];
  for (const point of points) {
    const long = Math.min(point.to_ms, to_ms) - Math.max(point.from_ms, from_ms);
    if (long <= 0 || point.quality === 'annual') continue;
    area += point.g_per_kwh * long;
    known += long;
  }
  return { mean: known > 0 ? area / known : null, coverage: to_ms > from_ms ? known / (to_ms - from_ms) : 0 };
}
