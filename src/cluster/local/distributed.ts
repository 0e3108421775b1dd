// What tells that a job's processes wait for each other over a network: what a launcher gives its ranks, a launcher that
// starts them elsewhere, or two of them that talk over TCP.
//
// A collective that is frozen for longer than its time-out ends the job when it goes on. These are signs, no proof: each is
// told in words, so that a user can judge it.

import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { namesIn, readQuietly } from '../../meter/sources/quiet-file.ts';

/** Variables that name the number of ranks: torch.distributed, Open MPI, MPICH and Intel MPI, Slurm's steps, Horovod. */
const SIZES = ['WORLD_SIZE', 'OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'SLURM_STEP_NUM_TASKS', 'HOROVOD_SIZE'];
/** Programs that start ranks, here or elsewhere. */
const LAUNCHERS = ['torchrun', 'mpirun', 'mpiexec', 'mpiexec.hydra', 'horovodrun', 'deepspeed', 'srun'];
const MODULES = ['torch.distributed.run', 'torch.distributed.launch'];

/** The sign that was found, in words; null: none. */
export function signOfRanks(procfs: string, pids: readonly number[]): string | null {
  const sizes = pids.flatMap((pid) => sizesOf(procfs, pid));
  const many = sizes.find(({ size }) => size > 1);
  if (many !== undefined) return `process ${many.pid} is one of several ranks (${many.name}=${many.size})`;
  const launcher = sizes.length > 0 ? undefined : pids.find((pid) => launches(procfs, pid));
  if (launcher !== undefined) return `process ${launcher} is a launcher of ranks (${launches(procfs, launcher)})`;
  const talk = talkers(procfs, pids);
  return talk === null ? null : `processes ${talk[0]} and ${talk[1]} talk to each other over TCP`;
}

function sizesOf(procfs: string, pid: number): { pid: number; name: string; size: number }[] {
  const entries = (readQuietly(join(procfs, String(pid), 'environ')) ?? '').split('\0');
  return SIZES.flatMap((name) => {
    const size = Number(entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? Number.NaN);
    return Number.isInteger(size) && size > 0 ? [{ pid, name, size }] : [];
  });
}

/** Its name; null where it is none. An interpreter's first words are its options and its script. */
function launches(procfs: string, pid: number): string | null {
  const words = (readQuietly(join(procfs, String(pid), 'cmdline')) ?? '').split('\0').slice(0, 4);
  const program = words.slice(0, 2).find((word) => LAUNCHERS.includes(basename(word)));
  const module = MODULES.find((name) => words.includes(name));
  return program === undefined ? (module ?? null) : basename(program);
}

const ESTABLISHED = '01';

/** Two of them that are the ends of one TCP connection. */
function talkers(procfs: string, pids: readonly number[]): readonly [number, number] | null {
  const ends = new Map<string, number>();
  for (const pid of pids) {
    const inodes = new Set(socketsOf(procfs, pid));
    if (inodes.size === 0) continue;
    for (const { local, remote, inode } of connections(procfs, pid)) {
      if (!inodes.has(inode)) continue;
      const other = ends.get(`${remote} ${local}`);
      if (other !== undefined && other !== pid) return [other, pid];
      ends.set(`${local} ${remote}`, pid);
    }
  }
  return null;
}

function socketsOf(procfs: string, pid: number): string[] {
  const folder = join(procfs, String(pid), 'fd');
  return namesIn(folder).flatMap((name) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, name)))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}

/** /proc/PID/net/tcp and tcp6 (proc(5)): number, local, remote, state, …, inode as the tenth word. */
function connections(procfs: string, pid: number): { local: string; remote: string; inode: string }[] {
  return ['tcp', 'tcp6'].flatMap((name) =>
    (readQuietly(join(procfs, String(pid), 'net', name)) ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, local = '', remote = '', state, , , , , , inode = '']) =>
        state === ESTABLISHED ? [{ local, remote, inode }] : [],
      ),
  );
}
