// Limits of power of a job's GPUs, set by a program of its own: a vendor's library can crash its process, and that must not
// be joulebook's.
//
// What the limits were before is learned first, so that they can be given back, by us or by the watchdog.

import { spawn } from 'node:child_process';
import { reasonOf } from '../../core/fault.ts';
import type { PowerAnswer } from './power-main.ts';
import { POWER_PROGRAM } from './watchdog.ts';

export interface PowerOptions {
  /** Path of the driver's library; null = the system's. */
  readonly library: string | null;
  /** The job's CUDA_VISIBLE_DEVICES; undefined: all GPUs. */
  readonly visible: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface PowerLimits {
  /** UUID=mW of each GPU before we changed it; empty where nothing is changed. */
  readonly before: readonly string[];
  /**
   * W for each GPU, null gives back what was before. `changing` is told UUID=mW of those that are about to be changed, and
   * says whether they may be.
   */
  set(watts: number | null, changing: (before: readonly string[]) => Promise<boolean>): Promise<Result>;
}

type Result = { readonly done: boolean; readonly how: string };
const MOST_MS = 15_000;

export function powerLimits(options: PowerOptions): PowerLimits {
  let before: readonly string[] = [];
  const give = async (): Promise<Result> => {
    if (before.length === 0) return { done: true, how: 'no limit of power was changed' };
    const set = await ask(options, before);
    if ('why' in set) return { done: false, how: set.why };
    const failed = set.gpus.filter(({ why }) => why !== null);
    if (failed.length === 0) before = [];
    return failed.length === 0
      ? { done: true, how: `${count(set.gpus.length)} as before` }
      : { done: false, how: failed.map(({ uuid, why }) => `${uuid}: ${why}`).join('; ') };
  };
  return {
    get before() {
      return before;
    },
    async set(watts, changing) {
      if (watts === null) return give();
      const found = await ask(options, []);
      if ('why' in found) return { done: false, how: found.why };
      const unfit = found.gpus.find(({ why }) => why !== null);
      if (unfit !== undefined) return { done: false, how: `${unfit.uuid}: ${unfit.why}` };
      if (found.gpus.length === 0) return { done: false, how: 'the job has no GPU here' };
      const mw = Math.round(watts * 1000);
      const out = found.gpus.find(({ least_mw, most_mw }) => mw < least_mw! || mw > most_mw!);
      if (out !== undefined) {
        const range = `${out.least_mw! / 1000} W to ${out.most_mw! / 1000} W`;
        return { done: false, how: `${out.uuid} takes ${range}: ${watts} W is outside` };
      }
      const earlier = before;
      const was = earlier.length > 0 ? earlier : found.gpus.map(({ uuid, limit_mw }) => `${uuid}=${limit_mw}`);
      if (!(await changing(was))) return { done: false, how: 'nobody could give it back if joulebook died' };
      before = was;
      const set = await ask(
        options,
        found.gpus.map(({ uuid }) => `${uuid}=${mw}`),
      );
      const failed = 'why' in set ? set.why : set.gpus.find(({ why }) => why !== null);
      if (failed === undefined) return { done: true, how: `${count(found.gpus.length)} to ${watts} W` };
      if (!('why' in set) && earlier.length === 0) {
        const changed = new Set(set.gpus.filter(({ why }) => why === null).map(({ uuid }) => uuid));
        before = was.filter((word) => changed.has(word.split('=')[0]!));
      }
      const back = await give();
      const why = typeof failed === 'string' ? failed : `${failed.uuid}: ${failed.why}`;
      return { done: false, how: back.done ? why : `${why}; giving it back: ${back.how}` };
    },
  };
}

const count = (gpus: number): string => `the limit of ${gpus === 1 ? 'one GPU' : `${gpus} GPUs`}`;

/** With no words it only looks. */
function ask(
  { library, visible, env }: PowerOptions,
  words: readonly string[],
): Promise<PowerAnswer | { why: string }> {
  const of = words.length > 0 || visible === undefined ? [] : [`visible=${visible}`];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [POWER_PROGRAM, library ?? '', ...of, ...words], {
      ...{ env, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'], timeout: MOST_MS, killSignal: 'SIGKILL' },
    });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', (error) => resolve({ why: `limits of power cannot be set: ${reasonOf(error)}` }));
    child.on('close', (code, signal) => {
      try {
        resolve(JSON.parse(text) as PowerAnswer | { why: string });
      } catch {
        resolve({
          why: `the NVIDIA driver library ended the process that asked it (${signal ?? `exit code ${code}`})`,
        });
      }
    });
  });
}
