// joulebook doctor: what can be measured here, what cannot, and what to type.

import type { Seen } from '../app/diagnosis.ts';
import { doctor } from '../app/doctor.ts';
import type { DoctorJson } from '../app/doctor-model.ts';
import { type Settings, settingsFiles, settingsOf } from '../app/settings.ts';
import { Fault } from '../core/fault.ts';
import { colorOn } from './color.ts';
import { doctorText } from './doctor-text.ts';
import { intervalOf, type MeteringOptions, psysOf, sensorsAt, syncOf } from './metering.ts';
import { durationMs, priceOf, pueOf } from './options.ts';

declare const JOULEBOOK_VERSION: string;

type Shared =
  | 'zone'
  | 'pue'
  | 'intensity'
  | 'nvml'
  | 'procfs'
  | 'sysfs'
  | 'psys'
  | 'nodeMeter'
  | 'redfishTls'
  | 'ledger';
export interface DoctorOptions extends Pick<MeteringOptions, Shared> {
  json?: boolean;
  strict?: boolean;
  for?: string;
  timeout?: string;
}

/** A counter that moves twice a second is seen to move three times, the fewest that tell a period. */
const WATCH = { text: '1.5s', from: '--for' };
/** NVIDIA's driver may take seconds to wake each of eight GPUs. */
const PATIENCE = { text: '15s', from: '--timeout' };
/** A condition that was asked for is not met. */
const NOT_MET = 3;
const WIDTH = 100;

/** Prints the page, or JSON; resolves to the exit code: 3 with --strict where there is a problem. Rejects with a Fault. */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const settings = await settingsOf(options);
  const { visible, order, rocr, hip } = settings;
  const watch = options.for === undefined ? WATCH : { text: options.for, from: '--for' };
  const patience = options.timeout === undefined ? PATIENCE : { text: options.timeout, from: '--timeout' };
  const psys = psysOf(settings);
  const sensors = sensorsAt(settings, { visible, order, rocr, hip });
  const roots = { procfs: sensors.procfs, sysfs: sensors.sysfs, dev: '/dev', root: '/' };
  const made = await doctor({
    ...{ settings, settings_files: settingsFiles(), roots, version: JOULEBOOK_VERSION, psys, sensors },
    ...{ watch_ms: durationMs(watch, 100, 600_000), patience_ms: durationMs(patience, 100, 600_000) },
    nvidia_visible: process.env.NVIDIA_VISIBLE_DEVICES ?? null,
    kubernetes: process.env.KUBERNETES_SERVICE_HOST !== undefined,
    bad_settings: refused(settings),
  });
  await print(options.json ? `${JSON.stringify(made, null, 2)}\n` : page(made));
  return options.strict && !made.ok ? NOT_MET : 0;
}

/** What `joulebook run` would refuse before it starts the command. */
function refused(settings: Settings): Seen['bad_settings'] {
  const { pue, price } = settings;
  const checks = [
    () => pue && pueOf(pue),
    () => price && priceOf(price),
    () => intervalOf(settings),
    () => syncOf(settings),
  ];
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return [{ about: error.message.split(':')[0]!, why: error.message, remedy: error.hint }];
    }
  });
}

function page(made: DoctorJson): string {
  const { isTTY, columns } = process.stdout;
  const color = colorOn(process.stdout);
  return doctorText(made, { color, width: isTTY === true && columns > 0 ? columns : WIDTH });
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on('error', () => resolve()); // a reader that has seen enough is no fault
    process.stdout.write(text, () => resolve());
  });
}
