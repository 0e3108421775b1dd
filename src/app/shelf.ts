// What accounts of a ledger have in common, read once: what is known of each zone, and the files that people brought.

import { type Viewer, viewOfMany } from '../grid/chain.ts';
import { asOf, type Known } from '../grid/knowledge.ts';
import { knownOfZone } from '../ledger/grid-store.ts';
import { keptFile } from '../ledger/kept.ts';
import { isStoredSeries } from '../ledger/shapes.ts';
import { type Own, revive } from '../run/intensity.ts';

export interface Shelf {
  readonly known: (zone: string) => readonly Known[];
  /** For many runs: all of what is known is put in order once, which takes longer than a part of it for one run. */
  readonly view?: Viewer;
  /** A series of the user's, by its hash. Throws Fault where it is lost. */
  own(hash: string): Own;
  /** A file as it was kept, by its hash. Throws as own. */
  kept<T>(hash: string, check: (value: unknown) => boolean): T;
}

/** As of a moment only what had come by then. */
export function shelfOf(
  ledger: string,
  { many = false, as_of_ms }: { many?: boolean; as_of_ms?: number | undefined } = {},
): Shelf {
  const known = once((zone) => {
    const all = knownOfZone(ledger, zone);
    return as_of_ms === undefined ? all : all.map((one) => asOf(one, as_of_ms));
  });
  const files = new Map<string, unknown>();
  return {
    known,
    ...(many ? { view: viewOfMany() } : {}),
    own: once((hash) => revive(keptFile(ledger, hash, isStoredSeries))),
    kept<T>(hash: string, check: (value: unknown) => boolean): T {
      const file = files.get(hash) ?? keptFile<T>(ledger, hash, check);
      files.set(hash, file);
      return file as T;
    },
  };
}

function once<T>(made: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    const value = kept.get(key) ?? made(key);
    kept.set(key, value);
    return value;
  };
}
