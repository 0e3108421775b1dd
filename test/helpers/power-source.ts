// The contract of the port PowerSource (src/meter/port.ts), run on every driver.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PowerSource } from '../../src/meter/port.ts';

export interface Driver {
  readonly name: string;
  /** A source whose sensors are there. */
  there(): PowerSource | Promise<PowerSource>;
  /** The same driver where nothing is to be found. */
  absent(): PowerSource;
}

export function powerSourceContract({ name, there, absent }: Driver, skip: string | null = null): void {
  const now = () => performance.timeOrigin + performance.now();
  describe.skipIf(skip !== null)(`${name} as a PowerSource${skip === null ? '' : ` (skipped: ${skip})`}`, () => {
    test('finds devices that are plain data with names of their own and possible values', async () => {
      const source = await there();
      const opened = await source.open();
      expect(source.name).toMatch(/^[a-z][a-z-]*$/);
      expect(opened.absent).toBeNull();
      expect(opened.devices.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(opened))).toEqual(opened);
      expect(new Set(opened.devices.map(({ device }) => device)).size).toBe(opened.devices.length);
      for (const { device, limit_w, gain, update_s, notes } of opened.devices) {
        expect(device).toMatch(/^[a-z][a-z-]*(-\d+)?$/);
        expect(limit_w ?? 1).toBeGreaterThan(0);
        expect(update_s ?? 1).toBeGreaterThan(0);
        expect(Math.min(gain.down, gain.up)).toBeGreaterThanOrEqual(0);
        expect(gain.down).toBeLessThanOrEqual(1);
        expect(notes.every((note) => note.length > 0)).toBe(true);
      }
      source.close();
    });

    test('reads every device in order: a possible value or the reason, dated within the call', async () => {
      const source = await there();
      const { devices } = await source.open();
      let last: (number | null)[] = devices.map(() => null);
      for (let round = 0; round < 3; round++) {
        const before = now();
        const samples = source.read(now);
        const after = now();
        // A slow meter hands over what has come since the last read, which may be nothing.
        const slow = devices.some(({ period_s }) => period_s !== undefined);
        if (!slow) expect(samples.map(({ index }) => index)).toEqual(devices.map((_, i) => i));
        for (const { index, at_ms, energy_j, power_w, why } of samples) {
          expect(devices[index]).toBeDefined();
          if (!slow) expect(at_ms).toBeGreaterThanOrEqual(before);
          expect(at_ms).toBeLessThanOrEqual(after);
          for (const value of [energy_j, power_w])
            if (value !== null) expect(Number.isFinite(value) && value >= 0).toBe(true);
          expect(energy_j === null && power_w === null).toBe(why !== undefined);
        }
        samples.forEach(({ energy_j }, i) => void expect(energy_j ?? 0).toBeGreaterThanOrEqual(last[i] ?? 0));
        last = samples.map(({ energy_j }) => energy_j);
        await sleep(30);
      }
      source.close();
    });

    test('utilisation, where it is offered, is a share', async () => {
      const source = await there();
      const { devices } = await source.open();
      source.read(now);
      await sleep(30);
      source.read(now);
      devices.forEach((_, i) => {
        const { busy, memory } = source.utilisation?.(i) ?? { busy: 0, memory: 0 };
        for (const share of [busy, memory ?? 0]) expect(share >= 0 && share <= 1).toBe(true);
      });
      expect(source.utilisation?.(devices.length) ?? null).toBeNull();
      source.close();
    });

    test('closed, twice or without having been opened: nothing is thrown', async () => {
      const source = await there();
      source.close();
      await source.open();
      source.close();
      source.close();
      expect(source.read(now).every(({ energy_j, power_w }) => energy_j === null && power_w === null)).toBe(true);
    });

    test('where nothing is found it says why and reads nothing', async () => {
      const source = absent();
      const { devices, absent: why } = await source.open();
      expect(devices).toEqual([]);
      expect(why).toMatch(/\w+ \w+/);
      expect(source.read(now)).toEqual([]);
      source.close();
    });
  });
}
