// Rows that were worked out, kept for the next start: one file beside, never in, the ledger, which can be thrown away at any time.
//
// It is taken whole or not at all: of this ledger, this version and this user, and as it was written (gzip's own checksum).
// Two servers at once each replace it whole.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import { isRecord } from '../../core/record.ts';
import type { RunRowJson } from '../../report/run-row.ts';
import type { Basis } from './jobs.ts';
import { inPieces } from './pieces.ts';

export interface KnownRow {
  readonly row: RunRowJson;
  readonly basis: Basis;
}

interface Head {
  readonly schema: 'joulebook/run-rows/v1';
  readonly version: string;
  readonly ledger: string;
  readonly rows: number;
}

export interface CacheFile {
  /** Nothing where there is none that can be used. Never throws. */
  read(): KnownRow[];
  /** Never rejects: what cannot be kept is worked out again. */
  write(rows: readonly KnownRow[]): Promise<void>;
}

const NONE: CacheFile = { read: () => [], write: async () => {} };
const compressed = promisify(gzip);

/** `folder` is made where it is missing; null: nothing is kept. */
export function cacheFile(folder: string | null, of: { readonly ledger: string; readonly version: string }): CacheFile {
  if (folder === null) return NONE;
  let ledger: string;
  try {
    ledger = realpathSync(of.ledger);
  } catch {
    return NONE; // there is no ledger yet
  }
  const name = createHash('sha256').update(ledger).digest('hex').slice(0, 24);
  const file = join(folder, `runs-${name}.jsonl.gz`);
  const head: Omit<Head, 'rows'> = { schema: 'joulebook/run-rows/v1', version: of.version, ledger };
  return {
    read() {
      try {
        if (statSync(file).uid !== process.getuid?.()) return [];
        return rowsIn(gunzipSync(readFileSync(file)).toString('utf8'), head);
      } catch {
        return [];
      }
    },
    async write(rows) {
      const part = `${file}.${process.pid}.part`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const lines = [JSON.stringify({ ...head, rows: rows.length } satisfies Head)];
        await inPieces(rows, (one) => lines.push(JSON.stringify(one)));
        await writeFile(part, await compressed(lines.join('\n'), { level: 1 }), { mode: 0o600 });
        await rename(part, file);
      } catch {
        rmSync(part, { force: true });
      }
    },
  };
}

/** Throws what JSON throws. */
function rowsIn(text: string, wanted: Omit<Head, 'rows'>): KnownRow[] {
  const [first, ...lines] = text.split('\n');
  const head: unknown = JSON.parse(first!);
  if (!isRecord(head) || head.rows !== lines.length) return [];
  for (const [key, value] of Object.entries(wanted)) if (head[key] !== value) return [];
  return lines.map((line) => JSON.parse(line) as KnownRow);
}
