// Meters one command from before its first instruction to after its last: start sensors, start the child, keep the
// account while it runs, close it, tell what was used. Whatever fails here, the child runs as it would without us.

import type { ChildProcess } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { clockOf, newAnchor } from '../core/clock.ts';
import { redactCommand } from '../core/redact.ts';
import type { Kept } from '../ledger/kept.ts';
import type { EndRecord, RankRecord, RunRecord, WriterRecord } from '../ledger/records.ts';
import { serverClock } from '../ledger/server-clock.ts';
import { addRows, deviceIn, emptyEnergy, identityOf, type RunEnergy } from '../ledger/use.ts';
import { machineAt } from '../meter/machine.ts';
import type { EnergyRow } from '../meter/rows.ts';
import type { ReportInput } from '../report/build.ts';
import type { LineValues } from '../report/overheads.ts';
import { createStepReader, type FormatChoice } from '../workload/log-reader.ts';
import { createMemory } from './account.ts';
import { openBook } from './book.ts';
import { type ChildOptions, startChild } from './child.ts';
import { createCpuAccount } from './cpu-account.ts';
import type { Ending, Enforcement } from './enforcement.ts';
import { gitState } from './git-state.ts';
import { createGpuAccount } from './gpu-account.ts';
import { type GridOfRun, keepGrid } from './grid-keeper.ts';
import { runRecord, workingFolder, writerRecord } from './identity.ts';
import type { Chain } from './intensity.ts';
import { createKeeper, endAt, endRecord } from './keeper.ts';
import type { Launch } from './launch.ts';
import { leaseOf } from './lease.ts';
import type { Live } from './live-line.ts';
import { followLogs } from './log-files.ts';
import type { FromSampler, SamplerConfig } from './messages.ts';
import { startMetering } from './metering.ts';
import { ignoreAgain } from './signals.ts';
import { makeSteps } from './steps-pipe.ts';
import { openToldSteps } from './told-steps.ts';
import { startWitness } from './witness.ts';

export interface RunPlan {
  readonly command: readonly string[];
  readonly ledger: string;
  readonly run: Omit<RunRecord, 'schema' | 'created_at_ms' | 'command' | 'git' | 'intensity' | 'cwd'>;
  readonly chain: Chain;
  /** Facts of the run that change with time. */
  readonly values: LineValues;
  /** Files that are kept with the run. */
  readonly kept: readonly Kept[];
  /** Where this segment runs, where that is said. */
  readonly place: NonNullable<WriterRecord['place']> | null;
  readonly capture: boolean;
  readonly logs: readonly string[];
  /** The format of the command's output and of the logs. */
  readonly format: FormatChoice;
  readonly sync_ms: number;
  readonly sampler: Omit<SamplerConfig, 'anchor' | 'without_nvml' | 'standby'>;
  /** The process that is to read the sensors, where it was started ahead. */
  readonly ahead: ChildProcess | null;
  /** Our place in a job of several processes. */
  readonly rank: RankRecord | null;
  readonly env: NodeJS.ProcessEnv;
  readonly launch: Launch;
  /** Where the pids that drivers tell are said to be seen; null = not said. */
  readonly procfs: string | null;
  readonly warn: (message: string) => void;
  /** Told what happens, for people who watch. */
  readonly live: Live;
  readonly pty: ChildOptions['pty'];
  /** What acts on the job; null: no budget is in force. */
  readonly budgets: Enforcement | null;
  /** The grid that is kept up to date meanwhile; null: nobody is asked. */
  readonly grid: GridOfRun | null;
}

export interface RunResult {
  /** As a shell would say it: the child's own, or 128 + signal. */
  readonly code: number;
  readonly failure: string | null;
  /** What the report is made of; null where the child never started. */
  readonly report: ReportInput | null;
  /** False where the ledger could not be written at all. */
  readonly recorded: boolean;
  /** The report's rows were merged to save memory: the ledger knows better. */
  readonly thinned: boolean;
  /** The report is of this process alone, and others of the run have been met. */
  readonly shared: boolean;
  /** 'rank': another process of the run metered this host from the start. */
  readonly role: 'meter' | 'rank';
  /** A budget ended it. */
  readonly ending: Ending | null;
}

const SENSORS_MS = 300;
const LAST_READING_MS = 600;
const BEAT_MS = 1000;
const RANK = 'a rank holds no budget: the process that meters its host does';
/** Our code where a budget stopped the command, or forbade its start. */
export const STOPPED = 75;
/**
 * Compiling what runs once a second costs more than it earns: only what is twenty times as busy as V8 asks for, such as
 * reading a flood of log lines, is optimised (bench/sampler-cost.mjs).
 */
const LATE_OPTIMISING = '--interrupt-budget=2700000';
/** Other V8s do not know the flag, and would say so on stderr. */
const KNOWS_IT = process.versions.v8.startsWith('11.');

/** Runs the plan. Never rejects for what sensors, ledger or command do. */
export async function supervise(plan: RunPlan): Promise<RunResult> {
  if (KNOWS_IT) setFlagsFromString(LATE_OPTIMISING);
  ignoreAgain(plan.launch.ignored);
  const { procfs } = plan.sampler.sensors;
  const anchor = newAnchor(procfs);
  const now = clockOf(anchor, procfs);
  const memory = createMemory();
  type Hear = (message: FromSampler, since?: ReadonlyMap<string, number>) => void;
  const early: Parameters<Hear>[] = [];
  let hear: Hear = (...message) => void early.push(message);
  let died: (how: string) => void = () => {};
  let tookOver: () => void = () => {};
  let reached: (device: string) => number | null = () => null;
  const cwd = workingFolder();
  const stepsFile = makeSteps();
  const [git, witness, sampler, machine] = await Promise.all([
    gitState(cwd, SENSORS_MS),
    startWitness(),
    startMetering({
      ...{ config: { ...plan.sampler, anchor }, lease: leaseOf(plan.ledger, plan.run.id), now },
      ahead: plan.ahead,
      message: (...message) => hear(...message),
      died: (how) => died(how),
      tookOver: () => tookOver(),
      reached: (device) => reached(device),
    }).then(async (started) => {
      await started.ready(SENSORS_MS);
      return started;
    }),
    machineAt(plan.sampler.sensors), // while the others are waited for
  ]);

  const { stored } = plan.chain;
  const { interval_ms } = plan.sampler;
  const run = runRecord({ ...plan.run, command: redactCommand(plan.command) }, { at_ms: now(), git, cwd, stored });
  const found = serverClock(plan.ledger, now);
  const clock = { clock_offset_ms: found?.offset_ms ?? null, clock_bound_ms: found?.bound_ms ?? null };
  // Taken as late as may be: what follows before the child starts is one small file.
  const nameWriter = (): WriterRecord => ({
    ...writerRecord(run.command, interval_ms, now()),
    ...{ role: sampler.role, rank: plan.rank, machine, ...clock },
    ...(plan.place === null ? {} : { place: plan.place }),
  });
  const book = openBook(plan.ledger, { run, nameWriter, kept: plan.kept }, plan.sync_ms, plan.warn);
  const { writer } = book;
  const from_ms = sampler.begin(writer.started_at_ms);
  const cpu = createCpuAccount(run.id, plan.sampler.sensors.procfs);
  const gpus = createGpuAccount(run.id, plan.procfs);
  // Of a job's processes one a host knows what is used, and acts on its own command.
  const budgets = sampler.role === 'meter' ? plan.budgets : null;
  const keeper = createKeeper({
    ...{ book, cpu, gpus, interval_ms, now, from_ms, during: ' during the run' },
    also: (table, row) => {
      memory.add(table, row);
      budgets?.add(table, row);
      plan.live.add(table, row);
    },
    absent: sampler.role === 'rank' ? [] : ['the sensors have not answered'],
  });
  const { account, tell } = keeper;
  hear = keeper.hear;
  died = keeper.samplerDied;
  reached = (device) => account.reached(device);
  tookOver = () => tell('meter', 'the rank that metered this host is gone: this one goes on from its last readings');
  for (const message of early) hear(...message);

  const told = openToldSteps({ path: stepsFile, account, put: keeper.put, from_ms: writer.started_at_ms, now, tell });
  const { format } = plan;
  const reader = createStepReader(told.fromLog, { format });
  // Before the child starts, so that all it writes is its own progress.
  const unread = (message: string) => tell('warn:log-unread', message);
  const logs = await followLogs(plan.logs, { now, onStep: told.fromLog, unread, lines: format });
  let metered_until: Promise<number> | null = null;
  const env = { ...plan.env, JOULEBOOK_RUN_ID: run.id, JOULEBOOK_STEPS: stepsFile ?? undefined };
  const child = await startChild({
    command: [...plan.command],
    env,
    capture: plan.capture,
    launch: plan.launch,
    onOutput: (stream, chunk, at_ms) => {
      budgets?.output(chunk);
      (stream === 'stdout' ? reader : reader.other).push(chunk, at_ms);
    },
    // What is metered after this instant is not the run's, however long its output takes to be delivered; but other
    // ranks of it may go on.
    onExit: (at_ms) => {
      metered_until = sampler.exited(endAt(writer, at_ms));
      void metered_until.then((until_ms) => account.until(until_ms));
      cpu.end();
      sampler.childEnded();
      budgets?.exited();
    },
    onSignal: (signal) => budgets?.signalled(signal),
    ...{ now, witness, begin: cpu.begin, pty: plan.pty },
  });
  // Inherited from further up it marks others' processes too: other ranks of the job.
  gpus.begin(child.pid, now());
  const entry = plan.env.JOULEBOOK_RUN_ID === run.id ? null : `JOULEBOOK_RUN_ID=${run.id}`;
  if (child.pid !== null) sampler.childStarted(cpu.looks ? { pid: child.pid, entry, waited_s: cpu.waited_s } : null);
  for (const note of child.notes) tell('warn:output', note);
  if (budgets === null && plan.budgets !== null) tell('warn:budget', RANK);
  // One process a host asks, for a record that there is.
  const asks = sampler.role === 'meter' && book.writable;
  const refused = (message: string) => tell('warn:grid', message);
  const grid = plan.grid && asks ? keepGrid(plan.grid, { from_ms: writer.started_at_ms, now, warn: refused }) : null;
  // One of a job's processes tells what its host uses.
  if (sampler.role === 'rank') plan.live.end();
  if (child.pid !== null && budgets !== null) {
    budgets.begin({
      ...{ run: run.id, writer: writer.writer, folder: book.folder, captured: plan.capture, put: keeper.put, now },
      job: { pid: child.pid, entry, cgroup: cpu.cgroup, env, cwd, library: plan.sampler.sensors.nvml },
      report: () => inputAt('running', null),
    });
  }
  const beat = setInterval(() => {
    keeper.commit();
    const moment = { now_ms: now(), charged: account.charged };
    budgets?.second(moment);
    plan.live.second({ started_at_ms: writer.started_at_ms, ...moment });
  }, BEAT_MS);

  const ended = await child.ended;
  clearInterval(beat);
  const ending = (await budgets?.ended()) ?? null;
  plan.live.end();
  const ended_at_ms = endAt(writer, ended.ended_at_ms);
  witness?.close();
  logs.close();
  for (const one of [reader, told]) one.end(ended.ended_at_ms);
  const until_ms = (await metered_until) ?? ended_at_ms;
  await Promise.all([sampler.stop(LAST_READING_MS), grid?.end()]);
  keeper.close(until_ms);
  const how = {
    ...{ ended_at_ms, exit_code: ended.exit_code, signal: ended.signal },
    ...(ending !== null && { by_budget: ending }),
  };
  const end = endRecord(how, [told, reader, ...logs.readers]);
  await book.end(end);
  const state = ending ?? (ended.code === 0 ? 'finished' : 'failed');
  return {
    ...{ code: ending === 'stopped' || ending === 'moved' ? STOPPED : ended.code, failure: ended.failure, ending },
    ...{ recorded: book.writable, thinned: memory.thinned(), shared: sampler.shared, role: sampler.role },
    report: inputAt(state, end),
  };

  function inputAt(state: string, end: EndRecord | null): ReportInput {
    const record = { ...writer, devices: account.devices, absent: keeper.absent };
    return {
      ...{ run, state, writers: [{ record, end }], energy: energyOf(memory.rows(), record), steps: memory.steps() },
      ...{ events: memory.events, chain: plan.chain.series, no_intensity: plan.chain.none },
      ...{ grid_notes: plan.chain.notes, damage: [], values: plan.values },
    };
  }
}

function energyOf(rows: readonly EnergyRow[], writer: ReportInput['writers'][number]['record']): RunEnergy {
  const energy = emptyEnergy();
  const byDevice = groupByDevice(rows);
  for (const device of writer.devices) {
    const use = deviceIn(energy, identityOf(device, writer.host, writer.boot_id), device, writer.host);
    addRows(energy, use, byDevice.get(device.device) ?? []);
  }
  return energy;
}

function groupByDevice(rows: readonly EnergyRow[]): Map<string, EnergyRow[]> {
  const out = new Map<string, EnergyRow[]>();
  for (const row of rows) {
    const group = out.get(row.device);
    if (group === undefined) out.set(row.device, [row]);
    else group.push(row);
  }
  return out;
}
