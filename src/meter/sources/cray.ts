// HPE Cray nodes: counters that the node controller keeps, shown as text below /sys/cray/pm_counters ("1000 J 0 us").
//
// `energy` is the whole node's and holds all else. Accelerators are read by their own drivers, not here: what these files
// call accel0 cannot be told from a GPU that another driver shows.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, PowerSource } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';

/** raw_scan_hz is 10 on the nodes described in S. Martin et al., "Cray XC power monitoring and management", CUG 2014. */
const UPDATE_S = 0.1;
/** An allowance of ours: HPE publishes no figure for these counters (docs/methodology.md#hwmon). */
const GAIN = { down: 0.05, up: 0.05 };

const PARTS: readonly (Pick<Device, 'device' | 'kind' | 'part' | 'name'> & { readonly prefix: string })[] = [
  { device: 'node', kind: 'node', part: 'node', name: 'Cray node', prefix: '' },
  {
    device: 'cpu-package-0',
    kind: 'cpu-package',
    part: 'cpu-package:*',
    name: 'processors of the node',
    prefix: 'cpu_',
  },
  { device: 'dram-0', kind: 'dram', part: 'dram:*', name: 'memory of the node', prefix: 'memory_' },
];

/** The node, its processors and its memory, as far as the controller counts them. */
export function craySource({ sysfs, open }: { readonly sysfs: string; readonly open?: Opener }): PowerSource {
  const folder = join(sysfs, 'cray/pm_counters');
  return fileSensors('cray', {
    find: () =>
      PARTS.filter(({ prefix }) => existsSync(join(folder, `${prefix}energy`))).map(
        ({ prefix, ...named }): Found => ({
          device: {
            ...named,
            ...{ uuid: '', charged: true, limit_w: null, gain: GAIN, update_s: UPDATE_S },
            notes: [`energy from pm_counters/${prefix}energy`],
          },
          energy: { file: join(folder, `${prefix}energy`), unit: 1, form: /^(\d+) J\b/ },
          power: [{ file: join(folder, `${prefix}power`), unit: 1, form: /^(\d+) W\b/ }],
          remedy: 'ask the site: pm_counters are readable by all users where they are switched on',
        }),
      ),
    absent: `no Cray counters under ${folder}`,
    ...(open === undefined ? {} : { open }),
  });
}
