// Keeps the account of a stretch of metering: takes what the sampler says into account and ledger, once a second makes it
// durable, notes what was noticed, and closes it. What `run`, `monitor` and `attach` have in common.

import type { EndRecord, EventRow, WriterRecord } from '../ledger/records.ts';
import type { StepReader } from '../workload/log-reader.ts';
import { type Account, createAccount, type Sink } from './account.ts';
import type { Book } from './book.ts';
import type { CpuAccount } from './cpu-account.ts';
import type { GpuAccount } from './gpu-account.ts';
import type { FromSampler } from './messages.ts';

export interface KeeperOptions {
  readonly book: Book;
  readonly cpu: CpuAccount;
  /** Whose GPU time it was; absent where nobody in particular is metered. */
  readonly gpus?: GpuAccount;
  readonly interval_ms: number;
  /** When the account begins, epoch ms. */
  readonly from_ms: number;
  /** Why nothing is metered until the sensors have answered. */
  readonly absent: readonly string[];
  /** What the time is called in messages, with a blank before it; '' where it has no name. */
  readonly during: string;
  now(): number;
  /** Gets every row before the ledger does. */
  readonly also: Sink;
  /** Told when samples have come and before they are made durable. */
  onSecond?(): void;
  onUsers?(users: Extract<FromSampler, { type: 'users' }>['users']): void;
}

export interface Keeper {
  readonly account: Account;
  /** Names of the devices by their place in the sampler's list. */
  readonly places: readonly string[];
  /** `since`: from when on the account of a device that another has metered is ours. */
  hear(message: FromSampler, since?: ReadonlyMap<string, number>): void;
  samplerDied(how: string): void;
  tell(event: string, message: string): void;
  /** Gives a row to memory and ledger. */
  readonly put: Sink;
  /** Makes durable what is known by now; to be called about once a second. */
  commit(): void;
  /** Closes the account. */
  close(at_ms: number): void;
  /** What has no sensors. */
  readonly absent: readonly string[];
}

/** What was noticed while metering is recorded so often, for the case that the end is never reached. */
const NOTE_MS = 60_000;
/** The wall clock moved against the monotonic one by more than this: reported. */
const CLOCK_STEP_MS = 1000;

/** An open account. */
export function createKeeper(options: KeeperOptions): Keeper {
  const { book, cpu, interval_ms, now } = options;
  const put: Sink = (table, row) => {
    options.also(table, row);
    book.append(table, row);
  };
  const account = createAccount(options.from_ms, (device) => device.period_s ?? interval_ms / 1000, put);
  const tell = (event: string, message: string) =>
    put('events', { at_ms: Math.round(now()), event, message } satisfies EventRow);
  let { absent } = options;
  let places: readonly string[] = [];
  let noted = now();
  let wallOffset: number | null = null;

  const noteUse = (at_ms: number) => {
    const row = cpu.row(at_ms);
    for (const one of [...(row === null ? [] : [row]), ...(options.gpus?.rows(at_ms) ?? [])]) put('events', one);
  };
  const commit = () => {
    account.settle(now() - 2 * interval_ms);
    if (now() - noted > NOTE_MS) {
      noted = now();
      account.note(Math.round(noted));
      noteUse(Math.round(noted));
    }
    book.flush();
  };
  const noteClock = (offset_ms: number) => {
    wallOffset ??= offset_ms;
    if (Math.abs(offset_ms - wallOffset) <= CLOCK_STEP_MS) return;
    const by = ((offset_ms - wallOffset) / 1000).toFixed(1);
    const after = 'times after that go on from before it';
    tell('warn:clock-step', `the wall clock moved by ${by} s${options.during}; ${after}`);
    wallOffset = offset_ms;
  };
  return {
    account,
    get places() {
      return places;
    },
    hear(message, since) {
      if (message.type === 'ready') {
        account.found(message.devices, since);
        places = message.devices.map(({ device }) => device);
        absent = message.absent;
        book.devices(account.devices, absent);
      } else if (message.type === 'samples') {
        for (const [index, at_ms, energy_j, power_w] of message.samples)
          account.sample({ index, at_ms, energy_j, power_w });
        for (const [index, share] of message.busy) account.busy(index, share);
        noteClock(message.wall_offset_ms);
        options.onSecond?.();
        commit();
      } else if (message.type === 'unread') tell('warn:meter-unread', `${places[message.index]}: ${message.why}`);
      else if (message.type === 'users') {
        options.gpus?.heard(message.users, places, now());
        options.onUsers?.(message.users);
      } else if (message.type === 'job') cpu.heard(message.look);
    },
    samplerDied(how) {
      cpu.samplerRestarted();
      tell('warn:sampler-restarted', `the sampler ended (${how}) and was started again: a gap in the readings`);
    },
    tell,
    put,
    commit,
    close(at_ms) {
      account.end(at_ms);
      noteUse(at_ms);
      for (const said of cpu.close()) tell('warn:attribution', said);
      book.devices(account.devices, absent);
    },
    get absent() {
      return absent;
    },
  };
}

/** How a writer ended, with what was read of its logs. */
export function endRecord(
  how: Pick<EndRecord, 'ended_at_ms' | 'exit_code' | 'signal' | 'by_budget'>,
  readers: readonly Pick<StepReader, 'dropped' | 'format'>[],
): EndRecord {
  return {
    ...{ schema: 'joulebook/end/v1', ...how },
    work: {
      lines_dropped: readers.reduce((sum, { dropped }) => sum + dropped, 0),
      format: readers.find(({ format }) => format !== null)?.format ?? null,
    },
  };
}

/** The earliest that a writer can end: it has metered for a moment. */
export const endAt = ({ started_at_ms }: WriterRecord, at_ms: number): number =>
  Math.max(started_at_ms + 1, Math.round(at_ms));
