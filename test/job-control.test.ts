// Control of a job on this machine, on real processes: with a cgroup's freezer and by signals to each process.

import { describe } from 'vitest';
import { jobControlContract } from '../src/cluster/job-control.contract.ts';
import { cgroups, makeCgroup, startTree } from './helpers/job-tree.ts';

jobControlContract('signals to a local tree', (stubborn) => startTree({ stubborn }));

const noFreezer = cgroups === null ? 'no cgroup v2 with a freezer can be made here' : null;
describe.skipIf(noFreezer !== null)(
  `a cgroup of its own${noFreezer === null ? '' : ` (skipped: ${noFreezer})`}`,
  () => {
    jobControlContract('the freezer of a cgroup', (stubborn) => startTree({ stubborn, cgroup: makeCgroup() }));
  },
);
