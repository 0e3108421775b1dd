import { describe, expect, test } from 'vitest';
import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import type { UnitRow, UnitUse } from '../ledger/units.ts';
import type { Device } from '../meter/port.ts';
import { type Machines, type Metered, slicesOf } from './slices.ts';

const gpu = (more: Partial<Device> = {}): Device =>
  ({
    device: 'gpu-0',
    kind: 'gpu',
    name: 'x',
    uuid: 'G',
    source: 'counter',
    charged: true,
    notes: [],
    ...more,
  }) as Device;
const track = (id: string, { monitor = false, device = gpu(), host = 'h' } = {}): Metered => {
  const writer = { folder: id, record: { host, boot_id: 'b', devices: [device] } } as unknown as WriterEntry;
  const record = { id, ...(monitor ? { kind: 'monitor' } : {}) };
  const entry = { record, writers: [writer], lost: [] } as unknown as RunEntry;
  return { ...{ entry, writer, device, machine: 0, identity: device.uuid }, used_as: monitor ? 'gpu-0' : null };
};
const row = (
  of: number,
  from_ms: number,
  to_ms: number,
  energy_j: number | null,
  more: Partial<UnitRow> = {},
): UnitRow => ({
  ...{ track: of, device: 'gpu-0', from_ms, to_ms, ms: to_ms - from_ms, energy_j, min_w: null, max_w: null },
  ...{ source: 'counter', quality: energy_j === null ? 'unknown' : 'measured', use: null, ...more },
});
const use = (looked_j: number, user_j: number): UnitUse => ({
  ...{ looked_j, users: new Map([[7, user_j]]), most_j: user_j, least_j: user_j },
});
const machines = (tracks: readonly Metered[], edges_ms: readonly number[], step_ms = 3_600_000): Machines => ({
  ...{ tracks, machines: [{ edges_ms, step_ms }], holders: new Map() },
});
const ALL = { edges_ms: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], by_user: false };
const told = ({ slices }: ReturnType<typeof slicesOf>) =>
  slices.map(({ entry, whose, from_ms, energy, time_share }) => [
    ...[entry.record.id, whose.kind, from_ms, energy.devices[0]!.energy_j, energy.devices[0]!.unknown_ms, time_share],
  ]);

describe('a run in a monitored time', () => {
  test('has its time of the monitor’s energy; the rest is idle and used, and time is shared out as energy is', () => {
    const tracks = [track('m', { monitor: true }), track('r')];
    const made = slicesOf(
      [
        row(0, 0, 1000, 100, { use: use(100, 60) }),
        row(0, 1000, 2000, 200, { use: use(200, 150) }),
        row(1, 1000, 2000, 190),
      ],
      machines(tracks, [0, 1000, 2000]),
      ALL,
    );
    const start = Number.NEGATIVE_INFINITY;
    expect(told(made)).toEqual([
      // 40 of 100 J of the first of two seconds.
      ['m', 'unattributed', start, 60, 0, 0.3],
      ['m', 'idle', start, 40, 0, 0.2],
      ['r', 'run', start, 200, 0, 1],
    ]);
    expect(made.monitored_j).toBe(300);
  });
});

test('a row across an edge is cut there in proportion to time, and one outside is left out', () => {
  const cuts = { edges_ms: [0, 1000, 2000], by_user: false };
  const made = slicesOf([row(0, 500, 1500, 100), row(0, 2500, 3500, 7)], machines([track('r')], [0, 1000, 2000]), cuts);
  expect(told(made)).toEqual([
    ['r', 'run', 0, 50, 0, 1],
    ['r', 'run', 1000, 50, 0, 1],
  ]);
});

describe('time of which nothing is known', () => {
  test('is the run’s beside what is known of it, in another hour too', () => {
    const hour = 3_600_000;
    const made = slicesOf(
      [row(0, 0, 1000, 100), row(0, hour, 3 * hour, null)],
      machines([track('r')], [0, 3 * hour]),
      ALL,
    );
    expect(told(made)).toEqual([['r', 'run', Number.NEGATIVE_INFINITY, 100, 2 * hour, 1]]);
  });

  test('alone leaves the energy unknown, never 0, and all of the time is the run’s', () => {
    const made = slicesOf([row(0, 0, 1000, null)], machines([track('r')], [0, 1000]), ALL);
    expect(told(made)).toEqual([['r', 'run', Number.NEGATIVE_INFINITY, null, 1000, 1]]);
  });
});

test('one GPU in two hosts is one device: what both had at once they have by halves', () => {
  const tracks = [track('a', { host: 'h1' }), track('b', { host: 'h2' })];
  const made = slicesOf([row(0, 0, 1000, 100), row(1, 0, 1000, 100)], machines(tracks, [0, 1000]), ALL);
  expect(told(made).map(([id, , , energy_j]) => [id, energy_j])).toEqual([
    ['a', 50],
    ['b', 50],
  ]);
});
