// What was made of a run that has ended is made once: it is kept while nothing of what it is made of looks changed, so that a page
// that is opened again is there at once.
//
// A run that goes on, what another zone or moment is asked of, and several runs together are made anew each time.

import { ID } from '../../ledger/records.ts';
import { goesOn, runOf } from '../../ledger/runs.ts';
import { filesPrint, knowledgeOf, needsOf } from '../index/fingerprint.ts';
import type { Asked, DocumentName, Documents, Made } from './makers.ts';

/** So many, the one that was not asked for the longest goes first; and characters of JSON of each. */
const [MOST, MOST_LONG] = [64, 1 << 20];

interface Kept {
  readonly print: string;
  readonly made: unknown;
}

export function documentsKept(ledger: string, inner: Documents): Documents {
  const kept = new Map<string, Kept>();
  return {
    async make<N extends DocumentName>(name: N, asked: Asked<N>): Promise<Made<N>> {
      const print = printOf(ledger, name, asked);
      if (print === null) return inner.make(name, asked);
      const key = `${name} ${JSON.stringify(asked)}`;
      const found = kept.get(key);
      kept.delete(key);
      const made = found?.print === print ? (found.made as Made<N>) : await inner.make(name, asked);
      if (typeof made !== 'string' || (made as string).length <= MOST_LONG) kept.set(key, { print, made });
      if (kept.size > MOST) kept.delete(kept.keys().next().value!);
      return made;
    },
    close: () => inner.close(),
  };
}

/** Another one once a document could be another; null for what is not kept. */
function printOf(ledger: string, name: DocumentName, asked: object): string | null {
  if (name !== 'report' && name !== 'starts') return null;
  const { run, zones, as_of_ms } = asked as Asked<'report'>;
  if (zones !== undefined || as_of_ms !== undefined || !ID.test(run)) return null;
  const entry = runOf(ledger, run);
  if (entry === null || goesOn(entry.state)) return null;
  return `${filesPrint(ledger, run)} ${knowledgeOf(ledger)(needsOf(entry))}`;
}
