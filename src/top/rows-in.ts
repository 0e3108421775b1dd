// What a line or a Parquet row holds, as a row of its table; null for what is none. A damaged disk or a foreign hand may
// have left anything there.

import type { EventRow, StepRow } from '../ledger/records.ts';
import type { LiveRow } from '../run/live-account.ts';
import { stepOf } from '../workload/step.ts';

type Values = Record<string, unknown>;

/** A row of energy. There are millions of them: nothing is made that is not needed. */
export function rowIn(value: unknown): LiveRow | null {
  const row = valuesOf(value);
  if (row === null || typeof row.device !== 'string') return null;
  const from_ms = numberIn(row.from_ms);
  const to_ms = numberIn(row.to_ms);
  if (from_ms === null || to_ms === null || to_ms <= from_ms) return null;
  const joules = numberIn(row.energy_j);
  const energy_j = joules !== null && joules < 0 ? null : joules;
  return { device: row.device, from_ms, to_ms, energy_j, quality: row.quality as LiveRow['quality'] };
}

/** The columns of Parquet that these rows are made of. */
export const COLUMNS = {
  energy: ['device', 'from_ms', 'to_ms', 'energy_j', 'quality'],
  steps: ['at_ms', 'step', 'epoch', 'tokens', 'tokens_are', 'samples', 'loss', 'phase', 'it_j', 'total'],
  events: ['at_ms', 'event', 'message'],
} as const;

/** A step, with what is shown of it. */
export function stepIn(value: unknown): StepRow | null {
  const row = valuesOf(value);
  const at_ms = numberIn(row?.at_ms);
  if (row === null || at_ms === null) return null;
  const { tokens_are, phase } = row;
  const known = stepOf(at_ms, {
    ...{ step: numberIn(row.step), total: numberIn(row.total), epoch: numberIn(row.epoch) },
    ...{ tokens: numberIn(row.tokens), samples: numberIn(row.samples), loss: numberIn(row.loss) },
    tokens_are: tokens_are === 'cumulative' || tokens_are === 'per-step' || tokens_are === 'unsaid' ? tokens_are : null,
    phase: typeof phase === 'string' ? phase : null,
  });
  return { ...known, it_j: numberIn(row.it_j) };
}

/** An event, without its facts. */
export function eventIn(value: unknown): EventRow | null {
  const row = valuesOf(value);
  const at_ms = numberIn(row?.at_ms);
  if (row === null || at_ms === null || typeof row.event !== 'string' || typeof row.message !== 'string') return null;
  return { at_ms, event: row.event, message: row.message };
}

const valuesOf = (value: unknown): Values | null =>
  typeof value === 'object' && value !== null ? (value as Values) : null;

/** Parquet's whole numbers are bigints. */
function numberIn(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
