// A stretch of metering without a command of ours: sensors → account → ledger, from its start until it is ended.
//
// What `monitor` and `attach` share. Nothing is kept in memory that grows with time: the ledger is the memory.

import { clockOf, newAnchor } from '../core/clock.ts';
import { Fault, fault, reasonOf } from '../core/fault.ts';
import { redactText } from '../core/redact.ts';
import { thisProcess } from '../ledger/process.ts';
import type { EndRecord, EventRow, RunRecord, TableName, Tables, WriterRecord } from '../ledger/records.ts';
import { ensureLedger } from '../ledger/writer.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { createStepReader } from '../workload/log-reader.ts';
import { createAccount } from './account.ts';
import { openBook } from './book.ts';
import { createCpuAccount } from './cpu-account.ts';
import { gitState, newWriterName, workingFolder } from './identity.ts';
import type { Chain } from './intensity.ts';
import { followLogs } from './log-files.ts';
import type { FromSampler, SamplerConfig } from './messages.ts';
import { startSampler } from './sampler-client.ts';

export interface SessionPlan {
  readonly ledger: string;
  readonly run: Omit<RunRecord, 'schema' | 'created_at_ms' | 'git' | 'intensity' | 'cwd'>;
  readonly chain: Chain;
  readonly logs: readonly string[];
  readonly sync_ms: number;
  readonly sampler: Omit<SamplerConfig, 'anchor' | 'without_nvml'>;
  readonly warn: (message: string) => void;
  /** Told of every row of energy. */
  onRow?(row: EnergyRow): void;
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
/** What was noticed while metering is recorded so often, for the case that the end is never reached. */
const NOTE_MS = 60_000;
/** The wall clock moved against the monotonic one by more than this: reported. */
const CLOCK_STEP_MS = 1000;

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
  const anchor = newAnchor();
  const now = clockOf(anchor);
  const early: FromSampler[] = [];
  let hear: (message: FromSampler) => void = (message) => void early.push(message);
  let died: (how: string) => void = () => {};
  const sampler = startSampler({ ...plan.sampler, anchor }, { message: (m) => hear(m), died: (how) => died(how) });
  const cwd = workingFolder();
  const [git] = await Promise.all([gitState(cwd, SENSORS_MS), sampler.ready(SENSORS_MS)]);

  const { stored } = plan.chain;
  const run: RunRecord = {
    ...plan.run,
    ...{ schema: 'joulebook/run/v1', created_at_ms: Math.round(now()), git, cwd: redactText(cwd) },
    intensity: stored === null ? null : { file: stored.file, hash: stored.hash },
  };
  const nameWriter = (): WriterRecord => ({
    ...{ schema: 'joulebook/writer/v1', writer: newWriterName(), ...thisProcess(), started_at_ms: Math.round(now()) },
    ...{ command: run.command, sampling_s: plan.sampler.interval_ms / 1000, imported: false },
  });
  const book = openBook(plan.ledger, { run, nameWriter, stored }, plan.sync_ms, plan.warn);
  if (!book.writable) {
    await sampler.stop(0);
    throw unwritable('no run can be made in it');
  }
  const { writer } = book;
  const account = createAccount(
    writer.started_at_ms,
    (device) => device.period_s ?? plan.sampler.interval_ms / 1000,
    (table, row) => {
      if (table === 'energy') plan.onRow?.(row as EnergyRow);
      book.append(table, row);
    },
  );
  const tell = (event: string, message: string) =>
    book.append('events', { at_ms: Math.round(now()), event, message } satisfies EventRow);

  let absent: readonly string[] = ['the sensors have not answered'];
  let places: readonly string[] = [];
  const cpu = createCpuAccount(null, plan.sampler.sensors.procfs);
  const noteCpu = (at_ms: number) => {
    const row = cpu.row(at_ms);
    if (row !== null) book.append('events', row);
  };
  let noted = now();
  let wallOffset: number | null = null;
  const commit = () => {
    account.settle(now() - 2 * plan.sampler.interval_ms);
    if (now() - noted > NOTE_MS) {
      noted = now();
      account.note(Math.round(noted));
      noteCpu(Math.round(noted));
    }
    book.flush();
  };
  const noteClock = (offset_ms: number) => {
    wallOffset ??= offset_ms;
    if (Math.abs(offset_ms - wallOffset) <= CLOCK_STEP_MS) return;
    const by = ((offset_ms - wallOffset) / 1000).toFixed(1);
    tell('warn:clock-step', `the wall clock moved by ${by} s; times after that go on from before it`);
    wallOffset = offset_ms;
  };
  const session: Session = {
    writer,
    get places() {
      return places;
    },
    get charged() {
      return new Set(account.devices.filter(({ charged }) => charged).map(({ device }) => device));
    },
    now,
    append: book.append,
    follow: (pid) => cpu.begin(() => sampler.childStarted({ pid, entry: null, waited_s: null, attached: true })),
    async end({ exit_code, signal }) {
      clearInterval(beat);
      const ended_at_ms = Math.max(writer.started_at_ms + 1, Math.round(now()));
      account.until(ended_at_ms);
      cpu.end();
      sampler.childEnded();
      logs.close();
      for (const one of readers) one.end(ended_at_ms);
      await sampler.stop(LAST_READING_MS);
      account.end(ended_at_ms);
      noteCpu(ended_at_ms);
      for (const said of cpu.close()) tell('warn:attribution', said);
      book.devices(account.devices, absent);
      const lines_dropped = readers.reduce((sum, { dropped }) => sum + dropped, 0);
      const format = readers.find((one) => one.format !== null)?.format ?? null;
      await book.end({
        ...{ schema: 'joulebook/end/v1', ended_at_ms, exit_code, signal },
        work: { lines_dropped, format },
      });
    },
  };
  hear = (message) => {
    if (message.type === 'ready') {
      account.found(message.devices);
      places = message.devices.map(({ device }) => device);
      absent = message.absent;
      book.devices(account.devices, absent);
    } else if (message.type === 'samples') {
      for (const [index, at_ms, energy_j, power_w] of message.samples)
        account.sample({ index, at_ms, energy_j, power_w });
      for (const [index, share] of message.busy) account.busy(index, share);
      noteClock(message.wall_offset_ms);
      plan.onSecond?.(session);
      commit();
    } else if (message.type === 'unread') tell('warn:meter-unread', `${places[message.index]}: ${message.why}`);
    else if (message.type === 'users') plan.onUsers?.(session, message.users);
    else if (message.type === 'job') cpu.heard(message.look);
  };
  died = (how) => {
    cpu.samplerRestarted();
    tell('warn:sampler-restarted', `the sampler ended (${how}) and was started again: a gap in the readings`);
  };
  const readers = plan.logs.map(() => createStepReader((step) => account.step(step)));
  const logs = followLogs(plan.logs, (index, chunk) => readers[index]!.push(chunk, now()));
  const beat = setInterval(commit, BEAT_MS);
  for (const message of early) hear(message);
  return session;
}
