import { expect, test } from 'vitest';
import { gather } from './trace.ts';

async function* rows(...times: number[]): AsyncGenerator<Record<string, unknown>> {
  for (const time of times) yield { timestamp: String(time), device: 'gpu-0', power_w: '100' };
}

test('a stray time of 1970 or 2099 is left out and counted: no gap of decades', async () => {
  const trace = await gather('f.csv', rows(0, 1_700_000_000, 1_700_000_001, 4_090_000_000, 1_700_000_002));
  expect(trace.devices.map(({ at_ms }) => at_ms)).toEqual([[1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000]]);
  expect([...trace.rejected]).toEqual([
    ['a timestamp more than 400 days from the middle of the file', { count: 2, first: 2 }],
  ]);
});

test('a trace of two years is whole: its middle is a year from either end', async () => {
  const year = 365 * 86_400;
  const trace = await gather('f.csv', rows(1_700_000_000, 1_700_000_000 + year, 1_700_000_000 + 2 * year));
  expect(trace.devices[0]!.at_ms).toHaveLength(3);
  expect(trace.rejected.size).toBe(0);
});

test('what a device is: the first name that its rows tell, else its own', async () => {
  async function* named() {
    for (const [second, device, name] of [
      [0, 'gpu-0', ''],
      [0, 'gpu-1', ''],
      [1, 'gpu-0', ' NVIDIA H100 80GB HBM3 '],
      [1, 'gpu-1', ''],
    ] as const)
      yield { timestamp: String(1_700_000_000 + second), device, name, power_w: '100' };
  }
  const { devices, columns } = await gather('f.csv', named());
  expect(devices.map(({ name }) => name)).toEqual(['NVIDIA H100 80GB HBM3', 'gpu-1']);
  expect(columns).toContain('name: its model');
});
