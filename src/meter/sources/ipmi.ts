// The whole server by its board controller: IPMI's DCMI "get power reading", through ipmitool (DCMI specification 1.5, §6.6).
//
// The power is the controller's mean of about a second, in whole watts, at the power supplies: it holds all else.

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { PowerSource } from '../port.ts';
import { type Reading, slowMeter } from './slow-meter.ts';

const PERIOD_MS = 1000;
const PATIENCE_MS = 5000;
const OUTPUT_BYTES = 1 << 16;
/**
 * What a server's own meter may be off by, and over how long its power may be a mean: neither DCMI nor the makers of board
 * controllers promise anything (docs/methodology.md#node).
 */
export const CONTROLLER = { gain: { down: 0.1, up: 0.1 }, mean_s: 30 };

/** One device, the node. `path` is where ipmitool is looked for. */
export function ipmiSource({ path }: { readonly path: string }): PowerSource {
  return slowMeter({
    name: 'ipmi',
    period_ms: PERIOD_MS,
    patience_ms: PATIENCE_MS,
    absent: () =>
      inPath('ipmitool', path) ? null : 'ipmitool is not in the PATH: install it (Debian: apt install ipmitool)',
    ask: async (signal) => [readingOf(await run(signal))],
    device: () => ({
      ...{ device: 'node', kind: 'node', part: 'node', name: 'whole server (IPMI DCMI)', uuid: '', source: 'polled' },
      ...{ charged: true, limit_w: null, update_s: 1, period_s: PERIOD_MS / 1000, ...CONTROLLER },
      notes: ['power of the whole server as its board controller tells it (ipmitool dcmi power reading)'],
    }),
  });
}

function run(signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      killSignal: 'SIGKILL' as const,
      maxBuffer: OUTPUT_BYTES,
    };
    execFile('ipmitool', ['dcmi', 'power', 'reading'], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split('\n')[0];
      const rights = /could not open device|permission denied/i.test(stderr);
      reject(
        new Error(
          `${said || error.message}${rights ? '; it takes rights: sudo modprobe ipmi_devintf, and root or a udev rule for /dev/ipmi0' : ''}`,
        ),
      );
    });
  });
}

/** From ipmitool's text; throws what it says instead of a power. */
export function readingOf(text: string): Reading {
  const state = /^\s*Power reading state is:\s*(\S.*?)\s*$/m.exec(text)?.[1];
  if (state !== undefined && state !== 'activated') throw new Error(`the board controller's power reading is ${state}`);
  const watts = /^\s*Instantaneous power reading:\s*(\d+) Watts/m.exec(text)?.[1];
  if (watts === undefined) throw new Error(`ipmitool tells no power: ${JSON.stringify(text.trim().slice(0, 80))}`);
  // A controller without a sensor says 0: a server that answers draws more.
  if (Number(watts) === 0) throw new Error('the board controller says 0 W: it has no power sensor');
  return { energy_j: null, power_w: Number(watts) };
}

function inPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder || '.', command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
