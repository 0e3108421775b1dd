// Ends every process of a job: SIGTERM to all, a grace, SIGKILL to what is left, daemons included.

import type { Outcome } from '../job-control.ts';
import type { CgroupFreezer } from './cgroup-freezer.ts';
import { pause, untilSo } from './pause.ts';
import type { Reach } from './stopping.ts';

const LOOK_MS = 20;
/** A process that the kernel holds ends when that lets go of it; longer is not waited for. */
const KILL_MS = 5000;

/** Resolves when none of it lives, or what is left cannot be ended. */
export async function endTree(
  reach: Reach,
  freezer: CgroupFreezer | null,
  grace_ms: number,
): Promise<Omit<Outcome, 'took_ms'>> {
  const { tree, send } = reach;
  const members = tree.members();
  if (members.length === 0) return { done: true, how: 'it had ended' };
  for (const one of members) send(one, 'SIGTERM');
  reach.passing('asked to end');
  if (await untilSo(() => tree.members().length === 0, grace_ms, LOOK_MS))
    return { done: true, how: 'ended by SIGTERM' };
  const stubborn = tree.members().length;
  const until = performance.now() + KILL_MS;
  for (let left = tree.members(); left.length > 0; left = tree.members()) {
    freezer?.kill();
    const refused = left.filter((one) => send(one, 'SIGKILL') === 'refused');
    if (performance.now() > until || refused.length === left.length)
      return { done: false, how: `${left.length} of its processes do not end (${left[0]!.pid})` };
    await pause(LOOK_MS);
  }
  return {
    done: true,
    how: `${stubborn} of ${members.length} processes ended by SIGKILL, ${grace_ms / 1000} s after SIGTERM`,
  };
}
