// joulebook run: options in, the child's exit code out.

import { writeFileSync } from 'node:fs';
import { reportOf } from '../app/reports.ts';
import { environment, ledgerFolder } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { ID } from '../ledger/records.ts';
import { findRun } from '../ledger/runs.ts';
import { buildReport } from '../report/build.ts';
import type { ReportJson } from '../report/model.ts';
import { reportText } from '../report/text.ts';
import { newRunId } from '../run/identity.ts';
import { chainOf } from '../run/intensity.ts';
import { type RunResult, supervise } from '../run/supervise.ts';
import { durationMs, positive, priceOf, pueOf, tagsOf } from './options.ts';

declare const JOULEBOOK_VERSION: string;

export interface RunOptions {
  name?: string;
  zone?: string;
  pue?: string;
  tag: string[];
  price?: string;
  intensity?: string;
  interval: string;
  sync: string;
  capture: boolean;
  log: string[];
  resume?: string;
  replay?: string;
  replaySpeed: string;
  quiet?: boolean;
  json?: string;
  ledger?: string;
}

export async function run(command: readonly string[], options: RunOptions): Promise<number> {
  const env = environment();
  const warn = (message: string) => void process.stderr.write(`joulebook: ${message}\n`);
  const ledger = ledgerFolder(options.ledger, env.home);
  const zone = options.zone ?? env.zone;
  const pueText = options.pue ?? env.pue;
  const chain = await chainOf(zone, options.intensity ?? null);
  const id = runId(options.resume, ledger, env.run_id, warn);
  const result = await supervise({
    ...{ command, ledger, chain, capture: options.capture, logs: options.log, warn, env: process.env },
    sync_ms: durationMs('--sync', options.sync, 100, 600_000),
    run: {
      ...{ id, name: options.name ?? null, user: env.user, tags: tagsOf('--tag', options.tag) },
      zone: zone ?? (options.intensity === undefined ? null : (chain.series[0]?.zone ?? null)),
      pue: pueText === null ? null : pueOf(options.pue === undefined ? 'JOULEBOOK_PUE' : '--pue', pueText),
      price: options.price === undefined ? null : priceOf('--price', options.price),
      version: JOULEBOOK_VERSION,
    },
    sampler: {
      interval_ms: durationMs('--interval', options.interval, 10, 60_000),
      ...{ nvml: env.nvml, visible: env.visible, order: env.order, procfs: env.procfs },
      replay:
        options.replay === undefined
          ? null
          : { file: options.replay, speed: positive('--replay-speed', options.replaySpeed) },
    },
  });
  if (result.failure !== null) warn(`${command[0]}: ${result.failure}`);
  try {
    await tell(result, options, ledger);
  } catch (error) {
    warn(`the summary could not be made: ${reasonOf(error)}; joulebook report ${id} tells it`);
  }
  return result.code;
}

/** --resume names a run; JOULEBOOK_RUN_ID joins one (ranks of a job share it); otherwise the run is new. */
function runId(
  resume: string | undefined,
  ledger: string,
  joined: string | null,
  warn: (message: string) => void,
): string {
  if (resume !== undefined) return findRun(ledger, resume).record.id;
  if (joined === null) return newRunId();
  if (ID.test(joined)) return joined;
  warn(`JOULEBOOK_RUN_ID "${joined}" is not a run id (letters, digits, . _ -, at most 64): a new run is recorded`);
  return newRunId();
}

async function tell({ report: input, recorded }: RunResult, options: RunOptions, ledger: string): Promise<void> {
  if (input === null || (options.quiet === true && options.json === undefined)) return;
  let report: ReportJson = buildReport(input);
  if (recorded && (options.resume !== undefined || process.env.JOULEBOOK_RUN_ID !== undefined)) {
    report = await reportOf(ledger, findRun(ledger, input.run.id));
  }
  const json = options.json === undefined ? null : `${JSON.stringify(report, null, 2)}\n`;
  if (json !== null && options.json !== '-') {
    try {
      writeFileSync(options.json!, json);
    } catch (cause) {
      throw fault('file-unreadable', { facts: { file: options.json!, why: reasonOf(cause) }, cause });
    }
  }
  if (json !== null && options.json === '-') process.stderr.write(json);
  else if (options.quiet !== true) process.stderr.write(reportText(report, process.stderr.isTTY === true));
}
