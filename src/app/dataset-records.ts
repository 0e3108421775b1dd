// Rows of a data set as records of the ledger: a run, its segments as writers, their devices, and its intensities as a series of
// its own.

import { isRecord } from '../core/record.ts';
import { redactTags } from '../core/redact.ts';
import type { Row } from '../exchange/dataset/tables.ts';
import { placeNamed } from '../grid/places.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { isZone } from '../grid/zones.ts';
import type { AccountSpec } from '../ledger/account-spec.ts';
import { type Kept, keptAs, refOf } from '../ledger/kept.ts';
import {
  type EndRecord,
  type EventRow,
  type PlaceRecord,
  pueFields,
  type RankRecord,
  type RunRecord,
  type WriterRecord,
} from '../ledger/records.ts';
import { isRun } from '../ledger/shapes.ts';
import type { Machine } from '../meter/machine.ts';
import type { Device } from '../meter/port.ts';
import { plainIntensity } from '../run/intensity.ts';
import type { Stage } from '../workload/stage.ts';
import { placeRecord } from './place-record.ts';

/** The data set that rows are from. */
export interface From {
  /** Its id, and the name of its folder. */
  readonly id: string;
  readonly name: string;
  readonly relative: boolean;
  readonly at_ms: number;
  readonly version: string;
}

/** The run of a row; null where its texts are not what they should be. */
export function runOfRow(row: Row, stored: Kept | null, from: From): RunRecord | null {
  try {
    const record = recordOf(row, stored, from);
    return isRun(record) ? record : null;
  } catch {
    return null; // JSON that is none
  }
}

function recordOf(row: Row, stored: Kept | null, { id, name, at_ms, version }: From): RunRecord {
  const zone = text(row.zone);
  const own = { imported_from: name, imported_format: 'dataset', imported_hash: id };
  const kind = text(row.kind);
  const place = placeOf(row);
  return {
    ...{ schema: 'joulebook/run/v1', id: row.run as string, name: text(row.name) },
    command: row.command === null ? ['import', 'dataset', name] : (JSON.parse(String(row.command)) as string[]),
    ...{ created_at_ms: at_ms, user: text(row.user), cwd: text(row.cwd) ?? '' },
    git: row.git === null ? null : (JSON.parse(String(row.git)) as RunRecord['git']),
    tags: { ...redactTags(row.tags === null ? {} : (JSON.parse(String(row.tags)) as Record<string, string>)), ...own },
    zone: zone !== null && (isZone(zone) || stored !== null) ? zone : null,
    ...pueFields(given({ pue: number(row.pue), pue_low: number(row.pue_low), pue_high: number(row.pue_high) })),
    price:
      row.price_per_kwh === null || row.currency === null
        ? null
        : { per_kwh: Number(row.price_per_kwh), currency: String(row.currency) },
    intensity: refOf(stored),
    version: text(row.joulebook) ?? version,
    ...given({
      kind: kind === 'run' ? null : (kind as RunRecord['kind'] | null),
      ...{ cut_of: text(row.cut_of), parent: text(row.parent), model: text(row.model) },
      stage: text(row.stage) as Stage | null,
    }),
    work: given({
      tokens_per_step: number(row.tokens_per_step),
      ...{ batch: number(row.batch), seq_length: number(row.seq_length) },
    }),
    ...(place === null ? {} : { place }),
    ...(row.account === null ? {} : { account: accountOf(String(row.account), name) }),
  };
}

/** The numbers of an account section, each with its source. */
const accountOf = (json: string, dataset: string): AccountSpec =>
  JSON.parse(json, (_, value: unknown) =>
    isRecord(value) && 'value' in value ? { ...value, source: `as given in the data set ${dataset}` } : value,
  ) as AccountSpec;

/** The place as it is known here; its PUE is that of the run only where they are equal. */
function placeOf(row: Row): PlaceRecord | null {
  const place = placeNamed(text(row.place) ?? '');
  return place === null ? null : placeRecord(place, row.pue_is === 'place' && place.pue?.value === row.pue);
}

/** A segment as a writer. */
export function writerOfRow(row: Row, command: readonly string[]): WriterRecord {
  return {
    ...{ schema: 'joulebook/writer/v1', writer: `segment-${String(row.segment).padStart(6, '0')}`, command },
    ...{ host: text(row.host) ?? '', boot_id: String(row.run), pid_namespace: null, pid: 0, pid_start: null },
    ...{ started_at_ms: Number(row.started_at_ms), sampling_s: Number(row.sampling_s), imported: true },
    ...given({ role: text(row.role) as 'meter' | 'rank' | null, rank: rankOf(row) }),
    ...(row.virtual === null ? {} : { machine: machineOf(row) }),
  };
}

function rankOf(row: Row): RankRecord | null {
  const [launcher, rank, world] = [text(row.launcher), number(row.rank), number(row.world)];
  if (launcher === null || rank === null || world === null) return null;
  return { launcher, rank, world, local_rank: number(row.local_rank) };
}

const machineOf = (row: Row): Machine => ({
  ...{ cpu: text(row.cpu), sockets: number(row.sockets), cores: number(row.cores), threads: number(row.threads) },
  ...{ virtual: row.virtual === true, memory_bytes: number(row.memory_bytes), ssd_bytes: number(row.ssd_bytes) },
  ...{ hdd_bytes: number(row.hdd_bytes), nvidia_gpus: number(row.nvidia_gpus) },
});

/** How a segment ended; null where it died. */
export const endOfRow = ({ ended_at_ms, exit_code, signal, by_budget }: Row): EndRecord | null =>
  ended_at_ms === null
    ? null
    : {
        ...{ schema: 'joulebook/end/v1', ended_at_ms: Number(ended_at_ms), exit_code: number(exit_code) },
        ...{ signal: text(signal), work: { lines_dropped: 0, format: null } },
        ...given({ by_budget: text(by_budget) as EndRecord['by_budget'] | null }),
      };

/**
 * A device; its hash stands for its hardware's id. Of relative times each run has devices of its own: that two runs
 * had one at the same time is not known.
 */
export function deviceOfRow(row: Row, { name, relative }: From): Device {
  const unread = row.source === 'missing';
  const reach = row.reach_down_j === null ? null : { down: Number(row.reach_down_j), up: Number(row.reach_up_j) };
  return {
    ...{ device: String(row.device), kind: row.kind as Device['kind'], name: text(row.hardware) ?? String(row.device) },
    uuid: relative ? `${String(row.run).slice(0, 16)}-${row.device_id}` : String(row.device_id),
    ...{ source: row.source as Device['source'], charged: row.charged === true, limit_w: number(row.limit_w) },
    ...{ gain: { down: Number(row.gain_down), up: Number(row.gain_up) }, update_s: number(row.update_s) },
    notes: [unread ? 'no energy and no power can be read' : `from the data set ${name}`],
    ...given({ within: text(row.within), period_s: number(row.period_s), mean_s: number(row.mean_s), reach_j: reach }),
    ...(row.share === true ? { share_of: 'someone' } : {}),
  };
}

const WARNED = 'this was told when it was metered; its words are not in the data set';

/** An event; null where its facts are not what they should be. */
export function eventOfRow({ at_ms, event, device, facts }: Row): EventRow | null {
  try {
    const told = facts === null ? null : (JSON.parse(String(facts)) as NonNullable<EventRow['facts']>);
    if (
      told !== null &&
      (typeof told !== 'object' || Object.values(told).some((fact) => typeof fact === 'object' && fact !== null))
    )
      return null;
    return {
      ...{
        at_ms: Number(at_ms),
        event: String(event),
        message: String(event).startsWith('warn:') ? WARNED : 'from a data set',
      },
      ...(device === null ? {} : { device: String(device) }),
      ...(told === null ? {} : { facts: told }),
    };
  } catch {
    return null;
  }
}

/** The intensities of a run as they are kept for it; null where none are given, or they are no course. */
export function seriesOfRows(parts: readonly Row[], courses: readonly Row[], { name }: From): Kept | null {
  const ordered = [...parts].sort((a, b) => Number(a.part) - Number(b.part));
  const series = ordered.flatMap((part): IntensitySeries[] => {
    const course = courses
      .filter((row) => row.part === part.part)
      .sort((a, b) => Number(a.from_ms) - Number(b.from_ms));
    const crossed = course.some(
      (row, i) =>
        Number(row.to_ms) <= Number(row.from_ms) || (i > 0 && Number(row.from_ms) < Number(course[i - 1]!.to_ms)),
    );
    return part.given !== true || course.length === 0 || crossed ? [] : [seriesOf(part, course)];
  });
  const alike = new Set(series.map(({ kind, scope }) => `${kind} ${scope}`));
  return alike.size === 1 ? keptAs(name, plainIntensity({ series, notes: [] })) : null;
}

function seriesOf(part: Row, course: readonly Row[]): IntensitySeries {
  const column = (key: string) => Float64Array.from(course, (row) => Number(row[key]));
  const [mean, variation] = [number(part.zone_mean_g_per_kwh), number(part.zone_variation)];
  const evidence = {
    ...(mean === null || variation === null ? {} : { known: { mean_g_per_kwh: mean, variation } }),
    ...given({ lead_h: number(part.lead_h), weeks: number(part.weeks) }),
  };
  return {
    ...{
      zone: String(part.zone),
      provider: String(part.provider),
      source: String(part.source),
      licence: String(part.licence),
    },
    ...{
      kind: part.kind as 'average',
      scope: part.scope as 'direct',
      quality: part.quality as 'measured',
      year: number(part.year),
    },
    ...{ from_ms: column('from_ms'), to_ms: column('to_ms'), g_per_kwh: column('g_per_kwh') },
    ...given({ mean_of: text(part.mean_of) }),
    ...(Object.keys(evidence).length === 0 ? {} : { evidence }),
  };
}

/** Without what a terminal would take for an order. */
const text = (value: unknown): string | null => (typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ') : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };
/** What is not null of it. */
const given = <T extends Record<string, unknown>>(all: T): Given<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Given<T>;
