// Keeps what providers answer: one growing file of JSON lines a topic and month, which every run of the ledger reads.
//
// Only who holds the topic's lock appends, so that of several processes one asks and the others read what it got. A lock
// whose holder is gone is taken over. A torn line (a kill, a full disk) costs that answer and nothing else.

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fault } from '../core/fault.ts';
import { isRecord } from '../core/record.ts';
import type { Entry, Known, Topic } from '../grid/knowledge.ts';
import { createOnce, makeFolder } from './durable.ts';
import { isAlive, type ProcessName, thisProcess } from './process.ts';
import { ID } from './records.ts';
import { isAnswer, isRefusal } from './shapes.ts';
import { ensureLedger, unwritable } from './writer.ts';

const LINES = /^\d{4}-\d{2}\.jsonl$/;
const TOPIC = /^(average|marginal)-(direct|lifecycle)$/;
const LOOK_MS = 100;
/** A lock of another host, where nobody can tell whether its holder lives, is given up after this. */
const ABANDONED_MS = 300_000;

/** All that is kept of a zone, by provider, kind and scope. */
export function knownOfZone(ledger: string, zone: string): Known[] {
  return topicsOf(ledger)
    .filter((topic) => topic.zone === zone)
    .map((topic) => knownOf(ledger, topic));
}

/** The topics of which something is kept. */
export function topicsOf(ledger: string): Topic[] {
  const grid = join(ledger, 'grid');
  return names(grid).flatMap((provider) =>
    names(join(grid, provider)).flatMap((zone) =>
      names(join(grid, provider, zone)).flatMap((name): Topic[] => {
        const match = TOPIC.exec(name);
        if (match === null) return [];
        return [{ provider, zone, kind: match[1] as Topic['kind'], scope: match[2] as Topic['scope'] }];
      }),
    ),
  );
}

/** Changes whenever something is kept of one of these zones. */
export function stampOf(ledger: string, zones: readonly string[]): string {
  const topics = topicsOf(ledger).filter(({ zone }) => zones.includes(zone));
  const files = topics
    .map((topic) => folderOf(ledger, topic))
    .flatMap((folder) => names(folder).map((name) => join(folder, name)));
  return files
    .filter((file) => LINES.test(basename(file)))
    .map((file) => `${file} ${statSync(file, { throwIfNoEntry: false })?.size}`)
    .join('\n');
}

/** What is kept of a topic, in order; nothing where nothing is. */
export function knownOf(ledger: string, topic: Topic): Known {
  const folder = folderOf(ledger, topic);
  const entries: Entry[] = [];
  let damaged = 0;
  for (const name of names(folder).filter((one) => LINES.test(one))) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    lines.pop(); // '' after the last whole line, or what a kill or a writer at work has left of one
    for (const line of lines) {
      const entry = parse(line);
      if (entry === null) damaged += line === '' ? 0 : 1;
      else entries.push(entry);
    }
  }
  return { ...topic, entries, damaged };
}

/**
 * Runs `work` alone among all processes that use this ledger, with what is kept of the topic and a way to add to it. Rejects with
 * Fault ledger-unwritable, ledger-newer, and as `work` and `signal` do.
 */
export async function withTopic<T>(
  ledger: string,
  topic: Topic,
  options: { readonly signal: AbortSignal; work(known: Known, add: (entry: Entry) => void): Promise<T> },
): Promise<T> {
  const folder = folderOf(ledger, topic);
  const lock = join(folder, 'lock');
  const ours = `${JSON.stringify(thisProcess())}\n`;
  try {
    ensureLedger(ledger);
    makeFolder(folder);
    while (!createOnce(lock, ours)) {
      if (!isAbandoned(lock)) await pause(LOOK_MS, undefined, { signal: options.signal });
    }
  } catch (cause) {
    options.signal.throwIfAborted();
    throw unwritable(ledger, cause);
  }
  try {
    return await options.work(knownOf(ledger, topic), (entry) => {
      append(ledger, folder, entry);
      touch(lock);
    });
  } finally {
    release(lock, ours);
  }
}

/** Another host sees by its age that the holder still works. */
function touch(lock: string): void {
  try {
    const now_s = Date.now() / 1000;
    utimesSync(lock, now_s, now_s);
  } catch {
    // taken over: what we have to add is added all the same
  }
}

/** Gives our own back: one that was taken over is another's by now. */
function release(lock: string, ours: string): void {
  try {
    if (readFileSync(lock, 'utf8') === ours) rmSync(lock, { force: true });
  } catch {
    // gone
  }
}

function append(ledger: string, folder: string, entry: Entry): void {
  const month = new Date(entry.retrieved_at_ms).toISOString().slice(0, 7);
  try {
    const fd = openSync(join(folder, `${month}.jsonl`), 'a+');
    try {
      const { size } = fstatSync(fd);
      const line = Buffer.from(`${endsMidway(fd, size) ? '\n' : ''}${JSON.stringify(entry)}\n`);
      try {
        for (let written = 0; written < line.length; ) written += writeSync(fd, line, written);
        fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, size); // a full disk takes a part
        throw error;
      }
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
}

function endsMidway(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

/** Whether its holder is gone; then the lock is gone too. */
function isAbandoned(lock: string): boolean {
  let holder: ProcessName;
  let age_ms: number;
  try {
    age_ms = Date.now() - statSync(lock).mtimeMs;
    holder = JSON.parse(readFileSync(lock, 'utf8')) as ProcessName;
  } catch {
    return false; // it has just been given back
  }
  const alive = isAlive(holder);
  if (alive === true || (alive === null && age_ms < ABANDONED_MS)) return false;
  rmSync(lock, { force: true }); // two that do so at once may both ask: a question too many, and no harm
  return true;
}

function parse(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || !(isAnswer(value) || isRefusal(value))) return null;
    return value as unknown as Entry;
  } catch {
    return null;
  }
}

function folderOf(ledger: string, { provider, zone, kind, scope }: Topic): string {
  for (const name of [provider, zone])
    if (!ID.test(name))
      throw fault('usage', { facts: { problem: `"${name}" cannot be kept`, hint: 'letters, digits, - . _' } });
  return join(ledger, 'grid', provider, zone, `${kind}-${scope}`);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
