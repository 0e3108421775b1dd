// What the charts of a run are made of.

import { describe, expect, test } from 'vitest';
import type { Series } from '../../../server/contract/series.ts';
import {
  emissionsSoFar,
  energySoFar,
  intensityOver,
  intensityText,
  lossOverEnergy,
  notDrawn,
  powerByDevice,
  powerTogether,
  spansOf,
} from './course-of.ts';

const course = (mean_w: (number | null)[]) => ({
  ...{ mean_w, min_w: mean_w, max_w: mean_w, energy_j: mean_w, seen: mean_w.map(() => 1) },
});
const device = (name: string, mean_w: (number | null)[], more = {}) => ({
  ...{ device: name, host: 'a', kind: 'gpu', name: '', source: 'counter', charged: true, within: null },
  ...course(mean_w),
  ...more,
});

/** Two stretches of a second from 1 s on. */
const series = (more: Partial<Series>): Series => ({
  schema: 'joulebook/series/v1',
  run: { id: 'r', name: null, state: 'finished', from_ms: 1000, to_ms: 3000 },
  ...{ from_ms: 1000, to_ms: 3000, stretch_ms: 1000, stretches: { from_ms: [1000, 2000], to_ms: [2000, 3000] } },
  warnings: [],
  ...more,
});
const powered = (...devices: ReturnType<typeof device>[]) =>
  series({ power: { devices, total: course([300, null]), left_out: 0 } });

describe('power', () => {
  test('holds over each stretch up to its end, and a gap stays a gap', () => {
    const { x, series: lines } = powerByDevice(powered(device('gpu-0', [400, null])));
    expect(x.values).toEqual([1000, 2000, 3000]);
    expect(lines.map(({ name, values }) => [name, values])).toEqual([['gpu-0', [400, null, null]]]);
  });

  test('is of charged devices: what lies within another is not drawn twice', () => {
    const within = device('gpu-1', [1, 1], { charged: false, within: 'gpu-0' });
    expect(powerByDevice(powered(device('gpu-0', [2, 2]), within)).series).toHaveLength(1);
  });

  test('of ten devices shows the eight with the most energy, and tells how many are left', () => {
    const many = powered(...Array.from({ length: 10 }, (_, i) => device(`gpu-${i}`, [i, i])));
    expect(powerByDevice(many).series.map(({ name }) => name)).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((i) => `gpu-${i}`));
    expect(notDrawn(many)).toBe(2);
  });

  test('names the host where there are several', () => {
    const two = powered(device('gpu-0', [1, 1]), device('gpu-0', [1, 1], { host: 'b' }));
    expect(powerByDevice(two).series.map(({ name }) => name)).toEqual(['a gpu-0', 'b gpu-0']);
  });

  test('of all together is unknown where that of one is', () => {
    expect(powerTogether(powered(device('gpu-0', [300, null]))).series[0]!.values).toEqual([300, null, null]);
  });
});

describe('spans', () => {
  const spans = (more: object) => ({
    spans: { phases: [], gaps: [], pauses: [], events: [], notes: [], ...more },
  });
  const gap = (why: string, state = 'unknown') => ({ device: 'd', host: 'a', from_ms: 1, to_ms: 2, why, state });

  test('training is not shaded, all else is', () => {
    const phases = ['startup', 'train', 'stall'].map((phase, i) => ({ phase, from_ms: i, to_ms: i + 1 }));
    expect(spansOf(spans({ phases })).map(({ name, from }) => [name, from])).toEqual([
      ['start-up', 0],
      ['stall', 2],
    ]);
  });

  test('a gap that its counter filled is none', () => {
    expect(spansOf(spans({ gaps: [gap('too-far-apart', 'filled')] }))).toEqual([]);
  });

  test('many reasons are one name', () => {
    const names = (...whys: string[]) => spansOf(spans({ gaps: whys.map((why) => gap(why)) })).map(({ name }) => name);
    expect(names('never-read')).toEqual(['not observed: the sensor was never read']);
    expect(new Set(names('a', 'b', 'c', 'd'))).toEqual(new Set(['not observed']));
  });
});

describe('so far', () => {
  const sum = (value: (number | null)[], why: string | null = null) => ({
    ...{ value, low: value, high: value, before: { value: 0, low: 0, high: 0 }, why },
  });

  test('begins with what came before, in the unit of the last value', () => {
    const { x, series: lines } = energySoFar(series({ energy: sum([3.6e6, 7.2e6]) }));
    expect(x.values).toEqual([1000, 2000, 3000]);
    expect(lines[0]!.unit).toBe('kWh');
    expect(lines[0]!.values).toEqual([0, 1, 2]);
    expect(lines[0]!.write!(2)).toBe('2.00 kWh');
  });

  test('what is unknown throughout is no line', () => {
    expect(emissionsSoFar(series({ emissions: { ...sum([null, null], 'no zone'), with_pue: false } })).series).toEqual(
      [],
    );
  });
});

test('the intensity is told by the parts that were used', () => {
  const part = (source: string) => ({ zone: 'DE', provider: 'p', quality: 'measured', source, year: null });
  const of = series({
    intensity: {
      ...{ kind: 'average', scope: 'direct', parts: [part('hours'), part('annual')], why: null },
      ...{ from_ms: [1000, 2000], to_ms: [2000, 3000], part: [0, 0] },
      ...{ g_per_kwh: [100, 300], min_g_per_kwh: [100, 300], max_g_per_kwh: [100, 300] },
    },
  });
  expect(intensityText(of)).toBe('DE measured average direct hours');
  expect(intensityOver(of).series[0]!.values).toEqual([100, 300, 300]);
});

test('the loss stands over the energy of its last line, where both are known', () => {
  const two = [1, 2, 3];
  const told = (last: (number | null)[]) => ({ first: last, last, min: last, max: last });
  const steps = {
    ...{ count: 3, from_ms: two, to_ms: two, lines: [1, 1, 1], step: { first: two, last: two }, epoch: { last: two } },
    ...{ loss: told([4, null, 2]), lr: told(two), tokens_per_s: told(two), it_j: [3600, 7200, 36_000] },
  };
  const { x, series: lines } = lossOverEnergy(series({ steps }));
  expect([x.unit, x.values, lines[0]!.values]).toEqual(['Wh', [1, 10], [4, 2]]);
});
