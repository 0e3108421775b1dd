// The rest of a server in the sampler's hands: by hand arithmetic, inside and outside the calibrated loads.

import { describe, expect, test } from 'vitest';
import { type Fit, fitsOf } from '../calibration.ts';
import { charge } from '../charge.ts';
import type { Device } from '../port.ts';
import { hostOtherSource, type Reading } from './host-other.ts';

const device = (name: string, kind: Device['kind'], source: Device['source'] = 'counter'): Device => ({
  ...{ device: name, kind, name, uuid: '', source, charged: true, limit_w: 700 },
  ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
});
const GPU = device('gpu-0', 'gpu');
const CPU_MODEL = device('cpu-package-0', 'cpu-package', 'model');

/** node = 90 + 1.1 × gpu, seen from 100 to 600 W: valid from 50 to 650 W. */
const FIT = fitsOf(
  [GPU],
  Array.from({ length: 51 }, (_, i) => ({ node_w: 90 + 1.1 * (100 + 10 * i), devices_w: [100 + 10 * i] })),
  0.05,
).flatMap((one): Fit[] => ('fit' in one ? [one.fit] : []));
const source = () => hostOtherSource({ how: 'calibrated', fits: FIT, from: 'of today' })!;
const polled = (at_ms: number, power_w: number | null): Reading => ({ at_ms, energy_j: null, power_w });
const at = (reading: Reading) => new Map([[0, reading]]);
const now = () => 0;

describe('a given number', () => {
  test('is there at once, at all times, wide and labelled', () => {
    const rest = hostOtherSource({ how: 'given', power_w: 80 })!;
    const { device, absent } = rest.device([]);
    expect([device, absent]).toMatchObject([
      { device: 'host-other-0', kind: 'host-other', source: 'model', charged: true, gain: { down: 0.5, up: 0.5 } },
      null,
    ]);
    expect(rest.read(now)).toEqual({ index: 0, at_ms: 0, energy_j: null, power_w: 80 });
  });
  test('nothing known: nothing counted', () => {
    expect(hostOtherSource(null)).toBeNull();
  });
});

describe('a calibration', () => {
  test('appears with the first load it has seen: 90 + 0.1 × 400 W', () => {
    const rest = source();
    expect(rest.device([GPU, CPU_MODEL])).toEqual({ device: null, absent: expect.stringMatching(/not.*told.*yet/) });
    expect(rest.observe(at(polled(0, 20)))).toBe(false);
    expect(rest.device([GPU, CPU_MODEL]).absent).toMatch(/load \(20 W\) is outside .*100 W to 600 W/);
    expect(rest.observe(at(polled(20_000, 400)))).toBe(true); // the 20 W are older than the window
    const { device } = rest.device([GPU, CPU_MODEL]);
    expect(device).toMatchObject({ device: 'host-other-0', source: 'model', holds: ['cpu-package:*', 'dram:*'] });
    // The node meter's 5 % at the highest valid load, 650 W: 0.05 × 805 W of 155 W.
    expect(device!.gain.up).toBeCloseTo((0.05 * 805) / 155, 6);
    expect(rest.read(now).power_w).toBeCloseTo(130, 6);
  });

  test('the load is a mean over ten seconds, as in the calibration', () => {
    const rest = source();
    rest.device([GPU]);
    rest.observe(at(polled(0, 300)));
    rest.observe(at(polled(5000, 500)));
    expect(rest.read(now).power_w).toBeCloseTo(90 + 0.1 * 400, 6);
    rest.observe(at(polled(10_100, 600))); // the first is out
    expect(rest.read(now).power_w).toBeCloseTo(90 + 0.1 * 550, 6);
  });

  test('by the counter once it has run for a second, as the calibration was', () => {
    const rest = source();
    rest.device([GPU]);
    rest.observe(at({ at_ms: 0, energy_j: 1000, power_w: 200 }));
    expect(rest.read(now).power_w).toBeCloseTo(90 + 20, 6);
    rest.observe(at({ at_ms: 2000, energy_j: 1800, power_w: 200 }));
    expect(rest.read(now).power_w).toBeCloseTo(90 + 40, 6); // 800 J in 2 s
    rest.observe(at({ at_ms: 2100, energy_j: 5, power_w: 200 })); // it began again
    expect(rest.read(now).power_w).toBeCloseTo(90 + 20, 6);
  });

  test('a device that cannot be read, or a load outside: no number, with the reason, never 0', () => {
    const rest = source();
    rest.device([GPU]);
    rest.observe(at(polled(0, 400)));
    rest.observe(at(polled(100, null)));
    expect(rest.read(now)).toMatchObject({ power_w: null, why: expect.stringMatching(/could not be read/) });
    rest.observe(at(polled(20_000, 651)));
    expect(rest.read(now)).toMatchObject({ power_w: null, why: expect.stringMatching(/651 W.*outside/) });
  });

  test.each([
    ['other devices', [GPU, device('gpu-1', 'gpu')], /other devices.*gpu-0, gpu-1/],
    ['more measured than then', [GPU, device('cpu-package-0', 'cpu-package')], /other devices/],
    ['a GPU that is only modelled', [device('gpu-0', 'gpu', 'model')], /gpu-0 is not measured/],
    ['nothing', [], /\(none\)/],
  ])('is not used for %s, and says so', (_, found, words) => {
    const rest = source();
    expect(rest.device(found)).toEqual({ device: null, absent: expect.stringMatching(words) });
    expect(rest.observe(at(polled(0, 400)))).toBe(false);
  });
});

describe('counted once', () => {
  const rest = source();
  rest.device([GPU]);
  rest.observe(at(polled(0, 400)));
  const other = rest.device([GPU, CPU_MODEL]).device!;
  const charged = (...found: Device[]) =>
    charge(found, { psys: 'record' }).flatMap(({ device: one }) => (one.charged ? [one.device] : []));

  test('models of what the calibration’s rest holds are shown, not added', () => {
    expect(charged(GPU, CPU_MODEL, device('dram-0', 'dram', 'model'), other)).toEqual(['gpu-0', 'host-other-0']);
  });
  test('a node meter holds it all', () => {
    expect(charged(GPU, CPU_MODEL, other, device('node', 'node'))).toEqual(['node']);
  });
});
