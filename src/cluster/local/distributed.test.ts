// The signs by which a job of several ranks is told, on a made-up /proc.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signOfRanks } from './distributed.ts';

let procfs: string;
beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), 'jb-proc-'));
});
afterEach(() => rmSync(procfs, { recursive: true }));

interface Made {
  readonly environ?: string;
  readonly cmdline?: string;
  /** Inodes of its sockets. */
  readonly sockets?: readonly number[];
  /** Rows of its net/tcp: local, remote, state, inode. */
  readonly tcp?: readonly (readonly [string, string, string, number])[];
}

function has(pid: number, { environ = '', cmdline = 'python train.py', sockets = [], tcp = [] }: Made): void {
  const folder = join(procfs, String(pid));
  mkdirSync(join(folder, 'fd'), { recursive: true });
  mkdirSync(join(folder, 'net'));
  writeFileSync(join(folder, 'environ'), environ.replaceAll(' ', '\0'));
  writeFileSync(join(folder, 'cmdline'), `${cmdline.replaceAll(' ', '\0')}\0`);
  for (const [i, inode] of sockets.entries()) symlinkSync(`socket:[${inode}]`, join(folder, 'fd', String(i)));
  // As proc(5) shows them; the kernel's own columns between.
  const rows = tcp.map(
    ([local, remote, state, inode], i) =>
      `   ${i}: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20 4 30 10 -1`,
  );
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  writeFileSync(join(folder, 'net/tcp'), `${[head, ...rows].join('\n')}\n`);
}

test.each<[string, Made, RegExp | null]>([
  ['a single process', {}, null],
  ['a rank of torchrun', { environ: 'RANK=1 WORLD_SIZE=8 MASTER_ADDR=a' }, /WORLD_SIZE=8/],
  ['the only rank of torchrun', { environ: 'RANK=0 WORLD_SIZE=1', cmdline: 'torchrun --nproc-per-node=1 a.py' }, null],
  ['a rank of Open MPI', { environ: 'OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0' }, /OMPI_COMM_WORLD_SIZE=2/],
  ['a task of Slurm', { environ: 'SLURM_STEP_NUM_TASKS=4' }, /SLURM_STEP_NUM_TASKS=4/],
  ['a job of Slurm of one task', { environ: 'SLURM_STEP_NUM_TASKS=1' }, null],
  ['torchrun before its ranks are there', { cmdline: '/usr/bin/python3 /opt/bin/torchrun train.py' }, /torchrun/],
  [
    'python -m torch.distributed.run',
    { cmdline: 'python -m torch.distributed.run train.py' },
    /torch\.distributed\.run/,
  ],
  ['mpirun, whose ranks are elsewhere', { cmdline: 'mpirun -H a,b train' }, /mpirun/],
  ['a program that is told of mpirun', { cmdline: 'python x.py --launcher mpirun' }, null],
  ['a size that is no number', { environ: 'WORLD_SIZE=many' }, null],
])('%s', (_, made, expected) => {
  has(7, made);
  const sign = signOfRanks(procfs, [7]);
  if (expected === null) expect(sign).toBeNull();
  else expect(sign).toMatch(expected);
});

const [A, B] = ['0100007F:D431', '0100007F:7148'];
test.each([
  ['established', '01', /processes 7 and 8 talk/],
  ['about to close', '08', null],
])('two processes at the ends of one connection, %s', (_, state, expected) => {
  const tcp = [
    [A, B, state, 501],
    [B, A, state, 502],
  ] as const;
  has(7, { sockets: [501], tcp });
  has(8, { sockets: [502], tcp });
  expect(signOfRanks(procfs, [7, 8])).toEqual(expected === null ? null : expect.stringMatching(expected));
});

test('a connection to a process that is not of the job, or with itself, tells nothing', () => {
  const tcp = [
    [A, B, '01', 501],
    [B, A, '01', 502],
  ] as const;
  has(7, { sockets: [501], tcp });
  has(8, { tcp });
  expect(signOfRanks(procfs, [7, 8])).toBeNull();
  has(9, { sockets: [501, 502], tcp });
  expect(signOfRanks(procfs, [9])).toBeNull();
});
