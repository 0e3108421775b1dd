// Corrections of a run made after it was recorded: read in their order, and applied to what run.json says (pure).
//
// run.json is never touched. One that cannot be read may have changed anything: what it could have changed is not known,
// until a later one says it anew.

import { createNext, type Numbered, readNumbered, type Sequel } from './numbered.ts';
import {
  type AmendmentRecord,
  type Change,
  type PlaceRecord,
  type PriceKey,
  type PueKey,
  priceFields,
  pueFields,
  type RunRecord,
  runFolder,
} from './records.ts';
import { isAmendment } from './shapes.ts';

const AMENDMENTS: Sequel<AmendmentRecord> = {
  stem: 'amend',
  check: (value): value is AmendmentRecord => isAmendment(value),
};

/** What an amendment that cannot be read makes unknown, each with the reason. */
export type Unsure = { readonly [K in 'zone' | 'pue' | 'price' | 'account']?: string };

export interface Amended {
  /** As run.json says, with the amendments applied. */
  readonly record: RunRecord;
  readonly amendments: readonly AmendmentRecord[];
  readonly unsure: Unsure;
  /** Files that could not be understood, in words. */
  readonly damage: readonly string[];
}

/** The amendments of a run, in order. */
export const amendmentsIn = (folder: string): Numbered<AmendmentRecord>[] => readNumbered(folder, AMENDMENTS);

/**
 * Keeps an amendment under the next free number: later than all before it, whatever the clock says, so that those made by a
 * moment are the first ones. Throws what the file system says.
 */
export function addAmendment(
  ledger: string,
  run: string,
  said: Omit<AmendmentRecord, 'schema'>,
): { readonly number: number; readonly value: AmendmentRecord } {
  return createNext(runFolder(ledger, run), AMENDMENTS, (there) => {
    const last_ms = Math.max(Number.NEGATIVE_INFINITY, ...there.map(({ value }) => value?.at_ms ?? 0));
    return { schema: 'joulebook/amendment/v1', ...said, at_ms: Math.max(said.at_ms, last_ms + 1) };
  })!;
}

/** A run as amended by `as_of_ms`. */
export function amended(
  original: RunRecord,
  found: readonly Numbered<AmendmentRecord>[],
  as_of_ms = Number.POSITIVE_INFINITY,
): Amended {
  let record = original;
  let unsure: Unsure = {};
  const amendments: AmendmentRecord[] = [];
  const damage: string[] = [];
  for (const { file, value } of found) {
    if (value === null) {
      damage.push(
        `${file} cannot be read: it may have changed zone, PUE, price, account, tags, model, stage or parent`,
      );
      const why = `an amendment of this run (${file}) cannot be read: say zone, PUE, price and account anew with joulebook amend`;
      unsure = { zone: why, pue: why, price: why, account: why };
      continue;
    }
    if (value.at_ms > as_of_ms) break;
    amendments.push(value);
    record = applied(record, value);
    unsure = without(unsure, value.what);
  }
  return { record, amendments, unsure, damage };
}

/** Whether a change is of the zone for a part of the run's time alone. */
export const isPartial = ({ from_ms, to_ms }: Change): boolean => from_ms !== undefined || to_ms !== undefined;

function applied(record: RunRecord, { at_ms, what }: AmendmentRecord): RunRecord {
  const { zone, from_ms = null, to_ms = null, grid = null, intensity, tags = {}, untag = [] } = what;
  const kept = Object.entries({ ...record.tags, ...tags }).filter(([name]) => !untag.includes(name));
  const { grid: before, moves = [], place: there, model, stage, parent, ...others } = record;
  const { account, ...rest } = bare(others);
  const whole = zone !== undefined && !isPartial(what);
  const chain = whole ? grid : (before ?? null);
  const place = whole ? (what.place ?? null) : saysPue(what) ? unsourced(there) : (there ?? null);
  const all = zone === undefined ? moves : [...moves, { zone, grid, from_ms, to_ms, at_ms }];
  return {
    ...{ ...rest, zone: whole ? zone : record.zone, tags: Object.fromEntries(kept) },
    ...(saysPue(what) ? pueFields(what) : pueFields(record)),
    ...(saysPrice(what) ? priceFields(what) : priceFields(record)),
    ...accountIn(what.account === undefined ? account : what.account),
    intensity: intensity === undefined ? record.intensity : intensity,
    ...(chain === null ? {} : { grid: chain }),
    ...(place === null ? {} : { place }),
    ...(all.length === 0 ? {} : { moves: all }),
    ...lineageOf({ model, stage, parent }, what),
  };
}

const LINEAGE = ['model', 'stage', 'parent'] as const;
type Lineage = Pick<RunRecord, (typeof LINEAGE)[number]>;

/** What is said of model, stage and parent; null takes it back. */
function lineageOf(before: { [K in keyof Lineage]: Lineage[K] | undefined }, what: Change): Lineage {
  const said = LINEAGE.map((key) => [key, what[key] === undefined ? before[key] : what[key]] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== undefined && value !== null));
}

type Line = Pick<Change, PueKey | PriceKey>;

/** Without PUE and price. */
function bare<T extends Pick<RunRecord, PueKey | PriceKey>>(record: T): Omit<T, PueKey | PriceKey> {
  const { pue: _1, pue_low: _2, pue_high: _3, pue_series: _4, price: _5, price_series: _6, ...rest } = record;
  return rest;
}

/** A number or a series: whichever is said, the other is gone. */
export const saysPue = ({ pue, pue_series }: Line): boolean => pue !== undefined || pue_series !== undefined;
export const saysPrice = ({ price, price_series }: Line): boolean => price !== undefined || price_series !== undefined;

const accountIn = (account: Change['account']) => (account ? { account } : {});

/** A PUE that is said later is nobody's but the user's. */
const unsourced = (place: PlaceRecord | undefined): PlaceRecord | null =>
  place === undefined ? null : { ...place, pue_source: null, pue_scope: null, pue_year: null };

/** A whole zone is said with its intensity: nothing from before it counts. */
function without({ zone, pue, price, account }: Unsure, what: Change): Unsure {
  const sure = what.zone !== undefined && !isPartial(what);
  return {
    ...(zone === undefined || sure ? {} : { zone }),
    ...(pue === undefined || saysPue(what) ? {} : { pue }),
    ...(price === undefined || saysPrice(what) ? {} : { price }),
    ...(account === undefined || what.account !== undefined ? {} : { account }),
  };
}
