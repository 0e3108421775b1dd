// The fit of a server's rest by hand arithmetic, what it refuses, and which devices it is believed for.

import { describe, expect, test } from 'vitest';
import { lineAt } from '../core/line.ts';
import {
  type Fit,
  fitsOf,
  fitting,
  reachOf,
  restAt,
  restReach,
  type Stand,
  type Stretch,
  standing,
  unmeasuredGpu,
} from './calibration.ts';
import type { Device } from './port.ts';

const stand = (device: string, kind: Stand['kind'], more: Partial<Stand> = {}): Stand => ({
  ...{ device, kind, name: device, uuid: '' },
  ...more,
});
const GPU = stand('gpu-0', 'gpu');
const CPU = stand('cpu-package-0', 'cpu-package');

/** node = 90 + 1.1 × (gpu + cpu), the GPU from 100 to 600 W, the CPU always 50 W. */
const exact = (n: number): Stretch[] =>
  Array.from({ length: n }, (_, i) => {
    const gpu = 100 + (500 * i) / (n - 1);
    return { node_w: 90 + 1.1 * (gpu + 50), devices_w: [gpu, 50] };
  });
const fits = (found: ReturnType<typeof fitsOf>): Fit[] => found.flatMap((one) => ('fit' in one ? [one.fit] : []));
const why = (found: ReturnType<typeof fitsOf>) => found.map((one) => ('why' in one ? one.why : null));

describe('the fit', () => {
  test('node = 90 + 1.1 Σ: the rest is 90 + 0.1 Σ; without the CPU its 55 W at the node are in the rest', () => {
    const [both, gpuOnly] = fits(fitsOf([GPU, CPU], exact(40), 0.05)) as [Fit, Fit];
    expect(both.devices).toEqual([GPU, CPU]);
    expect([both.from_w, both.to_w]).toEqual([150, 650]);
    expect(restAt(both, 150)).toBeCloseTo(105, 6);
    expect(restAt(both, 650)).toBeCloseTo(155, 6);
    // A tenth of the span of 500 W beyond either end.
    expect(reachOf(both)).toEqual({ low_w: 100, high_w: 700 });
    expect(gpuOnly.devices).toEqual([GPU]);
    expect(restAt(gpuOnly, 400)).toBeCloseTo(90 + 55 + 40, 6);
    expect(lineAt(gpuOnly.line, 0).value).toBeCloseTo(145, 6);
  });

  test('without noise the rest is as sure as the node meter: 5 % of 860 W over 160 W at the highest load', () => {
    const [both] = fits(fitsOf([GPU, CPU], exact(40), 0.05));
    expect(restReach(both!)).toBeCloseTo((0.05 * 860) / 160, 6);
    expect(restReach({ ...both!, node_gain: 0 })).toBeLessThan(1e-6);
  });

  test('no set leaves out the GPUs: their load is not to be guessed from the CPU’s', () => {
    expect(fitsOf([GPU, CPU], exact(40), 0.05).map(({ devices }) => devices)).toEqual([[GPU, CPU], [GPU]]);
    expect(fitsOf([CPU], [], 0.05).map(({ devices }) => devices)).toEqual([[CPU]]);
  });
});

describe('what is refused', () => {
  test('too short', () => {
    expect(why(fitsOf([GPU, CPU], exact(29), 0.05))[0]).toMatch(/only 29 stretches.*30/);
    expect(why(fitsOf([GPU, CPU], exact(30), 0.05))).toEqual([null, null]);
  });
  test('a load that does not change', () => {
    const steady = exact(60).map((_, i) => ({ node_w: 500 + (i % 3), devices_w: [300 + (i % 5)] }));
    expect(why(fitsOf([GPU], steady, 0.05))).toEqual(["the devices' power hardly varied (300 W to 304 W)"]);
  });
  test.each([
    ['restless', (i: number) => 900 + 300 * Math.sin(i * 2.4)],
    ['wandering', (i: number) => 900 + 300 * Math.sin(i * 0.15)],
    ['unmoved', () => 900],
  ])('a node that does not follow its devices: %s', (_, node_w) => {
    const odd = Array.from({ length: 60 }, (_, i) => ({
      node_w: node_w(i),
      devices_w: [300 + 100 * Math.cos(i * 1.7)],
    }));
    expect(why(fitsOf([GPU], odd, 0.05))[0]).toMatch(/does not follow.*slope/);
  });
  test('a node that shows less than its devices', () => {
    const less = exact(40).map(({ devices_w }) => ({ node_w: 10 + 0.9 * devices_w[0]!, devices_w }));
    expect(why(fitsOf([GPU], less, 0.05))[0]).toMatch(/no more power than its devices/);
  });
});

describe('whom it is believed for', () => {
  const made: Fit[] = fits(fitsOf([GPU, stand('gpu-1', 'gpu', { uuid: 'GPU-1', name: 'H100' })], exact(40), 0.05));
  const [a, b] = [stand('gpu-0', 'gpu', { uuid: 'GPU-0', name: 'H100' }), stand('gpu-1', 'gpu', { uuid: 'GPU-1' })];
  test('the same devices, in any order; a trace has no ids to contradict', () => {
    expect(fitting(made, [b, a])).toBe(made[0]);
  });
  test.each([
    ['one less', [a]],
    ['one more', [a, b, CPU]],
    ['another one in its place', [a, { ...b, uuid: 'GPU-2' }]],
    ['another model', [a, { ...b, uuid: '', name: 'A100' }]],
  ])('not %s', (_, devices) => {
    expect(fitting(made, devices)).toBeNull();
  });

  const device = (kind: Device['kind'], source: Device['source']) => ({ kind, source });
  test('models and what a measured module holds are no part of it; a GPU that is not measured forbids it', () => {
    const host = [device('gpu', 'counter'), device('cpu-package', 'model'), device('node', 'polled')];
    expect(standing(host)).toEqual([host[0]]);
    expect(unmeasuredGpu(host)).toBeNull();
    const module = device('module', 'polled');
    expect(standing([...host, module])).toEqual([module]);
    const dark = device('gpu', 'model');
    expect(unmeasuredGpu([...host, dark])).toBe(dark);
    expect(unmeasuredGpu([...host, dark, module])).toBeNull();
  });
});
