// Keeps for who looks on how the budgets of a job stand: every few seconds, and at once where one comes to stand otherwise.
//
// The job and its budgets need none of it: where it cannot be written that is told once, and nothing else comes of it.

import { reasonOf } from '../core/fault.ts';
import type { Looked } from '../decide/decision.ts';
import { inForceOf } from '../decide/in-force.ts';
import { tellInForce } from '../ledger/in-force.ts';

export interface InForceTold {
  /** After each look, with the folder of the writer; null: there is none. Never throws. */
  look(folder: string | null, now_ms: number, looked: readonly Looked[]): void;
  /** What was looked at last, where it is not written yet. */
  last(folder: string | null): void;
}

const EVERY_MS = 5000;

export function createInForce(warn: (message: string) => void): InForceTold {
  let written: { readonly folder: string; readonly at_ms: number; readonly stands: string } | null = null;
  let newest: { readonly at_ms: number; readonly looked: readonly Looked[] } | null = null;
  let told = false;
  const write = (folder: string, at_ms: number, looked: readonly Looked[]) => {
    try {
      tellInForce(folder, { at_ms: Math.round(at_ms), budgets: inForceOf(looked) });
    } catch (error) {
      if (!told) warn(`how the budgets stand cannot be told to who looks on: ${reasonOf(error)}`);
      told = true;
    }
    written = { folder, at_ms, stands: standsOf(looked) };
  };
  return {
    look(folder, now_ms, looked) {
      newest = { at_ms: now_ms, looked };
      if (folder === null || looked.length === 0) return;
      const age = written === null || written.folder !== folder ? Number.POSITIVE_INFINITY : now_ms - written.at_ms;
      // A clock that was set back makes no pause of it.
      if (age < 0 || age >= EVERY_MS || written!.stands !== standsOf(looked)) write(folder, now_ms, looked);
    },
    last(folder) {
      if (folder === null || newest === null || newest.looked.length === 0) return;
      if (written === null || written.folder !== folder || written.at_ms !== newest.at_ms)
        write(folder, newest.at_ms, newest.looked);
    },
  };
}

/** What must not be seen late. */
const standsOf = (looked: readonly Looked[]): string =>
  looked
    .map(({ budget, verdict }) => [budget.id, budget.limit.text, verdict.standing, verdict.holding.length].join(' '))
    .join('\n');
