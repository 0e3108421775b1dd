// joulebook dataset export, import and describe.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import SPDX from 'spdx-license-ids/index.json' with { type: 'json' };
import type { Imported } from '../app/dataset-import.ts';
import { runsMeant } from '../app/exports.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { INCLUDES, type Include } from '../exchange/dataset/anonymous.ts';
import { listRuns } from '../ledger/runs.ts';
import { durationMs, oneOf } from './options.ts';
import { rejectedRows, tellRejected } from './rejected.ts';
import { print, progress, warn } from './say.ts';

declare const JOULEBOOK_VERSION: string;

export interface ExportOptions {
  licence?: string;
  include?: string;
  resolution: string;
  times: string;
  saltFile?: string;
  title?: string;
  creator?: string;
  purpose?: string;
  json?: boolean;
  ledger?: string;
}

/** Writes a data set of the runs named, else of all, and says what is in it. Rejects with a Fault. */
export async function exportDatasetCommand(
  folder: string,
  wanted: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const licence = licenceOf(options.licence);
  const include = includesOf(options.include);
  const resolution_ms = resolutionOf(options.resolution);
  const relative = oneOf('--times', options.times, ['kept', 'relative']) === 'relative';
  if (relative && include.includes('intensity'))
    throw usage('--include intensity: a course of the grid would tell when a run was', 'leave one of the two out');
  const { folder: ledger } = await settingsOf(options);
  const entries = wanted.length === 0 ? listRuns(ledger) : runsMeant(ledger, wanted);
  const { exportDataset } = await import('../app/dataset-export.ts');
  const { manifest, left_out } = await exportDataset(ledger, entries, {
    ...{ folder: resolve(folder), title: options.title ?? 'Energy of runs', creator: options.creator ?? null },
    ...{ purpose: options.purpose ?? null, licence, include, relative, resolution_ms, version: JOULEBOOK_VERSION },
    ...{ key: options.saltFile === undefined ? null : keyIn(options.saltFile), told: progress },
  }).finally(() => progress(''));
  if (options.json) {
    const { id, tables } = manifest;
    print(JSON.stringify({ schema: 'joulebook/dataset-export/v1', folder, id, tables, left_out }, null, 2));
    return;
  }
  for (const { run, why } of left_out) warn(`run ${run} is left out: ${why}`);
  const { runs, energy } = manifest.tables;
  process.stderr.write(
    `joulebook: ${runs.rows} run${runs.rows === 1 ? '' : 's'}, ${energy.rows} rows of energy → ${folder} (${manifest.id.slice(0, 12)})\n`,
  );
}

/** A licence as SPDX names it. Throws Fault usage. */
function licenceOf(text: string | undefined): string {
  const hint =
    'an id of https://spdx.org/licenses, such as CC-BY-4.0, CC0-1.0 or ODbL-1.0; or LicenseRef-NAME for one of your own';
  if (text === undefined) throw usage('say under which licence it may be used: --licence ID', hint);
  if (/^LicenseRef-[A-Za-z0-9.-]+$/.test(text)) return text;
  const found = SPDX.find((id) => id.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw usage(`--licence: SPDX knows no "${text}"`, hint);
  return found;
}

const includesOf = (text: string | undefined): Include[] =>
  (text ?? '').split(',').flatMap((word) => (word.trim() === '' ? [] : [oneOf('--include', word.trim(), INCLUDES)]));

/** ms; 0 for what is recorded as it is. */
function resolutionOf(text: string): number {
  const ms = durationMs({ text: text.replace(/min$/, 'm'), from: '--resolution' }, 1000, 3_600_000);
  if (3_600_000 % ms !== 0)
    throw usage(`--resolution: "${text}" does not divide an hour`, 'such as 1s, 10s, 1min, 15min, 1h');
  return ms === 1000 ? 0 : ms;
}

const LEAST_KEY = 16;

/** The key in a file, which is made where it is not there. Throws Fault usage, file-unreadable. */
function keyIn(file: string): Uint8Array {
  try {
    if (!existsSync(file)) {
      writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
      warn(`a new key is in ${file}: who has it can tell whose the ids are, so keep it to yourself`);
    }
    const key = Buffer.from(readFileSync(file, 'utf8').trim());
    if (key.length >= LEAST_KEY) return key;
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  throw usage(
    `--salt-file: ${file} holds fewer than ${LEAST_KEY} characters`,
    'leave it to be made, or put a long random text there',
  );
}

export interface ImportOptions {
  json?: boolean;
  ledger?: string;
}

/** Merges a data set into the ledger and says what was made of it. Rejects with a Fault. */
export async function importDatasetCommand(path: string, options: ImportOptions): Promise<void> {
  const { folder: ledger } = await settingsOf(options);
  const { importDataset } = await import('../app/dataset-import.ts');
  const done = await importDataset(ledger, path, { version: JOULEBOOK_VERSION, told: progress }).finally(() =>
    progress(''),
  );
  if (options.json) print(JSON.stringify(toldJson(done), null, 2));
  else tell(done);
}

function toldJson({ dataset, runs, there, rows, rejected, differs }: Imported) {
  const columns = Object.entries(dataset.manifest.tables).map(([name, table]) => `${name}: ${table.rows} rows`);
  return {
    ...{ schema: 'joulebook/import/v1', dataset: dataset.manifest.id, run: runs.at(-1) ?? null, runs, there },
    ...{ rows, columns, rejected: rejectedRows(rejected), differs },
  };
}

function tell({ dataset, runs, there, rejected, differs }: Imported): void {
  const { title, licence } = dataset.manifest;
  process.stderr.write(
    `${title}, ${licence}: ${runs.length} new run${runs.length === 1 ? '' : 's'}, ${there.length} were there already\n`,
  );
  tellRejected(rejectedRows(rejected));
  for (const { run, line, was, is, why } of differs.slice(0, MOST_TOLD))
    process.stderr.write(`  ${run} ${line}: ${is ?? 'unknown'} here, ${was ?? 'unknown'} in the data set: ${why}\n`);
  if (differs.length > MOST_TOLD)
    process.stderr.write(`  and ${differs.length - MOST_TOLD} more figures that differ: --json lists them\n`);
  for (const run of runs) print(run);
}
const MOST_TOLD = 10;

/** Prints the head of the datasheet, or the manifest. Rejects as openDataset. */
export async function describeDataset(path: string, options: { json?: boolean }): Promise<void> {
  const { openDataset } = await import('../exchange/dataset/manifest.ts');
  const { folder, manifest } = await openDataset(path);
  if (options.json) return print(JSON.stringify(manifest, null, 2));
  const sheet = readFileSync(join(folder, 'datasheet.md'), 'utf8');
  print(sheet.split('\n## ')[0]!.trimEnd());
}
