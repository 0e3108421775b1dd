// What a run's row depends on, as a text that is another one once any of it has changed: the run's own files, what is kept of
// the zones that it was in, and the files that it names. Files are told by size and time: none is read.

import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stampOf } from '../../ledger/grid-store.ts';
import { gridFile, runFolder } from '../../ledger/records.ts';
import type { RunEntry } from '../../ledger/runs.ts';

/** What of the ledger's knowledge a row is made with. */
export interface Needs {
  readonly zones: readonly string[];
  /** Hashes of files that people brought. */
  readonly files: readonly string[];
}

export function needsOf({ record, writers }: RunEntry): Needs {
  const { zone, moves = [], intensity, pue_series, price_series, account } = record;
  const places = writers.map((writer) => writer.record.place?.zone);
  const zones = [zone, ...moves.map((move) => move.zone), ...places].filter((one) => typeof one === 'string');
  const refs = [intensity, pue_series, price_series, account?.market?.certificates, account?.marginal];
  return { zones: [...new Set(zones)].sort(), files: refs.flatMap((ref) => ref?.hash ?? []) };
}

/** Of the run's own files; of one that is not there it is that of nothing. */
export function filesPrint(ledger: string, id: string): string {
  const folder = runFolder(ledger, id);
  const hash = createHash('sha1');
  for (const name of names(folder)) {
    const path = join(folder, name);
    if (name.includes('.json')) hash.update(told(name, path));
    else for (const inside of names(path)) hash.update(told(`${name}/${inside}`, join(path, inside)));
  }
  return hash.digest('base64url');
}

/** Fingerprints of what runs need, as it is now: each zone and file is looked at once. */
export function knowledgeOf(ledger: string): (needs: Needs) => string {
  const seen = new Map<string, string>();
  const once = (key: string, look: () => string): string => {
    const found = seen.get(key) ?? digest(look());
    seen.set(key, found);
    return found;
  };
  return ({ zones, files }) =>
    [
      ...zones.map((zone) => once(`zone ${zone}`, () => stampOf(ledger, [zone]))),
      ...files.map((hash) => once(`file ${hash}`, () => told(hash, gridFile(ledger, hash)))),
    ].join(' ');
}

function told(name: string, path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return `${name} ${found?.size} ${found?.mtimeMs}\n`;
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64url').slice(0, 16);

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
