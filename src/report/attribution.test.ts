// Shares of a processor's energy by hand arithmetic.

import { expect, test } from 'vitest';
import { unknown, withRelative } from '../core/figure.ts';
import type { EventRow } from '../ledger/records.ts';
import { deviceIn, emptyEnergy } from '../ledger/use.ts';
import type { Device } from '../meter/port.ts';
import { attributionOf, type CpuTime, cpuTimeOf, gpuAttributionOf, gpuTimeOf } from './attribution.ts';

const device = (source: Device['source'], limit_w: number | null): Device => ({
  ...{ device: 'cpu-package-0', kind: 'cpu-package', name: '', uuid: '', source, charged: true, limit_w },
  ...{ gain: { down: 0.1, up: 0.1 }, update_s: 0.01, notes: [] },
});
const use = (source: Device['source'], limit_w: number | null, min_w: number | null = null) => ({
  ...deviceIn(emptyEnergy(), 'x', device(source, limit_w), 'h'),
  min_w,
});
const cpu = (facts: Partial<CpuTime> = {}): CpuTime => ({
  ...{ method: 'cgroup', job_s: 30, job_most_s: 30, busy_s: 40, idle_s: 40, ...facts },
});
const energy = (value: number) => withRelative(value, { 'sensor:cpu-package:model': { down: 0.1, up: 0.1 } });

test('a model: 100 W TDP over 10 s are 300 J idle; of the 500 J above it the job’s 30 of 40 CPU-seconds take 375', () => {
  const found = attributionOf(use('model', 100), energy(800), cpu(), 10_000)!;
  expect(found).toMatchObject({ method: 'cgroup', job_share: 0.75, job_cpu_s: 30, busy_cpu_s: 40, idle_cpu_s: 40 });
  expect([found.job_j.value, found.others_j.value, found.idle_j.value]).toEqual([
    expect.closeTo(375, 9),
    expect.closeTo(125, 9),
    300,
  ]);
  // The idle share reaches from 0.15 to 0.5 of TDP (150 to 500 J) and the sensor by a tenth, in quadrature:
  // idle down √(150² + 30²) = 152.97, up √(200² + 30²) = 202.24; the job's part of the reverse, and 50 J of gain · 0.75.
  expect(found.idle_j).toMatchObject({ low: expect.closeTo(300 - 152.9706, 3), high: expect.closeTo(502.2375, 3) });
  // Share: 8 CPUs may each hold back a tick, 0.08 s: down 0.75 − 29.99/40.08, up 30.01/39.92 − 0.75 of 500 J.
  const [down, up] = [0.75 - 29.99 / 40.08, 30.01 / 39.92 - 0.75].map((reach) => reach * 500) as [number, number];
  expect(found.job_j).toMatchObject({
    low: expect.closeTo(375 - Math.hypot(150, 37.5, down), 6),
    high: expect.closeTo(375 + Math.hypot(112.5, 37.5, up), 6),
  });
});

test('a counter: idle power is at most the lowest power seen', () => {
  // 300 J by TDP, but 20 W were seen: at most 200 J. Half of TDP would be 500 J.
  const found = attributionOf(use('counter', 100, 20), energy(800), cpu(), 10_000)!;
  expect(found.idle_j.value).toBe(200);
  expect(found.job_j.value).toBeCloseTo(450, 9);
  // Without a TDP the lowest power seen is all that is known, and the bound goes down to 0: √(200² + 20²) below 200.
  const blind = attributionOf(use('counter', null, 20), energy(800), cpu(), 10_000)!;
  expect(blind.idle_j).toMatchObject({ value: 200, low: 0 });
});

test('idle is never more than the device used, and the three add up', () => {
  for (const [joules, job_s] of [
    [250, 30],
    [800, 0],
    [800, 40],
    [1234.567, 12.345],
  ] as const) {
    const found = attributionOf(use('model', 100), energy(joules), cpu({ job_s, job_most_s: job_s }), 10_000)!;
    const parts = [found.job_j.value!, found.others_j.value!, found.idle_j.value!];
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(joules, 9);
    for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
  }
});

test('time that may have ended unseen widens the job upwards; where that is not known, up to all that was busy', () => {
  const high = (job_most_s: number | null) =>
    attributionOf(use('model', 0), energy(800), cpu({ method: 'proc', job_most_s }), 10_000)!.job_j as { high: number };
  // Without idle power: 35.01 of 39.92 s of 800 J, and a tenth of 600 J.
  expect(high(35).high).toBeCloseTo(600 + Math.hypot(60, (35.01 / 39.92 - 0.75) * 800), 6);
  expect(high(null).high).toBeCloseTo(600 + Math.hypot(60, 200), 6);
});

test('what is not known is not shown', () => {
  expect(attributionOf(use('model', 100), energy(800), null, 10_000)).toBeNull();
  expect(attributionOf(use('model', 100), unknown('never read'), cpu(), 10_000)).toMatchObject({
    ...{
      job_share: 0.75,
      job_j: { value: null, why: 'never read' },
      others_j: { value: null },
      idle_j: { value: null },
    },
  });
  expect(attributionOf(use('model', 100), energy(1), cpu({ job_s: 0, busy_s: 0 }), 10)).toMatchObject({
    ...{ job_share: null, job_j: { value: null, why: expect.stringMatching(/too short/) } },
  });
});

const told = (writer: string, job_s: number, busy_s: number, idle_s: number, method = 'cgroup'): EventRow => ({
  ...{ writer, at_ms: 0, event: 'attribution', message: '' },
  facts: { method, job_s, job_most_s: method === 'proc' ? null : job_s, busy_s, idle_s },
});
const span = (writer: string, from_ms: number, to_ms: number) => ({ writer, from_ms, to_ms });

test('of one writer the last word counts; segments of a run add up', () => {
  const events = [told('a', 1, 2, 3), told('a', 4, 5, 6), told('b', 10, 20, 30)];
  expect(cpuTimeOf(events, [span('a', 0, 1000), span('b', 5000, 9000)])).toEqual({
    ...{ method: 'cgroup', job_s: 14, job_most_s: 14, busy_s: 25, idle_s: 36 },
  });
});

test('writers at the same time saw one machine, each with a command of its own', () => {
  const events = [told('a', 4, 10, 30), told('b', 3, 8, 24, 'proc')];
  expect(cpuTimeOf(events, [span('a', 0, 10_000), span('b', 1000, 9000)])).toEqual({
    ...{ method: 'cgroup+proc', job_s: 7, job_most_s: null, busy_s: 10, idle_s: 30 },
  });
});

test('a writer that told nothing leaves all unknown; ticks that missed the command do not make it less', () => {
  expect(cpuTimeOf([told('a', 1, 2, 3)], [span('a', 0, 1000), span('b', 2000, 3000)])).toBeNull();
  expect(cpuTimeOf([], [])).toBeNull();
  expect(cpuTimeOf([told('a', 2.5, 2, 3)], [span('a', 0, 1000)])!.busy_s).toBe(2.5);
});

test('a GPU: 60 W for 10 s are idle; of the 2400 J above them 6 of 8 busy seconds take 1800, what may be ours bounds it', () => {
  const gpu = { ...use('counter', 700, 60), device: { ...device('counter', 700), kind: 'gpu' as const } };
  const found = gpuAttributionOf(gpu, energy(3000), { job_s: 6, least_s: 6, most_s: 8, busy_s: 8 }, 10_000)!;
  expect(found).toMatchObject({ method: 'driver', job_share: 0.75, job_cpu_s: null });
  // A share of its limit says nothing of what a GPU draws when idle: the lowest power that was seen is taken, or less.
  expect([found.job_j.value, found.others_j.value, found.idle_j.value]).toEqual([1800, 600, 600]);
  // All of the time may have been ours, and the GPU may draw nothing when idle: 3000 J, and a tenth of 1800 in quadrature.
  expect(found.job_j).toMatchObject({
    low: expect.closeTo(1800 - 180, 6),
    high: expect.closeTo(1800 + Math.hypot(1200, 180), 6),
  });
  expect(gpuAttributionOf(gpu, energy(3000), null, 10_000)).toBeNull();
  const idle = gpuAttributionOf(gpu, energy(3000), { job_s: 0, least_s: 0, most_s: 0, busy_s: 0 }, 10_000)!;
  expect([idle.job_share, idle.job_j.value]).toEqual([null, null]);
});

test('GPU time: of each writer its last word about the device by its name there', () => {
  const told = (writer: string, device: string, job_s: number): EventRow => ({
    ...{ at_ms: 0, event: 'gpu-attribution', message: '', writer, device },
    facts: { job_s, least_s: job_s, most_s: job_s, busy_s: 10 },
  });
  const events = [told('a', 'gpu-0', 1), told('a', 'gpu-0', 2), told('b', 'gpu-1', 3), told('a', 'gpu-1', 50)];
  const parts = [
    { writer: 'a', device: 'gpu-0' },
    { writer: 'b', device: 'gpu-1' },
  ];
  expect(gpuTimeOf(events, parts)).toEqual({ job_s: 5, least_s: 5, most_s: 5, busy_s: 20 });
  expect(gpuTimeOf(events, [{ writer: 'c', device: 'gpu-0' }])).toBeNull();
});
