// Which folders of runs have come, gone or changed since the last look, told by their times alone.
//
// A folder's time changes with each file that is made in it: an amendment, a writer. Times are as fine as the file system's
// clock, so one that has just changed is looked at once more.

import { readdirSync, statSync } from 'node:fs';
import { runFolder, runsFolder } from '../../ledger/records.ts';
import { inPieces } from './pieces.ts';

export interface Seen {
  /** The one that changed last comes first. */
  readonly came: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

export interface Folders {
  look(): Promise<Seen>;
  /** Whether nothing has been written there yet. */
  isEmpty(id: string): boolean;
}

/** A change within so long of the look may be followed by another at the same time. */
const COARSE_MS = 50;

export function createFolders(ledger: string): Folders {
  const times = new Map<string, number>();
  let ids: readonly string[] = [];
  let listed_ms = Number.NaN;
  const isEmpty = (id: string) => !names(runFolder(ledger, id)).some((name) => !name.startsWith('.'));
  return {
    async look() {
      const [came, changed, gone]: [string[], string[], string[]] = [[], [], []];
      const root = runsFolder(ledger);
      const all_ms = changedMs(root);
      if (all_ms !== listed_ms) {
        ids = names(root).filter((name) => !name.startsWith('.'));
        listed_ms = settled(all_ms);
        const there = new Set(ids);
        for (const id of times.keys()) if (!there.has(id)) gone.push(id);
        for (const id of gone) times.delete(id);
      }
      await inPieces(ids, (id) => {
        const at_ms = changedMs(`${root}/${id}`);
        const before = times.get(id);
        if (at_ms === before) return;
        times.set(id, settled(at_ms));
        (before === undefined ? came : changed).push(id);
      });
      came.sort((a, b) => (times.get(b) || Number.MAX_VALUE) - (times.get(a) || Number.MAX_VALUE));
      return { came, changed, gone };
    },
    isEmpty,
  };
}

/** A time that no later look finds again, where the change is too new to be told from the next. */
const settled = (at_ms: number): number => (Math.abs(Date.now() - at_ms) < COARSE_MS ? Number.NaN : at_ms);

const changedMs = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
