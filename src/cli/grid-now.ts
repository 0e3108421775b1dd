// joulebook grid now: how clean a grid is at this moment, how that stands against its last day and week, and when within a day
// an hour of work would be cleanest.

import type { Known } from '../app/grid-known.ts';
import { ageOf, aroundNow, type GridNow, gridNowJson, gridNowOf, spansOfNow } from '../app/grid-now.ts';
import { minuteOf } from '../core/timestamp.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import type { Standing } from '../grid/stretches.ts';
import { duration, percent, three } from '../report/format.ts';
import { heatStrip } from '../report/heat-strip.ts';
import { stripOptions } from './color.ts';
import { type GridOptions, knownSoFar, questionOf } from './grid.ts';
import { print, warn } from './say.ts';

/** Tells it as text or joulebook/grid-now/v1. Rejects with a Fault. */
export async function gridNow(
  zone: string,
  options: Omit<GridOptions, 'csv' | 'direct' | 'from' | 'to' | 'hours'>,
): Promise<void> {
  const at_ms = Date.now();
  const question = await questionOf(zone, options, DEFAULT_CHAIN.qualities);
  const now = gridNowOf(await knownSoFar({ ...question, ...spansOfNow(at_ms), forecast: true }), at_ms);
  for (const warning of now.known.warnings) warn(warning);
  if (options.json === true) print(JSON.stringify(gridNowJson(now), null, 2));
  else for (const line of nowText(now)) print(`  ${line}`.trimEnd());
}

function nowText(now: GridNow): string[] {
  const { known, at_ms, point, best } = now;
  const { span, points } = aroundNow(now);
  const marks = [{ at_ms, name: 'now' }, ...(best === null ? [] : [{ at_ms: best.at_ms, name: 'best' }])];
  const strip = heatStrip(points, span, { ...stripOptions(process.stdout), marks }).map((line) => line.slice(2));
  return [...headline(now), ...standings(now), '', ...strip, '', ...(point === null ? [] : [bestText(now)]), by(known)];
}

function headline(now: GridNow): string[] {
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

function standings({ last_day, last_week }: GridNow): string[] {
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

function bestText({ best, point, at_ms }: GridNow): string {
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
