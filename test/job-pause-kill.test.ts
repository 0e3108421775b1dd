// kill -9 of what stands in for joulebook, at the steps of a pause: its job goes on within two seconds, all of it, and is
// not hung up on. Every single step is in test/full.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goesOn } from '../src/cluster/job-control.contract.ts';
import { until } from './helpers/cli.ts';
import { cgroups, livingWith, makeCgroup, stateOf, treeScript, WORKERS } from './helpers/job-tree.ts';
import { buildStandIn, startStandIn } from './helpers/stand-in.ts';

/** The promise is two seconds; the rest is for a machine whose cores are busy. */
const PROMISE_MS = 2000;

let built: Awaited<ReturnType<typeof buildStandIn>>;
beforeAll(async () => {
  built = await buildStandIn();
});
afterAll(() => built.clear());

async function dies(step: string, cgroup: string | null): Promise<void> {
  const job = await startStandIn(built.file, { script: treeScript(false), workers: WORKERS, cgroup }, step);
  try {
    const living = job.living();
    const died_ms = await job.ended;
    expect(job.steps().at(-1)).toBe(step.split(':')[0]);
    await until('all of it to go on', () => !livingWith(job.entry).some((pid) => stateOf(pid) === 'T'), PROMISE_MS);
    await goesOn(job);
    expect(Date.now() - died_ms).toBeLessThan(PROMISE_MS);
    expect(job.living()).toBeGreaterThanOrEqual(living - WORKERS); // its workers' own sleeps come and go
  } finally {
    await job.clear();
  }
}

describe('kill -9 of joulebook in a pause, by signals', () => {
  test.concurrent.each([
    ...['watched', 'announced', 'stopped one:1', 'stopped one:5', 'frozen'],
    ...['paused', 'thawing', 'continued one:1', 'continued one:9', 'paused:2'],
  ])('at %s', (step) => dies(step, null));
});

const noFreezer = cgroups === null ? ' (skipped: no cgroup v2 with a freezer can be made here)' : '';
describe.skipIf(noFreezer !== '')(`kill -9 of joulebook in a pause, by a cgroup's freezer${noFreezer}`, () => {
  test.concurrent.each(['freezer asked', 'freezer frozen', 'paused', 'freezer thawed'])('at %s', (step) =>
    dies(step, makeCgroup()),
  );
});
