// Keeps a record of who used a machine's devices: CPU time by our own looks at /proc, GPUs as their driver tells it.

import { readlinkSync } from 'node:fs';
import type { UsageRow } from '../ledger/records.ts';
import type { DeviceUser } from '../meter/port.ts';
import { cpuUsers } from '../meter/sources/cpu-users.ts';
import type { Session } from './session.ts';

/** The name under which the use of all processors, and of the memory beside them, is kept. */
const CPU = 'cpu';
const LOOK_MS = 950;
/** Looks take at most a two-hundredth of one CPU's time. */
const LOOK_COST = 200;

/** The initial PID namespace is always this one (PID_NS_INIT_INO, linux/nsfs.h). */
const INITIAL = 'pid:[4026531836]';

/**
 * Writes usage rows into a session; `procfs` is where the machine's processes are seen, null = here. A driver tells pids
 * of the host: in a container they would be those of other processes here, and stay without a name.
 */
export function whoTells(procfs: string | null) {
  const driverPids = seesDriverPids(procfs);
  const cpu = cpuUsers(procfs ?? '/proc');
  cpu.look(); // what was used before is nobody's business
  let next = 0;
  let cpuFrom_ms: number | null = null;
  let devicesFrom_ms: number | null = null;

  const write = (session: Session, row: Partial<UsageRow> & Pick<UsageRow, 'device' | 'from_ms' | 'to_ms' | 'share'>) =>
    session.append('usage', { pid: null, pid_start: null, ancestors: null, uid: null, name: null, ...row });

  return {
    /** To be called about once a second, and at the end. */
    second(session: Session, last = false): void {
      const started = performance.now();
      if (started < next && !last) return;
      const look = cpu.look();
      const to_ms = Math.round(session.now());
      const from_ms = cpuFrom_ms ?? session.writer.started_at_ms;
      cpuFrom_ms = to_ms;
      next = started + Math.max(LOOK_MS, LOOK_COST * (performance.now() - started));
      if (look === null || to_ms <= from_ms) return;
      const at = { device: CPU, from_ms, to_ms };
      for (const { who, share } of look.users) write(session, { ...at, ...who, share });
      for (const { uid, share } of look.rest) write(session, { ...at, uid, share });
    },
    /** Takes what the sampler was told of its devices, by place, since it last was. */
    devices(session: Session, told: readonly (readonly [number, readonly DeviceUser[]])[]): void {
      const to_ms = Math.round(session.now());
      const from_ms = devicesFrom_ms ?? session.writer.started_at_ms;
      devicesFrom_ms = to_ms;
      if (to_ms <= from_ms) return;
      for (const [place, users] of told) {
        const device = session.places[place];
        if (device === undefined) continue;
        for (const { pid, share } of users)
          write(session, { device, from_ms, to_ms, ...(driverPids ? cpu.who(pid) : { pid }), share });
        // Says that it was looked, also where nobody was seen.
        write(session, { device, from_ms, to_ms, share: 0 });
      }
    },
  };
}

/** Whether the pids that a driver tells are those of `procfs` (null = /proc here). */
export const seesDriverPids = (procfs: string | null): boolean => procfs !== null || namespaceOf() === INITIAL;

function namespaceOf(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}
