// NESO's Carbon Intensity API: Great Britain and its 17 regions by the half hour, CO2 of generation alone, with imports.
//
// Only the whole of Britain has what really was (`actual`); for regions, and where `actual` is not there yet, there is the
// last forecast, and it stays one. Spans come back half an hour early: [12:00, 13:00) is answered from 11:30 to 12:30.
// https://carbon-intensity.github.io/api-definitions

import * as v from 'valibot';
import { fault } from '../../core/fault.ts';
import { checked, intensity, time } from '../checked.ts';
import { createHttp, type Passed } from '../http.ts';
import {
  type Answer,
  type IntensityProvider,
  type Offer,
  type Point,
  partsOf,
  type Span,
  tidy,
  wholeSteps,
} from '../provider.ts';

const NAME = 'neso';
const HALF_HOUR_MS = 1_800_000;
const DAY_MS = 48 * HALF_HOUR_MS;
const LONGEST_MS = 14 * DAY_MS;

export interface NesoOptions extends Passed {
  /** Its documented host where none is given. */
  readonly base?: string;
}

const OFFER: Offer = {
  ...{ name: NAME, kind: 'average', scopes: ['direct'], basis: 'consumption' },
  ...{ step_s: 1800, forecast_h: 48, longest_ms: LONGEST_MS - 2 * HALF_HOUR_MS },
  settled_h: null, // it does not say when `actual` is final
  rate: { requests: 1, per_s: 1 }, // "a rate limit is applied", and not published: ours
  source: 'https://carbonintensity.org.uk',
  licence: 'CC BY 4.0, National Energy System Operator',
  needs: [],
};

/** By regionid (https://carbon-intensity.github.io/api-definitions/#region-list, CC BY 4.0). */
const REGIONS = [
  ...['North Scotland', 'South Scotland', 'North West England', 'North East England', 'Yorkshire'],
  ...['North Wales & Merseyside', 'South Wales', 'West Midlands', 'East Midlands', 'East England'],
  ...['South West England', 'South England', 'London', 'South East England', 'England', 'Scotland', 'Wales'],
];

const halfHour = v.object({
  from: time,
  to: time,
  intensity: v.object({ forecast: v.nullish(intensity), actual: v.nullish(intensity) }),
});
type HalfHour = v.InferOutput<typeof halfHour>;
const halfHours = v.array(halfHour);
const national = v.object({ data: v.nullable(halfHours) });
const region = v.object({ regionid: v.number(), data: v.nullable(halfHours) });
/** Documented as an array of one, given as an object. */
const regional = v.object({ data: v.nullable(v.union([v.pipe(v.array(region), v.maxLength(1)), region])) });

/** What an answer holds, and of which region: null for the whole of Britain. Throws Fault grid-bad. */
export function halfHoursIn(body: unknown, ofRegion: boolean): { id: number | null; rows: readonly HalfHour[] } {
  if (!ofRegion) return { id: null, rows: checked(NAME, national, body).data ?? [] };
  const [found] = [checked(NAME, regional, body).data].flat();
  return { id: found?.regionid ?? null, rows: found?.data ?? [] };
}

/** Asks NESO, without a key. Zones are GB, GB-REGION-1 to GB-REGION-17, and their names: GB-SOUTH-SCOTLAND. */
export function neso(options: NesoOptions = {}): IntensityProvider {
  const { base = 'https://api.carbonintensity.org.uk', ...passed } = options;
  const http = createHttp({ provider: NAME, base, ...passed });

  const ask = async (span: string, id: number | null, signal: AbortSignal): Promise<readonly HalfHour[]> => {
    const path = id === null ? `/intensity/${span}` : `/regional/intensity/${span}/regionid/${id}`;
    const body = await http.json(path, { signal });
    if (body === null) return []; // an empty body is all it says at times
    const found = halfHoursIn(body, id !== null);
    if (found.id !== null && found.id !== id)
      throw fault('grid-bad', {
        facts: { provider: NAME, why: `asked for region ${id} it answers for ${found.id}` },
      });
    return found.rows;
  };

  return {
    offer: OFFER,
    async history(asked) {
      const id = regionOf(asked.zone);
      const found: (readonly HalfHour[])[] = [];
      for (const part of partsOf(wholeSteps(asked, HALF_HOUR_MS), LONGEST_MS - HALF_HOUR_MS))
        found.push(await ask(`${timeOf(part.from_ms)}/${timeOf(part.to_ms + HALF_HOUR_MS)}`, id, asked.signal));
      return answerOf(asked, id, found.flat(), ({ actual }) => actual ?? null);
    },
    async forecast(asked) {
      const id = regionOf(asked.zone);
      const found = await ask(`${timeOf(wholeSteps(asked, HALF_HOUR_MS).from_ms)}/fw48h`, id, asked.signal);
      return answerOf(asked, id, found, () => null);
    },
  };
}

/** The part of half hours in a span. `measuredIn` says what really was; where it knows nothing the forecast stands. */
export function answerOf(
  span: Span,
  id: number | null,
  found: readonly HalfHour[],
  measuredIn: (said: HalfHour['intensity']) => number | null,
): Answer {
  const points = found.flatMap(({ from, to, intensity: said }): Point[] => {
    const measured = measuredIn(said);
    const g_per_kwh = measured ?? said.forecast ?? null;
    if (g_per_kwh === null || to <= from) return [];
    return [{ from_ms: from, to_ms: to, g_per_kwh, quality: measured === null ? 'forecast' : 'measured' }];
  });
  // Half hours come twice at times: what was measured counts, else what comes later.
  const inOrder = [...points].sort((a, b) => Number(a.quality === 'measured') - Number(b.quality === 'measured'));
  const empty = found.length - points.length;
  return {
    region: id === null ? 'GB' : REGIONS[id - 1]!,
    points: tidy(inOrder, span),
    issued_at_ms: null,
    notes: empty === 0 ? [] : [`${empty} ${empty === 1 ? 'half hour has' : 'half hours have'} no value`],
  };
}

const plain = (name: string) => name.toUpperCase().replace(/[^A-Z]+/g, '-');
const NAMES = new Map(REGIONS.map((name, i) => [plain(name), i + 1]));

/** The regionid, null for the whole of Britain. Throws Fault grid-zone. */
export function regionOf(zone: string): number | null {
  const key = zone.trim().toUpperCase();
  if (key === 'GB') return null;
  const name = key.startsWith('GB-') ? key.slice(3) : '';
  const id = NAMES.get(plain(name)) ?? Number(/^REGION-(\d{1,2})$/.exec(name)?.[1] ?? 0);
  if (id >= 1 && id <= REGIONS.length) return id;
  const known = 'it has GB, GB-REGION-1 to GB-REGION-17, and their names such as GB-SOUTH-SCOTLAND';
  throw fault('grid-zone', { facts: { provider: NAME, why: `"${zone}": ${known}` } });
}

/** YYYY-MM-DDThh:mmZ, as documented. */
const timeOf = (at_ms: number) => `${new Date(at_ms).toISOString().slice(0, 16)}Z`;
