// The process that makes what looks at runs need: roll-ups of energy and phases of long logs, of one run or of all runs of a ledger,
// the newest first. One thread, lowest priority, silent.

import { readdirSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { energyFiles, nothingSeen, sealedOf } from '../../ledger/energy-files.ts';
import { type Engine, openEngine } from '../../ledger/engine.ts';
import { readerOn } from '../../ledger/reader.ts';
import { makeBlocks, rollupsOf } from '../../ledger/rollup.ts';
import { listRuns, type RunEntry, runOf } from '../../ledger/runs.ts';
import { keepPhases } from './phases.ts';
import { reachOf } from './window.ts';

const [cache, ledger, id] = process.argv.slice(2);
try {
  setPriority(19);
} catch {
  // not allowed here: it is short
}
try {
  if (cache !== undefined && ledger !== undefined) await prepare(cache, ledger);
} catch {
  process.exitCode = 1; // rows are read as they are
}

async function prepare(cache: string, ledger: string): Promise<void> {
  const one = id === undefined ? null : runOf(ledger, id);
  const runs = id === undefined ? listRuns(ledger) : one === null ? [] : [one];
  if (id === undefined) forget(rollupsOf(cache, ledger), new Set(runs.map(({ record }) => record.id)));
  const engine = await openEngine('400MB');
  await engine.run('SET threads = 1');
  // A run whose files are damaged is read as it is, and hides no other.
  for (const run of runs) await prepareRun(engine, cache, run).catch(() => {});
  engine.close();
}

async function prepareRun(engine: Engine, cache: string, entry: RunEntry): Promise<void> {
  const seen = nothingSeen();
  for (const writer of entry.writers) {
    const { sealed } = sealedOf(writer, seen);
    if (sealed.length > 0) await makeBlocks(engine, cache, writer, sealed);
  }
  const files = await energyFiles(engine, entry, { seen, cache });
  const events = (await readerOn(engine).events([entry])).get(entry.record.id)!;
  await keepPhases(engine, { entry, events, reach: reachOf(entry, files), cache });
}

/** What was made of runs that are there no more. */
function forget(home: string, runs: ReadonlySet<string>): void {
  let names: string[] = [];
  try {
    names = readdirSync(home);
  } catch {
    return; // there is nothing
  }
  for (const name of names) if (!runs.has(name)) rmSync(join(home, name), { recursive: true, force: true });
}
