// Whatever a file holds, an importer gives runs of whole windows and energies of 0 or more, or a Fault that says what is
// wrong: never another error.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { zoneTime } from '../core/zone-time.ts';
import { readCarbontracker } from './carbontracker.ts';
import { readCodeCarbon } from './codecarbon.ts';
import { readDcgm } from './dcgm.ts';
import type { Found } from './found.ts';
import { readKepler } from './kepler.ts';
import { Gatherer } from './readings.ts';
import { readZeus } from './zeus.ts';

const file = join(mkdtempSync(join(tmpdir(), 'jb-importers-')), 'file');
const T0 = 1_714_557_600;
const IMPORTERS: Record<string, { seeds: string[]; read: () => Promise<Found> }> = {
  codecarbon: {
    seeds: [
      'timestamp,project_name,run_id,duration,energy_consumed,pue\n2024-05-01T10:00:00,p,r,10,0.5,1.2\n2024-05-01T10:00:00,p,s,10,0.5,1\n',
    ],
    read: () => readCodeCarbon(file, zoneTime('UTC')),
  },
  zeus: {
    seeds: [
      `start_time,window_name,elapsed_time,gpu0_energy\n${T0},a,10,100\n${T0 + 5},b,3,10\n`,
      `${T0}.5,100,200\n${T0 + 1},100,200\n`,
      '{"time": 10, "gpu_energy": {"0": 30}}',
      `{"0": [[${T0}, 100], [${T0 + 1}, 110]]}`,
    ],
    read: () => readZeus(file, { start_ms: T0 * 1000 }),
  },
  kepler: {
    seeds: [
      `kepler_node_cpu_joules_total{zone="package",path="intel-rapl:0"} 100 ${T0}000\nkepler_node_cpu_joules_total{zone="package",path="intel-rapl:0"} 200 ${T0 + 5}000\n`,
      `time,metric,zone,value\n${T0},kepler_node_cpu_watts,package,5\n${T0 + 1},kepler_node_cpu_watts,package,6\n`,
    ],
    read: () => readKepler(file, zoneTime('UTC')),
  },
  dcgm: {
    seeds: [
      '#Entity POWER TOTEC\nID W mJ\nGPU 0 300 1000\nGPU 0 300 2000\n',
      `{"data":{"result":[{"metric":{"__name__":"DCGM_FI_DEV_POWER_USAGE","gpu":"0"},"values":[[${T0},"5"],[${T0 + 1},"6"]]}]}}`,
      `Time,"DCGM_FI_DEV_POWER_USAGE{gpu=""0""}"\n${T0},5\n${T0 + 1},6\n`,
    ],
    read: () => readDcgm(file, { time: zoneTime('UTC'), start_ms: T0 * 1000, every_ms: 1000 }),
  },
  carbontracker: {
    seeds: [
      '2024-05-01 10:01:00 - Epoch 1:\n2024-05-01 10:01:00 - Duration: 0:01:00.00\n2024-05-01 10:01:00 - Average power usage (W) for gpu: [300.0\n 310.0]\n',
    ],
    read: () => readCarbontracker(file, zoneTime('UTC')),
  },
};

function sound({ runs }: Found): void {
  expect(runs.length).toBeGreaterThan(0);
  for (const { from_ms, to_ms, devices } of runs) {
    expect(to_ms).toBeGreaterThan(from_ms);
    expect(devices.length).toBeGreaterThan(0);
    for (const { told } of devices) {
      if (told.by === 'stretches')
        for (const one of told.stretches) {
          expect(one.energy_j).toBeGreaterThanOrEqual(0);
          expect(one.energy_j).toBeLessThan(1e18);
          expect(one.to_ms - one.from_ms).toBeLessThan(4e11);
          expect(one.to_ms).toBeGreaterThan(one.from_ms);
          expect(one.from_ms).toBeGreaterThanOrEqual(from_ms);
          expect(one.to_ms).toBeLessThanOrEqual(to_ms);
        }
      if (told.by === 'readings')
        told.readings.at_ms.forEach((at, i, all) => {
          if (i > 0) expect(at).toBeGreaterThan(all[i - 1]!);
        });
    }
  }
}

test.each(Object.entries(IMPORTERS))('%s: what it is made for, whole', async (_, { seeds, read }) => {
  for (const seed of seeds) {
    writeFileSync(file, seed);
    sound(await read());
  }
});

test.each(Object.entries(IMPORTERS))('%s: whatever comes', async (_, { seeds, read }) => {
  const word = fc.constantFrom(
    '',
    'NaN',
    '-1',
    '1e308',
    '-',
    ',',
    '\n',
    '"',
    '{',
    '}',
    '[',
    '\0',
    '1714557600',
    'x',
    '\uFFFD',
    'Infinity',
  );
  const changed = fc
    .tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat(12), fc.oneof(word, fc.string()))
    .map(([seed, at, length, more]) => {
      const from = at % (seed.length + 1);
      return seed.slice(0, from) + more + seed.slice(from + length);
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: changed }, fc.string()), async (text) => {
      writeFileSync(file, text);
      try {
        sound(await read());
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        expect(['file-bad', 'usage', 'file-unreadable']).toContain(error.code);
      }
    }),
    { numRuns: 300 },
  );
});

test('readings come out by time, a counter and a power of one time as one', () => {
  const gatherer = new Gatherer();
  gatherer.push(3000, 30, Number.NaN);
  gatherer.push(1000, 10, Number.NaN);
  gatherer.push(1000, Number.NaN, 5);
  gatherer.push(3000, Number.NaN, 7);
  gatherer.push(3000, 99, 99);
  gatherer.push(1e12, 1, 1);
  const { readings, twice, far } = gatherer.gathered();
  expect([...readings.at_ms]).toEqual([1000, 3000]);
  expect([...readings.energy_j]).toEqual([10, 30]);
  expect([...readings.power_w]).toEqual([5, 7]);
  expect([twice, far]).toEqual([1, 1]);
});
