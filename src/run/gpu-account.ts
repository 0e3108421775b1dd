// Whose the GPUs' busy time was while a command ran: its own processes', others', nobody's, as the driver tells it.
//
// Sums over the driver's answers, a row for each GPU; the report makes shares of the GPU's energy of them. A driver tells
// the host's pids: in a container they would be other processes here, and nothing is said.

import { type Look, lookOf } from '../ledger/allocate.ts';
import type { EventRow } from '../ledger/records.ts';
import type { DeviceUser } from '../meter/port.ts';
import { hasEntry, processOf } from '../meter/sources/processes.ts';
import { textOf } from '../meter/sources/quiet-file.ts';
import { seesDriverPids } from './device-users.ts';

/** GPU-seconds: least ≤ job ≤ most ≤ busy ≤ looked. */
interface Sums {
  looked_s: number;
  job_s: number;
  least_s: number;
  most_s: number;
  busy_s: number;
}

/** The server of NVIDIA's Multi-Process Service holds the GPU for its clients, which are listed beside it. */
const SERVER = 'nvidia-cuda-mps';
/** No chain of parents is so long. */
const DEEPEST = 200;

export interface GpuAccount {
  /** Takes what the driver told by place since it last was, or since `begin`; `places` names the devices. */
  heard(told: readonly (readonly [number, readonly DeviceUser[]])[], places: readonly string[], at_ms: number): void;
  /** The command, by its pid, begins. */
  begin(pid: number | null, at_ms: number): void;
  /** The account so far, a row for each GPU of which something was told. */
  rows(at_ms: number): EventRow[];
}

/**
 * An account of the processes that inherited JOULEBOOK_RUN_ID=`run` (null: of no run) or are below the command; `procfs` is
 * where the driver's pids are said to be seen, null = not said.
 */
export function createGpuAccount(run: string | null, procfs: string | null): GpuAccount {
  const at = procfs ?? '/proc';
  const known = seesDriverPids(procfs);
  const sums = new Map<string, Sums>();
  let from_ms: number | null = null;
  let root: number | null = null;

  /** What was seen of processes while they lived: the driver tells of them after their end. */
  const seen = new Map<number, { readonly started: number; readonly ours: boolean }>();

  /** Null: it may be. */
  const isOurs = (pid: number): boolean | null => {
    const living = processOf(at, String(pid));
    const before = seen.get(pid);
    if (living === null || living.started === before?.started) return before?.ours ?? null;
    const ours = belongs(pid);
    seen.set(pid, { started: living.started, ours });
    return ours;
  };
  /** A process of another user shows no environment; below the command it is found all the same. */
  const belongs = (pid: number): boolean => {
    if (run !== null && hasEntry(at, pid, `JOULEBOOK_RUN_ID=${run}`) === true) return true;
    let one: number | undefined = pid;
    for (let depth = 0; one !== undefined && one > 1 && depth < DEEPEST; depth++) {
      if (one === root) return true;
      one = processOf(at, String(one))?.parent;
    }
    return false;
  };

  return {
    heard(told, places, at_ms) {
      const since = from_ms;
      from_ms = at_ms;
      if (!known || since === null || at_ms <= since) return;
      for (const [place, users] of told) {
        const device = places[place];
        if (device === undefined) continue;
        const clients = users.filter(({ pid }) => !(textOf(`${at}/${pid}/comm`) ?? '').startsWith(SERVER));
        const look = lookOf(clients, { from_ms: since, to_ms: at_ms }, ({ pid }) => isOurs(pid));
        sums.set(device, plus(sums.get(device), look));
      }
    },
    begin(pid, at_ms) {
      [root, from_ms] = [pid, at_ms];
    },
    rows: (at_ms) =>
      [...sums].map(([device, facts]) => ({
        ...{ at_ms, event: 'gpu-attribution', device, message: 'GPU time of the command and of others' },
        facts: { ...facts },
      })),
  };
}

function plus(sum: Sums | undefined, { from_ms, to_ms, mine, least, most, busy }: Look): Sums {
  const seconds = (to_ms - from_ms) / 1000;
  return {
    looked_s: (sum?.looked_s ?? 0) + seconds,
    job_s: (sum?.job_s ?? 0) + mine * seconds,
    least_s: (sum?.least_s ?? 0) + least * seconds,
    most_s: (sum?.most_s ?? 0) + most * seconds,
    busy_s: (sum?.busy_s ?? 0) + busy * seconds,
  };
}
