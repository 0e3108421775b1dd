// Follows one log file by its path, whatever its format: through truncation, replacement, absence and rewriting.
//
// What stood in it before the run is not the run's progress. A file that is written anew each time is read again only as
// often as its size allows: a twentieth of the time goes into it at most.

import { closeSync, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { reasonOf } from '../core/fault.ts';
import { formatOf, HEAD_BYTES } from '../workload/files/formats.ts';
import type { FileFormat, FileReader } from '../workload/files/port.ts';
import type { FormatChoice } from '../workload/log-reader.ts';
import type { Step } from '../workload/step.ts';
import { readOn } from './follow.ts';
import { createRest } from './rest.ts';
import { createTrail, readAt } from './trail.ts';

/** What a log is read for. */
export interface LogSink {
  /** When the run began, epoch ms. */
  readonly started_ms: number;
  /** The format that lines of text are in; absent: it is found out. */
  readonly lines?: FormatChoice;
  now(): number;
  onStep(step: Step): void;
  /** Told once of a path that cannot be read. */
  unread(message: string): void;
}

/** Something that is looked at again and again until it is closed. Never throws. */
export interface LogSource {
  /** Whether there was anything new. */
  look(): boolean;
  close(): void;
  /** The format seen; null before. */
  readonly format: string | null;
  readonly dropped: number;
}

export interface LogFileOptions extends LogSink {
  readonly path: string;
  /** The file as it was before the run; null where there was none. */
  readonly before: Stamp | null;
  /** Where it is known already. */
  readonly format?: FileFormat;
  /** Whether it stays open: then what is written to it after it was moved away is read too. */
  readonly hold: boolean;
}

/** A file at an instant. */
export interface Stamp {
  readonly identity: string;
  readonly size: number;
  readonly changed_ms: number;
}

interface Log extends Stamp {
  readonly fd: number;
}

/** A file that has grown by more is read in several looks, so that the meter is heard in between. */
const MOST_A_LOOK = 1 << 20;

/** A follower of one file. Its first look remembers what stood in it before the run. */
export function openLogFile(options: LogFileOptions): LogSource {
  const { path, before, hold, now } = options;
  let log: Log | null = null;
  let identity: string | null = null;
  let format: FileFormat | null = options.format ?? null;
  let reader: FileReader | null = null;
  let at = 0;
  let changed = '';
  const trail = createTrail();
  const rest = createRest();
  const tellOnce = once(options.unread);

  const push = (bytes: Buffer, old = false) => reader?.push(bytes, { at_ms: now(), old });
  const anew = () => {
    reader?.restart(now());
    at = 0;
  };
  /** Opens the reader as soon as the format is known, and gives it what stood there before. */
  const begin = ({ fd, identity }: Log, last: boolean): boolean => {
    if (reader !== null) return true;
    const { size } = fstatSync(fd);
    if (size === 0 && !last) return false;
    format ??= formatOf(path, readHead(fd), last, options.lines);
    if (format === null) return false;
    const old = before !== null && before.identity === identity && before.size <= size ? before.size : 0;
    const { started_ms, onStep, lines = 'auto' } = options;
    const from = format.reading === 'appended' ? old : 0;
    reader = format.open({ path, started_ms, from, lines, onStep });
    at = from;
    if (old > from) {
      at = readOn(fd, 0, (chunk) => push(chunk, true), old);
      reader.settle(now());
      if (before !== null && size === before.size) changed = `${before.changed_ms} ${size}`;
      trail.keep(fd, at);
    }
    return true;
  };
  const readTable = (fd: number, size: number): boolean => {
    if (size < at || !trail.stands(fd)) anew();
    const from = at;
    at = readOn(fd, at, push);
    trail.keep(fd, at);
    return at > from;
  };
  const readWhole = (fd: number, size: number): boolean => {
    if (size > (format?.largest ?? Number.POSITIVE_INFINITY)) {
      tellOnce(tooLarge(path, size));
      return false;
    }
    anew();
    readOn(fd, 0, push);
    reader?.settle(now());
    return true;
  };
  const readMore = (one: Log, last: boolean): boolean => {
    if (!begin(one, last) || format === null) return false;
    const { fd } = one;
    const { size, mtimeMs } = fstatSync(fd);
    if (format.reading === 'appended') {
      if (size < at) anew();
      const from = at;
      at = readOn(fd, at, push, last ? size : Math.min(size, at + MOST_A_LOOK));
      return at > from;
    }
    const state = `${mtimeMs} ${size}`;
    if (state === changed || !(last || rest.over)) return false;
    changed = state;
    return rest.after(() => (format?.reading === 'table' ? readTable(fd, size) : readWhole(fd, size)));
  };
  const read = (last: boolean): boolean => {
    let more = log !== null && readMore(log, last);
    if (log !== null && isStill(path, log.identity)) return more;
    const next = openLog(path, tellOnce);
    if (next === null) return more; // not there yet, or moved away and still written
    if (log !== null) {
      more = readMore(log, true) || more; // what was written before it was replaced
      closeSync(log.fd);
    }
    if (identity !== null && identity !== next.identity) {
      if (reader !== null) anew();
      changed = '';
    }
    ({ identity } = next);
    log = next;
    return readMore(next, last) || more;
  };
  const release = () => {
    if (log !== null) closeSync(log.fd);
    log = null;
  };
  const look = (last = false): boolean => {
    let more = false;
    try {
      more = read(last);
    } catch {
      // the file system refuses: it is tried again
    }
    if (!hold) release();
    reader?.settle(now());
    return more;
  };
  return {
    look: () => look(),
    close() {
      look(true);
      reader?.end(now());
      if (reader === null && identity === null) tellOnce(`${path}: it was never there`);
      release();
    },
    get format() {
      return nameOf(format, reader);
    },
    get dropped() {
      return reader?.dropped ?? 0;
    },
  };
}

/** The text formats have names of their own. */
function nameOf(format: FileFormat | null, reader: FileReader | null): string | null {
  if (format === null || reader === null) return null;
  return 'format' in reader ? (reader.format as string | null) : format.name;
}

/** Why a file that would have to be read whole is not. */
export const tooLarge = (path: string, size: number): string =>
  `${path}: with ${Math.round(size / 2 ** 20)} MiB it is too large to be read whole`;

/** The file as it is; null where there is none, or something else. */
export function stampOf(path: string): Stamp | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stampIn(stat) : null;
  } catch {
    return null;
  }
}

const stampIn = ({ dev, ino, size, mtimeMs }: Stats): Stamp => ({
  ...{ identity: `${dev}:${ino}`, size, changed_ms: mtimeMs },
});

/** Null where there is none, or it cannot be read; only files: opening a FIFO would wait for its writer. */
function openLog(path: string, unread: (message: string) => void): Log | null {
  try {
    if (!statSync(path).isFile()) {
      unread(`${path}: it is neither a file nor a folder`);
      return null;
    }
    const fd = openSync(path, 'r');
    return { fd, ...stampIn(fstatSync(fd)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unread(`${path}: ${reasonOf(error)}`);
    return null;
  }
}

function isStill(path: string, identity: string): boolean {
  return stampOf(path)?.identity === identity;
}

const readHead = (fd: number): Buffer => readAt(fd, 0, HEAD_BYTES);

function once(tell: (message: string) => void): (message: string) => void {
  let told = false;
  return (message) => {
    if (!told) tell(message);
    told = true;
  };
}
