// Ranks as real launchers start them: torchrun, mpirun of Open MPI, and srun on two nodes of a real Slurm. One meter a
// host, the joules once, the work once.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml, trueEnergyJ } from '../fake-nvml/fake-nvml.ts';
import { CLI, reportOf, tempFolder } from '../helpers/cli.ts';
import { trainer, writersOf } from '../helpers/ranks.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const TORCHRUN = join(ROOT, '.venv/bin/torchrun');
const noTorchrun = existsSync(TORCHRUN) ? null : 'no .venv with torch (.ci/python.sh makes it)';
const noMpirun = has('mpirun') ? null : 'no mpirun (on Debian: openmpi-bin)';
const isRoot = process.getuid?.() === 0;
const noSlurm = !has('slurmctld') || !has('munged') ? 'no Slurm (slurm-wlm, munge)' : isRoot ? null : 'not root';

const library = noFakeNvml === null ? buildFakeNvml(tempFolder()) : '';
let folder: string;
let ledger: string;
let spec: FakeSpec;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  spec = { t0: Date.now(), devices: 2, wave: 'sine', mean: 400, amp: 250, period: 1.43, limit: 700 };
  env = { ...process.env, JOULEBOOK_NVML: library, FAKE_NVML: fakeNvmlEnv(spec) };
});
const rank = (steps: number) => [CLI, 'run', '--quiet', '--ledger', ledger, '--', ...trainer(steps, 100)];

/** What every launcher's job must come to. */
async function expectOnce(world: number, steps: number, id: RegExp): Promise<void> {
  const report = await reportOf(ledger, 'last');
  expect(report.run.id).toMatch(id);
  expect(report.run).toMatchObject({ state: 'finished', segments: world });
  const writers = writersOf(ledger);
  expect(writers.map(({ record }) => record.rank?.rank).sort()).toEqual([...Array(world).keys()]);
  expect(writers.filter(({ record }) => record.role === 'meter')).toHaveLength(1);
  const gpus = report.energy.devices.filter(({ kind }) => kind === 'gpu');
  expect(gpus).toHaveLength(2);
  const truth = trueEnergyJ(spec, report.run.started_at_ms, report.run.ended_at_ms!);
  for (const { energy_j } of gpus) {
    expect(energy_j.value! / truth).toBeGreaterThan(0.98);
    expect(energy_j.value! / truth).toBeLessThan(1.02);
  }
  expect(report.work).toMatchObject({ steps, tokens: steps * 512, restarts: 0 });
}

const named = (what: string, reason: string | null) => `${what}${reason === null ? '' : ` (skipped: ${reason})`}`;

describe.skipIf(noFakeNvml !== null)(named('real launchers', noFakeNvml), () => {
  test.skipIf(noTorchrun !== null)(named('torchrun, eight workers', noTorchrun), async () => {
    const words = ['--nproc-per-node=8', '--no-python', process.execPath, ...rank(40)];
    const { status, stderr } = spawnSync(TORCHRUN, words, { env: { ...env, OMP_NUM_THREADS: '1' }, encoding: 'utf8' });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    await expectOnce(8, 40, /^torchrun-/);
  });

  test.skipIf(noMpirun !== null)(named('mpirun, four ranks, twice: two runs', noMpirun), async () => {
    const root = isRoot ? ['--allow-run-as-root'] : [];
    // mpirun gives its ranks a terminal, which the command keeps: its lines are read where there is a pipe.
    const piped = ['sh', '-c', '"$@" | cat', 'sh'];
    for (const steps of [30, 20]) {
      const words = [...root, '--oversubscribe', '-n', '4', ...piped, process.execPath, ...rank(steps)];
      const { status, stderr } = spawnSync('mpirun', words, { env, encoding: 'utf8' });
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
      if (steps === 30) await expectOnce(4, 30, /^openmpi-/);
    }
    expect(new Set(writersOf(ledger).map(({ folder }) => resolve(folder, '..'))).size).toBe(2);
  });

  describe.skipIf(noSlurm !== null)(named('Slurm of two nodes', noSlurm), () => {
    const cluster = { ...process.env, D: join(tempFolder(), 'slurm') };
    beforeAll(() => {
      const { status, stderr } = spawnSync(join(ROOT, 'tools/slurm-up'), { env: cluster, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    });
    afterAll(() => void spawnSync(join(ROOT, 'tools/slurm-down'), { env: cluster }));

    test('srun -N2 -n4: one run of the step, and the next step is another', async () => {
      const slurm = { ...env, SLURM_CONF: join(cluster.D, 'slurm.conf') };
      for (const steps of [30, 20]) {
        const words = ['-N2', '-n4', process.execPath, ...rank(steps)];
        const { status, stderr } = spawnSync('srun', words, { env: slurm, encoding: 'utf8' });
        expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
        // Both nodes are this one machine: one boot, one meter.
        if (steps === 30) await expectOnce(4, 30, /^slurm-\d+\.0-/);
      }
      expect(new Set(writersOf(ledger).map(({ folder }) => resolve(folder, '..'))).size).toBe(2);
    });
  });
});
