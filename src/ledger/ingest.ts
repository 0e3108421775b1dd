// Files of another machine's ledger → files of this one, byte for byte: what has been answered for is on the disk.
//
// Sending again is harmless: what is here already is compared and never overwritten. A sealed segment takes the place of its
// open one when the whole of it is here, as compaction does (compact.ts).

import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, fault, reasonOf } from '../core/fault.ts';
import { createOnce, makeFolder, putLightly, putWhole, syncFolder } from './durable.ts';
import { openEngine } from './engine.ts';
import { keptFits, runFile, type Sendable, writerFile, wrongLine } from './ingest-files.ts';
import { gridFile, ID, runFolder, type TableName, writerFolder } from './records.ts';
import { isParquet } from './segments.ts';
import { tableOf } from './tables.ts';
import { ensureLedger } from './writer.ts';

/** A segment is sealed at 8 MiB; one flood of rows may be larger. */
const MOST_BYTES = 64 << 20;

export interface Sent {
  readonly body: Buffer;
  /** Where in the file it begins. */
  readonly offset: number;
  /** Of a sealed segment: bytes and SHA-256 of all of it. */
  readonly length?: number | undefined;
  readonly sha256?: string | undefined;
  /** How long ago the file was last changed where it comes from, ms: a writer elsewhere lives while its files change. */
  readonly age_ms?: number | undefined;
}

/** A file that is here, durably: how far, and what it holds where that does not grow. */
export interface Here {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string | null;
}

/** What can be named: a run, and of it a writer and a file. */
interface Target {
  readonly path: string;
  /** For messages: as it is named in the ledger. */
  readonly name: string;
  readonly file: Sendable;
}

export interface Intake {
  /** Takes a part of a file of a run (`writer` null: of its own folder); how many bytes of it are here durably. Rejects with Fault. */
  take(at: { run: string; writer: string | null; file: string }, sent: Sent): Promise<number>;
  /** Takes a file that is kept by its hash. Rejects with Fault. */
  keep(hash: string, body: Buffer): Promise<number>;
  /** That its writer holds its job no longer: paused.json goes. */
  resumed(at: { run: string; writer: string }): Promise<void>;
  /** The files of a run that can be sent and are here; none of a run that is not known. */
  has(run: string): Promise<Here[]>;
}

/** Of a ledger, which is made with the first file. */
export function intakeOf(ledger: string): Intake {
  const turn = turns();
  const guarded = async <T>(key: string, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await turn(key, work);
    } catch (cause) {
      if (cause instanceof Fault || !(cause as NodeJS.ErrnoException).syscall) throw cause;
      throw fault('ingest-full', { facts: { why: reasonOf(cause) }, cause });
    }
  };
  return {
    take: ({ run, writer, file }, sent) =>
      guarded(run, () => {
        const target = targetOf(ledger, run, { writer, file });
        ensureLedger(ledger);
        inOrder(ledger, run, { writer, file });
        return put(target, sent);
      }),
    keep: (hash, body) =>
      guarded(`kept ${hash}`, () => {
        const name = `grid/file/${hash}.json`;
        const right = createHash('sha256').update(body).digest('hex').slice(0, 32) === hash;
        if (!right) throw bad(name, 'its name is not the hash of what it holds');
        ensureLedger(ledger);
        return once({ path: gridFile(ledger, hash), name, file: { kind: 'once', fits: keptFits } }, body);
      }),
    resumed: ({ run, writer }) =>
      guarded(run, () => {
        rmSync(targetOf(ledger, run, { writer, file: 'paused.json' }).path, { force: true });
      }),
    has: (run) => guarded(run, () => hereOf(ledger, run)),
  };
}

/** One after the other for each key. */
function turns() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, work: () => T | Promise<T>): Promise<T> => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}

const isWriterName = (name: string): boolean => ID.test(name) && !name.includes('.json');

/** Throws Fault ingest-bad for what is no name of a ledger's file. */
function targetOf(ledger: string, run: string, { writer, file }: { writer: string | null; file: string }): Target {
  const name = writer === null ? `${run}/${file}` : `${run}/${writer}/${file}`;
  const known = ID.test(run) && (writer === null || isWriterName(writer));
  const found = !known ? null : writer === null ? runFile(file, run) : writerFile(file, writer);
  if (found === null) throw bad(name.slice(0, 200), 'this is no file of a run that can be sent');
  const folder = writer === null ? runFolder(ledger, run) : writerFolder(ledger, run, writer);
  return { path: join(folder, file), name, file: found };
}

/** A run before its writers, a writer before its rows. Throws Fault ingest-order. */
function inOrder(ledger: string, run: string, { writer, file }: { writer: string | null; file: string }): void {
  const missing = (first: string) => fault('ingest-order', { facts: { first } });
  if (file !== 'run.json' && !existsSync(join(runFolder(ledger, run), 'run.json'))) throw missing(`${run}/run.json`);
  if (writer === null || file === 'writer.json') return;
  if (!existsSync(join(writerFolder(ledger, run, writer), 'writer.json')))
    throw missing(`${run}/${writer}/writer.json`);
}

async function put(target: Target, sent: Sent): Promise<number> {
  const { path, file, name } = target;
  const bytes = await (async () => {
    if ('fits' in file) return file.kind === 'once' ? once(target, sent.body) : whole(target, sent.body);
    if (sent.offset + sent.body.length > MOST_BYTES) throw bad(name, `a segment has ${MOST_BYTES} bytes at most`);
    return file.kind === 'rows' ? rows(target, file.table, sent) : sealed(target, file.table, sent);
  })();
  if (sent.age_ms !== undefined && existsSync(path)) {
    const at = new Date(Date.now() - sent.age_ms);
    utimesSync(path, at, at);
  }
  return bytes;
}

/** Throws Fault ingest-bad, ingest-differs. */
function once({ path, name, file }: Target, body: Buffer): number {
  const text = textOf(name, file, body);
  if (!existsSync(path) && createOnce(path, text)) return body.length;
  if (!readFileSync(path).equals(body)) throw fault('ingest-differs', { facts: { file: name } });
  return body.length;
}

function whole({ path, name, file }: Target, body: Buffer): number {
  const text = textOf(name, file, body);
  if (name.endsWith('/devices.json')) putWhole(path, text);
  else putLightly(path, text);
  return body.length;
}

function textOf(name: string, file: Sendable, body: Buffer): string {
  const text = body.toString('utf8');
  if (!('fits' in file) || !file.fits(text) || !Buffer.from(text).equals(body))
    throw bad(name, 'it does not hold what a file of this name holds');
  return text;
}

/** Throws Fault ingest-bad, ingest-differs, ingest-order. */
async function rows({ path, name }: Target, table: TableName, sent: Sent): Promise<number> {
  const end = sent.offset + sent.body.length;
  if (isParquet(path.replace(/\.open$/, '.parquet'))) return end; // it has been sealed since, and its rows are here
  return grow(path, name, sent, (rest) => {
    const text = rest.toString('utf8');
    if (Buffer.byteLength(text) !== rest.length) throw bad(name, 'it is no UTF-8');
    const line = wrongLine(table, text);
    if (line !== null) throw bad(name, `line ${line} of what was sent is no whole row of ${table}`);
  });
}

/** Throws Fault ingest-bad, ingest-differs, ingest-order. */
async function sealed({ path, name }: Target, table: TableName, sent: Sent): Promise<number> {
  const { length, sha256 } = sent;
  if (length === undefined || sha256 === undefined) throw bad(name, 'its length and its sha256 are to be said with it');
  if (existsSync(path)) {
    if (hashOf(path) !== sha256) throw fault('ingest-differs', { facts: { file: name } });
    return length;
  }
  const part = `${path}.part`;
  const bytes = await grow(part, name, sent, () => {}).catch((error) => {
    // Left by a segment that was sealed anew: begun again.
    if (error instanceof Fault && error.code === 'ingest-differs' && sent.offset === 0) rmSync(part, { force: true });
    throw error;
  });
  if (bytes < length) return bytes;
  if (bytes > length || hashOf(part) !== sha256 || !isParquet(part) || !(await reads(table, part))) {
    rmSync(part, { force: true });
    throw bad(name, `it is no sealed segment of ${table}, or not the one that its sha256 tells of`);
  }
  renameSync(part, path);
  syncFolder(dirname(path));
  rmSync(path.replace(/\.parquet$/, '.open'), { force: true });
  return length;
}

/** Adds what is not here yet, at its place, and makes it durable. */
async function grow(path: string, name: string, sent: Sent, check: (rest: Buffer) => void): Promise<number> {
  const { body, offset } = sent;
  makeFolder(dirname(path));
  const made = !existsSync(path);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  try {
    const size = path.endsWith('.open') ? wholeSize(fd) : fstatSync(fd).size;
    if (offset > size) throw fault('ingest-order', { facts: { first: `${name} from byte ${size}` } });
    const known = Math.min(size - offset, body.length);
    if (!body.subarray(0, known).equals(readAt(fd, offset, known)))
      throw fault('ingest-differs', { facts: { file: name } });
    const rest = body.subarray(known);
    check(rest);
    writeAll(fd, rest, size);
    await datasync(fd);
    if (made) syncFolder(dirname(path));
    return Math.max(size, offset + body.length);
  } finally {
    closeSync(fd);
  }
}

const datasync = promisify(fdatasync);

/** What was written of a line by a server that was killed meanwhile has been answered for to nobody: it is cut off. */
function wholeSize(fd: number): number {
  const { size } = fstatSync(fd);
  for (let to = size; to > 0; ) {
    const from = Math.max(0, to - 65_536);
    const at = readAt(fd, from, to - from).lastIndexOf(10);
    if (at >= 0) {
      if (from + at + 1 < size) ftruncateSync(fd, from + at + 1);
      return from + at + 1;
    }
    to = from;
  }
  if (size > 0) ftruncateSync(fd, 0);
  return 0;
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  } catch (error) {
    ftruncateSync(fd, at);
    throw error;
  }
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  for (let got = 1; got > 0 && done < length; done += got) got = readSync(fd, bytes, done, length - done, at + done);
  return bytes.subarray(0, done);
}

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Whether the engine finds rows of the table in a Parquet file. */
async function reads(table: TableName, part: string): Promise<boolean> {
  const engine = await openEngine('200MB');
  try {
    await engine.columns(`SELECT count(*) AS n FROM ${tableOf(table, { open: [], parquet: [part] })}`);
    return true;
  } catch {
    return false;
  } finally {
    engine.close();
  }
}

async function hereOf(ledger: string, run: string): Promise<Here[]> {
  if (!ID.test(run)) throw bad(run.slice(0, 200), 'this is no id of a run');
  const folder = runFolder(ledger, run);
  const found: Here[] = [];
  for (const name of names(folder)) {
    if (runFile(name, run) !== null) found.push(await hereAs(join(folder, name), name, false));
    if (!isWriterName(name)) continue;
    for (const file of names(join(folder, name))) {
      const kind = writerFile(file, name)?.kind;
      if (kind !== undefined) found.push(await hereAs(join(folder, name, file), `${name}/${file}`, kind === 'rows'));
    }
  }
  return found;
}

async function hereAs(path: string, name: string, grows: boolean): Promise<Here> {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const bytes = grows ? wholeSize(fd) : fstatSync(fd).size;
    await datasync(fd); // what a server that was killed had written may be in memory alone
    return { name, bytes, sha256: grows ? null : hashOf(path) };
  } finally {
    closeSync(fd);
  }
}

const names = (folder: string): string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder).sort() : [];

const bad = (file: string, problem: string): Fault => fault('ingest-bad', { facts: { file, problem } });
