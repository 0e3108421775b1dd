import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnergyRow } from '../meter/rows.ts';
import { cutRow, type IdlePower, looksOf, meanLook, shareOf, type Whose } from './allocate.ts';
import type { UsageRow } from './records.ts';

const NO_IDLE: IdlePower = { low: 0, value: 0, high: 0 };
const used = (share: number | null, more: Partial<UsageRow> = {}): UsageRow => ({
  ...{ device: 'cpu', from_ms: 0, to_ms: 1000, pid: null, pid_start: null, ancestors: null, uid: null, name: null },
  ...{ share, ...more },
});
const user = (uid: number): Whose => ({ kind: 'user', uid });

describe('shares', () => {
  const rows = [
    used(0.3, { pid: 10, pid_start: 1, ancestors: '5:0 1:0', uid: 7 }),
    used(0.1, { pid: 11, pid_start: 2, ancestors: '10:1 5:0 1:0', uid: 8 }),
    used(0.1, { uid: 7 }),
    used(0.1),
  ];

  test('above idle power energy goes by busy time; what has no name is in the upper bound only', () => {
    // 100 J in 1 s with 40 W idle: 60 J to share. Busy 0.6, of user 7 0.4; 0.1 may be anyone's.
    const [look] = looksOf(rows, user(7));
    const share = shareOf(100, 1, look!, { low: 10, value: 40, high: 70 }, user(7));
    expect(share.value).toBeCloseTo(40, 9); // 60 × 4/6
    expect(share.low).toBeCloseTo(20, 9); // 30 × 4/6
    expect(share.high).toBeCloseTo(75, 9); // 90 × 5/6
  });

  test('a process has what is below it; what is kept by user may be its', () => {
    const whose: Whose = { kind: 'pid', pid: 10, pid_start: 1 };
    const share = shareOf(60, 1, looksOf(rows, whose)[0]!, NO_IDLE, whose);
    expect([share.low, share.value, share.high].map((j) => Math.round(j * 1e6) / 1e6)).toEqual([40, 40, 60]);
    const reused: Whose = { kind: 'pid', pid: 10, pid_start: 99 };
    expect(shareOf(60, 1, looksOf(rows, reused)[0]!, NO_IDLE, reused).value).toBe(0);
  });

  test('holders of a device that does not tell how busy they are: equal parts, and all or nothing as bounds', () => {
    const gpu = [used(null, { pid: 1, uid: 7 }), used(null, { pid: 2, uid: 8 }), used(0)];
    expect(shareOf(80, 1, looksOf(gpu, user(7))[0]!, NO_IDLE, user(7))).toEqual({ low: 0, value: 40, high: 80 });
    expect(shareOf(80, 1, looksOf(gpu, user(9))[0]!, NO_IDLE, user(9))).toEqual({ low: 0, value: 0, high: 0 });
  });

  test('a device that nobody used is nobody’s', () => {
    const idle = looksOf([used(0)], user(7))[0]!;
    expect(shareOf(50, 1, idle, NO_IDLE, user(7)).value).toBe(0);
    expect(shareOf(50, 1, idle, NO_IDLE, { kind: 'nobody' }).value).toBe(50);
  });

  test('all users and nobody add up to the device, each within its bounds', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const process = fc.record({ uid: fc.option(fc.nat(3)), share: fc.option(share, { freq: 8 }) });
    fc.assert(
      fc.property(
        fc.array(fc.array(process, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fc.tuple(...[0, 0, 0].map(() => fc.double({ min: 0, max: 500, noNaN: true }))),
        (looks, energy_j, watts) => {
          const [low, value, high] = [...watts].sort((a, b) => a - b) as [number, number, number];
          const rows = looks.flatMap((all, i) => {
            const at = { from_ms: i * 1000, to_ms: i * 1000 + 1000 };
            return [...all.map((one, pid) => used(one.share, { ...at, pid, pid_start: 0, uid: one.uid })), used(0, at)];
          });
          const shares = [user(0), user(1), user(2), user(3), { kind: 'nobody' } as const].map((whose) => {
            const look = meanLook(looksOf(rows, whose), 0, looks.length * 1000)!;
            return shareOf(energy_j, looks.length, look, { low, value, high }, whose);
          });
          expect(shares.reduce((s, one) => s + one.value, 0)).toBeCloseTo(energy_j, 6);
          for (const one of shares) {
            expect(one.low).toBeLessThanOrEqual(one.value + 1e-6);
            expect(one.high).toBeGreaterThanOrEqual(one.value - 1e-6);
            expect(one.low).toBeGreaterThanOrEqual(-1e-6);
            expect(one.high).toBeLessThanOrEqual(energy_j + 1e-6);
          }
        },
      ),
    );
  });
});

describe('cuts in time', () => {
  const row: EnergyRow = {
    ...{ device: 'gpu-0', from_ms: 1000, to_ms: 2000, energy_j: 300, min_w: 100, max_w: 500 },
    ...{ source: 'counter', quality: 'measured' },
  };

  test('a row inside is as it was; outside there is none', () => {
    expect(cutRow(row, 0, 5000)).toEqual({ row, reach_j: 0 });
    expect(cutRow(row, 2000, 3000)).toBeNull();
  });

  test('across an edge its part in time, with how far it may lie off', () => {
    // A quarter of a second: 75 J, between 25 J at 100 W and 125 J at 500 W.
    const cut = cutRow(row, 1750, 9000)!;
    expect(cut.row).toMatchObject({ from_ms: 1750, to_ms: 2000, energy_j: 75 });
    expect(cut.reach_j).toBe(50);
  });

  test('without a power seen the energy may lie on either side', () => {
    expect(cutRow({ ...row, min_w: null, max_w: null }, 1750, 9000)!.reach_j).toBe(225);
  });

  test('bounds are cut too, and what is unknown stays so', () => {
    const estimated = { ...row, quality: 'estimated' as const, low_j: 0, high_j: 400 };
    expect(cutRow(estimated, 1000, 1500)!.row).toMatchObject({ energy_j: 150, low_j: 0, high_j: 200 });
    expect(cutRow({ ...row, energy_j: null, quality: 'unknown' }, 1000, 1500)!.row.energy_j).toBeNull();
  });

  test('neighbouring cuts add up to the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1001, max: 1999 }), (at) => {
        expect(cutRow(row, 0, at)!.row.energy_j! + cutRow(row, at, 9000)!.row.energy_j!).toBeCloseTo(300, 9);
      }),
    );
  });
});
