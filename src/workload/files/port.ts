// The port of log files: how the bytes of one file become steps, whichever library wrote it.
//
// A reader is given bytes in order and never looks at the disk; who follows the file (src/run/log-file.ts) says when it
// was replaced and what stood in it before the run. Readers never throw, whatever comes, and keep bounded memory.

import type { FormatChoice } from '../log-reader.ts';
import type { Step } from '../step.ts';

/** When bytes are seen, epoch ms, and whether they stood in the file before the run began: then nothing of them is told. */
export interface Seen {
  readonly at_ms: number;
  readonly old: boolean;
}

export interface FileReader {
  /** The bytes that follow those before. */
  push(bytes: Buffer, seen: Seen): void;
  /** Nothing more is there for now: what waited for more of its step is told, when it has waited long enough. */
  settle(at_ms: number): void;
  /** The file was truncated or replaced: what comes next is the first byte of a file. */
  restart(at_ms: number): void;
  /** The run is over: what waits is told. */
  end(at_ms: number): void;
  /** Records left out because they are damaged or too long. */
  readonly dropped: number;
}

/** What a reader is opened with. */
export interface FileContext {
  /** The file's path: names of folders tell what is in it. */
  readonly path: string;
  /** When the run began, epoch ms. */
  readonly started_ms: number;
  /** Where in the file the first byte given will lie. */
  readonly from: number;
  /** The format that lines of text are in; absent: it is found out. */
  readonly lines?: FormatChoice;
  onStep(step: Step): void;
}

export interface FileFormat {
  readonly name: string;
  /**
   * `appended`: what is added is read on. `table`: so too, but what stood before the run is read as well, and a file
   * whose beginning has changed is read anew. `whole`: rewritten each time, and read whole when it has changed.
   */
  readonly reading: 'appended' | 'table' | 'whole';
  /** Of a format that is read whole: files beyond so many bytes are not read. */
  readonly largest?: number;
  open(context: FileContext): FileReader;
}

/** Clocks of two machines may differ by so much; what is older than that before the run is another run's. */
const SKEW_MS = 60_000;
/** A time before 2000 was never a clock's. */
const NO_CLOCK_MS = 946_684_800_000;

/** A record's own time within the run, epoch ms; the time seen where it tells none; null for a record of before the run. */
export function timeOf(own_ms: number, started_ms: number, seen_ms: number): number | null {
  if (!Number.isFinite(own_ms) || own_ms < NO_CLOCK_MS) return seen_ms;
  if (own_ms < started_ms - SKEW_MS) return null;
  return Math.max(started_ms, Math.min(own_ms, seen_ms));
}
