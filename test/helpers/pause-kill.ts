// What holds when joulebook is killed in a pause: its job goes on within two seconds, all of it, and is not hung up on.

import { expect } from 'vitest';
import { goesOn } from '../../src/cluster/job-control.contract.ts';
import { until } from './cli.ts';
import { livingWith, stateOf, treeScript, WORKERS } from './job-tree.ts';
import { startStandIn } from './stand-in.ts';

const PROMISE_MS = 2000;

/** Kills the stand-in at a step, STEP[:N], and tells the steps that it came to. */
export async function killedAt(built: string, step: string, cgroup: string | null): Promise<readonly string[]> {
  const job = await startStandIn(built, { script: treeScript(false), workers: WORKERS, cgroup }, step);
  try {
    const ended_ms = await job.ended;
    await until('all of it to go on', () => !livingWith(job.entry).some((pid) => stateOf(pid) === 'T'), PROMISE_MS);
    await goesOn(job);
    expect(Date.now() - ended_ms).toBeLessThan(PROMISE_MS);
    return job.steps();
  } finally {
    await job.clear();
  }
}
