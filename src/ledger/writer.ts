// Appends one writer's rows to files that nobody else writes, and makes them durable once per sync period.
//
// A write that fails midway (disk full) is taken back to the last whole line, the rows wait in memory, and the
// caller is told once; a killed process leaves at most one torn last line, which readers drop and report.

import { closeSync, existsSync, fdatasync, fstatSync, ftruncateSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, fault, reasonOf } from '../core/fault.ts';
import type { Device } from '../meter/port.ts';
import { createOnce, makeFolder, putWhole, syncFolder } from './durable.ts';
import {
  type DevicesRecord,
  type EndRecord,
  FORMAT_VERSION,
  type RunRecord,
  runFolder,
  segmentName,
  type TableName,
  type Tables,
  type WriterRecord,
  writerFolder,
} from './records.ts';
import { hasLedger } from './version.ts';

/** A segment is sealed and turned into Parquet when its file grows beyond this. */
const SEGMENT_BYTES = 8 << 20;
/** Who writes nothing shows so often that it lives: other hosts take one for dead that is silent for 30 s. */
const SIGN_OF_LIFE_MS = 10_000;
/** Rows kept in memory while the disk refuses them; beyond that the oldest go, and that is reported. */
const WAITING_BYTES = 32 << 20;

export interface LedgerWriter {
  readonly folder: string;
  /** Records what can be metered here; called again when a sensor comes late. */
  devices(devices: readonly Device[], absent: readonly string[]): void;
  append<T extends TableName>(table: T, row: Tables[T]): void;
  /** Writes what was appended: a killed process loses none of it. Throws what the file system says; call again. */
  flush(): void;
  /** Makes what was written survive a power cut, without holding up the caller's thread. */
  sync(): Promise<void>;
  /** Segments that are complete and may be compacted, since the last call. */
  sealed(): string[];
  end(record: EndRecord): Promise<void>;
  /** Bytes appended and not yet flushed. */
  readonly waiting_bytes: number;
  /** Bytes of rows given up because the disk stayed full. */
  readonly dropped_bytes: number;
}

/**
 * Makes the ledger's root if missing; of a folder that is made for it git takes no notice. Throws what the file system says, or
 * Fault ledger-newer.
 */
export function ensureLedger(ledger: string): void {
  if (hasLedger(ledger)) return;
  if (!existsSync(ledger)) createOnce(join(ledger, '.gitignore'), '*\n');
  createOnceIfMissing(join(ledger, 'ledger.json'), { schema: 'joulebook/ledger/v1', version: FORMAT_VERSION });
}

/** Records the run unless another writer has; true if this call created it. Throws as ensureLedger. */
export function createRun(ledger: string, run: RunRecord): boolean {
  ensureLedger(ledger);
  return createOnceIfMissing(join(runFolder(ledger, run.id), 'run.json'), run);
}

/** What kept a ledger from being written as a fault: one that is a Fault already, else ledger-unwritable. */
export const unwritable = (ledger: string, cause: unknown): Fault =>
  cause instanceof Fault ? cause : fault('ledger-unwritable', { facts: { ledger, why: reasonOf(cause) }, cause });

/** Makes a writer's folder in a run. Throws what the file system says, or that the name is taken. */
export function openWriter(ledger: string, run: string, record: WriterRecord): LedgerWriter {
  const folder = writerFolder(ledger, run, record.writer);
  makeFolder(folder);
  if (!createOnce(join(folder, 'writer.json'), `${JSON.stringify(record)}\n`)) {
    throw new Error(`a writer named ${record.writer} exists already`);
  }
  const files = new Map<TableName, Segment>();
  const sealed: string[] = [];
  /** Sealed segments that are still to be made durable and closed. */
  const full: Segment[] = [];
  /** One after the other: a descriptor is closed by nobody while it is being synced. */
  let syncing: Promise<void> = Promise.resolve();
  let dropped = 0;
  let shown_ms = performance.now();

  const flushTable = (table: TableName, segment: Segment): void => {
    if (segment.waiting.length === 0) return;
    segment.fd ??= openSync(segment.path, 'ax');
    const text = Buffer.from(segment.waiting.join(''));
    let written = 0;
    try {
      while (written < text.length) written += writeSync(segment.fd, text, written);
    } catch (error) {
      takeBack(segment);
      dropped += shrink(segment);
      throw error;
    }
    shown_ms = performance.now();
    segment.size += text.length;
    segment.synced = false;
    segment.waiting = [];
    segment.bytes = 0;
    if (segment.size > SEGMENT_BYTES) {
      full.push(segment);
      sealed.push(segment.path);
      files.set(table, newSegment(folder, table, segment.number + 1));
    }
  };

  const syncAll = async (): Promise<void> => {
    for (const segment of [...full, ...files.values()]) {
      if (segment.fd === null || segment.synced) continue;
      segment.synced = true;
      await datasync(segment.fd);
    }
    for (const segment of full.splice(0)) if (segment.fd !== null) closeSync(segment.fd);
  };

  return {
    folder,
    devices(devices, absent) {
      const found: DevicesRecord = { schema: 'joulebook/devices/v1', devices, absent };
      putWhole(join(folder, 'devices.json'), `${JSON.stringify(found)}\n`);
    },
    append(table, row) {
      const segment = files.get(table) ?? newSegment(folder, table, 1);
      files.set(table, segment);
      const line = `${JSON.stringify(row)}\n`;
      segment.waiting.push(line);
      segment.bytes += line.length;
    },
    flush() {
      let failed: unknown = null;
      for (const [table, segment] of files) {
        try {
          flushTable(table, segment);
        } catch (error) {
          failed ??= error;
        }
      }
      if (performance.now() - shown_ms > SIGN_OF_LIFE_MS) {
        shown_ms = performance.now();
        const now = new Date();
        utimesSync(join(folder, 'writer.json'), now, now);
      }
      if (failed !== null) throw failed;
    },
    sync() {
      syncing = syncing.catch(() => {}).then(syncAll);
      return syncing;
    },
    sealed: () => sealed.splice(0),
    async end(end) {
      this.flush();
      await this.sync();
      for (const segment of files.values()) if (segment.fd !== null) closeSync(segment.fd);
      files.clear();
      putWhole(join(folder, 'end.json'), `${JSON.stringify(end)}\n`);
      syncFolder(folder);
    },
    get waiting_bytes() {
      return [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    },
    get dropped_bytes() {
      return dropped;
    },
  };
}

const datasync = promisify(fdatasync);

interface Segment {
  readonly path: string;
  readonly number: number;
  fd: number | null;
  synced: boolean;
  size: number;
  waiting: string[];
  bytes: number;
}

function newSegment(folder: string, table: TableName, number: number): Segment {
  return {
    path: join(folder, `${segmentName(table, number)}.open`),
    number,
    fd: null,
    synced: true,
    size: 0,
    waiting: [],
    bytes: 0,
  };
}

/** Cuts a half-written tail off, so that the next write starts on a new line. */
function takeBack(segment: Segment): void {
  try {
    if (segment.fd !== null && fstatSync(segment.fd).size > segment.size) ftruncateSync(segment.fd, segment.size);
  } catch {
    // the reader drops the torn line
  }
}

/** Gives up the oldest waiting lines beyond the bound; bytes given up. */
function shrink(segment: Segment): number {
  let lost = 0;
  while (segment.bytes > WAITING_BYTES) {
    const line = segment.waiting.shift()!;
    segment.bytes -= line.length;
    lost += line.length;
  }
  return lost;
}

function createOnceIfMissing(file: string, content: object): boolean {
  return createOnce(file, `${JSON.stringify(content)}\n`);
}
