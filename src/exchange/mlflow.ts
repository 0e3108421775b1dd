// Figures of a run as metrics and tags of an MLflow run, in the files of its file store.
//
// Source: mlflow/store/tracking/file_store.py (mlflow 1 to 3): a metric is a file of lines "timestamp value step", a tag
// a file with its text. Only files that begin with "joulebook." are written, each anew.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import type { Account } from './account.ts';
import { flatRow } from './rows.ts';
import { badFile } from './text-file.ts';

/** Writes into the folder of an existing run (mlruns/EXPERIMENT/RUN); the names written. Throws Fault file-bad, file-unreadable. */
export function writeMlflow(folder: string, account: Account): string[] {
  if (!existsSync(join(folder, 'meta.yaml')))
    throw badFile(
      folder,
      "it is no run of MLflow's file store: it has no meta.yaml",
      'give mlruns/EXPERIMENT/RUN as --out',
    );
  const at_ms = account.run.ended_at_ms ?? account.run.started_at_ms;
  const written: string[] = [];
  const write = (kind: 'metrics' | 'tags', name: string, text: string) => {
    mkdirSync(join(folder, kind), { recursive: true });
    writeFileSync(join(folder, kind, `joulebook.${name}`), text);
    written.push(`${kind}/joulebook.${name}`);
  };
  try {
    for (const [name, value] of Object.entries(flatRow(account))) {
      if (name === 'tags' || value === null) continue; // a tag that ends in _why says why there is no metric
      if (typeof value === 'number') write('metrics', name, `${Math.round(at_ms)} ${value} 0\n`);
      else write('tags', name, value);
    }
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file: folder, why: reasonOf(cause) }, cause });
  }
  return written;
}
