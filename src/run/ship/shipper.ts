// A run's files here → the same files at a server, as far as they are there: one round sends what is new since the last.
//
// The ledger is the spool: nothing is kept beside it, and nothing of it is changed. What the server has it tells itself, so that
// a round can break off anywhere and the next one, of this process or another, goes on.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runFile, writerFile } from '../../ledger/ingest-files.ts';
import { gridFile, runFolder, type WriterRecord } from '../../ledger/records.ts';
import { type Ask, Refused } from './post.ts';

export interface Shipment {
  readonly ledger: string;
  readonly run: string;
  /** Which of its writers; absent: all. */
  readonly wants?: (writer: WriterRecord) => boolean;
}

export interface Round {
  /** Bytes of the files here, and those of them that the server has for sure. */
  readonly bytes: number;
  readonly sent_bytes: number;
  /** Every writer has ended, and all of it is there, but for what is held. */
  readonly whole: boolean;
  /** Files that the server will not take, with its words; they are not sent again. */
  readonly held: ReadonlyMap<string, string>;
}

/** Bytes of one question; the server takes up to twice as many. */
const PART = 2 << 20;

/** Rounds of one run, one after the other. A round rejects with Refused where the server is not to be had now. */
export function shipper({ ledger, run, wants = () => true }: Shipment, ask: Ask) {
  const folder = runFolder(ledger, run);
  const held = new Map<string, string>();
  /** What is there, by name: bytes of what grows, the hash of the rest; null: not known. */
  let there: Map<string, { bytes: number; sha256: string | null }> | null = null;
  const hashes = new Map<string, { of: string; sha256: string }>();
  /** How files looked that were sent last. */
  const signs = new Map<string, string>();
  let count = { bytes: 0, sent: 0 };

  const look = async (): Promise<void> => {
    const { files } = await ask('GET', `api/ingest/runs/${run}`);
    if (!Array.isArray(files)) throw new Refused("its answer is none of joulebook's");
    there = new Map(
      (files as { name: string; bytes: number; sha256: string | null }[]).map(({ name, bytes, sha256 }) => [
        String(name),
        { bytes: Number(bytes), sha256 },
      ]),
    );
  };
  /** False: it will not take it. */
  const taken = async (name: string, path: string, body: Uint8Array): Promise<boolean> => {
    try {
      await ask('PUT', path, body);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === 'ingest-order') there = null; // it has less than it said: perhaps it is another one by now
      if (error.code !== 'ingest-bad' && error.code !== 'ingest-differs') throw error;
      held.set(name, error.message);
      return false;
    }
  };

  /** A file that does not grow. */
  const sendWhole = async (name: string, more: Record<string, string | number> = {}): Promise<void> => {
    const file = join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined || held.has(name)) return;
    count.bytes += stat.size;
    const of = `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
    const sha256 = hashOf(name, file, of);
    const age_ms = Math.max(0, Math.round(Date.now() - stat.mtimeMs));
    // Who writes nothing for a while touches writer.json: a sign of life that is passed on.
    const fresh = name.endsWith('/writer.json') && age_ms < SIGN_MS && signs.get(name) !== of;
    if (there!.get(name)?.sha256 === sha256 && !fresh) {
      count.sent += stat.size;
      return;
    }
    const body = readFileSync(file);
    const parts = more.sha256 === undefined ? [body] : partsOf(body);
    let offset = 0;
    for (const part of parts) {
      const query = queryOf({ ...more, ...(parts.length > 1 && { offset }), age_ms });
      if (!(await taken(name, `api/ingest/runs/${run}/${name}?${query}`, part))) return;
      offset += part.length;
    }
    signs.set(name, of);
    there!.set(name, { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') });
    count.sent += stat.size;
  };
  const hashOf = (name: string, file: string, of: string): string => {
    const known = hashes.get(name);
    if (known?.of === of) return known.sha256;
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    hashes.set(name, { of, sha256 });
    return sha256;
  };

  /** Whole lines of a file that grows, up to the size that was seen. */
  const sendRows = async (name: string, size: number): Promise<void> => {
    if (held.has(name)) return;
    count.bytes += size;
    const fd = openSync(join(folder, name), 'r');
    try {
      const buffer = Buffer.alloc(PART);
      for (let from = there!.get(name)?.bytes ?? 0; ; ) {
        const read = readSync(fd, buffer, 0, Math.max(0, Math.min(PART, size - from)), from);
        const end = buffer.subarray(0, read).lastIndexOf(10) + 1;
        if (read === PART && end === 0) held.set(name, 'a line of it is longer than what can be sent');
        if (end === 0) {
          count.sent += from;
          return;
        }
        const query = queryOf({
          offset: from,
          age_ms: Math.max(0, Math.round(Date.now() - statSync(join(folder, name)).mtimeMs)),
        });
        if (!(await taken(name, `api/ingest/runs/${run}/${name}?${query}`, buffer.subarray(0, end)))) return;
        from += end;
        there!.set(name, { bytes: from, sha256: null });
      }
    } finally {
      closeSync(fd);
    }
  };

  const sendWriter = async (writer: string): Promise<boolean> => {
    // The end is looked for before the rows, and their lengths before the devices: what is told later is of what was there.
    const ended = isThere(join(folder, writer, 'end.json'));
    const segments = names(join(folder, writer)).flatMap((file) => {
      const kind = writerFile(file, writer)?.kind;
      const stat = statSync(join(folder, writer, file), { throwIfNoEntry: false });
      return stat === undefined || (kind !== 'rows' && kind !== 'sealed') ? [] : [{ file, kind, size: stat.size }];
    });
    for (const file of ['writer.json', 'devices.json']) await sendWhole(`${writer}/${file}`);
    if (held.has(`${writer}/writer.json`)) return true;
    for (const { file, kind, size } of segments) {
      const name = `${writer}/${file}`;
      const path = join(folder, name);
      const sealed = file.replace(/\.open$/, '.parquet');
      if (kind === 'rows' && segments.some((one) => one.file === sealed)) continue; // Parquet counts
      if (!isThere(path)) continue; // sealed a moment ago: the next round finds it
      if (kind === 'rows') await sendRows(name, size);
      else
        await sendWhole(name, { length: size, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') });
    }
    await sendWhole(`${writer}/in-force.json`);
    await sendWhole(`${writer}/paused.json`);
    if (there!.has(`${writer}/paused.json`) && !isThere(join(folder, writer, 'paused.json'))) {
      await ask('DELETE', `api/ingest/runs/${run}/${writer}/paused.json`);
      there!.delete(`${writer}/paused.json`);
    }
    if (ended) await sendWhole(`${writer}/end.json`);
    return ended;
  };

  const round = async (): Promise<Round> => {
    if (there === null) await look();
    count = { bytes: 0, sent: 0 };
    for (const hash of keptBy(join(folder, 'run.json'))) {
      const name = `kept ${hash}`;
      if (there!.has(name) || held.has(name) || !isThere(gridFile(ledger, hash))) continue;
      if (await taken(name, `api/ingest/kept/${hash}`, readFileSync(gridFile(ledger, hash))))
        there!.set(name, { bytes: 0, sha256: null });
    }
    await sendWhole('run.json');
    const differs = held.get('run.json');
    // Another process of the job has created it there, as it could have here: what it says counts, and our rows are of it.
    if (differs !== undefined && !there!.has('run.json')) await look();
    if (differs !== undefined && !there!.has('run.json')) return { ...told(), whole: true };
    for (const name of names(folder)) if (name !== 'run.json' && runFile(name, run) !== null) await sendWhole(name);
    let whole = true;
    for (const writer of names(folder)) {
      const record = writerIn(join(folder, writer, 'writer.json'));
      if (record !== null && wants(record) && !(await sendWriter(writer))) whole = false;
    }
    return { ...told(), whole: whole && count.sent >= count.bytes };
  };
  const told = () => ({ bytes: count.bytes, sent_bytes: count.sent, held });

  return {
    /** Rejects with Refused, after which what the server has is asked for anew. */
    async round(): Promise<Round> {
      try {
        return await round();
      } catch (error) {
        there = null;
        if (error instanceof Refused) throw error;
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...told(), whole: false }; // sealed meanwhile
        throw error;
      }
    },
  };
}

/** A writer that lives has changed its files within the last while. */
const SIGN_MS = 12_000;

const isThere = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function writerIn(file: string): WriterRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as WriterRecord;
  } catch {
    return null;
  }
}

/** The hashes of the files that a run names, wherever it names them. */
function keptBy(file: string): string[] {
  try {
    return [...new Set([...readFileSync(file, 'utf8').matchAll(/"hash":"([0-9a-f]{32})"/g)].map(([, hash]) => hash!))];
  } catch {
    return [];
  }
}

function partsOf(body: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += PART) parts.push(body.subarray(at, at + PART));
  return parts;
}

const queryOf = (parts: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(parts).map(([key, value]): [string, string] => [key, String(value)])).toString();
