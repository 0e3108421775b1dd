import { expect, test } from 'vitest';
import type { EventRow } from '../ledger/records.ts';
import { findingsOf } from './findings.ts';

const told = (writer: string, device: string, facts: NonNullable<EventRow['facts']>): EventRow => ({
  ...{ writer, device, at_ms: 0, event: 'findings', message: '', facts },
});
const part = (writer: string, device = 'gpu-0') => ({ writer: { writer }, device });
const clean = { roughness: 0, swing: 0, samples: 100 };

test('a clean resume does not hide what an earlier writer noticed: counters, power and edges add up', () => {
  const found = findingsOf(
    [
      told('w1', 'gpu-0', { ...clean, counter_j: 1800, polled_j: 3300, edge_j: 20, stalls: 1 }),
      told('w2', 'gpu-0', { ...clean, counter_j: 300, polled_j: 300, edge_j: 10, stalls: 0 }),
    ],
    [part('w1'), part('w2')],
  );
  expect(found).toMatchObject({ counter_j: 2100, polled_j: 3600, edge_j: 30, stalls: 1, silent: 0 });
});

test('of one writer the last counts, which holds those before it', () => {
  const events = [60, 120].map((counter_j) => told('w1', 'gpu-0', { ...clean, counter_j, polled_j: counter_j }));
  expect(findingsOf(events, [part('w1')])).toMatchObject({ counter_j: 120, polled_j: 120 });
});

test('equal names on other hosts are other devices, and a device may have another name for another writer', () => {
  const events = [
    told('n1', 'gpu-0', { counter_j: 1 }),
    told('n2', 'gpu-0', { counter_j: 10 }),
    told('n3', 'gpu-1', { counter_j: 100 }),
  ];
  expect(findingsOf(events, [part('n1')]).counter_j).toBe(1);
  expect(findingsOf(events, [part('n1'), part('n3', 'gpu-1')]).counter_j).toBe(101);
});

test('a writer that died before it told anything is counted as silent', () => {
  expect(findingsOf([told('w2', 'gpu-0', { edge_j: 5 })], [part('w1'), part('w2')])).toMatchObject({
    ...{ edge_j: 5, silent: 1 },
  });
  expect(findingsOf([], [part('w1')])).toMatchObject({ aliasing: 0, utilisation: null, silent: 1 });
});

test('aliasing reaches as far as the part of the energy that was aliased', () => {
  // 100 J of 400 J had a swing of 0.4, unresolved, over 100 samples: 0.25 · 1.645 · 0.4 · 0.1.
  const found = findingsOf(
    [
      told('w1', 'gpu-0', { polled_j: 100, roughness: 1, swing: 0.4, samples: 100 }),
      told('w2', 'gpu-0', { polled_j: 300, ...clean }),
    ],
    [part('w1'), part('w2')],
  );
  expect(found.aliasing).toBeCloseTo(0.01645, 12);
});

test('utilisation is the mean over samples', () => {
  // (0.9 · 300 + 0.1 · 100) / 400
  const found = findingsOf(
    [told('w1', 'gpu-0', { samples: 300, utilisation: 0.9 }), told('w2', 'gpu-0', { samples: 100, utilisation: 0.1 })],
    [part('w1'), part('w2')],
  );
  expect(found.utilisation).toBeCloseTo(0.7, 12);
});
