// joulebook import codecarbon|zeus|kepler|dcgm|carbontracker: other tools' records become runs.

import { basename } from 'node:path';
import type { Said } from '../app/account-config.ts';
import { locator } from '../app/import-places.ts';
import { recordForeign } from '../app/import-run.ts';
import { reportOf } from '../app/reports.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { fault } from '../core/fault.ts';
import { redactTags } from '../core/redact.ts';
import { zoneTime } from '../core/zone-time.ts';
import type { ForeignRun, Found } from '../exchange/found.ts';
import { keep, refOf } from '../ledger/kept.ts';
import type { RunRecord } from '../ledger/records.ts';
import { findRun, listRuns } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import { createRun, unwritable } from '../ledger/writer.ts';
import { reportText } from '../report/text.ts';
import { newRunId } from '../run/identity.ts';
import { colorOn } from './color.ts';
import { type LineageOptions, lineageOf } from './lineage.ts';
import { accountOf, keptOf } from './metering.ts';
import { durationMs, tagsOf, timeOf } from './options.ts';
import { placeOfRun } from './place.ts';
import { rejectedRows, tellRejected } from './rejected.ts';

declare const JOULEBOOK_VERSION: string;

export interface ForeignOptions extends LineageOptions {
  name?: string;
  zone?: string;
  pue?: string;
  tag?: string[];
  price?: string;
  account?: string;
  intensity?: string;
  ledger?: string;
  tz?: string;
  start?: string;
  every?: string;
  again?: boolean;
  json?: boolean;
}

export const FORMATS = ['codecarbon', 'zeus', 'kepler', 'dcgm', 'carbontracker'] as const;
export type Format = (typeof FORMATS)[number];

/** Imports a file (or, of carbontracker, a folder) and says what was made of it. Rejects with a Fault. */
export async function importForeign(format: Format, file: string, options: ForeignOptions): Promise<void> {
  const own = await settingsOf(options);
  const ledger = own.folder;
  const lineage = lineageOf(own);
  const found = await read(format, file, options);
  if (options.again !== true) refuseAgain(ledger, file, found.hash);
  const locate = locator(options);
  const saidWith = accounts();
  const made: RunRecord[] = [];
  const created_at_ms = Date.now();
  try {
    for (const [i, one] of found.runs.entries()) {
      const { settings, chain } = await locate(one.places);
      const { pue, user } = settings;
      const own = pue !== null && (pue.from === '--pue' || one.pue === null);
      const said = await saidWith(own ? pue : null, settings);
      const run: RunRecord = {
        ...{ schema: 'joulebook/run/v1', id: newRunId(), name: nameOf(one, found, options, i) },
        ...{ command: ['import', format, basename(file)], created_at_ms: created_at_ms + i, user, cwd: '', git: null },
        ...{ zone: chain.zone, tags: tags(format, file, { one, found, options }) },
        ...{ ...said.record, version: JOULEBOOK_VERSION, intensity: refOf(chain.stored) },
        ...(own ? {} : { pue: one.pue }),
        ...(chain.spec === null ? {} : { grid: chain.spec }),
        ...{ ...placeOfRun(own ? settings : { ...settings, pue: null }), ...lineage },
      };
      createRun(ledger, run);
      keep(ledger, keptOf(chain, said));
      await recordForeign(ledger, run, one);
      made.push(run);
    }
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  await tell(ledger, made, found, options);
}

/** What is said with a PUE, read once: of the runs of a file that alone differs. */
function accounts(): (pue: Settings['pue'], settings: Settings) => Promise<Said> {
  const read = new Map<string | null, Promise<Said>>();
  return (pue, settings) => {
    const key = pue?.text ?? null;
    const said = read.get(key) ?? accountOf({ ...settings, pue });
    read.set(key, said);
    return said;
  };
}

async function read(format: Format, file: string, options: ForeignOptions): Promise<Found> {
  const time = zoneTime(options.tz);
  const start_ms = timeOf('--start', options.start);
  const every = { text: options.every ?? '1s', from: '--every' };
  const every_ms = durationMs(every, 1, 86_400_000);
  switch (format) {
    case 'codecarbon':
      return (await import('../exchange/codecarbon.ts')).readCodeCarbon(file, time);
    case 'zeus':
      return (await import('../exchange/zeus.ts')).readZeus(file, { start_ms });
    case 'kepler':
      return (await import('../exchange/kepler.ts')).readKepler(file, time);
    case 'dcgm':
      return (await import('../exchange/dcgm.ts')).readDcgm(file, { time, start_ms, every_ms });
    case 'carbontracker':
      return (await import('../exchange/carbontracker.ts')).readCarbontracker(file, time);
  }
}

function refuseAgain(ledger: string, file: string, hash: string): void {
  if (!hasLedger(ledger)) return;
  const before = listRuns(ledger).find(({ record }) => record.tags.imported_hash === hash);
  if (before !== undefined) throw fault('import-again', { facts: { file, run: before.record.id } });
}

function nameOf({ name }: ForeignRun, { runs }: Found, options: ForeignOptions, i: number): string | null {
  if (options.name === undefined) return name;
  return runs.length === 1 ? options.name : `${options.name}-${i + 1}`;
}

interface Tagged {
  readonly one: ForeignRun;
  readonly found: Found;
  readonly options: ForeignOptions;
}

function tags(format: Format, file: string, { one, found, options }: Tagged): Record<string, string> {
  const own = { imported_from: basename(file), imported_format: format, imported_hash: found.hash };
  return { ...redactTags({ ...one.tags, ...tagsOf('--tag', options.tag ?? []) }), ...own };
}

async function tell(ledger: string, made: readonly RunRecord[], found: Found, options: ForeignOptions): Promise<void> {
  const { rows, columns, notes } = found;
  const rejected = rejectedRows(found.rejected);
  const runs = made.map(({ id }) => id);
  if (options.json) {
    const told = { schema: 'joulebook/import/v1', run: runs.at(-1), runs, rows, columns, rejected, notes };
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  process.stderr.write(`${rows} row${rows === 1 ? '' : 's'} → ${runs.length} run${runs.length === 1 ? '' : 's'}\n`);
  for (const column of columns) process.stderr.write(`  ${column}\n`);
  for (const note of notes) process.stderr.write(`  note: ${note}\n`);
  tellRejected(rejected);
  if (made.length === 1) {
    process.stdout.write(reportText(await reportOf(ledger, findRun(ledger, runs[0]!)), colorOn(process.stdout)));
    return;
  }
  for (const { id, name } of made) process.stdout.write(`${id}${name === null ? '' : ` "${name}"`}\n`);
}
