// The ledger as a running job sees it: it may fail at any time, says so once, and never holds the job up.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../core/fault.ts';
import { type Kept, keep } from '../ledger/kept.ts';
import type { EndRecord, RunRecord, TableName, Tables, WriterRecord } from '../ledger/records.ts';
import { createRun, type LedgerWriter, openWriter } from '../ledger/writer.ts';
import type { Device } from '../meter/port.ts';

export interface Book {
  readonly writer: WriterRecord;
  readonly writable: boolean;
  /** The writer's; null where it cannot be written. */
  readonly folder: string | null;
  devices(devices: readonly Device[], absent: readonly string[]): void;
  append<T extends TableName>(table: T, row: Tables[T]): void;
  flush(): void;
  end(record: EndRecord): Promise<void>;
}

/** A flood of rows is written down before its second is over. */
const FLUSH_ROWS = 1000;
const FLUSH_BYTES = 4 << 20;
/** Above this a finished run's rows are compacted before we leave. */
const COMPACT_ROWS = 20_000;

/** Records the run and opens a writer for it; a failure is told once through `warn`, here and later. */
export function openBook(
  ledger: string,
  records: { readonly run: RunRecord; readonly nameWriter: () => WriterRecord; readonly kept: readonly Kept[] },
  sync_ms: number,
  warn: (message: string) => void,
): Book {
  let writer: LedgerWriter | null = null;
  let record: WriterRecord | null = null;
  let told = false;
  let synced = performance.now();
  let rows = 0;
  let compacting = false;
  const failed = (error: unknown) => {
    if (!told)
      warn(
        `cannot write to the ledger at ${ledger}: ${reasonOf(error)}; the command is not affected, and what can be kept is kept`,
      );
    told = true;
  };
  try {
    createRun(ledger, records.run);
    keep(ledger, records.kept);
    record = records.nameWriter();
    writer = openWriter(ledger, records.run.id, record);
  } catch (error) {
    failed(error);
  }
  const guarded = (work: (writer: LedgerWriter) => void) => {
    if (writer === null) return;
    try {
      work(writer);
    } catch (error) {
      failed(error);
    }
  };
  /** Written again until it is: without it the rows have no devices. */
  let latest: { devices: readonly Device[]; absent: readonly string[] } | null = null;
  const putDevices = (w: LedgerWriter) => {
    if (latest !== null) w.devices(latest.devices, latest.absent);
    latest = null;
  };
  return {
    writer: record ?? records.nameWriter(),
    get writable() {
      return writer !== null;
    },
    get folder() {
      return writer?.folder ?? null;
    },
    devices(devices, absent) {
      latest = { devices, absent };
      guarded(putDevices);
    },
    append(table, row) {
      rows++;
      writer?.append(table, row);
      if (rows % FLUSH_ROWS === 0 && (writer?.waiting_bytes ?? 0) > FLUSH_BYTES) guarded((w) => w.flush());
    },
    flush() {
      guarded((w) => {
        putDevices(w);
        w.flush();
        if (performance.now() - synced >= 0.9 * sync_ms) {
          synced = performance.now();
          w.sync().catch(failed);
        }
        if (w.sealed().length > 0 && !compacting) {
          compacting = true;
          compact(w.folder, false).then(() => (compacting = false));
        }
      });
    },
    async end(record) {
      if (writer === null) return;
      try {
        putDevices(writer);
        await writer.end(record);
        if (rows > COMPACT_ROWS) await compact(writer.folder, true);
      } catch (error) {
        failed(error);
      }
    },
  };
}

/** In a process of its own, so that the meter stays small; a failure leaves the open files, which read as well. */
function compact(folder: string, ended: boolean): Promise<void> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL('./compact.js', import.meta.url));
    const child = spawn(process.execPath, [script, folder, ended ? 'ended' : 'live'], { stdio: 'ignore' });
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}
