import { describe, expect, test } from 'vitest';
import type { StepRow } from '../ledger/records.ts';
import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { stepOf } from '../workload/step.ts';
import { workOf } from '../workload/work.ts';
import { createAccount, createMemory, merged } from './account.ts';

const second = (device: string, s: number, energy_j: number): EnergyRow => ({
  ...{ device, from_ms: s * 1000, to_ms: (s + 1) * 1000, energy_j, min_w: energy_j, max_w: energy_j },
  ...{ source: 'counter', quality: 'measured' },
});
const total = (rows: readonly EnergyRow[]) => rows.reduce((s, row) => s + row.energy_j!, 0);

test('what comes late may hold a device that was charged so far; how that one is read stays', () => {
  const device = (name: string, charged: boolean, more: Partial<Device> = {}): Device => ({
    ...{ device: name, kind: 'gpu', name, uuid: '', source: 'model', charged, limit_w: 100 },
    ...{ gain: { down: 0.5, up: 0.5 }, update_s: null, notes: [], ...more },
  });
  const account = createAccount(
    0,
    () => 0.1,
    () => {},
  );
  account.found([device('cpu', true)]);
  account.found([device('cpu', false, { within: 'rest', source: 'missing' }), device('rest', true)]);
  expect(account.devices).toMatchObject([
    { device: 'cpu', charged: false, within: 'rest', source: 'model' },
    { device: 'rest', charged: true },
  ]);
  account.found([device('cpu', true)]); // the sampler began again, and the other has not come back yet
  expect(account.devices[0]).toMatchObject({ charged: false, within: 'rest' });
});

test('of a step that its log tells long after it was made, the energy is left to the rows', () => {
  const steps: StepRow[] = [];
  const account = createAccount(
    0,
    () => 0.1,
    (table, row) => void (table === 'steps' && steps.push(row as StepRow)),
  );
  const gpu: Device = {
    ...{ device: 'gpu-0', kind: 'gpu', name: 'g', uuid: '', source: 'counter', charged: true, limit_w: 700 },
    ...{ gain: { down: 0, up: 0 }, update_s: null, notes: [] },
  };
  account.found([gpu]);
  for (let at_ms = 0; at_ms <= 60_000; at_ms += 100)
    account.sample({ index: 0, at_ms, energy_j: at_ms / 10, power_w: 100 });
  account.step(stepOf(1000, { step: 1 }));
  account.step(stepOf(59_000, { step: 2 }));
  account.settle(60_000);
  expect(steps.map(({ step, it_j }) => [step, it_j])).toEqual([
    [1, null],
    [2, 5900],
  ]);
});

describe('the memory of a run', () => {
  test('three hours of nine devices: bounded, nothing lost, and still fine enough for half-hours', () => {
    const memory = createMemory(2000);
    let all = 0;
    for (let s = 0; s < 10_800; s++) {
      for (let d = 0; d < 9; d++) {
        const joules = 100 + ((s * 7 + d * 13) % 500);
        all += joules;
        memory.add('energy', second(`gpu-${d}`, s, joules));
      }
    }
    const rows = memory.rows();
    expect(rows.length).toBeLessThanOrEqual(2000 + 9);
    expect(memory.thinned()).toBe(true);
    expect(total(rows)).toBeCloseTo(all, 3);
    expect(Math.max(...rows.map((row) => row.to_ms - row.from_ms))).toBeLessThanOrEqual(8 * 60_000);
  });

  test('steps beyond the bound are thinned, the last one stays', () => {
    const memory = createMemory(1000);
    const step = (n: number) => ({ step: n, at_ms: n }) as StepRow;
    for (let n = 1; n <= 10_000; n++) memory.add('steps', step(n));
    expect(memory.steps().length).toBeLessThanOrEqual(1001);
    expect(memory.steps().at(-1)!.step).toBe(10_000);
  });

  test('tokens that a program tells step by step are kept where steps are thinned, and the ledger knows better', () => {
    const memory = createMemory(1000);
    const step = (n: number): StepRow => ({
      ...{ ...stepOf(n, { step: n, tokens: 3, tokens_are: 'per-step', batch: 2, told: 'helper' }), it_j: n },
    });
    for (let n = 1; n <= 10_000; n++) memory.add('steps', step(n));
    expect(memory.steps().length).toBeLessThanOrEqual(1001);
    expect(workOf(memory.steps())).toMatchObject({ steps: 10_000, tokens: 30_000, samples: 20_000 });
    expect(memory.thinned()).toBe(true);
  });

  test('rows of different state do not merge', () => {
    const rows = [second('a', 0, 1), { ...second('a', 1, 1), quality: 'filled' as const }, second('a', 2, 1)];
    expect(merged(rows, 60_000)).toHaveLength(3);
    expect(merged([second('a', 0, 1), second('a', 1, 2)], 60_000)).toMatchObject([
      { from_ms: 0, to_ms: 2000, energy_j: 3 },
    ]);
  });
});
