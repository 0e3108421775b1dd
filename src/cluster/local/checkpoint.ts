// Asks a job for a checkpoint, by a signal to those of its processes that catch it and by a command beside it, and sees
// when it is there: a file that has changed and stopped growing, a line of the log, the command's own end, or a time.
//
// Times of files are compared with each other alone: a file server's clock, or ours when it is set, would tell nothing.

import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../../core/fault.ts';
import { readQuietly } from '../../meter/sources/quiet-file.ts';
import type { CheckpointWay } from '../job-control.ts';
import { pause } from './pause.ts';
import type { Reach } from './stopping.ts';
import type { Named } from './tree.ts';

/** What a checkpoint of a local job needs beside the tree. */
export interface CheckpointSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Whether to give up: the job is let go of. */
  over(): boolean;
  /** Calls back for each line of the job's log until the returned function is called; null: no log is read. */
  readonly lines: ((heard: (line: string) => void) => () => void) | null;
}

const LOOK_MS = 50;
/** A file that has not grown for so long is complete. */
const SETTLED_MS = 500;

type Result = { readonly done: boolean; readonly how: string };

/** Resolves when the checkpoint is seen, cannot be had, or the grace is over. Throws nothing. */
export async function takeCheckpoint(way: CheckpointWay, reach: Reach, at: CheckpointSurroundings): Promise<Result> {
  const started = performance.now();
  const seen = lookFor(way, at);
  if ('why' in seen) return { done: false, how: seen.why };
  const command = way.command === null ? null : runBeside(way.command, at);
  try {
    const sent = way.signal === null ? null : signalCatchers(reach, way.signal);
    if (sent === 0) {
      if (command === null) return { done: false, how: `no process of the job catches ${way.signal}: none was sent` };
    }
    const by = [sent ? `${way.signal} to ${sent} of its processes` : null, command && 'the checkpoint command'];
    const words = by.filter(Boolean).join(' and ');
    for (;;) {
      const end = command?.ended() ?? null;
      if (end !== null && end !== '') return { done: false, how: `the checkpoint command ${end}` };
      const how = seen.look() ?? (seen.blind && end === '' ? 'its command ended' : null);
      if (how !== null) return { done: true, how: `asked by ${words}; ${how}` };
      if (at.over()) return { done: false, how: `asked by ${words}; the job was let go of before it was seen` };
      if (reach.tree.members().length === 0)
        return { done: false, how: `asked by ${words}; the job ended before it was seen` };
      if (performance.now() - started >= way.grace_ms) break;
      await pause(LOOK_MS);
    }
    const unseen = seen.blind && command === null ? 'nothing tells when it is there' : 'it was not seen';
    return { done: false, how: `asked by ${words}; ${unseen}, after ${way.grace_ms / 1000} s` };
  } finally {
    seen.close();
    command?.kill();
  }
}

/** What is looked for; `look` says in words that it is there. */
interface Sign {
  look(): string | null;
  /** There is nothing to look for. */
  readonly blind: boolean;
  close(): void;
}

function lookFor({ done }: CheckpointWay, at: CheckpointSurroundings): Sign | { readonly why: string } {
  const { file, pattern, after_ms } = done;
  if (pattern !== null && at.lines === null) return { why: 'its log is not read, so no line of it can tell' };
  let regex: RegExp | null = null;
  try {
    regex = pattern === null ? null : new RegExp(pattern);
  } catch (error) {
    return { why: `the pattern cannot be used: ${reasonOf(error)}` };
  }
  const from = performance.now();
  let line: string | null = null;
  const hear = (text: string) => {
    if (line === null && regex!.test(text)) line = text;
  };
  const off = regex === null ? null : at.lines!(hear);
  const grown = file === null ? null : settling(file);
  return {
    blind: file === null && pattern === null && after_ms === null,
    look() {
      if (line !== null) return `its log says: ${line}`;
      if (grown?.()) return `${file} is complete`;
      return after_ms !== null && performance.now() - from >= after_ms ? `given ${after_ms / 1000} s for it` : null;
    },
    close: () => off?.(),
  };
}

/** Whether a file or folder is another than now, and has kept its size and time for a while. */
function settling(file: string): () => boolean {
  const first = markOf(file);
  let before = first;
  let since = performance.now();
  return () => {
    const mark = markOf(file);
    if (mark !== before) [before, since] = [mark, performance.now()];
    return mark !== first && mark !== GONE && performance.now() - since >= SETTLED_MS;
  };
}

const GONE = '';

/** Sizes and times; of a folder, what lies in it counts too, one level deep. */
function markOf(file: string): string {
  const all = [file, ...quiet(() => readdirSync(file), []).map((name) => join(file, name))];
  const found = all.flatMap((path) => quiet(() => [statSync(path)], []));
  return found.map(({ mtimeMs, size }) => `${mtimeMs}:${size}`).join(' ');
}

function quiet<T>(read: () => T, none: T): T {
  try {
    return read();
  } catch {
    return none;
  }
}

/** How many got it. */
function signalCatchers({ procfs, tree, send }: Reach, signal: NodeJS.Signals): number {
  const all = tree.members().filter((one) => catches(procfs, one, signal));
  return all.filter((one) => send(one, signal) === 'sent').length;
}

/** Whether it has a handler for a signal: SigCgt of /proc/PID/status, proc(5). */
export function catches(procfs: string, { pid }: Pick<Named, 'pid'>, signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readQuietly(`${procfs}/${pid}/status`) ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** A shell's command in a group of its own; `ended` says '' for success, else how, null while it runs. */
function runBeside(command: string, { env, cwd }: CheckpointSurroundings): { ended(): string | null; kill(): void } {
  let end: string | null = null;
  const child = spawn('/bin/sh', ['-c', command], { env, cwd, detached: true, stdio: 'ignore' });
  child.on('error', (error) => (end ??= `could not be run: ${reasonOf(error)}`));
  child.on('exit', (code, signal) => {
    end ??= code === 0 ? '' : signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  });
  return {
    ended: () => end,
    kill() {
      if (end !== null || child.pid === undefined) return;
      quiet(() => process.kill(-child.pid!, 'SIGTERM'), false);
      child.unref();
    },
  };
}
