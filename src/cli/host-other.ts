// What is known of the rest of this server, from the setting host_other.

import { calibrationFile, readCalibration } from '../app/calibration.ts';
import type { Settings } from '../app/settings.ts';
import { reasonOf } from '../core/fault.ts';
import { thisProcess } from '../ledger/process.ts';
import type { HostOther } from '../meter/sources/host-other.ts';
import { wattsOf } from './options.ts';

/**
 * The rest of the server: a number, a calibration of this host, or nothing. A calibration that was not asked for never
 * stops a run. Rejects with Fault usage, calibration-bad.
 */
export async function hostOtherOf(
  { host_other: setting, calibrations }: Settings,
  warn: (message: string) => void,
): Promise<HostOther | null> {
  if (setting?.text === 'none') return null;
  if (setting !== null && setting.text !== 'auto')
    return { how: 'given', power_w: wattsOf(setting, ', or auto (a calibration), or none') };
  const { host } = thisProcess();
  try {
    const found = calibrations === null ? null : await readCalibration(calibrations, host);
    if (found !== null) {
      const from = `of ${new Date(found.made_at_ms).toISOString().slice(0, 10)} (${calibrationFile(calibrations!, host)})`;
      return { how: 'calibrated', fits: found.fits, from };
    }
    if (setting !== null)
      warn(`${setting.from}: there is no calibration of ${host}; joulebook calibrate makes one from recorded runs`);
  } catch (error) {
    if (setting !== null) throw error;
    warn(`${reasonOf(error)}; the rest of the server is not counted`);
  }
  return null;
}
