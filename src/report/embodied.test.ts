import { expect, test } from 'vitest';
import { exactly } from '../core/figure.ts';
import type { WriterRecord } from '../ledger/records.ts';
import { emptyEnergy } from '../ledger/use.ts';
import type { Device } from '../meter/port.ts';
import type { ReportInput } from './build.ts';
import type { DeviceFigure } from './devices.ts';
import { hardwareOf } from './embodied.ts';

const HOUR_MS = 3_600_000;
const MACHINE = {
  ...{ cpu: null, sockets: 2, cores: 112, threads: 224, virtual: false },
  ...{ memory_bytes: 2e12, ssd_bytes: 3e13, hdd_bytes: 0, nvidia_gpus: 8 },
};
const figure = (device: Partial<Device>, window_ms = HOUR_MS): DeviceFigure => ({
  use: {
    ...emptyUse,
    device: { ...{ device: 'gpu-0', kind: 'gpu', name: 'NVIDIA H100 80GB HBM3', uuid: '' }, ...rest, ...device },
  },
  ...{ figure: exactly(0), window_ms, coverage: 1, json: () => ({}) as ReturnType<DeviceFigure['json']> },
});
const rest = {
  source: 'counter',
  charged: true,
  limit_w: 700,
  gain: { down: 0, up: 0 },
  update_s: null,
  notes: [],
} as const;
const emptyUse = {
  ...{ identity: '', host: 'node', energy_j: 0, down_j: 0, up_j: 0, unknown_ms: 0, observed_ms: 0 },
  ...{ by_source: {}, min_w: null, max_w: null, resets: 0, shared: false },
};
const writers = (machine?: typeof MACHINE): ReportInput['writers'] => [
  {
    record: {
      ...{ writer: 'w', host: 'node', boot_id: 'b', started_at_ms: 0, devices: [], absent: [] },
      ...(machine === undefined ? {} : { machine }),
    } as unknown as WriterRecord & { devices: []; absent: [] },
    end: { ended_at_ms: HOUR_MS } as never,
  },
];
const of = (devices: DeviceFigure[], machine?: typeof MACHINE) => {
  const found = hardwareOf(devices, { writers: writers(machine), energy: emptyEnergy() });
  if (typeof found === 'string') throw new Error(found);
  return found;
};

test('one GPU of eight, seven of them hidden by the driver, has an eighth of the host', () => {
  const { accelerators, hosts } = of([figure({})], MACHINE);
  expect(accelerators).toEqual([
    { device: 'gpu-0', host: 'node', name: 'NVIDIA H100 80GB HBM3', share: 1, reserved_s: 3600, limit_w: 700 },
  ]);
  expect(hosts).toEqual([{ host: 'node', share: 1 / 8, reserved_s: 3600, machine: MACHINE }]);
});

test('GPUs that are shown but not the run’s count among those of the host, and are not its own', () => {
  const devices = [0, 1, 2, 3].map((i) => figure({ device: `gpu-${i}`, charged: i < 1 }));
  const { accelerators, hosts } = of(devices);
  expect(accelerators).toHaveLength(1);
  expect(hosts[0]).toMatchObject({ share: 1 / 4, machine: null });
});

test('one slice of seven on a board of two has a fourteenth of the host', () => {
  const name = 'NVIDIA A100-SXM4-40GB';
  const devices = [
    ...[0, 1].map((i) => figure({ device: `gpu-${i}`, name, charged: false })),
    figure({ device: 'gpu-2', name: `${name} MIG 1 of 7`, source: 'allocated' }),
    figure({ device: 'gpu-3', name: `${name} MIG 3 of 7`, source: 'allocated', charged: false }),
  ];
  const { accelerators, hosts } = of(devices);
  expect(accelerators).toMatchObject([{ device: 'gpu-2', name, share: 1 / 7 }]);
  expect(hosts[0]!.share).toBeCloseTo(1 / 14, 12);
});

test('held for different times: hosts are charged by GPU-hours', () => {
  const { hosts } = of([figure({ device: 'gpu-0' }), figure({ device: 'gpu-1' }, HOUR_MS / 2)], MACHINE);
  expect(hosts[0]!.share * hosts[0]!.reserved_s).toBeCloseTo((3600 + 1800) / 8, 9);
});

test('GPUs within a charged meter of the whole node are reserved; the second die of a board is no piece of its own', () => {
  const node = figure({ device: 'node-0', kind: 'node', name: 'wall' });
  const held = { charged: false, within: 'node-0' };
  expect(of([node, figure({ ...held }), figure({ ...held, device: 'gpu-1' })]).accelerators).toHaveLength(2);
  const dies = [figure({ name: 'AMD Instinct MI250X' }), figure({ device: 'gpu-1', charged: false, within: 'gpu-0' })];
  expect(of(dies)).toMatchObject({ accelerators: [{ device: 'gpu-0' }], hosts: [{ share: 1 }] });
});

test('a run on processors alone has the whole host for as long as it ran', () => {
  const cpu = figure({ device: 'cpu-package-0', kind: 'cpu-package', name: 'CPU' });
  expect(of([cpu, figure({ charged: false })], MACHINE)).toEqual({
    ...{ accelerators: [], hosts: [{ host: 'node', share: 1, reserved_s: 3600, machine: MACHINE }] },
  });
});

test('several GPUs told as one are as many pieces', () => {
  const { accelerators } = of([figure({ name: '8 x NVIDIA A100-SXM4-80GB' })]);
  expect(accelerators[0]).toMatchObject({ name: 'NVIDIA A100-SXM4-80GB', share: 8 });
});

test('a share of a device by its use tells nothing of what was reserved', () => {
  const cut = [figure({ share_of: 'user:1000' })];
  expect(hardwareOf(cut, { writers: writers(), energy: emptyEnergy() })).toContain('by its use');
});
