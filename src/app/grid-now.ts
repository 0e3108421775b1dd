// How clean a grid is at a moment, how that stands against its last day and week, and when within a day an hour of work would be
// cleanest: found in what is known, and its document (joulebook/grid-now/v1).

import type { Span } from '../grid/provider.ts';
import { cleanestStart, type Mean, meanOver, type Standing, type Start, standing } from '../grid/stretches.ts';
import type { Known, KnownPoint } from './grid-known.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Less of a time than this is no measure of it. */
const LEAST_COVERAGE = 0.1;

export interface GridNow {
  readonly known: Known;
  readonly at_ms: number;
  /** Null where nothing is known of this moment. */
  readonly point: KnownPoint | null;
  readonly last_day: Standing & Mean;
  readonly last_week: Standing & Mean;
  /** Of an hour that begins within the next 24 h less one; null where they are not known, or all alike. */
  readonly best: Start | null;
  /** Until when it is known how it was; null where it is not known for any of the last week. */
  readonly told_until_ms: number | null;
}

/** What is to be known for it, and the times that are asked about: a day more than a week, the usual course of the last day's hours. */
export const spansOfNow = (at_ms: number): { readonly span: Span; readonly spans: readonly Span[] } => ({
  span: { from_ms: at_ms - WEEK_MS, to_ms: at_ms + DAY_MS },
  spans: [{ from_ms: at_ms - WEEK_MS - DAY_MS, to_ms: at_ms }],
});

/** Of what is known over `spansOfNow(at_ms).span`. */
export function gridNowOf(known: Known, at_ms: number): GridNow {
  const { points } = known;
  const point = points.find(({ from_ms, to_ms }) => at_ms >= from_ms && at_ms < to_ms) ?? null;
  // An annual mean says nothing of an hour, so that it stands nowhere.
  const value = point === null || point.quality === 'annual' ? null : point.g_per_kwh;
  const against = (span: Span): Standing & Mean => {
    const { coverage, ...shares } = standing(points, span, value ?? 0);
    const { mean_g_per_kwh } = meanOver(points, span);
    const told = value !== null && coverage >= LEAST_COVERAGE;
    return { mean_g_per_kwh, coverage, ...(told ? shares : { cleaner_than: null, dirtier_than: null }) };
  };
  const was = points.filter(
    ({ quality, to_ms }) => to_ms <= at_ms && (quality === 'measured' || quality === 'estimated'),
  );
  return {
    ...{ known, at_ms, point, told_until_ms: was.at(-1)?.to_ms ?? null },
    last_day: against({ from_ms: at_ms - DAY_MS, to_ms: at_ms }),
    last_week: against({ from_ms: at_ms - WEEK_MS, to_ms: at_ms }),
    best: cleanestStart(points, { from_ms: at_ms, to_ms: at_ms + DAY_MS }, HOUR_MS),
  };
}

/** The last day and the next. */
export const aroundNow = ({ known, at_ms }: Pick<GridNow, 'known' | 'at_ms'>) => {
  const span = { from_ms: at_ms - DAY_MS, to_ms: at_ms + DAY_MS };
  const inside = known.points.filter(({ from_ms, to_ms }) => to_ms > span.from_ms && from_ms < span.to_ms);
  return { span, points: inside };
};

export interface GridNowJson extends Pick<Known, 'zone' | 'kind' | 'scope' | 'points' | 'sources' | 'warnings'> {
  readonly schema: 'joulebook/grid-now/v1';
  readonly at_ms: number;
  /** Of the piece that holds this moment; null where nothing is known of it. */
  readonly g_per_kwh: number | null;
  readonly quality: KnownPoint['quality'] | null;
  readonly provider: string | null;
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  readonly retrieved_at_ms: number | null;
  readonly age_s: number | null;
  readonly told_until_ms: number | null;
  readonly last_day: Standing & Mean;
  readonly last_week: Standing & Mean;
  readonly best: Start | null;
}

export function gridNowJson(now: GridNow): GridNowJson {
  const { known, at_ms, point, last_day, last_week, best, told_until_ms } = now;
  const { zone, kind, scope, sources, warnings } = known;
  return {
    ...{ schema: 'joulebook/grid-now/v1', zone, at_ms, kind, scope },
    ...{ g_per_kwh: point?.g_per_kwh ?? null, quality: point?.quality ?? null, provider: point?.provider ?? null },
    ...{ from_ms: point?.from_ms ?? null, to_ms: point?.to_ms ?? null },
    ...{ retrieved_at_ms: point?.retrieved_at_ms ?? null, age_s: ageOf(now), told_until_ms },
    ...{ last_day, last_week, best, points: aroundNow(now).points, sources, warnings },
  };
}

/** Seconds since it was heard; null of tables. */
export const ageOf = ({ point, at_ms }: Pick<GridNow, 'point' | 'at_ms'>): number | null =>
  point === null || point.retrieved_at_ms === null ? null : Math.max(0, (at_ms - point.retrieved_at_ms) / 1000);
