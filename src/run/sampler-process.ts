// Starts the process that reads the sensors. It knows nothing yet: what it is to read is its first message.
//
// So it can be started before it is known what that will be: a Node takes 40 ms and more to start, in which ours reads
// its own modules and settings.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Small generations, and no optimising compiler, which at ten ticks a second earns less than it costs, keep the process
// near an idle Node's memory (bench/sampler-cost.mjs).
const EXEC_ARGV = ['--max-semi-space-size=1', '--max-old-space-size=64', '--no-opt', '--no-memory-reducer'];

/** A process that waits for its configuration; its output is nobody's. Throws what the system says. */
export function forkSampler(): ChildProcess {
  const file = fileURLToPath(new URL('./sampler.js', import.meta.url));
  const child = fork(file, [], { execArgv: EXEC_ARGV, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  return child.on('error', () => {});
}

/** One that is started ahead; null where the system refuses: it is tried again when it is needed. */
export function forkSamplerAhead(): ChildProcess | null {
  try {
    return forkSampler();
  } catch {
    return null;
  }
}

/** Whether it can still be told what to read. */
export const waits = ({ pid, exitCode, signalCode, connected, killed }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null && connected && !killed;
