// Electricity Maps (v3 and v4): flow-traced average intensity by the hour, of consumption.
//
// A zone that it cannot resolve it silently replaces by that of the caller's address, so this is switched off in every
// question and the zone of every answer is looked at. A free key may ask for the last 24 hours alone.
// https://portal.electricitymaps.com/developer-hub/api/reference

import * as v from 'valibot';
import { Fault, fault } from '../../core/fault.ts';
import { checked, intensity, time } from '../checked.ts';
import { createHttp, type Passed } from '../http.ts';
import {
  type Answer,
  type Asked,
  type IntensityProvider,
  type Offer,
  type Point,
  partsOf,
  tidy,
  wholeSteps,
} from '../provider.ts';

const NAME = 'electricity-maps';
const HOUR_MS = 3_600_000;
const FORECAST_H = 72;

export interface ElectricityMapsOptions extends Passed {
  readonly token: string;
  /** Its documented host where none is given; the one of old is https://api.electricitymap.org. */
  readonly base?: string;
  readonly version?: 'v3' | 'v4';
}

const OFFER: Offer = {
  ...{ name: NAME, kind: 'average', scopes: ['lifecycle', 'direct'], basis: 'consumption' },
  ...{ step_s: 3600, forecast_h: FORECAST_H, longest_ms: 240 * HOUR_MS },
  settled_h: null, // an hour's estimate is replaced within a day, its sources are revised for months
  rate: { requests: 1, per_s: 1 }, // by plan, and not published: ours
  source: 'https://www.electricitymaps.com',
  licence: 'by plan: the terms of your Electricity Maps key; a free key is for one zone and not for business',
  needs: ['ELECTRICITY_MAPS_TOKEN'],
};

const rows = v.array(
  v.object({
    datetime: time,
    carbonIntensity: v.nullable(intensity),
    zone: v.nullish(v.string()),
    isEstimated: v.nullish(v.boolean()),
    emissionFactorType: v.nullish(v.string()),
    updatedAt: v.nullish(time),
  }),
);
/** Which of the three names the series has depends on the version and the path. */
const series = v.object({
  ...{ zone: v.nullish(v.string()), updatedAt: v.nullish(time) },
  ...{ data: v.nullish(rows), history: v.nullish(rows), forecast: v.nullish(rows) },
});
type Row = v.InferOutput<typeof rows>[number];

/** Asks Electricity Maps with a key. */
export function electricityMaps(options: ElectricityMapsOptions): IntensityProvider {
  const { token, base = 'https://api.electricitymaps.com', version = 'v3', ...passed } = options;
  const http = createHttp({ provider: NAME, base, headers: { 'auth-token': token }, ...passed });

  const ask = async (path: string, { zone, scope, signal }: Asked, query: Record<string, string>): Promise<Found> => {
    const common = { zone, emissionFactorType: scope, shouldUseFallbackCallerLookup: 'false' };
    const found = await http
      .json(`/${version}/carbon-intensity/${path}`, {
        query: { ...common, temporalGranularity: 'hourly', ...query },
        signal,
      })
      .catch((error: unknown) => {
        throw entitled(error);
      });
    return foundIn(found, zone, scope);
  };

  const past = async (asked: Asked): Promise<{ found: Found[]; notes: string[] }> => {
    const whole = wholeSteps(asked, HOUR_MS);
    const found: Found[] = [];
    try {
      for (const part of partsOf(whole, OFFER.longest_ms))
        found.push(await ask('past-range', asked, { start: isoOf(part.from_ms), end: isoOf(part.to_ms) }));
      return { found, notes: [] };
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'grid-refused' && NOT_THIS_PATH.test(error.message))) throw error;
      const notes = ['this key may ask Electricity Maps for the last 24 hours alone'];
      return { found: [await ask('history', asked, {})], notes };
    }
  };

  return {
    offer: OFFER,
    async history(asked) {
      const { found, notes } = await past(asked);
      return answerOf(asked, found, notes, ({ isEstimated }) => (isEstimated === false ? 'measured' : 'estimated'));
    },
    async forecast(asked) {
      const found = await ask('forecast', asked, { horizonHours: String(FORECAST_H) });
      return answerOf(asked, [found], [], () => 'forecast');
    },
  };
}

export interface Found {
  readonly rows: readonly Row[];
  readonly updated_ms: number | null;
  readonly forecast: boolean;
}

/** What an answer holds. Throws Fault grid-bad, and grid-zone where it is of another zone. */
export function foundIn(body: unknown, zone: string, scope: string): Found {
  const found = checked(NAME, series, body);
  const rows = found.data ?? found.history ?? found.forecast;
  const bad = (why: string) => fault('grid-bad', { facts: { provider: NAME, why } });
  if (rows == null) throw bad('it has no data, history or forecast');
  const other = [found, ...rows].find((part) => part.zone != null && part.zone !== zone)?.zone;
  if (other != null)
    throw fault('grid-zone', { facts: { provider: NAME, why: `asked for ${zone} it answers for ${other}` } });
  const factors = rows.find(({ emissionFactorType: type }) => type != null && type !== scope)?.emissionFactorType;
  if (factors != null) throw bad(`asked for ${scope} factors it answers with ${factors} ones`);
  const updates = [found, ...rows].flatMap(({ updatedAt }) => updatedAt ?? []);
  const forecast = rows === found.forecast;
  return { rows, forecast, updated_ms: updates.length === 0 ? null : updates.reduce((a, b) => Math.max(a, b)) };
}

function answerOf(
  asked: Asked,
  found: readonly Found[],
  notes: string[],
  qualityOf: (row: Row) => Point['quality'],
): Answer {
  const rows = found.flatMap((part) => part.rows);
  const points = rows.flatMap((row): Point[] =>
    row.carbonIntensity === null
      ? []
      : [
          {
            ...{ from_ms: row.datetime, to_ms: row.datetime + HOUR_MS },
            ...{ g_per_kwh: row.carbonIntensity, quality: qualityOf(row) },
          },
        ],
  );
  const empty = rows.length - points.length;
  const updates = found.flatMap(({ updated_ms }) => updated_ms ?? []);
  return {
    region: asked.zone,
    points: tidy(points, asked),
    issued_at_ms: updates.length === 0 ? null : Math.max(...updates),
    notes: empty === 0 ? notes : [...notes, `${empty} ${empty === 1 ? 'hour has' : 'hours have'} no value`],
  };
}

const NOT_THIS_PATH = /endpoint|not available/i;
const NOT_THIS_ZONE = /for zone/i;

/** A key without a right to the zone is refused as a bad key is, in other words. */
function entitled(error: unknown): unknown {
  if (!(error instanceof Fault && error.code === 'grid-refused' && NOT_THIS_ZONE.test(error.message))) return error;
  return fault('grid-zone', { facts: { provider: NAME, why: String(error.facts.why) }, cause: error });
}

const isoOf = (at_ms: number) => new Date(at_ms).toISOString();
