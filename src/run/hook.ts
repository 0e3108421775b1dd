// The user's hook: a shell's command that gets a decision as JSON on its stdin. It is waited for by nobody, for a while only,
// and what it does or fails to do changes nothing but what is told.

import { spawn } from 'node:child_process';
import { reasonOf } from '../core/fault.ts';

const MOST_MS = 30_000;

/** How it ended, in words; null: well. Rejects never. */
export function runHook(
  command: string,
  decision: unknown,
  env: NodeJS.ProcessEnv,
  most_ms = MOST_MS,
): Promise<string | null> {
  return new Promise((resolve) => {
    // In a group of its own, so that all of it can be ended; its output is nobody's.
    const child = spawn('/bin/sh', ['-c', command], { env, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it has just ended
      }
    }, most_ms);
    timer.unref();
    const over = (how: string | null) => {
      clearTimeout(timer);
      resolve(late ? `took longer than ${most_ms / 1000} s and was ended` : how);
    };
    child.on('error', (error) => over(`could not be run: ${reasonOf(error)}`));
    child.on('exit', (code, signal) =>
      over(code === 0 ? null : signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
    child.stdin.on('error', () => {}); // it need not read
    child.stdin.end(`${JSON.stringify(decision)}\n`);
    child.unref();
  });
}
