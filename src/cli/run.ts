// joulebook run: options in, the child's exit code out.
//
// What makes reports is loaded while the command runs, and only where one is wanted: it waits for none of it.

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { chainFor } from '../app/grid-config.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { ID, runFolder } from '../ledger/records.ts';
import { findRun } from '../ledger/runs.ts';
import { unwritable } from '../ledger/writer.ts';
import { newRunId } from '../run/identity.ts';
import { aboutFile } from '../run/intensity.ts';
import { takeLaunch } from '../run/launch.ts';
import type { Pty } from '../run/pty.ts';
import { type RunResult, STOPPED, supervise } from '../run/supervise.ts';
import { hostOtherOf } from './host-other.ts';
import { type LiveOptions, liveOf } from './live.ts';
import {
  aboutRun,
  accountOf,
  gridOf,
  keptOf,
  type LogOptions,
  logFormatOf,
  type MeteringOptions,
  nameOf,
  readable,
  samplerOf,
  syncOf,
  type WorkOptions,
} from './metering.ts';

import { type BudgetRunOptions, goalOf, OF_BUDGETS, OF_GREEN } from './run-budget-options.ts';
import type { InForce } from './run-budgets.ts';
import { carrierOf, serverOf } from './server-of.ts';

export interface RunOptions extends MeteringOptions, LiveOptions, LogOptions, WorkOptions, BudgetRunOptions {
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
  const said = await accountOf(settings);
  for (const one of [...aboutFile(chain), ...said.notes]) note(one);
  const id = runId(options.resume, ledger, settings, note);
  readable(options.replay);
  if (options.resume !== undefined) warnOfKept(options, note);
  const took = await beginsMove(settings, id);
  if (took !== null) {
    warn(took);
    return STOPPED;
  }
  const rest = await hostOtherOf(settings, warn);
  const about = aboutRun(options, settings, { chain, said });
  const sampler = {
    ...samplerOf(settings, options, { visible, order, rocr, hip }),
    users: true,
    host_other: options.replay !== undefined && rest?.how === 'calibrated' ? null : rest, // a trace is of another host
  };
  const sync_ms = syncOf(settings);
  const grid = gridOf(settings, chain, options);
  const joins = options.resume !== undefined || settings.run_id !== null || (settings.job?.run_id ?? null) !== null;
  const server = serverOf(settings);
  let clear = () => {};
  const force = !wantsBudgets(options, settings)
    ? null
    : await (await import('./run-budgets.ts')).budgetsOfRun(options, {
        ...{ settings, chain, said, record: { id, name, ...about }, joins, captured: options.capture },
        env: process.env,
        say(message) {
          clear();
          warn(message);
        },
      });
  if (force !== null && 'refused' in force) {
    for (const one of force.refused) warn(`not started: ${one}; --force starts it all the same`);
    return STOPPED;
  }
  // Early in the run all the same: joulebook may be replaced on the disk before a long one ends.
  const told = options.quiet !== true || options.json !== undefined;
  const reading = setTimeout(() => told && summary().catch(() => {}), READ_MS).unref();
  const { watched } = force ?? {};
  const segment = async (words: readonly string[], ahead: ChildProcess | null) => {
    const pty = await ptyOf(options);
    const beside = pty === null ? 'command' : 'pty';
    const { live, screen } = liveOf(options, {
      ...{ chain, run: about, pue: said.values.pue, ledger, env: process.env, beside, ...goalOf(options) },
      ...(watched && { watched }),
    });
    clear = live.clear;
    return supervise({
      ...{ kept: keptOf(chain, said), values: said.values, budgets: force?.enforcer ?? null },
      ...{ command: words, ledger, chain, capture: options.capture, logs: options.log ?? [], format, env: process.env },
      ...{ launch, sync_ms, sampler, ahead, live, pty: pty && { pty, screen }, rank: settings.job?.rank ?? null, grid },
      ...{
        run: { id, name, ...about },
        place: zone === null ? null : { zone: chain.zone!, grid: chain.spec },
        procfs: settings.procfs?.text ?? null,
        warn,
      },
    });
  };
  const carrier = await carrierOf(id, ledger, server);
  const first = await segment(command, ahead);
  const { result, segments } =
    force === null
      ? { result: first, segments: 1 }
      : await through(first, { ...force, ignored: launch.ignored, warn }, segment);
  clearTimeout(reading);
  const carried = carrier?.end(); // while the summary is made
  if (result.failure !== null) warn(`${command[0]}: ${result.failure}`);
  try {
    const shared = result.shared || joins || segments > 1;
    const budgets = force?.enforcer.seen ?? null;
    if (told) await (await summary()).tell({ ...result, shared, budgets }, options, ledger);
  } catch (error) {
    warn(`the summary could not be made: ${reasonOf(error)}; joulebook report ${id} tells it`);
  }
  await carried;
  return result.code;
}

/**
 * Takes the move of the run that we are of, so that only one process begins it; null: we may begin. Else why not, where it has
 * begun elsewhere. Rejects with Fault usage where its job may still live, ledger-unwritable.
 */
async function beginsMove({ folder: ledger, run_id }: Settings, id: string): Promise<string | null> {
  const { JOULEBOOK_MOVE: number } = process.env;
  // Not the command's: what that starts is of no move.
  for (const name of ['JOULEBOOK_MOVE', 'JOULEBOOK_RESUME']) delete process.env[name];
  if (!existsSync(runFolder(ledger, id))) return null;
  const { takeMove } = await import('../run/moving.ts');
  const named = number !== undefined && run_id === id && /^\d+$/.test(number) ? Number(number) : null;
  let taken: ReturnType<typeof takeMove>;
  try {
    taken = takeMove({ ledger, run: id }, named);
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  if (taken.may) return null;
  if (taken.late) return `not started: ${taken.why}`;
  throw fault('usage', {
    facts: { problem: `run ${id} cannot go on here: ${taken.why}`, hint: `joulebook resume ${id} finishes the move` },
  });
}

/** Whether any budget is asked for, or may stand somewhere: nothing of them is loaded otherwise. */
function wantsBudgets(options: RunOptions, { folder, budgets }: Pick<Settings, 'folder' | 'budgets'>): boolean {
  const keys = ['budget', ...OF_BUDGETS.map(([key]) => key), ...OF_GREEN] as const;
  const said = keys.some((key) => options[key] !== undefined);
  return said || budgets.length > 0 || existsSync(join(folder, 'budgets'));
}

/** Starts a job again that was ended to be paused, as often as that happens. */
async function through(
  first: RunResult,
  {
    enforcer,
    resume_command,
    moving,
    ignored,
    warn,
  }: InForce & {
    readonly ignored: readonly number[];
    warn(message: string): void;
  },
  segment: (words: readonly string[], ahead: null) => Promise<RunResult>,
): Promise<{ readonly result: RunResult; readonly segments: number }> {
  let [result, segments] = [first, 1];
  try {
    while (result.ending === 'paused' && resume_command !== null) {
      const waited = await enforcer.wait(ignored);
      if (waited !== 'resume')
        return { result: { ...result, code: waited === 'stop' ? STOPPED : 128 + constants.signals[waited] }, segments };
      result = await segment(['/bin/sh', '-c', resume_command], null);
      segments++;
    }
    const none = `joulebook resume ${result.report?.run.id} tries it again`;
    if (result.ending === 'moved')
      await moving!
        .send()
        .then((sent) => sent || warn(`the job has ended here and was sent nowhere: ${none}`))
        .catch((error) => warn(`the move was cut off: ${reasonOf(error)}; ${none}`));
    return { result, segments };
  } finally {
    enforcer.close();
  }
}

const READ_MS = 1000;
const summary = () => import('./run-summary.ts');

/** Throws Fault usage, pty-missing. */
async function ptyOf({ pty, capture }: RunOptions): Promise<Pty | null> {
  if (pty !== true) return null;
  if (capture) return (await import('../run/pty.ts')).openPty();
  const problem = '--pty and --no-capture exclude each other';
  throw fault('usage', { facts: { problem, hint: 'the output of a terminal of ours passes through us' } });
}

/** What a run is was said when it was created: a later segment changes nothing but where it goes on. */
function warnOfKept(options: RunOptions, warn: (message: string) => void): void {
  const kept = (['name', 'pue', 'price', 'account', 'intensity', 'model', 'stage'] as const).filter(
    (key) => options[key] !== undefined,
  );
  const more = { '--tag': options.tag, '--parent-run': options.parentRun };
  const named = [
    ...kept.map((key) => `--${key}`),
    ...Object.entries(more).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  ];
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
