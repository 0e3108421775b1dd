// Every run and monitor of the ledger → what of its energy was wasted, and on what.
//
// The energy is that of joulebook total; each run's log, its end and the power of its GPUs tell the causes.

import { usage } from '../core/fault.ts';
import { type Cause, type Part as CausedPart, divided } from '../emissions/waste.ts';
import { isGpu, tellsIdle } from '../ledger/idle.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { type Lost, lostSince } from '../ledger/salvage.ts';
import { phases } from '../report/rows.ts';
import type { Slice } from '../report/slices.ts';
import { timeline } from '../report/timeline.ts';
import type { Part, TotalBy } from '../report/total.ts';
import { type CausePart, type Gap, type WasteJson, wasteOf } from '../report/waste.ts';
import { type CauseSlice, causeSlices } from '../report/waste-slices.ts';
import { plateauOf } from '../workload/plateau.ts';
import { type LedgerSlices, ledgerSlices, runSpan, type TotalWishes } from './ledger-slices.ts';
import { warningsOf } from './totals.ts';

/** Rejects with Fault ledger-missing, ledger-newer, engine-missing, engine-failed; usage for what is no time zone. */
export async function wasteIn(ledger: string, wishes: TotalWishes): Promise<WasteJson> {
  const reader = await openReader();
  try {
    const found = await ledgerSlices(reader, ledger, wishes);
    const { entries, damaged, account, keyOf } = found;
    const { slices, gaps } = await byCause(reader, found);
    const wholes = found.slices.map((slice): Part => ({ slice, key: keyOf(slice), account: account(slice) }));
    const known = new Map(wholes.map((whole) => [whole.slice, whole]));
    const parts = slices.map(({ cause, slice }): CausePart => {
      const { key, account: told } = known.get(slice) ?? { key: keyOf(slice), account: account(slice) };
      return { cause, slice, key, account: told };
    });
    const { since_ms, until_ms, time_zone, runs } = wishes;
    const by = wishes.by.join() || null;
    const made = wasteOf({ parts, wholes, gaps: gaps.map((gap) => ({ ...gap, key: keyOf(gap.slice) })) }, by);
    return {
      ...{
        schema: 'joulebook/waste/v1',
        since_ms,
        until_ms,
        runs: runs === undefined ? null : [...runs],
        by,
        time_zone,
      },
      ...made,
      warnings: warningsOf({ entries, damaged, total: made.total }),
    };
  } finally {
    reader.close();
  }
}

/** Throws Fault usage for a division that nothing tells of waste. */
export function checkWasteBy(by: readonly TotalBy[]): void {
  const odd = by.find((one) => one === 'host' || one === 'user');
  if (odd !== undefined)
    throw usage(`--by ${odd} is not known of waste`, 'project, month, model, stage, workflow or tag:NAME');
}

async function byCause(
  reader: Reader,
  found: LedgerSlices,
): Promise<{ slices: CauseSlice[]; gaps: Omit<Gap, 'key'>[] }> {
  const { all, slices, spanOf } = found;
  const lost = lostSince(all, (writer) => spanOf(writer).to_ms);
  const runs = new Map<RunEntry, Slice[]>();
  const out: CauseSlice[] = [];
  for (const slice of slices) {
    const whole = wholly(slice, lost);
    if (whole !== undefined) out.push({ cause: whole, slice });
    else runs.set(slice.entry, [...(runs.get(slice.entry) ?? []), slice]);
  }
  const idle = await reader.idle([...runs.keys()]);
  const gaps: Omit<Gap, 'key'>[] = [];
  for (const [entry, own] of runs) {
    const told = { ...(await lookedAt(reader, entry, found)), lost: lost.get(entry.record.id) };
    gaps.push(...own.flatMap((slice) => gapsOf(slice, told).map((gap) => ({ slice, ...gap }))));
    for (const host of new Set(own.map((slice) => slice.host))) {
      const stretches = (idle.get(entry.record.id) ?? []).filter((one) => one.host === host);
      const parts = await partsOf(reader, { entry, host, idle: stretches, told });
      for (const slice of own) if (slice.host === host) out.push(...causeSlices(slice, parts));
    }
  }
  return { slices: out, gaps };
}

/** The one cause of all of a slice; undefined where its run's course tells it. */
function wholly({ whose, entry: { record } }: Slice, lost: ReadonlyMap<string, Lost>): Cause | null | undefined {
  if (whose.kind === 'idle') return 'unreserved';
  if (whose.kind === 'unattributed') return null;
  const found = lost.get(record.id);
  return found?.since_ms === Number.NEGATIVE_INFINITY ? found.cause : undefined;
}

interface Told extends Pick<LedgerSlices, 'events'> {
  readonly steps: Awaited<ReturnType<Reader['steps']>>;
  readonly span: { readonly from: number; readonly to: number };
  readonly plateau: ReturnType<typeof plateauOf>;
  /** By what and since when it came to nothing; undefined: it did not. */
  readonly lost: Lost | undefined;
}

async function lookedAt(
  reader: Reader,
  entry: RunEntry,
  { spanOf, events }: LedgerSlices,
): Promise<Omit<Told, 'lost'>> {
  const { from_ms, to_ms } = runSpan(entry, spanOf);
  const steps = await reader.steps(entry);
  return { steps, events, span: { from: from_ms, to: Math.max(from_ms + 1, to_ms) }, plateau: plateauOf(steps) };
}

interface Own {
  readonly entry: RunEntry;
  readonly host: string;
  readonly idle: Awaited<ReturnType<Reader['idle']>> extends Map<string, infer T> ? T : never;
  readonly told: Told;
}

/** The run's energy on one host by cause; nothing where neither log nor idle GPUs tell any. */
async function partsOf(reader: Reader, { entry, host, idle, told }: Own): Promise<CausedPart[]> {
  const { steps, span, plateau, events, lost } = told;
  if (steps.length === 0 && idle.length === 0 && lost === undefined) return [];
  const writers = entry.writers.filter(({ record }) => record.host === host);
  const { id } = entry.record;
  const energy = (await reader.energy([{ ...entry, writers }], null)).get(id)!;
  const course = timeline({ energy, steps, events: events.get(id) ?? [], writers });
  const log = { steps, run: entry.record, writers: entry.writers, events: events.get(id) ?? [] };
  const marks = steps.length === 0 ? [] : phases(log, span);
  return divided({
    ...{ energy: course, idle, stretches: marks.map(({ label, to }) => ({ label: String(label), to })) },
    plateau_ms: plateau.kind === 'since' ? plateau.at_ms : null,
    ...(lost === undefined ? {} : { lost }),
  });
}

/** What could not be looked for in a slice of a run. */
function gapsOf({ entry, host }: Slice, { steps, plateau }: Told): Pick<Gap, 'causes' | 'why'>[] {
  const out: Pick<Gap, 'causes' | 'why'>[] = [];
  if (steps.length === 0)
    out.push({ causes: ['rework', 'stall', 'data', 'plateau'], why: 'no training steps were recorded' });
  else if (plateau.kind === 'unknown') out.push({ causes: ['plateau'], why: plateau.why });
  const own = entry.writers.filter(({ record }) => record.host === host);
  if (own.some(({ record }) => record.devices.some((device) => isGpu(device) && !tellsIdle(device))))
    out.push({ causes: ['idle'], why: 'it has GPUs without a known power limit, or shares of GPUs' });
  return out;
}
