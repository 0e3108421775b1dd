import { expect, test } from 'vitest';
import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import type { Device } from '../meter/port.ts';
import { machinesOf } from './machines.ts';

const device = (name: string, more: Partial<Device> = {}): Device =>
  ({ device: name, kind: 'gpu', name, uuid: '', source: 'counter', charged: true, notes: [], ...more }) as Device;
const writer = (host: string, devices: readonly Device[], [from, to] = [0, 60_000]) =>
  ({
    record: { host, boot_id: 'b', started_at_ms: from, devices },
    end: { ended_at_ms: to },
  }) as unknown as WriterEntry;
const run = (id: string, writers: readonly WriterEntry[], kind?: 'monitor') =>
  ({ record: { id, ...(kind === undefined ? {} : { kind }) }, writers }) as unknown as RunEntry;
const spanOf = ({ record, end }: WriterEntry) => ({ from_ms: record.started_at_ms, to_ms: end!.ended_at_ms });
const made = (entries: readonly RunEntry[], steps: Readonly<Record<string, number>> = {}) =>
  machinesOf(entries, { spanOf, edges_ms: [30_000], stepOf: ({ record }) => steps[record.id] ?? 3_600_000 });

test('hosts that saw one hardware id are one machine, however far they are from each other in the chain', () => {
  const a = run('a', [writer('h1', [device('gpu-0', { uuid: 'G1' })])]);
  const b = run('b', [writer('h2', [device('gpu-0', { uuid: 'G2' })])]);
  const both = run('c', [writer('box', [device('gpu-0', { uuid: 'G1' }), device('gpu-1', { uuid: 'G2' })])]);
  const numbers = (entries: readonly RunEntry[]) => new Set(made(entries).tracks.map(({ machine }) => machine)).size;
  expect(numbers([a, b])).toBe(2);
  expect(numbers([a, b, both])).toBe(1);
  expect(numbers([both, b, a])).toBe(1);
  // Without ids a name is of its host alone.
  expect(numbers([run('a', [writer('h1', [device('gpu-0')])]), run('b', [writer('h2', [device('gpu-0')])])])).toBe(2);
});

test('a machine has the edges of its writers alone, and the common step of its runs', () => {
  const { machines } = made(
    [
      run('a', [writer('h1', [device('gpu-0', { uuid: 'G1' })], [5_000, 15_000])]),
      run('b', [writer('h1', [device('gpu-0', { uuid: 'G1' })], [10_000, 20_000])]),
      run('c', [writer('h2', [device('gpu-0', { uuid: 'G2' })], [1_000, Number.POSITIVE_INFINITY])]),
    ],
    { a: 3_600_000, b: 1_500_000 },
  );
  expect(machines).toEqual([
    { edges_ms: [5_000, 10_000, 15_000, 20_000, 30_000], step_ms: 300_000 },
    { edges_ms: [1_000, 30_000], step_ms: 3_600_000 },
  ]);
});

test('users are asked of monitors alone; what neither belongs to a run nor is inside what does is left out', () => {
  const devices = [
    device('node', { kind: 'node' }),
    device('gpu-0', { charged: false, within: 'node', uuid: 'G1' }),
    device('cpu-0', { kind: 'cpu-package' }),
    device('other', { charged: false }),
  ];
  const { tracks, holders } = made([run('m', [writer('h', devices)], 'monitor'), run('r', [writer('h', devices)])]);
  expect(tracks.map((track) => [track.entry.record.id, track.device.device, track.used_as])).toEqual([
    ...[
      ['m', 'node', null],
      ['m', 'gpu-0', 'gpu-0'],
      ['m', 'cpu-0', 'cpu'],
    ],
    ...[
      ['r', 'node', null],
      ['r', 'gpu-0', null],
      ['r', 'cpu-0', null],
    ],
  ]);
  expect(holders.get('G1')).toEqual(['h/b/node']);
});
