// Where the record would be kept, and whether it can be: looked at without writing anything.

import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf } from '../core/fault.ts';
import { FORMAT_VERSION } from '../ledger/records.ts';
import { goesOn, readRuns } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import type { LedgerJson } from './doctor-model.ts';
import type { Settings } from './settings.ts';

/** Never throws. */
export function ledgerState({ folder, ledger }: Pick<Settings, 'folder' | 'ledger'>): LedgerJson {
  const nearest = nearestThere(folder);
  const refused = refusal(nearest);
  const base = {
    ...{ path: folder, from: ledger?.from ?? null, known_version: FORMAT_VERSION },
    ...{ writable: refused === null, free_bytes: freeBytes(nearest) },
  };
  const none = { runs: null, running: null, damaged: [] };
  try {
    if (!hasLedger(folder)) return { ...base, ...none, exists: false, version: null, why: refused };
    const { runs, damaged } = readRuns(folder);
    const running = runs.filter(({ state }) => goesOn(state)).length;
    const { version } = JSON.parse(readFileSync(join(folder, 'ledger.json'), 'utf8')) as { version: number };
    return { ...base, exists: true, version, runs: runs.length, running, damaged, why: refused };
  } catch (error) {
    return { ...base, ...none, exists: true, version: null, why: reasonOf(error) };
  }
}

/** The folder itself, else the one in which it would be made. */
function nearestThere(folder: string): string {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return there;
}

function refusal(folder: string): string | null {
  try {
    if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `nothing can be written in ${folder}: ${reasonOf(error)}`;
  }
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
