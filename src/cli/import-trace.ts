// joulebook import trace: a recorded power trace becomes a run, through the same account as a live one.

import { basename } from 'node:path';
import { chainFor } from '../app/grid-config.ts';
import { reportOf } from '../app/reports.ts';
import { settingsOf } from '../app/settings.ts';
import { Fault, fault, reasonOf } from '../core/fault.ts';
import { redactTags } from '../core/redact.ts';
import { compactFolder } from '../ledger/compact.ts';
import { createOnce } from '../ledger/durable.ts';
import { thisProcess } from '../ledger/process.ts';
import { gridFile, type RunRecord, type WriterRecord } from '../ledger/records.ts';
import { findRun } from '../ledger/runs.ts';
import { createRun, openWriter } from '../ledger/writer.ts';
import { traceDevices } from '../meter/sources/replay.ts';
import { readTrace, type Trace, type TraceDevice } from '../meter/trace.ts';
import { reportText } from '../report/text.ts';
import { createAccount } from '../run/account.ts';
import { newRunId, newWriterName } from '../run/identity.ts';
import { readSteps } from '../workload/steps-file.ts';
import { colorOn } from './color.ts';
import { declaredWork, type MeteringOptions, type WorkOptions } from './metering.ts';
import { priceOf, pueOf, tagsOf } from './options.ts';
import { placeOfRun } from './place.ts';

declare const JOULEBOOK_VERSION: string;

type Shared = 'name' | 'zone' | 'pue' | 'tag' | 'price' | 'intensity' | 'ledger';
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
  const { folder: ledger, pue, price, user } = settings;
  const chain = await chainFor(settings);
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
    ...{ pue: pue && pueOf(pue), price: price && priceOf(price) },
    intensity: chain.stored === null ? null : { file: chain.stored.file, hash: chain.stored.hash },
    version: JOULEBOOK_VERSION,
    ...(chain.spec === null ? {} : { grid: chain.spec }),
    ...{ ...declaredWork(options), ...placeOfRun(settings) },
  };
  try {
    createRun(ledger, run);
    if (chain.stored !== null) createOnce(gridFile(ledger, chain.stored.hash), chain.stored.text);
    await record(ledger, run, trace, steps?.steps ?? []);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw fault('ledger-unwritable', { facts: { ledger, why: reasonOf(cause) }, cause });
  }
  const rejected = [...trace.rejected, ...(steps?.rejected ?? [])].map(([why, { count, first }]) => ({
    why,
    rows: count,
    first_row: first || null,
  }));
  const columns = [...trace.columns, ...(steps?.columns ?? []), ...(chain.stored?.columns ?? [])];
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ schema: 'joulebook/import/v1', run: run.id, rows: trace.rows, columns, rejected }, null, 2)}\n`,
    );
    return;
  }
  process.stderr.write(
    `${trace.rows} rows of ${trace.devices.length} device${trace.devices.length === 1 ? '' : 's'} (${columns.join('; ')})\n`,
  );
  for (const { why, rows, first_row } of rejected)
    process.stderr.write(`  left out: ${rows} × ${why}${first_row === null ? '' : `, first in row ${first_row}`}\n`);
  process.stdout.write(reportText(await reportOf(ledger, findRun(ledger, run.id)), colorOn(process.stdout)));
}

async function record(
  ledger: string,
  run: RunRecord,
  trace: Trace,
  steps: Awaited<ReturnType<typeof readSteps>>['steps'],
): Promise<void> {
  const writer: WriterRecord = {
    ...{
      schema: 'joulebook/writer/v1',
      writer: newWriterName(),
      ...thisProcess(),
      started_at_ms: Math.round(trace.from_ms),
    },
    ...{
      host: 'imported',
      boot_id: run.id,
      command: run.command,
      sampling_s: Math.max(...trace.devices.map(spacing)),
      imported: true,
    },
  };
  const out = openWriter(ledger, run.id, writer);
  let rows = 0;
  const account = createAccount(
    writer.started_at_ms,
    (device) => spacing(trace.devices.find((d) => d.device === device.device)!),
    (table, row) => {
      out.append(table, row);
      if (++rows % FLUSH_ROWS === 0) out.flush();
    },
  );
  account.found(traceDevices(trace, 'imported from a recorded trace'));
  out.devices(account.devices, []);
  // In the order of time over all devices, so that a step finds the energy of every one up to it.
  const at = trace.devices.map(() => 0);
  const pending = [...steps];
  for (;;) {
    let next = -1;
    trace.devices.forEach((d, i) => {
      const time = d.at_ms[at[i]!];
      if (time !== undefined && (next < 0 || time < trace.devices[next]!.at_ms[at[next]!]!)) next = i;
    });
    if (next < 0) break;
    const device: TraceDevice = trace.devices[next]!;
    const i = at[next]!++;
    const at_ms = device.at_ms[i]!;
    while (pending.length > 0 && pending[0]!.at_ms <= at_ms) account.step(pending.shift()!);
    account.sample({ index: next, at_ms, energy_j: device.energy_j[i]!, power_w: device.power_w[i]! });
    account.settle(at_ms);
  }
  for (const step of pending) account.step(step);
  const ended_at_ms = Math.round(trace.to_ms);
  account.end(ended_at_ms);
  await out.end({
    ...{
      schema: 'joulebook/end/v1',
      ended_at_ms,
      exit_code: 0,
      signal: null,
      work: { lines_dropped: 0, format: null },
    },
  });
  if (rows > COMPACT_ROWS) await compactFolder(out.folder, true);
}

/** The usual time between two readings, s. */
function spacing({ at_ms }: TraceDevice): number {
  const gaps = at_ms
    .slice(1, 5001)
    .map((at, i) => at - at_ms[i]!)
    .sort((a, b) => a - b);
  return gaps[gaps.length >> 1]! / 1000;
}
