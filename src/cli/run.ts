// joulebook run: options in, the child's exit code out.

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { chainFor } from '../app/grid-config.ts';
import { chainOfRun, reportOf } from '../app/reports.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { ID } from '../ledger/records.ts';
import { findRun, runOf } from '../ledger/runs.ts';
import { buildReport } from '../report/build.ts';
import type { ReportJson } from '../report/model.ts';
import { reportText } from '../report/text.ts';
import { newRunId } from '../run/identity.ts';
import { aboutFile } from '../run/intensity.ts';
import { takeLaunch } from '../run/launch.ts';
import { openPty, type Pty } from '../run/pty.ts';
import { type RunResult, supervise } from '../run/supervise.ts';
import { colorOn } from './color.ts';
import { hostOtherOf } from './host-other.ts';
import { type LiveOptions, liveOf } from './live.ts';
import {
  aboutRun,
  gridOf,
  type LogOptions,
  logFormatOf,
  type MeteringOptions,
  nameOf,
  readable,
  samplerOf,
  syncOf,
  type WorkOptions,
} from './metering.ts';

export interface RunOptions extends MeteringOptions, LiveOptions, LogOptions, WorkOptions {
  pty?: boolean;
  hostOther?: string;
  capture: boolean;
  resume?: string;
  json?: string;
}

/**
 * Meters a command, by a sampler that was started `ahead` where there is one; resolves to the exit code for us, which is its
 * own. Rejects with a Fault, before it starts, for bad input.
 */
export async function run(
  command: readonly string[],
  options: RunOptions,
  ahead: ChildProcess | null = null,
): Promise<number> {
  if (command.length === 0) {
    throw fault('usage', {
      facts: { problem: 'there is no command', hint: 'write it after --, or name a running process with --pid' },
    });
  }
  const warn = (message: string) => {
    // A terminal whose keys we pass on makes no new line of a line feed.
    const raw = options.pty === true && isatty(0) && process.stdin.isRaw;
    process.stderr.write(`joulebook: ${message}${raw ? '\r' : ''}\n`);
  };
  const launch = takeLaunch(process.env);
  process.stderr.on('error', () => {}); // nobody listens: the command matters, not our words
  const settings = await settingsOf(options);
  const { folder: ledger, zone, visible, order, rocr, hip } = settings;
  const name = nameOf(options.name);
  const format = logFormatOf(options.logFormat);
  const chain = await chainFor(settings);
  const note = options.quiet === true ? () => {} : warn;
  for (const said of aboutFile(chain)) note(said);
  const id = runId(options.resume, ledger, settings, note);
  readable(options.replay);
  if (options.resume !== undefined) warnOfKept(options, note);
  const rest = await hostOtherOf(settings, warn);
  const about = aboutRun(options, settings, chain);
  const sampler = {
    ...samplerOf(settings, options, { visible, order, rocr, hip }),
    users: true,
    host_other: options.replay !== undefined && rest?.how === 'calibrated' ? null : rest, // a trace is of another host
  };
  const sync_ms = syncOf(settings);
  const grid = gridOf(settings, chain, options);
  const pty = await ptyOf(options);
  const beside = pty === null ? 'command' : 'pty';
  const { live, screen } = liveOf(options, { chain, run: about, ledger, env: process.env, beside });
  const result = await supervise({
    ...{ command, ledger, chain, capture: options.capture, logs: options.log ?? [], format, env: process.env, launch },
    ...{ sync_ms, sampler, ahead, live, pty: pty && { pty, screen }, rank: settings.job?.rank ?? null, grid },
    ...{
      run: { id, name, ...about },
      place: zone === null ? null : { zone: chain.zone!, grid: chain.spec },
      procfs: settings.procfs?.text ?? null,
      warn,
    },
  });
  if (result.failure !== null) warn(`${command[0]}: ${result.failure}`);
  try {
    const joins = options.resume !== undefined || settings.run_id !== null || (settings.job?.run_id ?? null) !== null;
    await tell({ ...result, shared: result.shared || joins }, options, ledger);
  } catch (error) {
    warn(`the summary could not be made: ${reasonOf(error)}; joulebook report ${id} tells it`);
  }
  return result.code;
}

/** Throws Fault usage, pty-missing. */
async function ptyOf({ pty, capture }: RunOptions): Promise<Pty | null> {
  if (pty !== true) return null;
  if (capture) return openPty();
  const problem = '--pty and --no-capture exclude each other';
  throw fault('usage', { facts: { problem, hint: 'the output of a terminal of ours passes through us' } });
}

/** What a run is was said when it was created: a later segment changes nothing but where it goes on. */
function warnOfKept(options: RunOptions, warn: (message: string) => void): void {
  const kept = (['name', 'pue', 'price', 'intensity'] as const).filter((key) => options[key] !== undefined);
  const named = [...kept.map((key) => `--${key}`), ...(options.tag === undefined ? [] : ['--tag'])];
  if (options.zone !== undefined) warn('the run goes on in the zone given; its PUE stays what it was created with');
  if (named.length > 0) warn(`--resume keeps what the run was created with: ${named.join(', ')} changes nothing`);
}

/**
 * --resume names a run; JOULEBOOK_RUN_ID joins one, and so do the ranks of a job whose launcher tells it; otherwise the
 * run is new.
 */
function runId(
  resume: string | undefined,
  ledger: string,
  { run_id: joined, job }: Pick<Settings, 'run_id' | 'job'>,
  warn: (message: string) => void,
): string {
  if (resume !== undefined) return findRun(ledger, resume).record.id;
  if (joined !== null && ID.test(joined)) return joined;
  if (joined !== null)
    warn(`JOULEBOOK_RUN_ID "${joined}" is not a run id (letters, digits, . _ -, at most 64): a new run is recorded`);
  else if (job !== null && job.run_id !== null) return job.run_id;
  else if (job !== null && job.rank.rank === 0) warn(`${job.why}; give them one JOULEBOOK_RUN_ID`);
  return newRunId();
}

async function tell(
  { report: input, recorded, thinned, shared, role }: RunResult,
  options: RunOptions,
  ledger: string,
): Promise<void> {
  if (input === null || (options.quiet === true && options.json === undefined)) return;
  if (role === 'rank' && recorded && options.json === undefined) {
    // One summary a host is enough: the ranks of a job would each tell the same.
    process.stderr.write(
      `joulebook: a rank of run ${input.run.id}: joulebook report ${input.run.id} tells all of it\n`,
    );
    return;
  }
  const told = async (): Promise<ReportJson> => {
    if (recorded && (thinned || shared)) return reportOf(ledger, findRun(ledger, input.run.id));
    if (!recorded) return buildReport(input);
    // What the ledger has learned of the grid while the command ran counts, and what was amended.
    const { record: run = input.run, amendments = [], unsure = {} } = runOf(ledger, input.run.id) ?? {};
    const { series, none, notes } = chainOfRun(ledger, { record: run, unsure, writers: input.writers });
    return buildReport({ ...input, run, amendments, unsure, chain: series, no_intensity: none, grid_notes: notes });
  };
  const report = await told();
  const json = options.json === undefined ? null : `${JSON.stringify(report, null, 2)}\n`;
  if (json !== null && options.json !== '-') {
    try {
      writeFileSync(options.json!, json);
    } catch (cause) {
      throw fault('file-unreadable', { facts: { file: options.json!, why: reasonOf(cause) }, cause });
    }
  }
  if (json !== null && options.json === '-') process.stderr.write(json);
  else if (options.quiet !== true) process.stderr.write(reportText(report, colorOn(process.stderr)));
}
