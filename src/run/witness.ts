// Tells signals sent to the whole process group (Ctrl-C, timeout, kill -- -PGID) from those sent to us alone.
//
// A small shell stands in the group and says which signals reached it. It can be blocked by nothing, unlike the
// sampler, which may be deep inside a driver; it ends when we do, since its stdin ends.

import { spawn } from 'node:child_process';
import { FORWARDED } from './signals.ts';

export interface Witness {
  /** Whether this signal reached the group too: waits a moment for the shell's word. */
  saw(signal: NodeJS.Signals): Promise<boolean>;
  close(): void;
}

/** On a machine whose cores are all busy the shell needs a moment to be heard. */
const PATIENCE_MS = 100;
const LOOK_MS = 5;
/** A word without a signal of ours belongs to one that we have not heard; it is forgotten. */
const FORGOTTEN_MS = 1000;

const SCRIPT = `${FORWARDED.map((signal) => `trap 'echo ${signal}; s=1' ${signal.slice(3)}`).join('; ')}
echo ready
while :; do s=; read -r x || [ -n "$s" ] || break; done`;

/** Resolves when the shell stands ready; null where none can be started. */
export function startWitness(): Promise<Witness | null> {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const words: { signal: string; at_ms: number }[] = [];
  const witness: Witness = {
    async saw(signal) {
      for (let waited = 0; waited < PATIENCE_MS && shell.exitCode === null; waited += LOOK_MS) {
        const i = words.findIndex((word) => word.signal === signal && performance.now() - word.at_ms < FORGOTTEN_MS);
        if (i >= 0) return words.splice(i, 1).length > 0;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return false;
    },
    close() {
      shell.stdin.destroy();
      shell.stdout.destroy();
      shell.unref();
    },
  };
  return new Promise((resolve) => {
    shell.on('error', () => resolve(null));
    shell.on('exit', () => resolve(null));
    shell.stdin.on('error', () => {});
    let text = '';
    shell.stdout.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString('latin1')).split('\n');
      text = lines.pop()!;
      for (const line of lines) {
        if (line === 'ready') resolve(witness);
        else words.push({ signal: line, at_ms: performance.now() });
      }
    });
  });
}
