// Rows to be worked out → rows: of those whose fingerprint is still the same there is nothing to do.
//
// A run that makes the engine fail must not hide the others: they are then tried in halves, down to the one.

import { rowsOfRuns } from '../../app/run-rows.ts';
import { reasonOf } from '../../core/fault.ts';
import { openReader, type Reader } from '../../ledger/reader.ts';
import { type RunEntry, runOf } from '../../ledger/runs.ts';
import type { RunRowJson } from '../../report/run-row.ts';
import { filesPrint, knowledgeOf, type Needs, needsOf } from './fingerprint.ts';

/** What a row was made of. */
export interface Basis {
  readonly files: string;
  readonly needs: Needs;
  readonly knowledge: string;
}

export interface Job {
  readonly id: string;
  /** Of the row that is known; null: it is to be made in any case. */
  readonly basis: Basis | null;
}

/** same: what is known still holds; gone: there is no such run; why: it cannot be worked out. */
export type Done =
  | { readonly id: string; readonly kind: 'row'; readonly row: RunRowJson; readonly basis: Basis }
  | { readonly id: string; readonly kind: 'same' }
  | { readonly id: string; readonly kind: 'gone' }
  | { readonly id: string; readonly kind: 'failed'; readonly why: string };

/** Works out rows; close() it. */
export interface Workshop {
  /** Never rejects. */
  work(jobs: readonly Job[]): Promise<readonly Done[]>;
  close(): void;
}

/** In this process; the engine is opened for the first row that is to be made. */
export function openWorkshop(ledger: string): Workshop {
  let reader: Promise<Reader> | null = null;
  let busy: Promise<unknown> = Promise.resolve();
  const opened = (): Promise<Reader> => {
    reader ??= openReader('256MB');
    return reader;
  };
  return {
    async work(jobs) {
      const print = knowledgeOf(ledger);
      const done: Done[] = [];
      const entries: RunEntry[] = [];
      const bases = new Map<string, Basis>();
      for (const { id, basis } of jobs) {
        // Before anything of it is read: what changes meanwhile is seen the next time.
        const files = filesPrint(ledger, id);
        if (basis !== null && basis.files === files && basis.knowledge === print(basis.needs)) {
          done.push({ id, kind: 'same' });
          continue;
        }
        const entry = runOf(ledger, id);
        if (entry === null) {
          done.push({ id, kind: 'gone' });
          continue;
        }
        const needs = needsOf(entry);
        entries.push(entry);
        bases.set(id, { files, needs, knowledge: print(needs) });
      }
      const rows = made({ ledger, opened, bases }, entries);
      busy = rows;
      return [...done, ...(await rows)];
    },
    close() {
      // An engine that is closed amid a question takes the process with it.
      void busy.then(async () => (await reader)?.close()).catch(() => {});
    },
  };
}

interface Place {
  readonly ledger: string;
  readonly opened: () => Promise<Reader>;
  readonly bases: ReadonlyMap<string, Basis>;
}

async function made(place: Place, entries: readonly RunEntry[]): Promise<Done[]> {
  if (entries.length === 0) return [];
  try {
    const rows = await rowsOfRuns(await place.opened(), place.ledger, entries);
    return [...rows].map(([id, row]) => ({ id, kind: 'row', row, basis: place.bases.get(id)! }));
  } catch (error) {
    if (entries.length === 1) return [{ id: entries[0]!.record.id, kind: 'failed', why: reasonOf(error) }];
    const half = Math.ceil(entries.length / 2);
    return [...(await made(place, entries.slice(0, half))), ...(await made(place, entries.slice(half)))];
  }
}
