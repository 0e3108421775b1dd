// What the supervisor of a run and the budgets in force say to each other: rows and looks one way, an ending the other.
//
// A run without a budget has none, and loads nothing of it. One may go on over several segments of a run: a job that is paused
// by being ended and started again is another segment.

import type { LocalJobOptions } from '../cluster/local/local-job.ts';
import type { EndRecord, TableName, Tables } from '../ledger/records.ts';
import type { ReportInput } from '../report/build.ts';
import type { Sink } from './account.ts';

/** A segment of the run, from its command's start on. */
export interface Segment {
  readonly run: string;
  readonly writer: string;
  /** The writer's folder; null where the ledger cannot be written. */
  readonly folder: string | null;
  readonly job: Omit<LocalJobOptions, 'lines' | 'thawed'>;
  /** Its output passes through us. */
  readonly captured: boolean;
  /** To memory and ledger. */
  readonly put: Sink;
  now(): number;
  /** All that is known of the segment by now. */
  report(): ReportInput;
}

/** A moment of a segment; `charged` are the devices that count. */
export interface Beat {
  readonly now_ms: number;
  readonly charged: ReadonlySet<string>;
}

/** How a budget ended a segment: for good, or to be started again. */
export type Ending = NonNullable<EndRecord['by_budget']>;

/** None of these throws: what fails here is told, and the job goes on as without it. */
export interface Enforcement {
  add<T extends TableName>(table: T, row: Tables[T]): void;
  begin(segment: Segment): void;
  /** To be called once a second. */
  second(beat: Beat): void;
  /** Of the job's output. */
  output(chunk: Buffer): void;
  /** A signal that reached us, before it is passed on. */
  signalled(signal: NodeJS.Signals): void;
  /** The command is gone; its output may still come. */
  exited(): void;
  /** The command has ended; lets go of it. Null: by itself. */
  ended(): Promise<Ending | null>;
}
