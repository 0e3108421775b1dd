// Who belongs to a job and who is signalled, on a made-up /proc.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catches } from './checkpoint.ts';
import { localJob } from './local-job.ts';
import { stopTree } from './stopping.ts';
import { isStill, isStopped, jobTree, sender, type TreeOf } from './tree.ts';

let procfs: string;
beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), 'jb-proc-'));
});
afterEach(() => rmSync(procfs, { recursive: true }));

const stat = (pid: number, state: string, parent: number, started: number) =>
  `${pid} (a) b) ${state} ${parent}${' 0'.repeat(17)} ${started} 0 0\n`;
interface Made {
  readonly started?: number;
  readonly state?: string;
  /** States of its threads, where they differ from its own. */
  readonly threads?: string;
  readonly environ?: string;
  readonly status?: string;
}
function has(pid: number, parent: number, made: Made = {}): void {
  const { started = pid, state = 'S', environ = '', status = '' } = made;
  const folder = join(procfs, String(pid));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stat'), stat(pid, state, parent, started));
  writeFileSync(join(folder, 'environ'), environ);
  writeFileSync(join(folder, 'status'), status);
  rmSync(join(folder, 'task'), { recursive: true, force: true });
  for (const [i, letter] of [...(made.threads ?? state)].entries()) {
    mkdirSync(join(folder, 'task', String(pid + i)), { recursive: true });
    writeFileSync(join(folder, 'task', String(pid + i), 'stat'), stat(pid + i, letter, parent, started));
  }
}
const gone = (pid: number) => rmSync(join(procfs, String(pid)), { recursive: true });
const MARK = { environ: 'A=b\0JOULEBOOK_RUN_ID=r\0' };
/** init 1, a shell 10, joulebook 20 with its helper 21, the command 30 with a child 31. */
function usual(): void {
  for (const [pid, parent] of [
    [1, 0],
    [10, 1],
    [20, 10],
    [21, 20],
    [30, 20],
    [31, 30],
  ] as const)
    has(pid, parent);
}
const treeOf = (more: Partial<TreeOf> = {}) =>
  jobTree({ procfs, root: { pid: 30, started: 30 }, entry: 'JOULEBOOK_RUN_ID=r', self: 20, ...more });
const pidsOf = (tree: ReturnType<typeof jobTree>) => tree.members().map(({ pid }) => pid);

describe('members of a job', () => {
  beforeEach(usual);

  test('are the root and all below it, parents first', () => {
    has(29, 31);
    has(5, 29);
    expect(pidsOf(treeOf())).toEqual([30, 31, 29, 5]);
  });

  test.each([
    ['the first process', 1],
    ['a reaper above joulebook', 10],
  ])('are daemons that carry the mark and were left to %s, with all below them', (_, parent) => {
    has(40, parent, MARK);
    has(41, 40);
    expect(pidsOf(treeOf()).sort()).toEqual([30, 31, 40, 41]);
  });

  test.each([
    ['a helper of joulebook', 41, 20],
    ['one below a helper', 41, 21],
    ['a command of another joulebook', 41, 40],
  ])('are not, mark or no mark: %s', (_, pid, parent) => {
    has(40, 10);
    has(pid, parent, MARK);
    expect(pidsOf(treeOf())).toEqual([30, 31]);
  });

  test('are not joulebook and those above it, whatever their marks and cgroups', () => {
    for (const [pid, parent] of [
      [1, 0],
      [10, 1],
      [20, 10],
    ] as const)
      has(pid, parent, MARK);
    expect(pidsOf(treeOf({ held: () => new Set([1, 10, 20, 21]) }))).toEqual([30, 31]);
  });

  test('are not told by a mark that joulebook was started with', () => {
    has(20, 10, MARK);
    has(40, 1, MARK);
    expect(pidsOf(treeOf())).toEqual([30, 31]);
  });

  test('are those that its cgroup holds', () => {
    has(40, 1);
    expect(pidsOf(treeOf({ held: () => new Set([40]) })).sort()).toEqual([30, 31, 40]);
  });

  test('stay members when they leave the tree, as long as they are the same', () => {
    const tree = treeOf({ entry: null });
    expect(pidsOf(tree)).toEqual([30, 31]);
    gone(30);
    has(31, 1);
    expect(pidsOf(tree)).toEqual([31]);
    has(31, 1, { started: 99 });
    expect(pidsOf(tree)).toEqual([]);
  });

  test('are none when the pid of the root has passed to another process', () => {
    has(30, 20, { started: 99 });
    expect(pidsOf(treeOf({ entry: null }))).toEqual([]);
  });

  test('are not zombies, but those of which only the first thread has ended', () => {
    has(31, 30, { state: 'Z' });
    has(32, 30, { state: 'Z', threads: 'ZS' });
    expect(pidsOf(treeOf())).toEqual([30, 32]);
  });
});

describe('the state of a process', () => {
  test.each([
    ['all threads stopped', 'TT', true, true],
    ['one runs still', 'TR', false, true],
    ['in the kernel', 'D', false, false],
    ['held by a debugger', 't', true, false],
    ['the first thread ended, the other stopped', 'ZT', true, true],
    ['ended', 'Z', true, false],
  ])('%s', (_, threads, still, stopped) => {
    has(7, 1, { state: threads[0]!, threads });
    expect([isStill(procfs, 7), isStopped(procfs, 7)]).toEqual([still, stopped]);
  });

  test('of one that is gone: nothing of it runs', () => {
    expect([isStill(procfs, 8), isStopped(procfs, 8)]).toEqual([true, false]);
  });
});

describe('signals', () => {
  const sent: string[] = [];
  beforeEach(() => {
    usual();
    sent.splice(0);
  });
  const kill = (pid: number, signal: NodeJS.Signals) => void sent.push(`${signal} ${pid}`);

  test('go to the process that was meant, never to another that got its pid', () => {
    const send = sender(procfs, kill);
    expect(send({ pid: 31, started: 31 }, 'SIGSTOP')).toBe('sent');
    has(31, 1, { started: 99 });
    expect(send({ pid: 31, started: 31 }, 'SIGCONT')).toBe('gone');
    gone(31);
    expect(send({ pid: 31, started: 31 }, 'SIGKILL')).toBe('gone');
    expect(sent).toEqual(['SIGSTOP 31']);
  });

  test('stop parents before their children, and one that appears meanwhile too', async () => {
    const stop = (pid: number, signal: NodeJS.Signals) => {
      kill(pid, signal);
      if (pid === 31) has(32, 31); // forked before it stopped
      has(pid, { 30: 20, 31: 30, 32: 31 }[pid]!, { state: 'T' });
    };
    const told: number[] = [];
    const announce = async (who: readonly { pid: number }[]) => {
      expect(sent.some((one) => who.some(({ pid }) => one.endsWith(` ${pid}`)))).toBe(false);
      told.push(...who.map(({ pid }) => pid));
      return true;
    };
    const reach = { procfs, tree: treeOf(), send: sender(procfs, stop), passing: () => {} };
    expect(await stopTree(reach, { announce, covered: () => false })).toEqual({ stopped: 3 });
    expect(sent).toEqual(['SIGSTOP 30', 'SIGSTOP 31', 'SIGSTOP 32']);
    expect(told).toEqual([30, 31, 32]);
  });

  test('are not sent where the watchdog has ended', async () => {
    const reach = { procfs, tree: treeOf(), send: sender(procfs, kill), passing: () => {} };
    const order = { announce: async () => false, covered: () => false };
    expect(await stopTree(reach, order)).toEqual({ why: 'its watchdog has ended' });
    expect(sent).toEqual([]);
  });

  test('that are refused: the freeze is taken back and says whose process it was', async () => {
    // A real watchdog over a made-up /proc: it is told, and finds nothing to do.
    has(process.pid, 10);
    has(30, process.pid);
    const stop = (pid: number, signal: NodeJS.Signals) => {
      kill(pid, signal);
      if (pid === 31) throw Object.assign(new Error('no'), { code: 'EPERM' });
      has(pid, process.pid, { state: signal === 'SIGSTOP' ? 'T' : 'S' });
    };
    const at = { pid: 30, entry: null, cgroup: null, env: {}, cwd: '/', library: null, lines: null };
    const job = localJob({ ...at, procfs, kill: stop });
    expect(await job.freeze()).toMatchObject({ done: false, how: "process 31 is another user's" });
    expect(job.frozen).toBe(false);
    expect(sent).toEqual(['SIGSTOP 30', 'SIGSTOP 31', 'SIGCONT 31', 'SIGCONT 30']);
    await job.close();
  });
});

describe('who catches a signal, by SigCgt of /proc/PID/status', () => {
  // Bit 9 is signal 10, SIGUSR1; bit 1 is SIGINT, as Python's own status shows it.
  test.each([
    ['SigCgt:\t0000000000000200\n', true],
    ['SigIgn:\t0000000000000200\nSigCgt:\t0000000000000002\n', false],
    ['SigCgt:\t0000000180014a03\n', true],
    ['', false],
  ])('%j', (status, expected) => {
    has(7, 1, { status });
    expect(catches(procfs, { pid: 7 }, 'SIGUSR1')).toBe(expected);
  });
});
