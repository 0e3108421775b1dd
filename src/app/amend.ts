// From what a user says of a run that was recorded otherwise to an amendment: checked, without what is so already, and kept.

import { fault, usage } from '../core/fault.ts';
import { defined } from '../core/record.ts';
import { readIntensityFile } from '../grid/file.ts';
import { addAmendment, isPartial, saysPrice, saysPue } from '../ledger/amendments.ts';
import { type Kept, keep, refOf } from '../ledger/kept.ts';
import {
  type AmendmentRecord,
  type Change,
  type PlaceRecord,
  type PriceKey,
  type PueKey,
  priceFields,
  pueFields,
  type RunRecord,
} from '../ledger/records.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import { unwritable } from '../ledger/writer.ts';
import type { Chain } from '../run/intensity.ts';
import { chainFor } from './grid-config.ts';
import type { Setting, Settings } from './settings.ts';

/** What is said, each checked alone; null and empty: nothing of it. */
export interface Saying {
  readonly zone: Setting | null;
  readonly place: PlaceRecord | null;
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  readonly intensity: Setting | null;
  /** PUE, price and what the further lines are made with. */
  readonly lines: Pick<Change, PueKey | PriceKey | 'account'>;
  /** The files that it names. */
  readonly kept: readonly Kept[];
  /** Redacted. */
  readonly tags: Readonly<Record<string, string>>;
  readonly untag: readonly string[];
  /** Null in it: what was said is taken back. */
  readonly lineage: Pick<Change, 'model' | 'stage' | 'parent'>;
}

export interface Amending {
  readonly what: Change;
  /** Files of the user's that are to be kept with it. */
  readonly kept: readonly Kept[];
}

/**
 * What of the saying changes the run. Rejects with Fault usage where nothing does, with cut-outside, and as a zone or file that
 * cannot be used does.
 */
export async function amendingOf(entry: RunEntry, saying: Saying, settings: Settings): Promise<Amending> {
  const { tags, untag, lines, lineage } = saying;
  checkTags(entry, saying);
  const where = await whereOf(entry, saying, settings);
  const wanted: Change = {
    ...where.what,
    ...lines,
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(untag.length === 0 ? {} : { untag }),
    ...lineage,
  };
  const what = newIn(wanted, entry);
  const stored = where.stored === null ? [] : [where.stored];
  if (Object.keys(what).length > 0) return { what, kept: [...stored, ...saying.kept] };
  const said = Object.keys(wanted).length > 0;
  throw usage(
    said ? `nothing to amend: run ${entry.record.id} says so already` : 'nothing to amend: nothing is said',
    'say what is to be another: --zone, --pue, --price, --account, --tag, --untag, --intensity, --model, --stage or --parent-run',
  );
}

/** Keeps the amendment. Throws Fault ledger-unwritable. */
export function keepAmendment(
  ledger: string,
  run: string,
  { what, kept, ...said }: Amending & Pick<AmendmentRecord, 'at_ms' | 'user' | 'why'>,
): { readonly number: number; readonly value: AmendmentRecord } {
  try {
    keep(ledger, kept);
    return addAmendment(ledger, run, { ...said, what });
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
}

interface Where {
  readonly what: Change;
  readonly stored: Chain['stored'];
}

async function whereOf(entry: RunEntry, saying: Saying, settings: Settings): Promise<Where> {
  const { zone, from_ms, to_ms, intensity, place } = saying;
  const part = { ...(from_ms === null ? {} : { from_ms }), ...(to_ms === null ? {} : { to_ms }) };
  if (isPartial(part)) checkPart(entry, saying);
  if (zone === null) return intensity === null ? { what: {}, stored: null } : seriesOf(entry, intensity, settings);
  const { zone: key, spec, stored } = await chainFor({ ...settings, zone, intensity });
  const there = { zone: key!, grid: spec };
  if (isPartial(part)) return { what: { ...there, ...part }, stored: null };
  return { what: { ...there, intensity: refOf(stored) ?? keptSeries(entry, key!), place }, stored };
}

/** A series for the run's own zone; where it has none, the file's. */
async function seriesOf({ record }: RunEntry, intensity: Setting, settings: Settings): Promise<Where> {
  const { series } = await readIntensityFile(intensity.text);
  const its = series[0]!.zone;
  const there = record.zone;
  if (its !== '' && there !== null && its.toUpperCase() !== there.toUpperCase())
    throw usage(`${intensity.text} is of ${its}, the run is of ${there}`, `say that it was in ${its}: --zone ${its}`);
  const zone = there === null ? null : { text: there, from: 'the run' };
  const { stored, zone: key, spec } = await chainFor({ ...settings, zone, intensity });
  const moved = there === null && key !== null ? { zone: key, grid: spec, place: null } : {};
  return { what: { ...moved, intensity: refOf(stored) }, stored };
}

/** A series that was given for another zone is none of this one; one given without a zone may be. */
const keptSeries = ({ record }: RunEntry, zone: string): RunRecord['intensity'] =>
  record.zone === null || record.zone === zone ? record.intensity : null;

function checkPart({ record, writers }: RunEntry, { zone, from_ms, to_ms, intensity }: Saying): void {
  if (zone === null) throw usage('--from and --to are of --zone', 'say which zone the run was in then');
  if (intensity !== null)
    throw usage(
      '--intensity is of the whole run',
      `keep the series for its zone: joulebook grid import ${intensity.text} --zone ${zone.text}`,
    );
  if (from_ms !== null && to_ms !== null && from_ms >= to_ms)
    throw usage('--from is not before --to', 'give the beginning first');
  const first = Math.min(...writers.map((writer) => writer.record.started_at_ms));
  const last = Math.max(...writers.map(({ end }) => end?.ended_at_ms ?? Number.POSITIVE_INFINITY));
  const iso = (at_ms: number) => (Number.isFinite(at_ms) ? new Date(at_ms).toISOString() : 'no end yet');
  for (const at_ms of [from_ms, to_ms]) {
    if (at_ms === null || (at_ms >= first && at_ms <= last)) continue;
    throw fault('cut-outside', { facts: { run: record.id, from: iso(first), to: iso(last), asked: iso(at_ms) } });
  }
}

function checkTags({ record }: RunEntry, { tags, untag }: Saying): void {
  const both = untag.find((name) => name in tags);
  if (both !== undefined) throw usage(`--tag and --untag both name ${both}`, 'give one of them');
  const lost = untag.find((name) => !(name in record.tags));
  if (lost === undefined) return;
  const there = Object.keys(record.tags).join(', ') || 'none';
  throw usage(`--untag: run ${record.id} has no tag "${lost}"`, `its tags: ${there}`);
}

/** What is not so already; of what is in doubt everything counts. */
function newIn(wanted: Change, entry: RunEntry): Change {
  const { account, tags = {}, untag, model, stage, parent, ...others } = wanted;
  const { pue, pue_low, pue_high, pue_series, price, price_series, ...where } = others;
  const { record, unsure } = entry;
  const changed = Object.entries(tags).filter(([name, value]) => record.tags[name] !== value);
  return {
    ...(isElsewhere(where, entry) ? where : {}),
    ...(saysPue(wanted) && (unsure.pue !== undefined || !same(pueFields(wanted), pueFields(record)))
      ? defined({ pue, pue_low, pue_high, pue_series })
      : {}),
    ...(saysPrice(wanted) && (unsure.price !== undefined || !same(priceFields(wanted), priceFields(record)))
      ? defined({ price, price_series })
      : {}),
    ...(account === undefined || (unsure.account === undefined && same(account, record.account)) ? {} : { account }),
    ...(changed.length === 0 ? {} : { tags: Object.fromEntries(changed) }),
    ...(untag === undefined ? {} : { untag }),
    ...(model === undefined || same(model, record.model) ? {} : { model }),
    ...(stage === undefined || same(stage, record.stage) ? {} : { stage }),
    ...(parent === undefined || same(parent, record.parent) ? {} : { parent }),
  };
}

/** Whether a zone or series is another one than what is known of the run. */
function isElsewhere(where: Change, { record, writers, unsure }: RunEntry): boolean {
  const { zone, grid, intensity, place } = where;
  if (isPartial(where) || unsure.zone !== undefined) return true;
  if (intensity !== undefined && !same(record.intensity, intensity)) return true;
  if (zone === undefined) return false;
  const stays = staysOf(record, writers);
  return stays.length > 1 || zone !== stays[0]!.zone || !same(grid, stays[0]!.grid) || !same(place, record.place);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
