// Against a /proc of files: the arithmetic of ticks by hand.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { cpuUsers } from './cpu-users.ts';

let proc: string;
const made: string[] = [];
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'jb-proc-'));
  made.push(proc);
});
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

const UID = process.getuid?.() ?? 0;

/** Two CPUs, s seconds after boot; busy in ticks. */
function machine(s: number, busy: number): void {
  writeFileSync(join(proc, 'stat'), `cpu  ${busy} 0 0 ${s * 200 - busy} 0 0 0 0 0 0\ncpu0 1 2 3\n`);
  writeFileSync(join(proc, 'uptime'), `${s}.00 0.00\n`);
}
/** utime 14, stime 15, cutime 16, cstime 17, starttime 22 of proc(5). */
function task(pid: number, parent: number, name: string, own: number, waited = 0, started = 100): void {
  mkdirSync(join(proc, String(pid)), { recursive: true });
  const fields = [pid, `(${name})`, 'S', parent, 0, 0, 0, 0, 0, 0, 0, 0, 0, own, 0, waited, 0, 20, 0, 1, 0, started];
  writeFileSync(join(proc, String(pid), 'stat'), `${fields.join(' ')} 0 0\n`);
}
const end = (pid: number) => rmSync(join(proc, String(pid)), { recursive: true });

describe('CPU time by process', () => {
  test('shares of the machine: processes, the small by user, the rest by nobody', () => {
    machine(100, 1000);
    task(1, 0, 'init', 50);
    task(20, 1, 'a) b (c', 500);
    task(21, 20, 'small', 10);
    const users = cpuUsers(proc);
    expect(users.look()).toBeNull();
    // One second of two CPUs is 200 ticks: 80 busy, 60 of them of process 20, 4 of 21, 16 of nobody that is seen.
    machine(101, 1080);
    task(20, 1, 'a) b (c', 560);
    task(21, 20, 'small', 14);
    const look = users.look()!;
    expect(look.users).toEqual([
      { who: { pid: 20, pid_start: 100, ancestors: '1:100', uid: UID, name: 'a) b (c' }, share: 0.3 },
    ]);
    expect(look.rest).toEqual([
      { uid: UID, share: 0.02 },
      { uid: null, share: 0.08 },
    ]);
  });

  test('a child that ended is its parent’s, without what was told of it before', () => {
    machine(100, 0);
    task(1, 0, 'init', 0);
    task(30, 1, 'make', 0);
    task(31, 30, 'cc', 70);
    const users = cpuUsers(proc);
    users.look();
    // cc used 20 more and ended; another came and went with 30: make has waited for 70 + 20 + 30.
    machine(101, 50);
    end(31);
    task(30, 1, 'make', 0, 120);
    expect(users.look()!.users).toEqual([expect.objectContaining({ share: 0.25 })]);
    machine(102, 50);
    expect(users.look()!.users).toEqual([]);
  });

  test('a pid that passed to another process is not the old one', () => {
    machine(100, 0);
    task(40, 1, 'old', 900, 0, 100);
    const users = cpuUsers(proc);
    users.look();
    machine(101, 40);
    task(40, 1, 'new', 40, 0, 10_050);
    expect(users.look()!.users).toEqual([
      { who: expect.objectContaining({ pid: 40, pid_start: 10_050, name: 'new' }), share: 0.2 },
    ]);
  });

  test('a process that is older but was not seen before tells nothing of the last second', () => {
    machine(100, 0);
    const users = cpuUsers(proc);
    users.look();
    machine(101, 100);
    task(50, 1, 'hidden', 90_000, 0, 5);
    expect(users.look()).toEqual({ users: [], rest: [{ uid: null, share: 0.5 }] });
  });

  test('who a pid was is known a look longer than it lived; a stranger is one', () => {
    machine(100, 0);
    task(60, 1, 'gone', 1);
    const users = cpuUsers(proc);
    users.look();
    end(60);
    machine(101, 10);
    users.look();
    expect(users.who(60)).toMatchObject({ pid_start: 100, name: 'gone', uid: null });
    expect(users.who(61)).toEqual({ pid: 61, pid_start: null, ancestors: null, uid: null, name: null });
  });

  test('secrets are no names; no /proc, no look', () => {
    machine(100, 0);
    task(70, 1, 'token=abcdefgh', 0);
    const users = cpuUsers(proc);
    users.look();
    machine(101, 50);
    task(70, 1, 'token=abcdefgh', 50);
    expect(users.look()!.users[0]!.who.name).not.toMatch(/abcdefgh/);
    expect(cpuUsers(join(proc, 'none')).look()).toBeNull();
  });
});
