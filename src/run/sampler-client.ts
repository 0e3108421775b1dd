// Starts the sampler process and starts it again when it dies: a gap in the account, never the end of the run.

import type { ChildProcess } from 'node:child_process';
import type { JobRoot } from '../meter/sources/job-time.ts';
import type { FromSampler, SamplerConfig, ToMeter, ToSampler } from './messages.ts';
import { forkSampler, waits } from './sampler-process.ts';
import { within } from './within.ts';

export interface SamplerClient {
  /** Resolves when the sensors have answered, or after `most` ms. */
  ready(most: number): Promise<void>;
  /** The command has started; `root` where its processes are to be followed. */
  childStarted(root: JobRoot | null): void;
  childEnded(): void;
  /** Changes what is metered; a sampler that is started again is told the last of it. */
  meter(what: Omit<ToMeter, 'type'>): void;
  /** Asks for the last readings and resolves when they have come, or after `most` ms. */
  stop(most: number): Promise<void>;
}

const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 30_000;
/** A sampler that dies this often within its first seconds dies of the vendor's library: it goes on without. */
const SHORT_LIVES = 2;
const SHORT_MS = 10_000;

/**
 * Starts the sampler, where one was started ahead that one; `on.message` gets what it says, `on.died` how it ended each
 * time it was not asked to.
 */
export function startSampler(
  config: Omit<SamplerConfig, 'without_nvml'>,
  on: { message(message: FromSampler): void; died(how: string): void },
  ahead: ChildProcess | null = null,
): SamplerClient {
  let child: ChildProcess | null = null;
  let stopping = false;
  let started: Extract<ToSampler, { type: 'child' }> | null = null;
  let what: ToMeter | null = null;
  let pause = FIRST_RESTART_MS;
  let done: () => void = () => {};
  const finished = new Promise<void>((resolve) => (done = resolve));
  let answered: () => void = () => {};
  const answer = new Promise<void>((resolve) => (answered = resolve));
  let shortLives = 0;
  let lastDeath = '';
  let spare = ahead;

  const start = () => {
    const born = Date.now();
    const without_nvml =
      shortLives >= SHORT_LIVES
        ? `NVIDIA's driver library ends the process that reads it (${lastDeath}): GPUs are not metered`
        : null;
    try {
      child = spare !== null && waits(spare) ? spare : forkSampler();
      spare = null;
    } catch (error) {
      on.died(String(error));
      return;
    }
    tell({ type: 'config', config: { ...config, without_nvml } });
    child.on('message', (message: FromSampler) => {
      if (message.type === 'ready') answered();
      on.message(message);
      if (message.type === 'done') done();
    });
    child.on('exit', (code, signal) => {
      child = null;
      if (stopping) return done();
      lastDeath = signal ?? `exit code ${code}`;
      on.died(lastDeath);
      const short = Date.now() - born < SHORT_MS;
      if (short) shortLives++;
      pause = short ? Math.min(LAST_RESTART_MS, pause * 2) : FIRST_RESTART_MS;
      setTimeout(() => {
        if (stopping) return;
        start();
        if (what !== null) tell(what);
        if (started !== null) tell(started);
      }, pause).unref();
    });
  };
  const tell = (message: ToSampler) => {
    if (child?.connected) child.send(message, () => {});
  };

  start();
  return {
    ready: (most) => within(answer, most),
    childStarted(root) {
      tell({ type: 'child', root });
      // A sampler that begins later has not seen what was used before.
      started = { type: 'child', root: root === null ? null : { ...root, waited_s: null } };
    },
    childEnded: () => tell({ type: 'ended' }),
    meter(told) {
      what = { type: 'meter', ...told };
      tell(what);
    },
    async stop(most) {
      stopping = true;
      if (child === null) return;
      tell({ type: 'stop' });
      await within(finished, most);
      // One that the kernel cannot end (a driver in an uninterruptible call) must not keep us.
      child?.kill('SIGKILL');
      child?.unref();
      child?.channel?.unref();
    },
  };
}
