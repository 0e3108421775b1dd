// Control of a job on this machine, on real processes. Unkind trees, every step of a pause and each way of a checkpoint are
// in test/full.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobControlContract } from '../src/cluster/job-control.contract.ts';
import { startTree } from './helpers/job-tree.ts';
import { killedAt } from './helpers/pause-kill.ts';
import { buildStandIn } from './helpers/stand-in.ts';

jobControlContract('signals to a local tree', (stubborn) => startTree({ stubborn }));

describe('kill -9 of joulebook in a pause', () => {
  let built: Awaited<ReturnType<typeof buildStandIn>>;
  beforeAll(async () => {
    built = await buildStandIn();
  });
  afterAll(() => built.clear());

  test.concurrent.each(['stopped one:5', 'paused', 'continued one:9'])('at %s: the job goes on', async (step) => {
    expect((await killedAt(built.folder, step, null)).at(-1)).toBe(step.split(':')[0]);
  });
});
