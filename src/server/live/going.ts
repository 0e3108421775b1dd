// Which runs of a ledger go on, look by look, without reading ten thousand of them each second.
//
// A run whose writers have all ended can only change by another writer, which changes the time of its folder: it is read again
// when that does. Long work lets others in between.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder, runsFolder } from '../../ledger/records.ts';
import { goesOn, type RunEntry, runOf } from '../../ledger/runs.ts';

export interface Going {
  /** Those that go on, the newest first, and a number that is another one when a run came, went or changed its state. Never rejects. */
  at(
    now_ms: number,
  ): Promise<{ readonly runs: readonly RunEntry[]; readonly list: number; readonly in_ledger: number }>;
}

interface Known {
  changed_ms: number;
  /** ended: all of its writers have; open: one has not, so it goes on or was interrupted. */
  kind: 'unread' | 'ended' | 'open';
  state: string;
  /** Of an open one that does not go on. */
  read_ms: number;
}

/** How often the folders of runs that have ended are looked at, and how often open ones that do not go on. */
const SELDOM_MS = 10_000;
/** Work is done in pieces of so long. */
const PIECE_MS = 15;

export function createGoing(ledger: string): Going {
  const known = new Map<string, Known>();
  let list = 0;
  let looked_ms = Number.NEGATIVE_INFINITY;

  const readFolders = async (now_ms: number) => {
    const ids = namesIn(runsFolder(ledger)).filter((name) => !name.startsWith('.'));
    const there = new Set(ids);
    for (const id of known.keys()) {
      if (there.has(id)) continue;
      known.delete(id);
      list++;
    }
    // A clock that was set back makes no pause of it.
    const all = now_ms < looked_ms || now_ms - looked_ms >= SELDOM_MS;
    if (all) looked_ms = now_ms;
    await inPieces(ids, (id) => {
      const before = known.get(id);
      if (before !== undefined && !all) return;
      const changed_ms = changedMs(runFolder(ledger, id));
      if (before === undefined) known.set(id, { changed_ms, kind: 'unread', state: '', read_ms: now_ms });
      else if (changed_ms !== before.changed_ms) Object.assign(before, { changed_ms, kind: 'unread' });
    });
  };

  return {
    async at(now_ms) {
      await readFolders(now_ms);
      const runs: RunEntry[] = [];
      const due = [...known].filter(
        ([, one]) =>
          one.kind === 'unread' ||
          (one.kind === 'open' && (goesOn(one.state) || Math.abs(now_ms - one.read_ms) >= SELDOM_MS)),
      );
      await inPieces(due, ([id, one]) => {
        const before = `${one.kind} ${one.state}`;
        if (one.kind === 'unread') one.kind = hasOpenWriter(runFolder(ledger, id)) ? 'open' : 'ended';
        const entry = one.kind === 'open' ? runOf(ledger, id) : null;
        one.read_ms = now_ms;
        // Its files may be about to be made: it is read again.
        if (one.kind === 'open') one.state = entry?.state ?? '';
        else one.state = 'ended';
        if (entry !== null && goesOn(entry.state)) runs.push(entry);
        else if (entry !== null && !hasOpenWriter(runFolder(ledger, id))) Object.assign(one, { kind: 'ended' });
        if (before !== `${one.kind} ${one.state}`) list++;
      });
      runs.sort((a, b) => b.record.created_at_ms - a.record.created_at_ms);
      return { runs, list, in_ledger: known.size };
    },
  };
}

/** Whether one of its writers has not ended, or holds a job that it ended to start it again; also of a run without any yet. */
function hasOpenWriter(folder: string): boolean {
  const writers = namesIn(folder).filter((name) => !name.includes('.json') && !name.startsWith('.'));
  if (writers.length === 0) return true;
  return writers.some((name) => {
    const at = (file: string) => existsSync(join(folder, name, file));
    return !at('end.json') || at('paused.json');
  });
}

async function inPieces<T>(all: readonly T[], work: (one: T) => void): Promise<void> {
  let began = performance.now();
  for (const one of all) {
    work(one);
    if (performance.now() - began < PIECE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const changedMs = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
