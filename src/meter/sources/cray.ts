// HPE Cray nodes: counters that the node controller keeps, shown as text below /sys/cray/pm_counters ("1000 J 0 us").
//
// `energy` is the whole node's and holds all else. Accelerators are read by their own drivers, not here: what these files
// call accel0 cannot be told from a GPU that another driver shows. A controller that has stopped leaves its last values
// standing: `freshness`, which it counts up at each update, tells.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, PowerSource, Sample } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import { type HeldFile, heldFile, type Opener } from './held-file.ts';

/** raw_scan_hz is 10 on the nodes described in S. Martin et al., "Cray XC power monitoring and management", CUG 2014. */
const UPDATE_S = 0.1;
/** Thirty updates missed: as long as RAPL's counters may stand (rapl.ts). */
const STALE_MS = 3000;
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
  const counters = fileSensors('cray', {
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
  const freshness = heldFile(join(folder, 'freshness'), open);
  const fresh = freshnessOf(freshness);
  return {
    ...counters,
    read(now) {
      const samples = counters.read(now);
      return samples.length === 0 || fresh(now()) ? samples : samples.map(stale);
    },
    close() {
      counters.close();
      freshness.close();
    },
  };
}

/** Whether the controller still counts, at a moment; where it does not tell, it is taken to. */
function freshnessOf(file: HeldFile): (at_ms: number) => boolean {
  let last: { readonly value: number; readonly at_ms: number } | null = null;
  return (at_ms) => {
    let value: number;
    try {
      value = file.read(at_ms);
    } catch {
      return true;
    }
    if (last === null || value !== last.value) last = { value, at_ms };
    return at_ms - last.at_ms < STALE_MS;
  };
}

const stale = ({ index, at_ms }: Sample): Sample => ({
  ...{ index, at_ms, energy_j: null, power_w: null },
  why: `the node's controller has not updated its counters for ${STALE_MS / 1000} s (pm_counters/freshness)`,
});
