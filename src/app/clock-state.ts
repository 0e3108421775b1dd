// Whether somebody keeps this machine's clock, asked of this machine alone: the kernel, then chrony, then systemd.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { probeClock } from '../run/probe.ts';
import type { ClockJson } from './doctor-model.ts';

const CHRONY_MS = 1000;
const TIMESYNC = '/run/systemd/timesync/synchronized';

/** Watches both clocks for a while beside the question. Never rejects. */
export async function watchClock(watch_ms: number, patience_ms: number): Promise<ClockJson> {
  const [wall, monotonic] = [Date.now(), performance.now()];
  const [kernel] = await Promise.all([probeClock(patience_ms), sleep(watch_ms)]);
  const passed_ms = performance.now() - monotonic;
  const seen = { drift_ms: Math.round(Date.now() - wall - passed_ms), watched_s: passed_ms / 1000 };
  const { max_error_ms, why } = kernel;
  if (kernel.synchronised === true) return { synchronised: true, by: 'kernel', max_error_ms, why, ...seen };
  const chrony = await chronyState();
  if (chrony !== null) return { ...chrony, by: 'chrony', why: null, ...seen };
  if (existsSync(TIMESYNC))
    return { synchronised: true, by: 'systemd-timesyncd', max_error_ms: null, why: null, ...seen };
  const by = kernel.synchronised === null ? null : 'kernel';
  return { synchronised: kernel.synchronised, by, max_error_ms: null, why, ...seen };
}

/** By chronyc's 14 fields (chronyc(1), -c): system time off @4, root delay @10, root dispersion @11, leap status @13. */
function chronyState(): Promise<{ synchronised: boolean; max_error_ms: number | null } | null> {
  return new Promise((resolve) => {
    // By the loopback's port: the local socket would be a file of ours.
    const options = { timeout: CHRONY_MS, killSignal: 'SIGKILL' } as const;
    execFile('chronyc', ['-n', '-c', '-h', '127.0.0.1', 'tracking'], options, (error, stdout) => {
      const fields = stdout.trim().split(',');
      if (error !== null || fields.length < 14) return resolve(null);
      const [off_s, delay_s, dispersion_s] = [4, 10, 11].map((i) => Number(fields[i]));
      const synchronised = fields[13] !== 'Not synchronised';
      // The bound of chronyc(1): |system time| + root dispersion + root delay / 2.
      const bound_ms = 1000 * (Math.abs(off_s!) + dispersion_s! + delay_s! / 2);
      resolve({ synchronised, max_error_ms: synchronised && Number.isFinite(bound_ms) ? bound_ms : null });
    });
  });
}
