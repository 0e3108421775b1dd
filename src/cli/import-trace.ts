// joulebook import trace: a recorded power trace becomes a run, through the same account as a live one.

import { basename } from 'node:path';
import { chainFor } from '../app/grid-config.ts';
import { recordReadings, spacing_s } from '../app/record-readings.ts';
import { reportOf } from '../app/reports.ts';
import { settingsOf } from '../app/settings.ts';
import { redactTags } from '../core/redact.ts';
import { compactFolder } from '../ledger/compact.ts';
import { keep, refOf } from '../ledger/kept.ts';
import { thisProcess } from '../ledger/process.ts';
import type { RunRecord, WriterRecord } from '../ledger/records.ts';
import { findRun } from '../ledger/runs.ts';
import { createRun, openWriter, unwritable } from '../ledger/writer.ts';
import { traceDevices } from '../meter/sources/replay.ts';
import { readTrace, type Trace } from '../meter/trace.ts';
import { reportText } from '../report/text.ts';
import { newRunId, newWriterName } from '../run/identity.ts';
import type { Step } from '../workload/step.ts';
import { readSteps } from '../workload/steps-file.ts';
import { colorOn } from './color.ts';
import { type LineageOptions, lineageOf } from './lineage.ts';
import { accountOf, declaredWork, keptOf, type MeteringOptions, type WorkOptions } from './metering.ts';
import { tagsOf } from './options.ts';
import { placeOfRun } from './place.ts';
import { rejectedRows, tellRejected } from './rejected.ts';

declare const JOULEBOOK_VERSION: string;

type Shared = keyof LineageOptions | 'name' | 'zone' | 'pue' | 'tag' | 'price' | 'account' | 'intensity' | 'ledger';
export interface ImportOptions extends Pick<MeteringOptions, Shared>, WorkOptions {
  steps?: string;
  json?: boolean;
}

const FLUSH_ROWS = 50_000;
const COMPACT_ROWS = 20_000;

/**
 * Imports a trace as a finished run and prints its report (or with --json what was made of the file). Rejects with a
 * Fault.
 */
export async function importTrace(file: string, options: ImportOptions): Promise<void> {
  const settings = await settingsOf(options);
  const { folder: ledger, user } = settings;
  const chain = await chainFor(settings);
  const said = await accountOf(settings);
  const trace = await readTrace(file);
  const steps = options.steps === undefined ? null : await readSteps(options.steps);
  const run: RunRecord = {
    ...{
      schema: 'joulebook/run/v1',
      id: newRunId(),
      name: options.name ?? null,
      command: ['import', 'trace', basename(file)],
    },
    ...{ created_at_ms: Date.now(), user, cwd: '', git: null, zone: chain.zone },
    tags: { ...redactTags(tagsOf('--tag', options.tag ?? [])), imported_from: basename(file) },
    ...said.record,
    intensity: refOf(chain.stored),
    version: JOULEBOOK_VERSION,
    ...(chain.spec === null ? {} : { grid: chain.spec }),
    ...{ ...declaredWork(options), ...placeOfRun(settings), ...lineageOf(settings) },
  };
  try {
    createRun(ledger, run);
    keep(ledger, keptOf(chain, said));
    await record(ledger, run, trace, steps?.steps ?? []);
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  const rejected = rejectedRows([...trace.rejected, ...(steps?.rejected ?? [])]);
  const columns = [...trace.columns, ...(steps?.columns ?? []), ...(chain.stored?.columns ?? []), ...said.notes];
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ schema: 'joulebook/import/v1', run: run.id, rows: trace.rows, columns, rejected }, null, 2)}\n`,
    );
    return;
  }
  process.stderr.write(
    `${trace.rows} rows of ${trace.devices.length} device${trace.devices.length === 1 ? '' : 's'} (${columns.join('; ')})\n`,
  );
  tellRejected(rejected);
  process.stdout.write(reportText(await reportOf(ledger, findRun(ledger, run.id)), colorOn(process.stdout)));
}

async function record(ledger: string, run: RunRecord, trace: Trace, steps: readonly Step[]): Promise<void> {
  const writer: WriterRecord = {
    ...{ schema: 'joulebook/writer/v1', writer: newWriterName(), ...thisProcess() },
    ...{ started_at_ms: Math.round(trace.from_ms), host: 'imported', boot_id: run.id, command: run.command },
    sampling_s: Math.max(...trace.devices.map(({ at_ms }) => spacing_s(at_ms))),
    imported: true,
  };
  const out = openWriter(ledger, run.id, writer);
  const devices = traceDevices(trace, 'imported from a recorded trace');
  out.devices(devices, []);
  let rows = 0;
  recordReadings(
    out,
    devices.map((device, i) => ({ device, readings: trace.devices[i]! })),
    { from_ms: trace.from_ms, to_ms: trace.to_ms, steps, count: () => ++rows % FLUSH_ROWS === 0 && out.flush() },
  );
  await out.end({
    ...{ schema: 'joulebook/end/v1', ended_at_ms: Math.round(trace.to_ms), exit_code: 0, signal: null },
    work: { lines_dropped: 0, format: null },
  });
  if (rows > COMPACT_ROWS) await compactFolder(out.folder, true);
}
