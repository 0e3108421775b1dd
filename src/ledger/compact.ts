// Turns a sealed segment into Parquet beside it. It may die between any two steps: until the rename the open file
// is the truth, after it the Parquet file is, and the open one is only waiting to be deleted.

import { closeSync, fsyncSync, openSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from './durable.ts';
import { type Engine, openEngine } from './engine.ts';
import { SEGMENT, type TableName } from './records.ts';
import { isParquet } from './segments.ts';
import { sealStatement } from './tables.ts';

export const COMPACTION_STEPS = ['write', 'sync', 'rename', 'delete'] as const;
export type CompactionStep = (typeof COMPACTION_STEPS)[number];

/** Compacts one `.open` file; `before` is called before each step (tests stop there). */
export async function compactSegment(engine: Engine, open: string, before: (step: CompactionStep) => void = () => {}) {
  const table = SEGMENT.exec(open.split('/').pop()!)?.[1] as TableName | undefined;
  if (table === undefined) return;
  const parquet = open.replace(/\.open$/, '.parquet');
  if (!isParquet(parquet)) {
    const draft = `${parquet}.draft-${process.pid}`;
    before('write');
    await engine.run(sealStatement(table, open, draft));
    before('sync');
    const fd = openSync(draft, 'r');
    fsyncSync(fd);
    closeSync(fd);
    before('rename');
    renameSync(draft, parquet);
    syncFolder(dirname(parquet));
  }
  before('delete');
  unlinkSync(open);
}

/** Compacts what is complete in a writer's folder: all of it where the writer has ended, else all but the newest. */
export async function compactFolder(folder: string, ended: boolean): Promise<number> {
  const names = readdirSync(folder);
  for (const name of names) if (/\.parquet\.draft-\d+$/.test(name)) unlinkSync(join(folder, name));
  const segments = names.flatMap((name) => {
    const match = SEGMENT.exec(name);
    return match === null ? [] : [{ name, table: match[1]!, number: Number(match[2]), kind: match[3]! }];
  });
  const newest = (table: string) => Math.max(...segments.filter((s) => s.table === table).map((s) => s.number));
  const ready = segments.filter((s) => s.kind === 'open' && (ended || s.number < newest(s.table)));
  const filled = ready.filter((s) => statSync(join(folder, s.name)).size > 0);
  if (filled.length === 0) return 0;
  const engine = await openEngine('400MB');
  try {
    for (const { name } of filled) await compactSegment(engine, join(folder, name));
  } finally {
    engine.close();
  }
  return filled.length;
}
