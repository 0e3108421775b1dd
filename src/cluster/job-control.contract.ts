// What every driver of JobControl holds, on a job of several processes that make progress and catch SIGUSR1.
//
// The expected: a frozen job makes no progress at all, one that is let go of makes some, and one that was stopped is gone.

import { describe, expect, type TestContext, test } from 'vitest';
import type { CheckpointWay, JobControl } from './job-control.ts';

/** A job that a driver controls, and how it is watched from outside. */
export interface ControlledJob {
  readonly control: JobControl;
  /** How far each of its processes has come: numbers that rise while it runs. */
  progress(): readonly number[];
  /** How many of its processes live. */
  living(): number;
  /** A file that the job writes a moment after SIGUSR1. */
  readonly checkpoint: string;
  /** Whether its processes ignore SIGTERM. */
  readonly stubborn: boolean;
  /** Ends what is left of it. */
  clear(): Promise<void>;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Longer than any of its processes takes for a step of progress. */
const STEPS_MS = 400;
/** A machine may be busy. */
const PATIENCE_MS = 10_000;

/** Resolves when each of its processes has gone on from where it is. */
export async function goesOn(job: Pick<ControlledJob, 'progress'>): Promise<void> {
  const from = job.progress();
  const until = Date.now() + PATIENCE_MS;
  while (!job.progress().every((now, i) => now > (from[i] ?? 0))) {
    if (Date.now() > until) expect(job.progress(), 'progress of each process').toEqual(`beyond ${from}`);
    await wait(20);
  }
}

/** Resolves when none of it has made any progress for a while. */
export async function standsStill(job: Pick<ControlledJob, 'progress'>): Promise<void> {
  const from = job.progress();
  await wait(STEPS_MS);
  expect(job.progress()).toEqual(from);
}

const usr1 = (file: string | null, grace_ms = 5000): CheckpointWay => ({
  ...{ signal: 'SIGUSR1', command: null, grace_ms },
  done: { file, pattern: null, after_ms: null },
});

/** Holds a driver to the port. `start` gives a job that runs already; tests run side by side. */
export function jobControlContract(name: string, start: (stubborn: boolean) => Promise<ControlledJob>): void {
  describe(`the contract of job control: ${name}`, () => {
    const begin = async ({ onTestFinished }: TestContext, stubborn = false): Promise<ControlledJob> => {
      const job = await start(stubborn);
      onTestFinished(async () => {
        await job.control.close();
        await job.clear();
      });
      await goesOn(job);
      return job;
    };

    test.concurrent('frozen it stands still, thawed it goes on, as often as one likes', async (context) => {
      const job = await begin(context);
      for (let round = 0; round < 2; round++) {
        expect(await job.control.freeze()).toMatchObject({ done: true });
        expect(job.control.frozen).toBe(true);
        await standsStill(job);
        expect(await job.control.thaw()).toMatchObject({ done: true });
        expect(job.control.frozen).toBe(false);
        await goesOn(job);
      }
    });

    test.concurrent('to freeze twice is to freeze once, and to thaw twice to thaw once', async (context) => {
      const job = await begin(context);
      await job.control.freeze();
      expect(await job.control.freeze()).toMatchObject({ done: true });
      await job.control.thaw();
      expect(await job.control.thaw()).toMatchObject({ done: true });
      await goesOn(job);
    });

    test.concurrent('orders are carried out in the order in which they are given', async (context) => {
      const job = await begin(context);
      const all = await Promise.all([
        job.control.freeze(),
        job.control.thaw(),
        job.control.freeze(),
        job.control.thaw(),
      ]);
      expect(all.map(({ done }) => done)).toEqual([true, true, true, true]);
      await goesOn(job);
    });

    test.concurrent('a checkpoint is done when its file is there and complete', async (context) => {
      const job = await begin(context);
      expect(await job.control.checkpoint(usr1(job.checkpoint))).toMatchObject({ done: true });
      await goesOn(job);
    });

    test.concurrent('a frozen job goes on for its checkpoint', async (context) => {
      const job = await begin(context);
      await job.control.freeze();
      expect(await job.control.checkpoint(usr1(job.checkpoint))).toMatchObject({ done: true });
      expect(job.control.frozen).toBe(false);
      await goesOn(job);
    });

    test.concurrent('a checkpoint that is not seen is not done, and says so', async (context) => {
      const job = await begin(context);
      const outcome = await job.control.checkpoint(usr1(`${job.checkpoint}.never`, 300));
      expect(outcome.done).toBe(false);
      expect(outcome.how).toMatch(/not seen/);
      expect(outcome.took_ms).toBeGreaterThanOrEqual(300);
      await goesOn(job);
    });

    test.concurrent('stop ends it, running or frozen', async (context) => {
      const job = await begin(context);
      await job.control.freeze();
      expect(await job.control.stop(5000)).toMatchObject({ done: true });
      expect(job.living()).toBe(0);
      expect(job.control.frozen).toBe(false);
      expect(await job.control.stop(0)).toMatchObject({ done: true });
      expect(await job.control.freeze()).toMatchObject({ done: false });
      expect(await job.control.thaw()).toMatchObject({ done: true });
    });

    test.concurrent('close lets go of it: it goes on, and takes no more orders', async (context) => {
      const job = await begin(context);
      await job.control.freeze();
      await job.control.close();
      await job.control.close();
      await goesOn(job);
      expect(await job.control.freeze()).toMatchObject({ done: false });
      await goesOn(job);
    });

    test.concurrent('stop ends one that ignores SIGTERM, when its grace is over', async (context) => {
      const job = await begin(context, true);
      const outcome = await job.control.stop(500);
      expect(outcome).toMatchObject({ done: true });
      expect(outcome.took_ms).toBeGreaterThanOrEqual(500);
      expect(job.living()).toBe(0);
    });
  });
}
