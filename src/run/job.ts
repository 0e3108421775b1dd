// From the variables that a launcher gives each of its processes to the job they share: its run id, and our rank in it.
//
// Every rank must come to the same id and no other job to the same one, on any host. Where a launcher tells no such
// thing there is no id: each rank is then a run of its own, and `why` says so.

import { createHash } from 'node:crypto';
import type { RankRecord } from '../ledger/records.ts';

export interface Job {
  /** A run id (records.ts, ID); null where the launcher tells nothing that only this job has. */
  readonly run_id: string | null;
  readonly why: string | null;
  readonly rank: RankRecord;
}

type Env = Readonly<Record<string, string | undefined>>;
/** Names the nearest process above us that has not got this variable, for ever and everywhere; null where unknown. */
export type LauncherProcess = (variable: string) => string | null;

/** The job of several processes that we are one of; null where we are not. */
export function jobOf(env: Env, launcherProcess: LauncherProcess): Job | null {
  const found = [openMpi, hydra, slurm, torchrun].flatMap((read) => read(env, launcherProcess) ?? []);
  const [outer] = found;
  if (outer === undefined) return null;
  // torchrun, where it is there, stands between the launcher and us: its ranks are those of the training.
  const { rank } = found.find((job) => job.rank.launcher === 'torchrun') ?? outer;
  return { run_id: outer.run_id, why: outer.run_id === null ? outer.why : null, rank };
}

/** A step of several tasks (srun(1), OUTPUT ENVIRONMENT VARIABLES). A requeued job keeps its id: the same run goes on. */
function slurm(env: Env): Job | null {
  const { SLURM_STEP_ID: step, SLURM_CLUSTER_NAME: cluster, SLURM_JOB_UID: uid } = env;
  const job = env.SLURM_HET_JOB_ID ?? env.SLURM_JOB_ID;
  const rank = rankOf('slurm', env.SLURM_PROCID, env.SLURM_STEP_NUM_TASKS ?? env.SLURM_NTASKS, env.SLURM_LOCALID);
  if (rank === null || step === undefined || job === undefined) return null;
  return { run_id: idOf(`slurm-${job}.${step}`, [cluster, uid, job, step]), why: null, rank };
}

/** mpirun of Open MPI draws 128 random bits for each job (up to 4); 5 tells only who launched it. */
function openMpi(env: Env, launcherProcess: LauncherProcess): Job | null {
  const { OMPI_COMM_WORLD_SIZE: size, OMPI_COMM_WORLD_LOCAL_SIZE: localSize } = env;
  const rank = rankOf('openmpi', env.OMPI_COMM_WORLD_RANK, size, env.OMPI_COMM_WORLD_LOCAL_RANK);
  if (rank === null) return null;
  const launcher = size === localSize ? launcherProcess('OMPI_COMM_WORLD_RANK') : null;
  const key = env.OMPI_MCA_orte_precondition_transports ?? launcher ?? env.PMIX_NAMESPACE;
  return { ...shared('openmpi', key, 'Open MPI'), rank };
}

/** MPICH and Intel MPI: no name of the job, but on one host its proxy is one process. */
function hydra(env: Env, launcherProcess: LauncherProcess): Job | null {
  const { PMI_SIZE: size, MPI_LOCALNRANKS: localSize } = env;
  if (localSize === undefined) return null; // Slurm sets PMI_RANK too
  const rank = rankOf('hydra', env.PMI_RANK, size, env.MPI_LOCALRANKID);
  if (rank === null) return null;
  return { ...shared('hydra', size === localSize ? launcherProcess('PMI_RANK') : null, 'Hydra over hosts'), rank };
}

/** torchrun's workers. On several hosts they share its --rdzv-id, which is "none" unless one is given. */
function torchrun(env: Env, launcherProcess: LauncherProcess): Job | null {
  const { TORCHELASTIC_RUN_ID: id, WORLD_SIZE: size, LOCAL_WORLD_SIZE: localSize } = env;
  const rank = rankOf('torchrun', env.RANK, size, env.LOCAL_RANK);
  if (rank === null || id === undefined) return null;
  const key = size === localSize ? launcherProcess('TORCHELASTIC_RUN_ID') : id === 'none' ? null : id;
  return { ...shared('torchrun', key, 'torchrun without --rdzv-id'), rank };
}

function rankOf(launcher: string, rank?: string, world?: string, local?: string): RankRecord | null {
  const [own, all, here] = [countOf(rank), countOf(world), countOf(local)];
  if (own === null || all === null || all < 2) return null;
  return { launcher, rank: own, world: all, local_rank: here };
}

const countOf = (text: string | undefined): number | null => (/^\d+$/.test(text ?? '') ? Number(text) : null);

function shared(label: string, key: string | null | undefined, what: string): Pick<Job, 'run_id' | 'why'> {
  if (key !== null && key !== undefined && key !== '') return { run_id: idOf(label, [key]), why: null };
  return { run_id: null, why: `${what} gives its processes nothing in common: each is a run of its own` };
}

/** Readable, and different wherever any of the parts is. */
function idOf(label: string, parts: readonly (string | undefined)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts.map((part) => part ?? null)));
  return `${label.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 40)}-${hash.digest('hex').slice(0, 16)}`;
}
