// A slice by cause: whatever the causes, its parts are the slice; and a month has what of them lies in it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAUSES, type Part } from '../emissions/waste.ts';
import { deviceIn, emptyEnergy } from '../ledger/use.ts';
import type { Device } from '../meter/port.ts';
import type { Slice } from './slices.ts';
import { causeSlices } from './waste-slices.ts';

/** A slice of one GPU with so much energy over [from_ms, to_ms). */
function sliceOf(from_ms: number, to_ms: number, energy_j: number): Slice {
  const energy = emptyEnergy();
  const device: Device = {
    ...{ device: 'gpu-0', kind: 'gpu', name: 'x', uuid: 'GPU-0', source: 'counter', charged: true, limit_w: 700 },
    ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
  };
  const use = deviceIn(energy, 'GPU-0', device, 'h');
  use.energy_j = energy_j;
  use.observed_ms = to_ms - from_ms;
  energy.charged.from_ms.push(from_ms);
  energy.charged.to_ms.push(to_ms);
  energy.charged.energy_j.push(energy_j);
  const entry = {} as Slice['entry'];
  return {
    entry,
    whose: { kind: 'run' },
    host: 'h',
    from_ms,
    to_ms,
    energy,
    idle: { down_j: -4, up_j: 8 },
    time_share: 1,
  };
}
const part = (cause: Part['cause'], from_ms: number, to_ms: number, energy_j: number): Part => ({
  ...{ cause, from_ms, to_ms, energy_j, ms: to_ms - from_ms },
});
const energies = (slices: ReturnType<typeof causeSlices>) =>
  slices.map(({ cause, slice }) => [cause, slice.energy.devices[0]!.energy_j, slice.time_share]);

describe('a slice by cause', () => {
  test('what falls to the run is shared as its own record has it', () => {
    // Of 400 J in its own record a stall had 100 in half of the time; only 200 J are the run's.
    const found = causeSlices(sliceOf(0, 2000, 200), [part('stall', 0, 1000, 100), part(null, 1000, 2000, 300)]);
    expect(energies(found)).toEqual([
      ['stall', 50, 0.5],
      [null, 150, 0.5],
    ]);
    expect(found[0]!.slice.idle).toEqual({ down_j: -1, up_j: 2 });
    expect(found[0]!.slice.energy.charged).toEqual({ from_ms: [0], to_ms: [2000], energy_j: [50] });
  });

  test('each time is shared as it was then: what others took of the first second does not move energy to the second', () => {
    const slice = sliceOf(0, 2000, 300);
    // The record has 200 J of each second; of the first only half is the run's.
    Object.assign(slice.energy.charged, { from_ms: [1000, 0], to_ms: [2000, 1000], energy_j: [200, 100] });
    const found = causeSlices(slice, [part('stall', 0, 1000, 200), part(null, 1000, 2000, 200)]);
    expect(found.map(({ cause, slice }) => [cause, slice.energy.charged])).toEqual([
      ['stall', { from_ms: [0], to_ms: [1000], energy_j: [100] }],
      [null, { from_ms: [1000], to_ms: [2000], energy_j: [200] }],
    ]);
    expect(energies(found)).toEqual([
      ['stall', expect.closeTo(100, 9), 0.5],
      [null, expect.closeTo(200, 9), 0.5],
    ]);
  });

  test('a time of which the record has no energy is shared as the rest of it', () => {
    const slice = sliceOf(0, 2000, 300);
    Object.assign(slice.energy.charged, { from_ms: [0, 1000], to_ms: [1000, 2000], energy_j: [200, 100] });
    const found = causeSlices(slice, [part('stall', 0, 500, 50), part(null, 500, 1000, 150)]);
    expect(energies(found).map(([cause, j]) => [cause, j])).toEqual([
      ['stall', expect.closeTo(75, 9)],
      [null, expect.closeTo(225, 9)],
    ]);
  });

  test('what is not known of another GPU is not of the idle one', () => {
    const slice = sliceOf(0, 1000, 10);
    deviceIn(slice.energy, 'GPU-1', { ...slice.energy.devices[0]!.device, device: 'gpu-1', uuid: 'GPU-1' }, 'h');
    const found = causeSlices(slice, [part('idle', 0, 1000, 10)]);
    expect(found.map(({ cause, slice }) => [cause, slice.energy.devices.map(({ energy_j }) => energy_j)])).toEqual([
      ['idle', [10, null]],
      [null, [0, null]],
    ]);
  });

  test('a part across its edge is cut in proportion to time', () => {
    const parts = [part('data', 0, 1000, 100), part('rework', 1000, 3000, 400)];
    expect(energies(causeSlices(sliceOf(0, 2000, 300), parts))).toEqual([
      ['data', 100, 0.5],
      ['rework', 200, 0.5],
    ]);
  });

  test('where its own record tells nothing, no cause is known of all of it', () => {
    const slice = sliceOf(0, 1000, 10);
    expect(causeSlices(slice, [])).toEqual([{ cause: null, slice }]);
    expect(causeSlices(slice, [part('stall', 5000, 6000, 100)])).toEqual([{ cause: null, slice }]);
  });

  test('next to nothing in its own record is scaled all the same', () => {
    const [found] = causeSlices(sliceOf(0, 1000, 10), [part('stall', 0, 1000, Number.MIN_VALUE)]);
    expect(found!.slice.energy.charged.energy_j).toEqual([10]);
  });

  test('the parts add up to the slice', () => {
    const one = fc.tuple(
      fc.constantFrom(null, ...CAUSES),
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), fc.double({ min: 0, max: 1e7, noNaN: true }), (list, energy_j) => {
        let at = 0;
        const parts = list.map(([cause, ms, j]) => {
          at += ms;
          return part(cause, at - ms, at, j);
        });
        const found = causeSlices(sliceOf(0, 20_000, energy_j), parts);
        const sum = (of: (slice: Slice) => number) => found.reduce((s, { slice }) => s + of(slice), 0);
        const close = (value: number) => expect.closeTo(value, 9 - Math.ceil(Math.log10(Math.max(1, energy_j))));
        expect(sum((slice) => slice.energy.devices[0]!.energy_j!)).toEqual(close(energy_j));
        expect(sum((slice) => slice.energy.charged.energy_j.reduce((a, b) => a + b, 0))).toEqual(close(energy_j));
        expect(sum(({ time_share }) => time_share)).toBeCloseTo(1, 9);
        expect(new Set(found.map(({ cause }) => cause)).size).toBe(found.length);
      }),
    );
  });
});
