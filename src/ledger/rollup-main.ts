// The process that makes roll-ups: of one run, or of all runs of a ledger, the newest first. One thread, lowest priority, silent.

import { readdirSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { nothingSeen, sealedOf } from './energy-files.ts';
import { openEngine } from './engine.ts';
import { makeBlocks, rollupsOf } from './rollup.ts';
import { listRuns, runOf } from './runs.ts';

const [cache, ledger, id] = process.argv.slice(2);
try {
  setPriority(19);
} catch {
  // not allowed here: it is short
}
try {
  if (cache !== undefined && ledger !== undefined) await make(cache, ledger);
} catch {
  process.exitCode = 1; // rows are read as they are
}

async function make(cache: string, ledger: string): Promise<void> {
  const one = id === undefined ? null : runOf(ledger, id);
  const runs = id === undefined ? listRuns(ledger) : one === null ? [] : [one];
  if (id === undefined) forget(rollupsOf(cache, ledger), new Set(runs.map(({ record }) => record.id)));
  const engine = await openEngine('400MB');
  await engine.run('SET threads = 1');
  for (const writer of runs.flatMap(({ writers }) => writers)) {
    const { sealed } = sealedOf(writer, nothingSeen());
    // A run whose segments are damaged is read as it is, and hides no other.
    if (sealed.length > 0) await makeBlocks(engine, cache, writer, sealed).catch(() => {});
  }
  engine.close();
}

/** Roll-ups of runs that are there no more. */
function forget(home: string, runs: ReadonlySet<string>): void {
  let names: string[] = [];
  try {
    names = readdirSync(home);
  } catch {
    return; // there are none
  }
  for (const name of names) if (!runs.has(name)) rmSync(join(home, name), { recursive: true, force: true });
}
