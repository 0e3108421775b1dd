// Knows whose answer a JSON document is, and what it says, by the drivers' own readers.
//
// Nobody asked for it here, so zone, kind and scope are what the answer says of itself. What lies after the time an answer
// was made is a forecast.

import type { SavedPoint } from './file-json.ts';
import type { FileRows, Quality } from './file-table.ts';
import { type Found, foundIn } from './providers/electricity-maps.ts';
import { answerOf, halfHoursIn } from './providers/neso.ts';
import { instant, pointsOf, replyIn } from './providers/watttime.ts';

type Json = Readonly<Record<string, unknown>>;
export interface Saved extends Required<FileRows['about']> {
  readonly points: readonly SavedPoint[];
  readonly notes: readonly string[];
}

/** null: it is none that is known. Throws Fault grid-bad for one that is damaged. */
export function savedAnswer(found: Json): Saved | null {
  if (isObject(found.meta) && 'units' in found.meta) return ofWattTime(found);
  const rows = ['data', 'history', 'forecast'].map((name) => found[name]).find(Array.isArray) as unknown[] | undefined;
  const [first] = rows ?? [found.data];
  if (!isObject(first)) return null;
  if ('carbonIntensity' in first) return ofElectricityMaps(found, first);
  if ('intensity' in first) return ofNeso(found, false);
  if ('regionid' in first) return ofNeso(found, true);
  return null;
}

function ofElectricityMaps(body: Json, first: Json): Saved {
  const zone = [body.zone, first.zone].find((said) => typeof said === 'string') ?? '';
  const scope = first.emissionFactorType === 'direct' ? 'direct' : 'lifecycle'; // lifecycle unless asked otherwise
  const found = foundIn(body, zone as string, scope);
  const points = found.rows.map((row): SavedPoint => {
    const updated_ms = row.updatedAt ?? found.updated_ms;
    const ahead = found.forecast || (updated_ms !== null && row.datetime >= updated_ms);
    return {
      ...{ from_ms: row.datetime, to_ms: null, g_per_kwh: row.carbonIntensity }, // its rows do not say how long they are
      quality: ahead ? 'forecast' : qualityOf(row),
    };
  });
  return {
    ...{ zone: zone as string, kind: 'average', scope, provider: 'electricity-maps' },
    ...{ source: 'https://www.electricitymaps.com', licence: 'by plan', points, notes: [] },
  };
}

const qualityOf = ({ isEstimated }: Found['rows'][number]): Quality =>
  isEstimated === false ? 'measured' : 'estimated';

function ofWattTime(body: Json): Saved {
  const reply = replyIn(body);
  const { region, signal_type: signalType, generated_at } = reply.meta;
  const made_ms = generated_at == null ? Number.POSITIVE_INFINITY : instant(generated_at, 'meta.generated_at');
  const points = pointsOf(reply, { region, signalType }, 'measured').map((point) =>
    point.to_ms > made_ms ? { ...point, quality: 'forecast' as const } : point,
  );
  return {
    ...{ zone: '', kind: signalType === 'co2_aoer' ? 'average' : 'marginal', scope: 'direct', provider: 'watttime' },
    ...{ source: 'https://api.watttime.org', licence: 'WattTime’s terms of service', points },
    notes: [`it is of WattTime's region ${region}: name the zone with --zone`],
  };
}

function ofNeso(body: Json, ofRegion: boolean): Saved {
  const { id, rows } = halfHoursIn(body, ofRegion);
  const ever = { from_ms: Number.NEGATIVE_INFINITY, to_ms: Number.POSITIVE_INFINITY };
  const { points, notes } = answerOf(ever, id, rows, ({ actual }) => actual ?? null);
  return {
    ...{ zone: id === null ? 'GB' : `GB-REGION-${id}`, kind: 'average', scope: 'direct', provider: 'neso' },
    ...{
      source: 'https://carbonintensity.org.uk',
      licence: 'CC BY 4.0, National Energy System Operator',
      points,
      notes,
    },
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
