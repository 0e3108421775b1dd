// Checkpoints of a local job in every way, and limits of power on the fake driver library, given back whatever happens.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CheckpointWay } from '../../src/cluster/job-control.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml } from '../fake-nvml/fake-nvml.ts';
import { tempFolder, until } from '../helpers/cli.ts';
import { startTree, type TreeJob } from '../helpers/job-tree.ts';
import { buildStandIn, limitPower } from '../helpers/stand-in.ts';

const jobs: TreeJob[] = [];
afterEach(async () => {
  for (const job of jobs.splice(0)) {
    await job.control.close();
    await job.clear();
  }
});

/** Catches USR1 where it is told to, after a child that does not. */
const script = (onUsr1: string) => `
sh -c 'while :; do echo >>"$F/steps.2"; sleep 0.05; done' &
${onUsr1 === '' ? '' : `trap '${onUsr1}' USR1`}
while :; do echo >>"$F/steps.1"; sleep 0.05; done`;
async function start(onUsr1: string, lines: ((heard: (line: string) => void) => () => void) | null = null) {
  const job = await startTree({ script: script(onUsr1), workers: 2, control: { lines } });
  jobs.push(job);
  return job;
}
const way = (of: Partial<CheckpointWay>, done: Partial<CheckpointWay['done']> = {}): CheckpointWay => ({
  ...{ signal: null, command: null, grace_ms: 5000, ...of },
  done: { file: null, pattern: null, after_ms: null, ...done },
});

describe('a checkpoint', () => {
  test('by signal goes to those that catch it alone, and a file that grows is not complete', async () => {
    const job = await start('for i in 1 2 3 4 5 6; do echo part >>"$F/saved"; sleep 0.15; done');
    const outcome = await job.control.checkpoint(way({ signal: 'SIGUSR1' }, { file: join(job.folder, 'saved') }));
    expect(outcome).toMatchObject({ done: true });
    expect(outcome.how).toMatch(/^asked by SIGUSR1 to 1 of its processes; .*saved is complete$/);
    expect(readFileSync(join(job.folder, 'saved'), 'utf8').split('\n')).toHaveLength(7);
    await until('both to go on', () => job.living() >= 2);
  });

  test('a file that was there before is none; a folder is as new as what lies in it', async () => {
    const job = await start('mkdir -p "$F/run"; echo x >"$F/run/last"');
    writeFileSync(join(job.folder, 'old'), 'of an hour ago');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const old = way({ signal: 'SIGUSR1', grace_ms: 700 }, { file: join(job.folder, 'old') });
    expect(await job.control.checkpoint(old)).toMatchObject({ done: false });
    const folder = way({ signal: 'SIGUSR1' }, { file: join(job.folder, 'run') });
    expect(await job.control.checkpoint(folder)).toMatchObject({ done: true });
  });

  test('is seen where a file server whose clock is behind stamps it', async () => {
    const job = await start('echo x >"$F/saved"; touch -d "-1 minute" "$F/saved"');
    const saved = way({ signal: 'SIGUSR1' }, { file: join(job.folder, 'saved') });
    expect(await job.control.checkpoint(saved)).toMatchObject({ done: true });
  });

  test('that nobody catches is not sent: it would end them', async () => {
    const job = await start('');
    const outcome = await job.control.checkpoint(way({ signal: 'SIGUSR1' }, { after_ms: 0 }));
    expect(outcome).toMatchObject({ done: false, how: 'no process of the job catches SIGUSR1: none was sent' });
    expect(job.living()).toBeGreaterThanOrEqual(2);
  });

  test('a line of the log tells that it is there', async () => {
    let hear: ((line: string) => void) | null = null;
    const lines = (heard: (line: string) => void) => {
      hear = heard;
      return () => {
        hear = null;
      };
    };
    const job = await start(':', lines);
    const taken = job.control.checkpoint(way({ signal: 'SIGUSR1' }, { pattern: 'saved step \\d+' }));
    await until('somebody to listen', () => hear !== null);
    hear!('step 6');
    hear!('saved step 7 to disk');
    expect(await taken).toMatchObject({ done: true, how: expect.stringMatching(/says: saved step 7 to disk$/) });
    expect(hear).toBeNull();
  });

  test.each([
    ['a pattern without a log', way({ signal: 'SIGUSR1' }, { pattern: 'saved' }), /its log is not read/],
    ['a command that fails', way({ command: 'exit 3' }), /^the checkpoint command ended with exit code 3$/],
    ['a command that takes too long', way({ command: 'sleep 30', grace_ms: 300 }), /after 0.3 s$/],
    [
      'nothing that tells it',
      way({ signal: 'SIGUSR1', grace_ms: 300 }),
      /nothing tells when it is there, after 0.3 s$/,
    ],
  ])('is not done with %s', async (_, asked, how) => {
    const job = await start(':');
    expect(await job.control.checkpoint(asked)).toMatchObject({ done: false, how: expect.stringMatching(how) });
  });

  test('by a command knows the job, and is done with its end; a time is waited for', async () => {
    const job = await start('');
    const command = 'echo "$JOULEBOOK_RUN_ID $JOULEBOOK_JOB_PID" >"$F/asked"';
    expect(await job.control.checkpoint(way({ command }))).toMatchObject({ done: true });
    expect(readFileSync(join(job.folder, 'asked'), 'utf8')).toBe(`${job.entry.split('=')[1]} ${job.child.pid}\n`);
    const timed = await job.control.checkpoint(way({ command }, { after_ms: 400 }));
    expect(timed.done).toBe(true);
    expect(timed.took_ms).toBeGreaterThanOrEqual(400);
  });

  test('of a job that ends over it is not done; stop need not wait for one', async () => {
    const job = await start('exit');
    const asked = way({ signal: 'SIGUSR1', grace_ms: 60_000 }, { file: join(job.folder, 'never') });
    const taken = job.control.checkpoint(asked);
    expect(await job.control.stop(1000)).toMatchObject({ done: true });
    expect(await taken).toMatchObject({ done: false, how: expect.stringMatching(/the job ended before it was seen$/) });
  });
});

describe.skipIf(noFakeNvml !== null)(`limits of power${noFakeNvml === null ? '' : ` (skipped: ${noFakeNvml})`}`, () => {
  const library = noFakeNvml === null ? buildFakeNvml(tempFolder()) : '';
  let built: Awaited<ReturnType<typeof buildStandIn>>;
  beforeAll(async () => {
    built = await buildStandIn();
  });
  afterAll(() => built.clear());

  /** Gives orders on two GPUs of 700 W; tells the outcomes, and what the limits are after the end. */
  async function after(orders: string, spec: Partial<FakeSpec> = {}, more: NodeJS.ProcessEnv = {}) {
    const limits = join(tempFolder(), 'limit');
    const fake = fakeNvmlEnv({ t0: Date.now(), devices: 2, limits, ...spec });
    const env = { ...more, FAKE_NVML: fake, LIBRARY: library, LIMITS: limits };
    const outcomes = await limitPower(built.folder, orders, env);
    return { outcomes, limitOf: (gpu: number) => Number(readFileSync(`${limits}.${gpu}`, 'utf8')) / 1000 };
  }

  test.each(['close', 'exit', 'kill'])('are set on all GPUs of the job, and given back after its %s', async (end) => {
    const { outcomes, limitOf } = await after(`400 350 ${end}`);
    expect(outcomes).toMatchObject([
      { done: true, how: 'the limit of 2 GPUs to 400 W', limits: [400, 400] },
      { done: true, how: 'the limit of 2 GPUs to 350 W', limits: [350, 350] },
    ]);
    await until('the limits as before', () => limitOf(0) === 700 && limitOf(1) === 700);
  });

  test('are given back by order', async () => {
    const { outcomes } = await after('400 null close');
    expect(outcomes.at(-1)).toMatchObject({ done: true, how: 'the limit of 2 GPUs as before', limits: [700, 700] });
  });

  test('hold for the GPUs that the job may use', async () => {
    const { outcomes } = await after('400 close', {}, { CUDA_VISIBLE_DEVICES: '1' });
    expect(outcomes).toMatchObject([{ done: true, how: 'the limit of one GPU to 400 W', limits: [null, 400] }]);
  });

  test.each<[string, string, Partial<FakeSpec>, RegExp]>([
    ['without permission', '400', { set_rc: 4 }, /no permission \(NVML error 4/],
    ['outside of what the GPU takes', '150', {}, /takes 200 W to 700 W: 150 W is outside/],
    ['on a GPU that has none', '400', { unsupported: 'powerlimit' }, /does not offer it/],
    ['on a board that is split', '400', { mig: '3,2' }, /split by MIG: its limit holds for other jobs too/],
    [
      'where the driver does not start',
      '400',
      { init_rc: 9 },
      /does not start: the NVIDIA kernel driver is not loaded/,
    ],
  ])('are refused %s, in words', async (_, watts, spec, how) => {
    const { outcomes } = await after(`${watts} close`, spec);
    expect(outcomes).toMatchObject([{ done: false, how: expect.stringMatching(how), limits: [null, null] }]);
  });

  test('that one GPU refuses are taken back from the other', async () => {
    const { outcomes } = await after('400 close', { set_rc: 4, set_gpu: 1 });
    expect(outcomes).toMatchObject([{ done: false, how: expect.stringMatching(/no permission/), limits: [700, null] }]);
  });

  test('are refused where there is no driver', async () => {
    const outcomes = await limitPower(built.folder, '400 close', { LIBRARY: '/nowhere/libnvidia-ml.so.1' });
    expect(outcomes).toMatchObject([{ done: false, how: expect.stringMatching(/could be loaded/) }]);
  });
});
