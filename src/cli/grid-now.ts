// joulebook grid now: how clean a grid is at this moment, how that stands against its last day and week, and when within a day
// an hour of work would be cleanest.

import type { Known, KnownPoint } from '../app/grid-known.ts';
import { minuteOf } from '../core/timestamp.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import type { Span } from '../grid/provider.ts';
import { cleanestStart, type Mean, meanOver, type Standing, type Start, standing } from '../grid/stretches.ts';
import { duration, percent, three } from '../report/format.ts';
import { heatStrip } from '../report/heat-strip.ts';
import { stripOptions } from './color.ts';
import { type GridOptions, knownSoFar, questionOf } from './grid.ts';
import { print, warn } from './say.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Less of a time than this is no measure of it. */
const LEAST_COVERAGE = 0.1;

interface Now {
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

/** Tells it as text or joulebook/grid-now/v1. Rejects with a Fault. */
export async function gridNow(
  zone: string,
  options: Omit<GridOptions, 'csv' | 'direct' | 'from' | 'to' | 'hours'>,
): Promise<void> {
  const at_ms = Date.now();
  const span = { from_ms: at_ms - WEEK_MS, to_ms: at_ms + DAY_MS };
  const question = await questionOf(zone, options, DEFAULT_CHAIN.qualities);
  // A day more than a week: the usual course of the last day's hours.
  const spans = [{ from_ms: span.from_ms - DAY_MS, to_ms: at_ms }];
  const now = nowIn(await knownSoFar({ ...question, span, spans, forecast: true }), at_ms);
  for (const warning of now.known.warnings) warn(warning);
  if (options.json === true) print(JSON.stringify(nowJson(now), null, 2));
  else for (const line of nowText(now)) print(`  ${line}`.trimEnd());
}

function nowIn(known: Known, at_ms: number): Now {
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
const around = ({ known, at_ms }: Now) => {
  const span = { from_ms: at_ms - DAY_MS, to_ms: at_ms + DAY_MS };
  const inside = known.points.filter(({ from_ms, to_ms }) => to_ms > span.from_ms && from_ms < span.to_ms);
  return { span, points: inside };
};

function nowJson(now: Now) {
  const { known, at_ms, point, last_day, last_week, best, told_until_ms } = now;
  const { zone, kind, scope, sources, warnings } = known;
  return {
    ...{ schema: 'joulebook/grid-now/v1', zone, at_ms, kind, scope },
    ...{ g_per_kwh: point?.g_per_kwh ?? null, quality: point?.quality ?? null, provider: point?.provider ?? null },
    ...{ from_ms: point?.from_ms ?? null, to_ms: point?.to_ms ?? null },
    ...{ retrieved_at_ms: point?.retrieved_at_ms ?? null, age_s: ageOf(now), told_until_ms },
    ...{ last_day, last_week, best, points: around(now).points, sources, warnings },
  };
}

/** Seconds since it was heard; null of tables. */
const ageOf = ({ point, at_ms }: Now): number | null =>
  point === null || point.retrieved_at_ms === null ? null : Math.max(0, (at_ms - point.retrieved_at_ms) / 1000);

function nowText(now: Now): string[] {
  const { known, at_ms, point, best } = now;
  const { span, points } = around(now);
  const marks = [{ at_ms, name: 'now' }, ...(best === null ? [] : [{ at_ms: best.at_ms, name: 'best' }])];
  const strip = heatStrip(points, span, { ...stripOptions(process.stdout), marks }).map((line) => line.slice(2));
  return [...headline(now), ...standings(now), '', ...strip, '', ...(point === null ? [] : [bestText(now)]), by(known)];
}

function headline(now: Now): string[] {
  const { known, at_ms, point, told_until_ms } = now;
  if (point === null) return [`${known.zone} now: unknown`];
  const age_s = ageOf(now);
  const heard = age_s === null ? '' : `, heard ${age_s < 60 ? 'just now' : `${duration(age_s)} ago`}`;
  const was =
    told_until_ms === null || point.quality === 'measured' || point.quality === 'estimated'
      ? []
      : [`what was is told until ${minuteOf(told_until_ms)}, ${duration((at_ms - told_until_ms) / 1000)} ago`];
  const year = known.sources.find((one) => one.year !== null && one.provider === point.provider)?.year;
  const quality = point.quality === 'annual' ? `annual mean${year == null ? '' : ` of ${year}`}` : point.quality;
  return [`${known.zone} now: ${three(point.g_per_kwh)} g/kWh, ${quality} by ${point.provider}${heard}`, ...was];
}

function standings({ last_day, last_week }: Now): string[] {
  let before = '';
  const words = ({ cleaner_than, dirtier_than, coverage }: Standing, what: string): string[] => {
    if (cleaner_than === null || dirtier_than === null) return [];
    const part = coverage < 0.95 ? ` (of which ${percent(coverage)} is known)` : '';
    if (cleaner_than === 0 && dirtier_than === 0) return [`as at any time of ${what}${part}`];
    const cleaner = cleaner_than >= dirtier_than;
    const than = cleaner ? 'cleaner than' : 'dirtier than';
    const again = than === before ? '' : `${than} `;
    before = than;
    const share = (100 * (cleaner ? cleaner_than : dirtier_than)).toFixed(0);
    return [`${again}${share} % of ${what}${part}`];
  };
  const all = [...words(last_day, 'the last 24 h'), ...words(last_week, 'the last 7 days')];
  return all.length === 0 ? [] : [all.join(', ')];
}

function bestText({ best, point, at_ms }: Now): string {
  if (best === null) return 'no hour of the next 24 is known to be cleaner than another';
  const in_s = (best.at_ms - at_ms) / 1000;
  const when = in_s < 60 ? 'now' : `${minuteOf(Math.ceil(best.at_ms / 60_000) * 60_000)}, in ${duration(in_s)}`;
  const less = point === null ? 0 : 1 - best.g_per_kwh / point.g_per_kwh;
  const saved = less > 0.005 ? `, ${percent(less)} less than now` : '';
  return `best hour to start: ${when}: ${three(best.g_per_kwh)} g/kWh${saved}; by ${best.qualities.join(' and ')}`;
}

function by({ kind, scope, sources }: Known): string {
  const told = sources.map(({ provider, licence }) => `${provider}${licence === '' ? '' : ` (${licence})`}`);
  return `${kind}, ${scope}; ${told.length === 0 ? 'nobody' : [...new Set(told)].join(', ')}`;
}
