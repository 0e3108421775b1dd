// kill -9 of joulebook at every single step of a pause, by signals and by a cgroup's freezer.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobControlContract } from '../../src/cluster/job-control.contract.ts';
import { cgroups, makeCgroup, startTree } from '../helpers/job-tree.ts';
import { killedAt } from '../helpers/pause-kill.ts';
import { buildStandIn } from '../helpers/stand-in.ts';

/** Side by side: most of the time is waiting. */
const AT_ONCE = 4;

let built: Awaited<ReturnType<typeof buildStandIn>>;
beforeAll(async () => {
  built = await buildStandIn();
});
afterAll(() => built.clear());

/**
 * Kills it at its first step, its second, and so on, until it ends by itself. How many there are differs from run to run,
 * with the job's short-lived processes: those that must be met and were not have a run of their own.
 */
async function atEveryStep(cgroup: () => string | null, must: readonly string[]): Promise<void> {
  const met = new Set<string>();
  for (let first = 1; ; first += AT_ONCE) {
    const rounds = Array.from({ length: AT_ONCE }, (_, i) => killedAt(built.folder, `*:${first + i}`, cgroup()));
    const all = await Promise.all(rounds);
    for (const [i, steps] of all.entries()) {
      if (steps.at(-1) === 'closed') continue;
      expect(steps).toHaveLength(first + i);
      met.add(steps.at(-1)!);
    }
    if (all.every((steps) => steps.at(-1) === 'closed')) break;
  }
  expect(met.size).toBeGreaterThan(must.length / 2);
  for (const step of must) {
    if (!met.has(step)) expect((await killedAt(built.folder, step, cgroup())).at(-1)).toBe(step);
  }
}

test('at every step of a pause by signals', async () => {
  const all = ['watched', 'announced', 'stopped one', 'frozen', 'paused', 'thawing', 'continued one'];
  await atEveryStep(() => null, all);
});

const noFreezer = cgroups === null ? ' (skipped: no cgroup v2 with a freezer can be made here)' : '';
describe.skipIf(noFreezer !== '')(`the freezer of a cgroup${noFreezer}`, () => {
  test('at every step of a pause by it', async () => {
    await atEveryStep(makeCgroup, ['freezer asked', 'freezer frozen', 'paused', 'freezer thawed']);
  });

  jobControlContract('the freezer of a cgroup', (stubborn) => startTree({ stubborn, cgroup: makeCgroup() }));
});
