import { expect, test } from 'vitest';
import type { Device } from '../meter/port.ts';
import type { Probed } from '../run/probe.ts';
import { sensorsFrom } from './doctor.ts';

const probed = (source: string, kind: Device['kind'], device: string, of: Partial<Device>): Probed => ({
  ...{ source, ended: null, open_ms: 1, watched: null, reads: null },
  opened: {
    absent: null,
    devices: [
      {
        ...{ device, kind, name: device, uuid: '', source: 'counter', charged: true, limit_w: null, update_s: null },
        ...{ gain: { down: 0, up: 0 }, notes: [], ...of },
      },
    ],
  },
});

test('two drivers read one CPU: the counter counts, the model says who reads the same better', () => {
  const sensors = sensorsFrom(
    [
      probed('rapl', 'cpu-package', 'cpu-package-0', { part: 'cpu:0' }),
      probed('cpu-model', 'cpu-package', 'cpu-package-0', { part: 'cpu:0', source: 'model' }),
    ],
    'record',
  );
  expect(sensors.map(({ driver, charged, better }) => [driver, charged, better])).toEqual([
    ['rapl', true, null],
    ['cpu-model', false, 'rapl cpu-package-0'],
  ]);
});

test('a wall meter counts, and what it holds is inside it', () => {
  const sensors = sensorsFrom(
    [probed('rapl', 'cpu-package', 'cpu-package-0', { part: 'cpu:0' }), probed('ipmi', 'node', 'node-0', {})],
    'record',
  );
  expect(sensors.map(({ device, charged, within }) => [device, charged, within])).toEqual([
    ['cpu-package-0', false, 'node-0'],
    ['node-0', true, null],
  ]);
});
