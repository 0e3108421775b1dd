// CPU time of a process tree from a made-up /proc, by hand.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jobTime } from './job-time.ts';
import { processTime } from './process-time.ts';
import { pidIn, selfIn } from './processes.ts';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'jb-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));
const put = (name: string, text: string) => {
  mkdirSync(join(proc, name, '..'), { recursive: true });
  writeFileSync(join(proc, name), text);
};
/** pid (name) state ppid … utime 14 stime 15 cutime 16 cstime 17 … starttime 22 */
const stat = (pid: number, ppid: number, own: number, waited = 0, { started = 1000, state = 'S' } = {}) =>
  put(`${pid}/stat`, `${pid} (a (b) c) ${state} ${ppid} 0 0 0 0 0 0 0 0 0 ${own} 0 ${waited} 0 0 0 0 0 ${started} 0 0`);
const gone = (pid: number) => rmSync(join(proc, String(pid)), { recursive: true });
const environ = (pid: number, ...entries: string[]) => put(`${pid}/environ`, entries.map((e) => `${e}\0`).join(''));

describe('a root alone', () => {
  const tree = () => processTime({ procfs: proc, root: 10, since: 900 });

  test('own, children, and what ended children left to their parent', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    stat(99, 1, 777);
    const { look } = tree();
    expect(look()).toMatchObject({ ticks: 150, living: 2, most: null });
    gone(11);
    stat(10, 1, 120, 55); // 11 ended with 55, and was waited for
    expect(look().ticks).toBe(175);
  });

  test('a child that nobody waited for keeps what it was last seen with', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    const { look } = tree();
    look();
    gone(11);
    expect(look().ticks).toBe(150);
  });

  test('a daemon that has left its parent stays in the tree; a recycled pid does not', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    const { look } = tree();
    look();
    stat(11, 1, 80);
    expect(look()).toMatchObject({ ticks: 180, living: 2 });
    stat(11, 1, 5, 0, { started: 2000 }); // another process by the same number
    expect(look()).toMatchObject({ ticks: 180, living: 1 });
  });

  test('what a daemon used is not hidden by what others of the tree inherit at the same time', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    const { look } = tree();
    look();
    stat(11, 1, 50);
    look();
    gone(11); // waited for by 1, while 10 waited for children of 60 that were never seen
    stat(10, 1, 100, 60);
    expect(look().ticks).toBe(210);
  });

  test('once all have ended the sum stays', () => {
    stat(10, 1, 100);
    const { look } = tree();
    look();
    gone(10);
    expect([look().ticks, look().ticks]).toEqual([100, 100]);
  });

  test('what was used before the meter began is not the run’s', () => {
    stat(10, 1, 400, 0, { started: 500 });
    const { look } = tree();
    expect(look().ticks).toBe(0);
    stat(10, 1, 430, 0, { started: 500 });
    expect(look().ticks).toBe(30);
  });
});

describe('with the process that waits for the root', () => {
  const tree = (waited: number | null = 7) =>
    processTime({ procfs: proc, root: 10, since: 900, waiter: { pid: 5, waited }, entry: 'RUN=x' });
  beforeEach(() => {
    stat(1, 0, 1000, 2000, { started: 1 });
    stat(4, 1, 30, 40, { started: 400 });
    stat(5, 4, 900, 7, { started: 890 }); // joulebook: what it used itself is not the command's
  });

  test('a command that ended before the first look is known by what it left', () => {
    stat(5, 4, 900, 32);
    expect(tree().look()).toMatchObject({ ticks: 25, living: 0 });
  });

  test('what was used between the last look and the end is inherited', () => {
    stat(10, 5, 100, 10);
    const { look } = tree();
    expect(look().ticks).toBe(110);
    gone(10);
    stat(5, 4, 900, 7 + 180);
    expect(look()).toMatchObject({ ticks: 180, living: 0 });
    expect(look().ticks).toBe(180);
  });

  test('the waiter’s other children are not the command', () => {
    stat(6, 5, 40);
    stat(10, 5, 100);
    const { look } = tree();
    expect(look().ticks).toBe(100);
    gone(6); // the sampler or tee, waited for with 40
    stat(5, 4, 900, 47);
    expect(look().ticks).toBe(100);
  });

  test('a daemon whose parents ended unseen is known by its environment; others’ processes are not', () => {
    stat(10, 5, 100);
    const { look } = tree();
    look();
    stat(20, 1, 60, 0, { started: 1100 });
    environ(20, 'A=b', 'RUN=x');
    stat(21, 20, 5, 0, { started: 1101 });
    stat(30, 1, 500, 0, { started: 1100 });
    environ(30, 'RUN=xy');
    expect(look()).toMatchObject({ ticks: 165, living: 3 });
  });

  test('a process that is just starting shows no environment yet: it is asked again', () => {
    stat(10, 5, 100);
    const { look } = tree();
    look();
    stat(20, 1, 0, 0, { started: 1100 });
    environ(20);
    expect(look().ticks).toBe(100);
    stat(20, 1, 60, 0, { started: 1100 });
    environ(20, 'RUN=x');
    expect(look().ticks).toBe(160);
  });

  test('the most it can have been: what the ancestors inherited besides, known daemons left out', () => {
    stat(10, 5, 100);
    const { look } = tree();
    expect(look()).toMatchObject({ ticks: 100, most: 100 });
    stat(1, 0, 1000, 2030, { started: 1 }); // 1 waited for 30 ticks of something that was never seen
    expect(look()).toMatchObject({ ticks: 100, most: 130 });
    stat(11, 10, 50);
    look();
    gone(11); // seen in the tree, left to 1, waited for there: no more unknown than before
    stat(1, 0, 1000, 2080, { started: 1 });
    expect(look()).toMatchObject({ ticks: 150, most: 180 });
    stat(40, 1, 20, 0, { started: 1200, state: 'Z' }); // an orphan that 1 does not wait for
    expect(look()).toMatchObject({ ticks: 150, most: 200 });
  });

  test('where the ancestors cannot be seen there is no bound', () => {
    gone(4);
    stat(10, 5, 100);
    expect(tree().look()).toMatchObject({ ticks: 100, most: null });
  });

  test('a sampler that begins in the middle counts from there', () => {
    stat(10, 5, 300, 0, { started: 895 });
    stat(5, 4, 900, 77); // the sampler before it
    const { look } = tree(null);
    expect(look().ticks).toBe(0);
    stat(10, 5, 320, 0, { started: 895 });
    expect(look().ticks).toBe(20);
  });
});

describe('the job', () => {
  test('a number of another PID namespace is found by NSpid', () => {
    stat(1, 0, 0, 0, { started: 1 });
    stat(500, 1, 0);
    stat(501, 500, 70);
    put('501/status', 'Name:\ta\nNSpid:\t501\t3\n');
    stat(502, 500, 5);
    put('502/status', 'Name:\tb\nNSpid:\t502\t4\n');
    expect([pidIn(proc, 3, 500), pidIn(proc, 4, 500), pidIn(proc, 501, 500)]).toEqual([501, 502, null]);
    symlinkSync('502', join(proc, 'self'));
    expect(selfIn(proc)).toBe(502);
    const job = jobTime(1, proc); // our parent calls itself 1, and is 500 here
    job.follow({ pid: 3, entry: 'RUN=x', waited_s: 0 });
    expect(job.look()).toEqual({ used_s: 0.7, most_s: 0.7, why: null });
  });

  test('hidden processes of other users are said, with what it means', () => {
    stat(5, 4, 0);
    stat(10, 5, 70);
    put('self/mountinfo', '22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw,hidepid=invisible\n');
    const job = jobTime(5, proc);
    job.follow({ pid: 10, entry: 'RUN=x', waited_s: 0 });
    expect(job.look()).toEqual({ used_s: 0.7, most_s: null, why: expect.stringContaining('hidepid') });
  });
});
