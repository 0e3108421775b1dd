// A stretch of metering without a command of ours: sensors → account → ledger, from its start until it is ended.
//
// What `monitor` and `attach` share. Nothing is kept in memory that grows with time: the ledger is the memory.

import { clockOf, newAnchor } from '../core/clock.ts';
import { Fault, fault, reasonOf } from '../core/fault.ts';
import type { Kept } from '../ledger/kept.ts';
import type { EndRecord, RunRecord, TableName, Tables, WriterRecord } from '../ledger/records.ts';
import { ensureLedger } from '../ledger/writer.ts';
import { machineAt } from '../meter/machine.ts';
import type { FormatChoice } from '../workload/log-reader.ts';
import type { Sink } from './account.ts';
import { openBook } from './book.ts';
import { createCpuAccount } from './cpu-account.ts';
import { gitState } from './git-state.ts';
import type { GpuAccount } from './gpu-account.ts';
import { type GridOfRun, keepGrid } from './grid-keeper.ts';
import { runRecord, workingFolder, writerRecord } from './identity.ts';
import type { Chain } from './intensity.ts';
import { createKeeper, endAt, endRecord } from './keeper.ts';
import { followLogs } from './log-files.ts';
import type { FromSampler, SamplerConfig } from './messages.ts';
import { startSampler } from './sampler-client.ts';
import { openToldSteps } from './told-steps.ts';

export interface SessionPlan {
  readonly ledger: string;
  readonly run: Omit<RunRecord, 'schema' | 'created_at_ms' | 'git' | 'intensity' | 'cwd'>;
  readonly chain: Chain;
  /** Files that are kept with the run. */
  readonly kept: readonly Kept[];
  readonly logs: readonly string[];
  readonly format: FormatChoice;
  /** The file of a process that uses the Python helper; null where it does not. */
  readonly steps: string | null;
  readonly sync_ms: number;
  readonly sampler: Omit<SamplerConfig, 'anchor' | 'without_nvml'>;
  readonly warn: (message: string) => void;
  /** The grid that is kept up to date meanwhile; null: nobody is asked. */
  readonly grid: GridOfRun | null;
  /** Whose GPU time is told, of the process that follow() names; absent: nobody's. */
  readonly gpus?: GpuAccount;
  /** Told of every row. */
  onRow?: Sink;
  /** Told about once a second, when rows are written. */
  onSecond?(session: Session): void;
  /** Told who used the devices, where the sampler was asked to tell. */
  onUsers?(session: Session, users: Extract<FromSampler, { type: 'users' }>['users']): void;
}

export interface Session {
  readonly writer: WriterRecord;
  /** Names of the devices by their place in the sampler's list. */
  readonly places: readonly string[];
  /** Names of the charged devices. */
  readonly charged: ReadonlySet<string>;
  now(): number;
  append<T extends TableName>(table: T, row: Tables[T]): void;
  /** Names the root of the process tree whose share of CPU time is told. */
  follow(pid: number): void;
  end(how: Pick<EndRecord, 'exit_code' | 'signal'>): Promise<void>;
}

const SENSORS_MS = 300;
const LAST_READING_MS = 600;
const BEAT_MS = 1000;

/** Begins to meter. Rejects with Fault ledger-unwritable, ledger-newer where nothing could be kept. */
export async function startSession(plan: SessionPlan): Promise<Session> {
  const unwritable = (why: string, cause?: unknown) =>
    fault('ledger-unwritable', { facts: { ledger: plan.ledger, why }, cause });
  try {
    ensureLedger(plan.ledger);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw unwritable(reasonOf(cause), cause);
  }
  const { procfs } = plan.sampler.sensors;
  const anchor = newAnchor(procfs);
  const now = clockOf(anchor, procfs);
  const early: FromSampler[] = [];
  let hear: (message: FromSampler) => void = (message) => void early.push(message);
  let died: (how: string) => void = () => {};
  const sampler = startSampler({ ...plan.sampler, anchor }, { message: (m) => hear(m), died: (how) => died(how) });
  const cwd = workingFolder();
  const machine = machineAt(plan.sampler.sensors);
  const [git] = await Promise.all([gitState(cwd, SENSORS_MS), sampler.ready(SENSORS_MS)]);

  const { stored } = plan.chain;
  const { interval_ms } = plan.sampler;
  const run = runRecord(plan.run, { at_ms: now(), git, cwd, stored });
  const nameWriter = () => ({ ...writerRecord(run.command, interval_ms, now()), machine });
  const book = openBook(plan.ledger, { run, nameWriter, kept: plan.kept }, plan.sync_ms, plan.warn);
  if (!book.writable) {
    await sampler.stop(0);
    throw unwritable('no run can be made in it');
  }
  const { writer } = book;
  const cpu = createCpuAccount(null, plan.sampler.sensors.procfs);
  const keeper = createKeeper({
    ...{ book, cpu, interval_ms, now, from_ms: writer.started_at_ms, during: '' },
    absent: ['the sensors have not answered'],
    ...(plan.gpus === undefined ? {} : { gpus: plan.gpus }),
    also: (table, row) => plan.onRow?.(table, row),
    onSecond: () => plan.onSecond?.(session),
    onUsers: (users) => plan.onUsers?.(session, users),
  });
  const { account } = keeper;
  const session: Session = {
    writer,
    get places() {
      return keeper.places;
    },
    get charged() {
      return account.charged;
    },
    now,
    append: book.append,
    follow(pid) {
      plan.gpus?.begin(pid, now());
      cpu.begin(() => sampler.childStarted({ pid, entry: null, waited_s: null, attached: true }));
    },
    async end({ exit_code, signal }) {
      clearInterval(beat);
      const ended_at_ms = endAt(writer, now());
      account.until(ended_at_ms);
      cpu.end();
      sampler.childEnded();
      logs.close();
      told.end(ended_at_ms);
      await Promise.all([sampler.stop(LAST_READING_MS), grid?.end()]);
      keeper.close(ended_at_ms);
      await book.end(endRecord({ ended_at_ms, exit_code, signal }, [told, ...logs.readers]));
    },
  };
  const { put, tell } = keeper;
  const told = openToldSteps({ path: plan.steps, account, put, from_ms: writer.started_at_ms, now, tell });
  const unread = (message: string) => tell('warn:log-unread', message);
  const logs = await followLogs(plan.logs, { now, onStep: told.fromLog, unread, lines: plan.format });
  hear = keeper.hear;
  died = keeper.samplerDied;
  const beat = setInterval(keeper.commit, BEAT_MS);
  const refused = (message: string) => tell('warn:grid', message);
  const grid = plan.grid && keepGrid(plan.grid, { from_ms: writer.started_at_ms, now, warn: refused });
  for (const message of early) hear(message);
  return session;
}
