// Tries out every sensor source of a machine, each in a process of its own, and the kernel's clock in another: one that
// crashes or hangs is told, and hides nothing of the others.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { latencyOf, meanPowerW, Pace } from '../meter/pace.ts';
import type { Opened } from '../meter/port.ts';
import { type SensorConfig, sensorsOf } from '../meter/sources/sensors.ts';
import type { KernelClock } from './kernel-clock.ts';

export type ToProbe =
  | { readonly type: 'clock' }
  | { readonly type: 'source'; readonly sensors: SensorConfig; readonly place: number; readonly watch_ms: number };

export type FromProbe =
  | { readonly type: 'opened'; readonly opened: Opened; readonly open_ms: number }
  | { readonly type: 'watched'; readonly devices: readonly Watched[]; readonly reads: ReturnType<typeof latencyOf> }
  | { readonly type: 'clock'; readonly clock: KernelClock }
  | { readonly type: 'failed'; readonly why: string }
  | { readonly type: 'done' };

/** What looking at one device for a while gave. */
export interface Watched {
  /** The counter's last value; null where there is none. */
  readonly energy_j: number | null;
  readonly power_w: ReturnType<typeof meanPowerW>;
  /** A power reading, or the mean over the time watched by the counter. */
  readonly power_from: 'reading' | 'counter' | null;
  readonly pace: Pace | null;
  /** Whose pace: the counter's where there is one. */
  readonly pace_of: 'counter' | 'power' | null;
  readonly looks: number;
  readonly failed_looks: number;
  /** Why the last look that failed did. */
  readonly why: string | null;
}

export interface Probed {
  readonly source: string;
  /** How its process ended before it had told all; null = it did not. */
  readonly ended: { readonly how: 'crashed' | 'silent' | 'failed'; readonly why: string } | null;
  readonly opened: Opened | null;
  readonly open_ms: number | null;
  /** By the devices' places in `opened`; null where it ended before. */
  readonly watched: readonly Watched[] | null;
  readonly reads: ReturnType<typeof latencyOf>;
}

export interface ProbeOptions {
  /** How long the sensors are looked at. */
  readonly watch_ms: number;
  /** How long a source may be silent: while it opens, and beyond the time for which it is watched. */
  readonly patience_ms: number;
}

/** All sources in their order. Never rejects. */
export function probeSources(sensors: SensorConfig, options: ProbeOptions): Promise<Probed[]> {
  return Promise.all(sensorsOf(sensors).map(({ name }, place) => probeSource(sensors, name, place, options)));
}

async function probeSource(
  sensors: SensorConfig,
  source: string,
  place: number,
  { watch_ms, patience_ms }: ProbeOptions,
): Promise<Probed> {
  let opened: Opened | null = null;
  let open_ms: number | null = null;
  let watched: readonly Watched[] | null = null;
  let reads: Probed['reads'] = null;
  let failed: Probed['ended'] = null;
  const ended = await talk({ type: 'source', sensors, place, watch_ms }, patience_ms, (message) => {
    if (message.type === 'opened') {
      ({ opened, open_ms } = message);
      return watch_ms + patience_ms;
    }
    if (message.type === 'watched') ({ devices: watched, reads } = message);
    if (message.type === 'failed') failed = { how: 'failed', why: message.why };
    return patience_ms;
  });
  return { source, ended: failed ?? (watched === null ? ended : null), opened, open_ms, watched, reads };
}

/** The kernel's clock; unknown with the reason where its process does not tell. Never rejects. */
export async function probeClock(patience_ms: number): Promise<KernelClock> {
  let clock: KernelClock | null = null;
  const ended = await talk({ type: 'clock' }, patience_ms, (message) => {
    if (message.type === 'clock') ({ clock } = message);
    return patience_ms;
  });
  return clock ?? { synchronised: null, max_error_ms: null, why: ended?.why ?? 'the kernel was not asked' };
}

/** Runs one process to its end; `hear` says how long it may take until its next word. Null = it ended well. */
function talk(
  order: ToProbe,
  patience_ms: number,
  hear: (message: FromProbe) => number,
): Promise<{ how: 'crashed' | 'silent'; why: string } | null> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = fork(fileURLToPath(new URL('./probe.js', import.meta.url)), [], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
    } catch (error) {
      return resolve({ how: 'crashed', why: String(error) });
    }
    let timer: NodeJS.Timeout;
    const end = (result: { how: 'crashed' | 'silent'; why: string } | null) => {
      clearTimeout(timer);
      // One that the kernel cannot end (a driver in an uninterruptible call) must not keep us.
      child.kill('SIGKILL');
      child.unref();
      child.channel?.unref();
      resolve(result);
    };
    const wait = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => end({ how: 'silent', why: `no answer within ${ms / 1000} s` }), ms);
    };
    wait(patience_ms);
    child.on('error', (error) => end({ how: 'crashed', why: error.message }));
    child.on('message', (message: FromProbe) => (message.type === 'done' ? end(null) : wait(hear(message))));
    child.on('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const crashed = () => end({ how: 'crashed', why: `it ended the process that reads it ${how}` });
      if (child.connected)
        child.once('disconnect', crashed); // its last words may still be on their way
      else crashed();
    });
    child.send(order, () => {});
  });
}
