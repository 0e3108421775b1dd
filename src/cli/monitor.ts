// joulebook monitor and joulebook attach: meter until told to stop, or until a process that is not our child ends.

import { constants } from 'node:os';
import type { Said } from '../app/account-config.ts';
import { chainFor } from '../app/grid-config.ts';
import { reportOf } from '../app/reports.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { fault } from '../core/fault.ts';
import { thisProcess } from '../ledger/process.ts';
import type { RunRecord } from '../ledger/records.ts';
import { findRun, goesOn, listRuns } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import { reportText } from '../report/text.ts';
import { whoTells } from '../run/device-users.ts';
import { createGpuAccount } from '../run/gpu-account.ts';
import { newRunId } from '../run/identity.ts';
import { aboutFile, type Chain } from '../run/intensity.ts';
import { takeLaunch } from '../run/launch.ts';
import { otherProcess } from '../run/other-process.ts';
import { type Session, startSession } from '../run/session.ts';
import { colorOn } from './color.ts';
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
import { durationMs } from './options.ts';
import { warn } from './say.ts';
import { carrierOf, serverOf } from './server-of.ts';

export interface MeterOptions extends MeteringOptions, LiveOptions {
  json?: boolean;
}

export interface AttachOptions extends MeterOptions, LogOptions, WorkOptions {
  stepsFrom?: string;
}

/** Meters this machine until a signal or --for ends it. Rejects with a Fault before anything is recorded. */
export async function monitor(options: MeterOptions & { for?: string }): Promise<void> {
  const most_ms =
    options.for === undefined ? null : durationMs({ text: options.for, from: '--for' }, 1000, 366 * 86_400_000);
  const stop = untilStopped(most_ms);
  const about = await aboutOf(options);
  const { settings, chain, said } = about;
  notTwice(settings.folder);
  const server = serverOf(settings);
  const run = runOf('monitor', ['monitor'], { ...about, options });
  const live = liveFor(run, about, options);
  const users = whoTells(settings.procfs?.text ?? null);
  const session = await startSession({
    ...sessionOf(settings, options),
    ...{
      chain,
      kept: keptOf(chain, said),
      run,
      logs: [],
      format: 'none',
      steps: null,
      grid: gridOf(settings, chain, options),
    },
    // Every device of the machine is metered, whatever this shell may use of it.
    sampler: { ...(await sampler(settings, options, { visible: null, order: null })), users: true },
    onRow: live.add,
    onSecond: (at) => {
      users.second(at);
      live.second(nowOf(at));
    },
    onUsers: users.devices,
  });
  const carrier = await carrierOf(run.id, settings.folder, server);
  await stop.asked;
  live.end();
  users.second(session, true);
  await session.end({ exit_code: 0, signal: null });
  await carrier?.end();
  await tell(settings.folder, run.id, options);
}

/** Meters from now until the process ends, or a signal ends the metering. Rejects as monitor, and with process-missing. */
export async function attach(pid: string, options: AttachOptions): Promise<void> {
  const format = logFormatOf(options.logFormat);
  const stop = untilStopped(null);
  const about = await aboutOf(options);
  const { settings, chain, said } = about;
  const server = serverOf(settings);
  const other = otherProcess(pid);
  const run = runOf('attach', other.command, { ...about, options });
  const live = liveFor(run, about, options);
  const session = await startSession({
    ...sessionOf(settings, options),
    ...{ chain, kept: keptOf(chain, said), run, logs: options.log ?? [], format, steps: options.stepsFrom ?? null },
    grid: gridOf(settings, chain, options),
    sampler: { ...(await sampler(settings, options, other.gpus)), users: true },
    gpus: createGpuAccount(null, settings.procfs?.text ?? null),
    onRow: live.add,
    onSecond: (at) => live.second(nowOf(at)),
  });
  session.follow(other.pid);
  const carrier = await carrierOf(run.id, settings.folder, server);
  // The process that asked will want its report.
  if (options.stepsFrom !== undefined) warn(`run ${run.id} meters process ${other.pid}`);
  await Promise.race([other.ended(stop.signal), stop.asked]);
  stop.end();
  live.end();
  // Only its parent is told how it ended.
  await session.end({ exit_code: null, signal: null });
  await carrier?.end();
  await tell(settings.folder, run.id, options);
}

/** What is said of the run, and what its account is made with. */
interface About {
  readonly settings: Settings;
  readonly chain: Chain;
  readonly said: Said;
}

/** As settings have it; what was made of files is told. Rejects with a Fault. */
async function aboutOf(options: MeterOptions): Promise<About> {
  const settings = await settingsOf(options);
  const chain = await chainFor(settings);
  const said = await accountOf(settings);
  if (options.quiet !== true) for (const one of [...aboutFile(chain), ...said.notes]) warn(one);
  return { settings, chain, said };
}

function liveFor(run: Parameters<typeof liveOf>[1]['run'], { settings, chain, said }: About, options: MeterOptions) {
  const { folder: ledger } = settings;
  return liveOf(options, { chain, run, pue: said.values.pue, ledger, env: process.env, beside: 'nobody' }).live;
}

interface Stop {
  readonly asked: Promise<void>;
  readonly signal: AbortSignal;
  end(): void;
}

/** Signals are heard from now on; those that were ignored when we were started (nohup) stay so. */
function untilStopped(most_ms: number | null): Stop {
  const { ignored } = takeLaunch(process.env);
  const stopped = new AbortController();
  const end = () => stopped.abort();
  process.stderr.on('error', () => {}); // nobody listens any more: the record matters, not our words
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, ignored.includes(constants.signals[signal]) ? () => {} : end);
  }
  const asked = new Promise<void>((resolve) => stopped.signal.addEventListener('abort', () => resolve()));
  if (most_ms !== null) wait(most_ms, stopped.signal, end);
  return { asked, signal: stopped.signal, end };
}

/** A timer of Node's reaches 24 days only. */
function wait(ms: number, stopped: AbortSignal, end: () => void): void {
  const part = Math.min(ms, 86_400_000);
  const timer = setTimeout(() => (ms > part ? wait(ms - part, stopped, end) : end()), part);
  stopped.addEventListener('abort', () => clearTimeout(timer));
}

const nowOf = ({ writer, charged, now }: Session) => ({
  ...{ started_at_ms: writer.started_at_ms, now_ms: now(), charged },
});

function notTwice(ledger: string): void {
  if (!hasLedger(ledger)) return;
  const { host } = thisProcess();
  for (const { record, writers } of listRuns(ledger)) {
    const living =
      record.kind === 'monitor' ? writers.find((one) => goesOn(one.state) && one.record.host === host) : undefined;
    if (living !== undefined) throw fault('monitor-running', { facts: { run: record.id, pid: living.record.pid } });
  }
}

function runOf(
  kind: 'monitor' | 'attach',
  command: readonly string[],
  { settings, chain, said, options }: About & { readonly options: MeterOptions },
): Omit<RunRecord, 'schema' | 'created_at_ms' | 'git' | 'intensity' | 'cwd'> {
  const name = nameOf(options.name);
  return { id: newRunId(), name, kind, command, ...aboutRun(options, settings, { chain, said }) };
}

function sessionOf(settings: Settings, { replay }: MeterOptions) {
  readable(replay);
  return { ledger: settings.folder, sync_ms: syncOf(settings), warn };
}

async function sampler(
  settings: Settings,
  options: MeterOptions,
  gpus: { readonly visible: string | null; readonly order: string | null },
) {
  const host_other = options.replay === undefined ? await hostOtherOf(settings, warn) : null; // a trace is of another host
  return { ...samplerOf(settings, options, gpus), host_other, standby: false };
}

/** From the ledger: a monitor of weeks keeps nothing in memory. */
async function tell(ledger: string, id: string, options: MeterOptions): Promise<void> {
  if (options.quiet === true && options.json !== true) return;
  const report = await reportOf(ledger, findRun(ledger, id));
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stderr.write(reportText(report, colorOn(process.stderr)));
}
