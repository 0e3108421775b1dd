// Whose a shared GPU's busy time was, with real processes and the fake driver that lists them.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReportJson } from '../src/report/model.ts';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { metered, start, tempFolder } from './helpers/cli.ts';

let folder: string;
let strangers: ChildProcess[] = [];
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => {
  for (const one of strangers) one.kill('SIGKILL');
  strangers = [];
});

const stranger = (...command: [string, ...string[]]): number => {
  strangers.push(spawn(command[0], command.slice(1), { stdio: 'ignore' }));
  return strangers.at(-1)!.pid!;
};
const gpu = ({ energy }: ReportJson) => energy.devices.find(({ kind }) => kind === 'gpu')!;

describe.skipIf(noFakeNvml !== null)(`a GPU that others use too (${noFakeNvml ?? 'fake NVML'})`, () => {
  /** Meters a shell's `job`, which writes into $LIST who uses the GPU. */
  const meter = (job: string, more: NodeJS.ProcessEnv = {}, before: readonly string[] = []) => {
    const list = join(folder, 'list');
    writeFileSync(list, '');
    // 150 W and 700 W by turns: 150 W are nobody's.
    const wave = { t0: Date.now() - 5000, wave: 'square', mean: 425, amp: 275, period: 0.4 } as const;
    const env = {
      FAKE_NVML: fakeNvmlEnv({ ...wave, processes: `@${list}` }),
      ...{ JOULEBOOK_NVML: buildFakeNvml(folder), JOULEBOOK_PROCFS: '/proc', LIST: list },
      ...more,
    };
    return metered(folder, [...before, '--', 'sh', '-c', job], env);
  };

  test('the run and a stranger: shares by busy time, which add up to the GPU, which is charged whole', async () => {
    const other = stranger('sleep', '60');
    // A child of the command is the run's too.
    const { report } = await meter(`sleep 3 & echo "$$/40|$!/20|${other}/20" > $LIST; wait`);
    const { attribution, energy_j, charged } = gpu(report);
    expect(charged).toBe(true);
    expect(attribution).toMatchObject({ method: 'driver', job_share: expect.closeTo(0.75, 6), job_cpu_s: null });
    const { job_j, others_j, idle_j } = attribution!;
    expect(job_j.value! + others_j.value! + idle_j.value!).toBeCloseTo(energy_j.value!, 6);
    expect(job_j.value! / others_j.value!).toBeCloseTo(3, 6);
    expect(idle_j.value! / report.run.duration_s).toBeCloseTo(150, -1);
    expect(report.warnings.find(({ code }) => code === 'gpu-shared')!.message).toMatch(
      /^gpu-0: other processes had 25 %/,
    );
  });

  test('a daemon that has left the tree is known by its environment', async () => {
    const { report } = await meter(
      `setsid sh -c 'echo "$$/50" > $LIST; exec sleep 20' >/dev/null 2>&1 < /dev/null & sleep 3; kill $(cut -d/ -f1 $LIST)`,
    );
    expect(gpu(report).attribution).toMatchObject({ job_share: 1 });
    expect(report.warnings.map(({ code }) => code)).not.toContain('gpu-shared');
  });

  test('clients of a Multi-Process Service, whose use the driver does not tell: equal parts, between nothing and all', async () => {
    const other = stranger('sleep', '60');
    // Its server holds the GPU and computes nothing of its own; a process is called by the first 15 letters of its file.
    const server = stranger('bash', '-c', 'printf nvidia-cuda-mps-server > /proc/self/comm; sleep 60 & wait');
    const env = { FAKE_NVML: '' };
    env.FAKE_NVML = fakeNvmlEnv({
      ...{ t0: Date.now(), mean: 300, unsupported: 'processutil', processes: `@${join(folder, 'list')}` },
    });
    const { report } = await meter(`echo "$$/0|${other}/0|${server}/0" > $LIST; sleep 3`, env);
    const { job_share, job_j } = gpu(report).attribution!;
    expect(job_share).toBe(0.5);
    const { low, high } = job_j as { low: number; high: number };
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0.9 * gpu(report).energy_j.value!);
  });

  test('in a container the pids are the host’s: nothing is said', async () => {
    const { report } = await meter('echo "$$/40" > $LIST; sleep 1', { JOULEBOOK_PROCFS: undefined }, []);
    const initial = (await import('node:fs')).readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';
    expect(gpu(report).attribution === null).toBe(!initial);
  });

  test('attach: the process and what is below it', async () => {
    const other = stranger('sleep', '60');
    const mine = stranger('sleep', '3');
    const list = join(folder, 'list');
    writeFileSync(list, `${mine}/30|${other}/60`);
    const env = {
      FAKE_NVML: fakeNvmlEnv({ t0: Date.now(), mean: 300, processes: `@${list}` }),
      ...{ JOULEBOOK_NVML: buildFakeNvml(folder), JOULEBOOK_PROCFS: '/proc' },
    };
    const args = ['attach', String(mine), '--ledger', join(folder, 'ledger'), '--json'];
    const { code, stdout } = await start(args, { env }).done;
    expect(code).toBe(0);
    expect(gpu(JSON.parse(stdout) as ReportJson).attribution!.job_share).toBeCloseTo(1 / 3, 6);
  });
});
