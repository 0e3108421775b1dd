// A Carbon Aware SDK WebAPI of one's own: whatever source it stands in front of, by its named locations.
//
// It says neither of what kind nor of what scope its values are, nor whether they were measured: the first two are told by
// whoever set it up, the last is left at estimated. Durations are minutes here, .NET time spans there, and 0 where its
// source gave none.
// https://github.com/Green-Software-Foundation/carbon-aware-sdk (casdk-docs/docs/tutorial-basics/carbon-aware-webapi.md)

import * as v from 'valibot';
import { Fault, fault } from '../../core/fault.ts';
import { checked, intensity, time } from '../checked.ts';
import { createHttp, type Passed } from '../http.ts';
import {
  type Answer,
  type Asked,
  type IntensityProvider,
  type Kind,
  type Offer,
  type Point,
  partsOf,
  type Scope,
  tidy,
  wholeSteps,
} from '../provider.ts';

const NAME = 'carbon-aware-sdk';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface CarbonAwareSdkOptions extends Passed {
  /** Where it runs: there is no public one. */
  readonly base: string;
  /** What its source gives: WattTime marginal and direct by 5 minutes, Electricity Maps average and lifecycle by the hour. */
  readonly kind: Kind;
  readonly scope: Scope;
  readonly basis: Offer['basis'];
  readonly step_s: number;
  /** Its location for a zone, as GET /locations names it: { DE: 'germanywestcentral' }; else the zone's key is asked for. */
  readonly locations?: Readonly<Record<string, string>>;
  /** The licence of its source's data. */
  readonly licence?: string;
}

/** hh:mm:ss, d.hh:mm:ss.fffffff: a TimeSpan of .NET, in ms. */
const timeSpan = v.pipe(
  v.string(),
  v.regex(/^(?:\d{1,8}\.)?\d\d:\d\d:\d\d(?:\.\d{1,7})?$/, 'it is not a time span'),
  v.transform((text) => {
    const [, days = '0', hours, minutes, seconds] = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)/.exec(text)!;
    return Number(days) * 24 * HOUR_MS + Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000;
  }),
);
const minutes = v.pipe(
  v.number(),
  v.minValue(0),
  v.transform((count) => count * MINUTE_MS),
);
const duration = v.nullish(v.union([minutes, timeSpan]));

const observed = v.nullable(v.array(v.object({ time, rating: intensity, duration })));
/** Its optimal data point or points, as it is written or as it is, are means over a window and nothing for us. */
const forecasts = v.nullable(
  v.array(
    v.object({
      generatedAt: v.nullish(time),
      forecastData: v.nullish(v.array(v.object({ timestamp: time, value: intensity, duration }))),
    }),
  ),
);

/** Asks a WebAPI, without a key. */
export function carbonAwareSdk(options: CarbonAwareSdkOptions): IntensityProvider {
  const { base, kind, scope, basis, step_s, locations = {}, licence, ...passed } = options;
  const http = createHttp({ provider: NAME, base, ...passed });
  const offer: Offer = {
    ...{ name: NAME, kind, scopes: [scope], basis, step_s, forecast_h: 24 }, // what its sources give unasked
    longest_ms: 240 * HOUR_MS, // what Electricity Maps behind it takes; WattTime takes more
    settled_h: null,
    rate: { requests: 1, per_s: 1 }, // that of its source
    source: 'https://github.com/Green-Software-Foundation/carbon-aware-sdk',
    licence: licence ?? 'that of its source',
    needs: [],
  };
  const locationOf = ({ zone }: Asked) => locations[zone] ?? zone;
  const ask = (path: string, query: Record<string, string>, { signal }: Asked) =>
    http.json(path, { query, signal }).catch((error: unknown) => {
      throw unknownLocation(error);
    });

  return {
    offer,
    async history(asked) {
      const location = locationOf(asked);
      const rows: Row[][] = [];
      for (const { from_ms, to_ms } of partsOf(wholeSteps(asked, step_s * 1000), offer.longest_ms)) {
        const span = { time: isoOf(from_ms), toTime: isoOf(to_ms) };
        const found = checked(NAME, observed, await ask('/emissions/bylocation', { location, ...span }, asked));
        rows.push((found ?? []).map((row) => ({ at_ms: row.time, g_per_kwh: row.rating, ms: row.duration })));
      }
      return answerOf(asked, location, rows.flat(), {
        quality: 'estimated',
        step_ms: step_s * 1000,
        issued_at_ms: null,
      });
    },
    async forecast(asked) {
      const location = locationOf(asked);
      let body: unknown;
      try {
        // Without a window: with one, values would be means over it.
        body = await ask('/emissions/forecasts/current', { location }, asked);
      } catch (error) {
        if (!(error instanceof Fault && error.facts.status === 501)) throw error;
        return { region: location, points: [], issued_at_ms: null, notes: ['its source has no forecast'] };
      }
      const [found] = checked(NAME, forecasts, body) ?? [];
      const rows = (found?.forecastData ?? []).map((row) => ({
        ...{ at_ms: row.timestamp, g_per_kwh: row.value, ms: row.duration },
      }));
      const issued_at_ms = found?.generatedAt ?? null;
      return answerOf(asked, location, rows, { quality: 'forecast', step_ms: step_s * 1000, issued_at_ms });
    },
  };
}

interface Row {
  readonly at_ms: number;
  readonly g_per_kwh: number;
  readonly ms: number | null | undefined;
}

function answerOf(
  asked: Asked,
  region: string,
  rows: readonly Row[],
  more: { readonly quality: Point['quality']; readonly step_ms: number; readonly issued_at_ms: number | null },
): Answer {
  const { quality, step_ms, issued_at_ms } = more;
  const points = rows.map(({ at_ms, g_per_kwh, ms }) => ({
    ...{ from_ms: at_ms, to_ms: at_ms + (ms || step_ms), g_per_kwh, quality },
  }));
  return { region, points: tidy(points, asked), issued_at_ms, notes: [] };
}

/** A location that it has not is 400 like any other wrong question, in words of its own. */
function unknownLocation(error: unknown): unknown {
  if (!(error instanceof Fault && error.facts.status === 400 && /location/i.test(error.message))) return error;
  return fault('grid-zone', { facts: { provider: NAME, why: String(error.facts.why) }, cause: error });
}

const isoOf = (at_ms: number) => new Date(at_ms).toISOString();
