// What an amendment changed, and what the grid's knowledge changed, in words.

import { dayOf, minuteOf } from '../core/timestamp.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { GridChange } from '../emissions/restate.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { Change, PriceKey, PueKey, RunRecord } from '../ledger/records.ts';
import { three } from './format.ts';

type Lines = PueKey | PriceKey;
type Said = Pick<RunRecord, Lines | 'zone' | 'tags' | 'intensity' | 'model' | 'stage' | 'parent'>;

/** Each thing that a change is of; with what it was, where `before` tells. */
export function changeWords(what: Change, before: Said | null): string[] {
  const { zone, place, pue, pue_series, price, price_series, account, tags = {}, untag = [], intensity } = what;
  const was = (text: string | null | undefined) => (before === null ? '' : `${text ?? 'unknown'} → `);
  const perKwh = (one: NonNullable<RunRecord['price']>) => `${one.per_kwh} ${one.currency}/kWh`;
  const pueBefore =
    before === null ? null : before.pue_series === undefined ? pueText(before) : `by ${before.pue_series.file}`;
  const priceBefore =
    before?.price_series === undefined ? before?.price && perKwh(before.price) : `by ${before.price_series.file}`;
  const lost = intensity === null ? (before?.intensity ?? null) : null;
  return [
    ...(zone === undefined ? [] : [`zone ${partial(what) ? '' : was(before?.zone)}${zone}${partial(what)}`]),
    ...(place === undefined || place === null ? [] : [`the place ${place.name}`]),
    ...(intensity === undefined || intensity === null ? [] : [`intensity by ${intensity.file}`]),
    ...(lost === null ? [] : [`the series ${lost.file} no longer counts`]),
    ...(pue === undefined ? [] : [`PUE ${was(pueBefore)}${pueText(what)}`]),
    ...(pue_series === undefined ? [] : [`PUE ${was(pueBefore)}by ${pue_series.file}`]),
    ...(price === undefined ? [] : [`price ${was(priceBefore)}${perKwh(price)}`]),
    ...(price_series === undefined ? [] : [`price ${was(priceBefore)}by ${price_series.file}`]),
    ...(account === undefined
      ? []
      : [account === null ? 'nothing said of further lines' : 'what its further lines are made with']),
    ...Object.entries(tags).map(([name, value]) => {
      const held = before?.tags[name];
      return `tag ${name}: ${held === undefined ? '' : `${held} → `}${value}`;
    }),
    ...untag.map((name) => `tag ${name} removed`),
    ...(['model', 'stage', 'parent'] as const).flatMap((key) =>
      what[key] === undefined ? [] : [`${key} ${was(before?.[key] ?? 'none')}${what[key] ?? 'none'}`],
    ),
  ];
}

/** " from … to …" of a part of the run; empty of all of it. */
function partial({ from_ms, to_ms }: Change): string {
  const from = from_ms === undefined ? '' : ` from ${minuteOf(from_ms)}`;
  return `${from}${to_ms === undefined ? '' : ` to ${minuteOf(to_ms)}`}`;
}

/** "FR 2022: 101 → 90 g/kWh over 8760 h, by electricity-maps, retrieved 2026-11-28". */
export function gridWords({ before, after, from_ms, to_ms, ms, energy_j, before_g, after_g }: GridChange): string {
  const mean = (grams: number) => three((grams / energy_j) * JOULES_PER_KWH);
  const where = `${(after ?? before)?.zone || 'unnamed zone'} ${period(from_ms, to_ms)}`;
  const retrieved = after?.retrieved_at_ms;
  const since = retrieved === undefined ? '' : `, retrieved ${dayOf(retrieved)}`;
  const values =
    before === null
      ? `${after === null ? 'unknown' : mean(after_g)} g/kWh`
      : `${mean(before_g)} → ${after === null ? 'unknown' : mean(after_g)} g/kWh`;
  if (before !== null && after !== null && before.quality === after.quality && before.provider === after.provider)
    return `${where}: ${values} over ${hours(ms)}, ${quality(after)} by ${after.provider}${since}`;
  const [was, is] = [before, after].map((one) => (one === null ? 'unknown' : quality(one)));
  const by = after === null ? '' : `, by ${after.provider}`;
  return `${where}: ${hours(ms)} ${was} → ${is}, ${values}${by}${since}`;
}

const quality = ({ quality: name, year }: IntensitySeries): string => (year === null ? name : `${name} ${year}`);

/** A day, a year, or from one to the other. */
function period(from_ms: number, to_ms: number): string {
  const [from, to] = [dayOf(from_ms), dayOf(to_ms - 1)];
  if (from === to) return from;
  const years = [from.slice(0, 4), to.slice(0, 4)] as const;
  return years[0] === years[1] && to_ms - from_ms > 360 * 86_400_000 ? years[0] : `${from} to ${to}`;
}

function hours(ms: number): string {
  const h = ms / 3_600_000;
  return h < 1 ? `${three(h * 60)} min` : `${h < 100 ? Number(h.toFixed(2)) : Math.round(h)} h`;
}

const pueText = ({ pue, pue_low, pue_high }: Pick<Said, PueKey> | Change): string =>
  `${pue ?? 'unknown'}${pue_low === undefined ? '' : ` (${pue_low}–${pue_high})`}`;
