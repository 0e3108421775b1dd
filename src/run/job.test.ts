import { describe, expect, test } from 'vitest';
import { ID } from '../ledger/records.ts';
import { jobOf } from './job.ts';

const nobody = () => null;
/** As `srun -N2 -n4` of Slurm 22.05 sets them (seen on a real cluster). */
const srun = (rank: number, more: Record<string, string> = {}) => ({
  ...{ SLURM_CLUSTER_NAME: 'jb', SLURM_JOB_ID: '1234', SLURM_STEP_ID: '0', SLURM_JOB_UID: '1000' },
  ...{ SLURM_STEP_NUM_TASKS: '4', SLURM_PROCID: String(rank), SLURM_LOCALID: String(rank % 2) },
  ...more,
});
/** As mpirun of Open MPI 4.1 sets them. */
const mpirun = (rank: number, more: Record<string, string> = {}) => ({
  ...{ OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: String(rank), OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
  ...{ OMPI_COMM_WORLD_LOCAL_RANK: String(rank % 2), PMIX_NAMESPACE: '1601241089' },
  ...{ OMPI_MCA_orte_precondition_transports: '02443e3ba0826b85-1e090cd440f984dd', PMI_RANK: '9', PMI_SIZE: '9' },
  ...more,
});
/** As torchrun of PyTorch 2 sets them (torch/distributed/elastic/agent/server/local_elastic_agent.py). */
const torchrun = (rank: number, more: Record<string, string> = {}) => ({
  ...{ TORCHELASTIC_RUN_ID: 'none', RANK: String(rank), WORLD_SIZE: '8', LOCAL_RANK: String(rank % 8) },
  ...{ LOCAL_WORLD_SIZE: '8', MASTER_ADDR: 'localhost', MASTER_PORT: '29500' },
  ...more,
});
const id = (env: Record<string, string>, launcher: (name: string) => string | null = nobody) =>
  jobOf(env, launcher)?.run_id;

describe('the job that a launcher’s variables tell', () => {
  test('no launcher, or a job of one process: none', () => {
    expect(jobOf({}, nobody)).toBeNull();
    expect(jobOf(srun(0, { SLURM_STEP_NUM_TASKS: '1' }), nobody)).toBeNull();
    expect(jobOf(torchrun(0, { WORLD_SIZE: '1' }), nobody)).toBeNull();
    // A batch script is no task of a step: what it runs may be several things.
    expect(jobOf({ SLURM_JOB_ID: '1234', SLURM_PROCID: '0', SLURM_NTASKS: '4' }, nobody)).toBeNull();
  });

  test.each([
    ['srun', srun],
    ['mpirun', mpirun],
    ['torchrun over hosts', (rank: number) => torchrun(rank, { WORLD_SIZE: '16', TORCHELASTIC_RUN_ID: 'a job!' })],
  ])('%s: the ranks agree, on an id that can be one', (_, env) => {
    const ids = new Set([0, 1, 2, 3].map((rank) => id(env(rank))));
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(ID);
  });

  test('different jobs differ: job, step, cluster, user; another mpirun; another torchrun of the same host', () => {
    const ids = [
      id(srun(0)),
      id(srun(0, { SLURM_JOB_ID: '1235' })),
      id(srun(0, { SLURM_STEP_ID: '1' })),
      id(srun(0, { SLURM_CLUSTER_NAME: 'other' })),
      id(srun(0, { SLURM_JOB_UID: '1001' })),
      id(mpirun(0)),
      id(mpirun(0, { OMPI_MCA_orte_precondition_transports: 'ffffffffffffffff-ffffffffffffffff' })),
      id(torchrun(0), () => 'boot 10 100'),
      id(torchrun(0), () => 'boot 10 200'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(null);
  });

  test('a requeued job is the same run going on, and so are workers that torchrun started again', () => {
    expect(id(srun(0, { SLURM_RESTART_COUNT: '1' }))).toBe(id(srun(0)));
    const agent = () => 'boot 10 100';
    expect(id(torchrun(0, { TORCHELASTIC_RESTART_COUNT: '1', MASTER_PORT: '31111' }), agent)).toBe(
      id(torchrun(3), agent),
    );
  });

  test('nothing in common: no id, and why', () => {
    for (const env of [
      torchrun(0, { WORLD_SIZE: '16' }),
      { PMI_RANK: '0', PMI_SIZE: '8', MPI_LOCALNRANKS: '4', MPI_LOCALRANKID: '0' },
    ]) {
      const job = jobOf(env, () => 'boot 1 1')!;
      expect(job.run_id).toBeNull();
      expect(job.why).toContain('each is a run of its own');
    }
  });

  test('Hydra on one host goes by its proxy; Slurm’s PMI is not Hydra', () => {
    const env = { PMI_RANK: '1', PMI_SIZE: '2', MPI_LOCALNRANKS: '2', MPI_LOCALRANKID: '1' };
    expect(id(env, (name) => (name === 'PMI_RANK' ? 'boot 5 50' : null))).toMatch(/^hydra-/);
    expect(id({ ...srun(0), PMI_RANK: '0', PMI_SIZE: '4' })).toBe(id(srun(0)));
  });

  test('ranks are numbered by the training: torchrun inside srun', () => {
    const env = { ...srun(1, { SLURM_STEP_NUM_TASKS: '2' }), ...torchrun(13, { WORLD_SIZE: '16' }) };
    expect(jobOf(env, nobody)!.rank).toEqual({ launcher: 'torchrun', rank: 13, world: 16, local_rank: 5 });
    expect(jobOf(env, nobody)!.run_id).toMatch(/^slurm-1234\.0-/);
  });
});
