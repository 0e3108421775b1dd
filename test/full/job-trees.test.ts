// Control of unkind jobs on this machine: what forks, ends, ignores, hides or is not ours while it is frozen.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { goesOn, standsStill } from '../../src/cluster/job-control.contract.ts';
import { until } from '../helpers/cli.ts';
import {
  cgroups,
  livingWith,
  makeCgroup,
  startTree,
  stateOf,
  type TreeJob,
  type TreeOptions,
} from '../helpers/job-tree.ts';

const jobs: TreeJob[] = [];
afterEach(async () => {
  for (const job of jobs.splice(0)) {
    await job.control.close();
    const stopped = livingWith(job.entry).filter((pid) => stateOf(pid) === 'T');
    await job.clear();
    expect(stopped, 'processes left stopped').toEqual([]);
  }
});
async function start(options: TreeOptions = {}): Promise<TreeJob> {
  const job = await startTree(options);
  jobs.push(job);
  return job;
}
const done = { done: true };
const COUNTER = 'count() { while :; do echo >>"$F/steps.$1"; sleep 0.05; done; }';
/** Watchdogs of a job, by the entry that is one of their arguments. */
const watchdogs = (job: TreeJob): number[] =>
  spawnSync('pgrep', ['-f', '--', job.entry], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean).map(Number);

describe('a tree by signals', () => {
  test('of two hundred processes is frozen and goes on within seconds', async () => {
    const script = `for i in $(seq 200); do (while :; do echo >>"$F/steps.$i"; read -t 0.2 x <>"$F/none" || :; done) & done; wait`;
    const workers = `mkfifo "$F/none"; exec bash -c '${script}'`;
    const job = await start({ script: workers, workers: 200 });
    const outcome = await job.control.freeze();
    expect(outcome).toMatchObject(done);
    expect(outcome.how).toMatch(/^SIGSTOP to 20\d processes$/);
    await standsStill(job);
    expect(await job.control.thaw()).toMatchObject(done);
    await goesOn(job);
    expect(await job.control.stop(5000)).toMatchObject(done);
    expect(job.living()).toBe(0);
  });

  test('that forks without end is frozen, and what was forked meanwhile too', async () => {
    const script = `${COUNTER}; count 1 & while :; do (echo >>"$F/steps.2"; (sleep 0.01; :) &) ; done`;
    const job = await start({ script, workers: 2 });
    for (let round = 0; round < 5; round++) {
      expect(await job.control.freeze()).toMatchObject(done);
      await standsStill(job);
      await job.control.thaw();
      await goesOn(job);
    }
  });

  test('goes on when some of it was killed meanwhile, its first process too', async () => {
    const job = await start();
    await job.control.freeze();
    process.kill(job.child.pid!, 'SIGKILL');
    await until('its end', () => stateOf(job.child.pid!) === '');
    expect(await job.control.thaw()).toMatchObject(done);
    const rest = { progress: () => job.progress().slice(1) };
    await goesOn(rest);
    // The orphans are still its job.
    expect(await job.control.freeze()).toMatchObject(done);
    await standsStill(rest);
    expect(await job.control.stop(2000)).toMatchObject(done);
    expect(job.living()).toBe(0);
  });

  test('with zombies that nobody waits for', async () => {
    const script = `exec perl -e 'for (1..5) { fork or exit } while (1) { open F, ">>$ENV{F}/steps.1"; print F "x"; close F; select undef, undef, undef, 0.05 }'`;
    const job = await start({ script, workers: 1 });
    expect((await job.control.freeze()).how).toBe('SIGSTOP to one process');
    await standsStill(job);
    await job.control.thaw();
    await goesOn(job);
    expect(await job.control.stop(0)).toMatchObject(done);
  });

  test('a shell with job control takes its frozen child for no stopped job', async () => {
    const child = `${COUNTER.replace(':;', '[ ! -e "$F/enough" ];')}; count 1`;
    const script = `exec bash -c 'set -m; sh -c "$0"; echo "$?" >"$F/after"; sleep 60' '${child.replaceAll("'", "'\\''")}'`;
    const job = await start({ script, workers: 1 });
    for (let round = 0; round < 3; round++) {
      await job.control.freeze();
      await job.control.thaw();
      await goesOn(job);
    }
    expect(existsSync(join(job.folder, 'after'))).toBe(false);
    writeFileSync(join(job.folder, 'enough'), '');
    await until('the next command', () => existsSync(join(job.folder, 'after')));
    expect(readFileSync(join(job.folder, 'after'), 'utf8')).toBe('0\n');
  });

  test('signals that come while it is frozen are heard when it goes on', async () => {
    const script = `${COUNTER}; trap 'echo >"$F/heard"; exit' INT; count 1`;
    const job = await start({ script, workers: 1 });
    await job.control.freeze();
    process.kill(job.child.pid!, 'SIGINT');
    await standsStill(job);
    expect(existsSync(join(job.folder, 'heard'))).toBe(false);
    expect(await job.control.signalled('SIGUSR1')).toBe(false);
    expect(job.control.frozen).toBe(true);
    expect(await job.control.signalled('SIGINT')).toBe(true);
    await until('the signal to be heard', () => existsSync(join(job.folder, 'heard')));
    await until('its end', () => job.living() === 0);
  });

  test('of another process with the same mark, which another joulebook started, nothing is touched', async () => {
    const job = await start();
    const env = { ...process.env, JOULEBOOK_RUN_ID: job.entry.split('=')[1] };
    // A helper of ours, and a command of a joulebook beside us: a child of neither us nor the first process.
    const helper = spawn('sleep', ['60'], { env });
    const beside = spawn('sh', ['-c', 'env JOULEBOOK_RUN_ID="$0" sleep 60 & wait', env.JOULEBOOK_RUN_ID!], {
      stdio: 'ignore',
    });
    const sleeper = await until('the other command', () =>
      livingWith(job.entry).find((pid) => parentOf(pid) === beside.pid),
    );
    await job.control.freeze();
    expect([helper.pid!, beside.pid!, sleeper].map(stateOf)).toEqual(['S', 'S', 'S']);
    expect(await job.control.stop(2000)).toMatchObject(done);
    expect(livingWith(job.entry).sort()).toEqual([helper.pid!, sleeper].sort());
    for (const one of [helper, beside]) one.kill('SIGKILL');
  });
});

describe('the watchdog', () => {
  test('is not there before the first freeze, and ends with the control', async () => {
    const job = await start();
    job.control.distributed();
    expect(watchdogs(job)).toEqual([]);
    await job.control.freeze();
    expect(watchdogs(job)).toHaveLength(1);
    await job.control.thaw();
    await job.control.close();
    await until('its end', () => watchdogs(job).length === 0);
  });

  test('killed while the job is frozen: the job is thawed, it is told, and the next freeze has another', async () => {
    const told: string[] = [];
    const job = await start({ control: { thawed: (why) => told.push(why) } });
    await job.control.freeze();
    const [first] = watchdogs(job);
    process.kill(first!, 'SIGKILL');
    await goesOn(job);
    expect(job.control.frozen).toBe(false);
    expect(told).toEqual(['its watchdog has ended']);
    expect(await job.control.freeze()).toMatchObject(done);
    expect(watchdogs(job)).toHaveLength(1);
    expect(watchdogs(job)).not.toEqual([first]);
    await standsStill(job);
  });

  test('hung while the job is frozen: the next order thaws it, and freezes it under another', async () => {
    const told: string[] = [];
    const job = await start({ control: { thawed: (why) => told.push(why) } });
    await job.control.freeze();
    const [first] = watchdogs(job);
    process.kill(first!, 'SIGSTOP');
    expect(await job.control.freeze()).toMatchObject(done);
    expect(told).toEqual(['its watchdog does not answer']);
    await standsStill(job);
    process.kill(first!, 'SIGCONT');
    await until('the end of the first', () => watchdogs(job).length === 1);
    await standsStill(job);
  });

  test('killed between two freezes: the second has one of its own', async () => {
    const job = await start();
    await job.control.freeze();
    await job.control.thaw();
    process.kill(watchdogs(job)[0]!, 'SIGKILL');
    expect(await job.control.freeze()).toMatchObject(done);
    expect(watchdogs(job)).toHaveLength(1);
  });
});

const noFreezer = cgroups === null ? ' (skipped: no cgroup v2 with a freezer can be made here)' : '';
describe.skipIf(noFreezer !== '')(`a cgroup${noFreezer}`, () => {
  test('and a process that has left it: both are frozen, and go on', async () => {
    const cgroup = makeCgroup();
    const away = makeCgroup();
    const script = `${COUNTER}; sh -c 'echo $$ >"${away}/cgroup.procs"; ${COUNTER}; count 2' & count 1`;
    const job = await start({ script, workers: 2, cgroup });
    const outcome = await job.control.freeze();
    expect(outcome.how).toMatch(/^the cgroup's freezer \(\S+ process(es)?\) and SIGSTOP to \S+ process(es)?$/);
    await standsStill(job);
    await job.control.thaw();
    await goesOn(job);
    await job.control.stop(1000);
    expect(job.living()).toBe(0);
    await until('its removal', () => spawnSync('rmdir', [away]).status === 0);
  });

  test('that holds joulebook itself is left alone: signals do it', async () => {
    const cgroup = makeCgroup();
    const job = await start({ cgroup });
    writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
    try {
      expect((await job.control.freeze()).how).toMatch(/^SIGSTOP to \d+ processes$/);
      await standsStill(job);
    } finally {
      await job.control.thaw();
      writeFileSync(join(cgroups!, 'cgroup.procs'), String(process.pid));
    }
  });
});

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );
