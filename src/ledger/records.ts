// What the ledger's JSON files hold, and where they lie (docs/formats/ledger.md).

import { join } from 'node:path';
import type { ChainSpec } from '../grid/chain.ts';
import type { Machine } from '../meter/machine.ts';
import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import type { Stage } from '../workload/stage.ts';
import type { Step } from '../workload/step.ts';
import type { Declared } from '../workload/work.ts';
import type { AccountSpec, FileRef } from './account-spec.ts';
import type { ProcessName } from './process.ts';

export const FORMAT_VERSION = 1;

export interface RunRecord {
  readonly schema: 'joulebook/run/v1';
  readonly id: string;
  readonly name: string | null;
  /** Secrets are redacted before this is written. */
  readonly command: readonly string[];
  readonly created_at_ms: number;
  readonly user: string | null;
  readonly cwd: string;
  readonly git: GitRecord | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly zone: string | null;
  readonly pue: number | null;
  /** Its 90 % interval, where the user gave one. */
  readonly pue_low?: number;
  readonly pue_high?: number;
  /** A PUE that changes with time, kept under grid/file/; then `pue` is null. */
  readonly pue_series?: FileRef;
  readonly price: { readonly per_kwh: number; readonly currency: string } | null;
  /** A price of 1 kWh that changes with time, kept under grid/file/; then `price` is null. */
  readonly price_series?: PriceRef;
  /** What the further lines of the account are made with; absent: nothing was said. */
  readonly account?: AccountSpec;
  /** The user's intensity series, kept under grid/file/ by its hash, so that the account can be repeated. */
  readonly intensity: { readonly file: string; readonly hash: string } | null;
  readonly version: string;
  /** What was said of the job's steps; absent where nothing was. */
  readonly work?: Declared;
  /** The zone's fallback chain as it was configured; absent: the default one. */
  readonly grid?: ChainSpec;
  /** Absent: a command was run, or a trace imported. */
  readonly kind?: 'monitor' | 'attach' | 'cut';
  /** The run of this ledger that a cut was made of: its energy is in there already. */
  readonly cut_of?: string;
  /** The place that the zone was given by; absent where it was given by its key. */
  readonly place?: PlaceRecord;
  /** The model that came of it, or that it worked for. */
  readonly model?: string;
  readonly stage?: Stage;
  /** The id of the run of this ledger that it goes on from, such as that of a fine-tuned model's base. */
  readonly parent?: string;
  /** In memory alone: where amendments say that it was, the last word last. */
  readonly moves?: readonly Move[];
}

/** The repository that a run started in. */
export interface GitRecord {
  readonly commit: string;
  /** "(detached)" where a commit was checked out without one, and no CI says which it is of. */
  readonly branch: string;
  /** Whether tracked files were changed. */
  readonly dirty: boolean | null;
  /** SHA-256 of what was changed of them: equal where the changes are. Null: not told in time; absent: not dirty. */
  readonly diff_hash?: string | null;
  /** The address of the remote, without credentials; absent: there is none, or it was not told in time. */
  readonly remote?: string;
}

export type PriceRef = FileRef & { readonly currency: string };

export type PueKey = 'pue' | 'pue_low' | 'pue_high' | 'pue_series';
export type PriceKey = 'price' | 'price_series';

/** What of a run or a change is its PUE: a number, with its interval where one was given, or a series. */
export function pueFields({ pue = null, pue_low, pue_high, pue_series }: Partial<Pick<RunRecord, PueKey>>) {
  return {
    pue,
    ...(pue_low === undefined || pue_high === undefined ? {} : { pue_low, pue_high }),
    ...(pue_series === undefined ? {} : { pue_series }),
  };
}

/** As pueFields. */
export function priceFields({ price = null, price_series }: Partial<Pick<RunRecord, PriceKey>>) {
  return { price, ...(price_series === undefined ? {} : { price_series }) };
}

/** A place of data/places.json, as it was known when the run was created. */
export interface PlaceRecord {
  readonly name: string;
  readonly city: string;
  /** Where the run's PUE is from; null where it was given otherwise, or the place has none. */
  readonly pue_source: string | null;
  /** What it is the mean of: region, continent or fleet. */
  readonly pue_scope: string | null;
  readonly pue_year: number | null;
  /** Litres for each kWh of IT energy; null where none is published. */
  readonly wue_l_per_kwh: number | null;
  readonly wue_source: string | null;
  readonly wue_scope: string | null;
  readonly wue_year: number | null;
}

/** A zone that a run was in, as said later. */
export interface Move {
  readonly zone: string;
  /** Null: the default chain. */
  readonly grid: ChainSpec | null;
  /** [from_ms, to_ms), epoch ms; null: from its beginning, to its end. */
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  /** When that was said. */
  readonly at_ms: number;
}

/** What an amendment changes; what it does not name stays as it was. */
export interface Change {
  readonly zone?: string;
  /** Of the zone: the run was there from then on, and until then alone; absent: all the time. */
  readonly from_ms?: number;
  readonly to_ms?: number;
  /** The zone's chain as configured when the amendment was made; null: the default one. */
  readonly grid?: ChainSpec | null;
  /** Said with each zone that is of the whole run; null: there is no series of the user's. */
  readonly intensity?: RunRecord['intensity'];
  /** Said with each zone that is of the whole run; null: the zone was given by its key. */
  readonly place?: PlaceRecord | null;
  readonly pue?: number;
  /** Said with a PUE alone; absent: it has no interval. */
  readonly pue_low?: number;
  readonly pue_high?: number;
  readonly pue_series?: FileRef;
  readonly price?: NonNullable<RunRecord['price']>;
  readonly price_series?: PriceRef;
  /** In the place of all that was said so far; null: nothing is said. */
  readonly account?: AccountSpec | null;
  /** Redacted, as those of run.json. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly untag?: readonly string[];
  /** Null: what was said of it is taken back. */
  readonly model?: string | null;
  readonly stage?: Stage | null;
  readonly parent?: string | null;
}

/** runs/RUN/amend.NNNNNN.json: a correction made later. */
export interface AmendmentRecord {
  readonly schema: 'joulebook/amendment/v1';
  readonly at_ms: number;
  readonly user: string | null;
  readonly why: string | null;
  readonly what: Change;
}

export interface WriterRecord {
  readonly schema: 'joulebook/writer/v1';
  readonly writer: string;
  readonly host: string;
  readonly boot_id: string | null;
  readonly pid_namespace: string | null;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: with the pid it names one process of one boot. */
  readonly pid_start: string | null;
  readonly started_at_ms: number;
  readonly command: readonly string[];
  readonly sampling_s: number;
  readonly imported: boolean;
  /** Where this segment ran, where it said so; absent: where the run was created. */
  readonly place?: { readonly zone: string; readonly grid: ChainSpec | null };
  /** 'rank': another writer of this run meters this host, and this one adds steps. Absent in older ledgers. */
  readonly role?: 'meter' | 'rank';
  /** Its place in a distributed job, as the launcher tells it; null outside one. */
  readonly rank?: RankRecord | null;
  /** ms to add to this writer's times to get those of the ledger's file server; null where that is not known. */
  readonly clock_offset_ms?: number | null;
  /** Half the width of what clock_offset_ms may be, ms. */
  readonly clock_bound_ms?: number | null;
  /** What its host is made of. Absent in older ledgers and of what was imported. */
  readonly machine?: Machine;
  /** Accelerator boards that its host showed, of a cut that has some of them alone; absent: those of devices.json. */
  readonly boards?: number;
}

export interface RankRecord {
  /** slurm, openmpi, hydra or torchrun. */
  readonly launcher: string;
  readonly rank: number;
  readonly world: number;
  readonly local_rank: number | null;
}

/** devices.json: written when the sensors have answered, which may be after the run's start; replaced whole. */
export interface DevicesRecord {
  readonly schema: 'joulebook/devices/v1';
  readonly devices: readonly Device[];
  /** Why a kind of sensor is absent, in words. */
  readonly absent: readonly string[];
}

/** A process that ended whose exit code nobody but its parent is told has neither code nor signal: it has finished. */
export interface EndRecord {
  readonly schema: 'joulebook/end/v1';
  readonly ended_at_ms: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  /** A budget ended it: for good, to start it again later as another segment, or to go on elsewhere. Absent: it ended by itself. */
  readonly by_budget?: 'stopped' | 'paused' | 'moved';
  readonly work: { readonly lines_dropped: number; readonly format: string | null };
}

/** paused.json of a writer: there while it holds its job paused. */
export interface PausedRecord {
  readonly schema: 'joulebook/paused/v1';
  readonly since_ms: number;
  /** Names of the budgets, or of whoever else wants it. */
  readonly by: readonly string[];
  readonly why: string;
  /** Its job, which was ended to be started again, is not started again: a budget forbids it. */
  readonly stopped?: boolean;
}

/** in-force.json of a writer: the budgets of its job, as they were judged last. */
export interface InForceRecord {
  readonly schema: 'joulebook/in-force/v1';
  /** When they were judged. */
  readonly at_ms: number;
  /** Each as decide/in-force.ts writes it. */
  readonly budgets: readonly Readonly<Record<string, unknown>>[];
}

/** runs/RUN/resume.NNNNNN.json: somebody asks that a paused run goes on. */
export interface ResumeRecord {
  readonly schema: 'joulebook/resume-asked/v1';
  readonly at_ms: number;
  readonly user: string | null;
  /** The run's own limit from now on, as it was written; null: the limits stay, and what they hold is waived. */
  readonly budget: string | null;
}

/** runs/RUN/move.NNNNNN.json: the job is to be ended here and to go on elsewhere; made before it is asked to end. */
export interface MoveRecord {
  readonly schema: 'joulebook/move/v1';
  readonly at_ms: number;
  /** Who moves it. */
  readonly by: ProcessName;
  /** The writer that metered it here. */
  readonly writer: string;
  /** Its first process; `entry`: NAME=VALUE that all of its processes have, null where others have it too. */
  readonly job: ProcessName & { readonly entry: string | null; readonly cgroup: string | null };
  /** Where the command that sends it is run. */
  readonly cwd: string;
  readonly to: Site;
  readonly why: string;
}

/** Where a job may go on, and the shell's command that sends it there. */
export interface Site {
  readonly zone: string;
  /** Null: the zone says enough. */
  readonly name: string | null;
  readonly command: string;
}

/** move.NNNNNN.{stopped,submitted}.json: how far a move has come; move.NNNNNN.taken.json: who alone starts it, `by` null: nobody may. */
export interface MoveStep {
  readonly schema: 'joulebook/move-step/v1';
  readonly at_ms: number;
  readonly by: ProcessName | null;
  readonly how: string;
}

export interface StepRow extends Step {
  /** J charged by this writer from its start up to at_ms, from the full-rate readings. */
  readonly it_j: number | null;
}

/** Things that happened. `device` and times where they apply; the rest is facts. */
export interface EventRow {
  /** Who wrote it: told by the file it is read from, not stored. */
  readonly writer?: string;
  readonly at_ms: number;
  readonly event: string;
  readonly device?: string;
  readonly message: string;
  readonly facts?: Readonly<Record<string, number | string | null>>;
}

/** Who used a device, in one look: a process, or with `pid` null what is told of no process. */
export interface UsageRow {
  /** As in devices.json; `cpu` stands for every processor of the machine, and its memory. */
  readonly device: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly pid: number | null;
  /** Ticks after boot: with the pid it names one process of one boot. */
  readonly pid_start: number | null;
  /** The process's parent and those above, nearest first: "PID:START PID:START". */
  readonly ancestors: string | null;
  /** Whose it was; null where that was not seen. */
  readonly uid: number | null;
  /** Its short name (comm), redacted. */
  readonly name: string | null;
  /** Share 0..1 of the device's time; null: it holds the device, but how busy it was is not told. */
  readonly share: number | null;
}

export interface Tables {
  energy: EnergyRow;
  steps: StepRow;
  events: EventRow;
  usage: UsageRow;
}
export type TableName = keyof Tables;
export const TABLES: readonly TableName[] = ['energy', 'steps', 'events', 'usage'];

export const gridFile = (ledger: string, hash: string): string => join(ledger, 'grid', 'file', `${hash}.json`);
export const runsFolder = (ledger: string): string => join(ledger, 'runs');
export const runFolder = (ledger: string, run: string): string => join(ledger, 'runs', run);
export const writerFolder = (ledger: string, run: string, writer: string): string => join(ledger, 'runs', run, writer);
export const segmentName = (table: TableName, number: number): string => `${table}.${String(number).padStart(6, '0')}`;
export const SEGMENT = /^(energy|steps|events|usage)\.(\d{6,})\.(open|parquet)$/;

/** Ids are names of folders: short, and nothing that a file system could mistake. */
export const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
