// Superchips: a module is read by NVML or ACPI or both, holds its own GPUs, processor and memory and no other's, and counts once.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { charge } from '../src/meter/charge.ts';
import type { Device, PowerSource } from '../src/meter/port.ts';
import { acpiPowerSource } from '../src/meter/sources/acpi-power.ts';
import { nvmlSource } from '../src/meter/sources/nvml.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { fakeHwmon, fakeSockets, graceMeters } from './fake-sysfs/hwmon.ts';
import { metered, tempFolder } from './helpers/cli.ts';

const now = () => performance.timeOrigin + performance.now();
let sysfs: string;
let library: string | null = null;
let source: PowerSource | null = null;
beforeEach(() => {
  sysfs = tempFolder();
});
afterEach(() => {
  source?.close();
  source = null;
  delete process.env.FAKE_NVML;
});

const ADDRESSES = ['0009:01:00.0', '0019:01:00.0', '0029:01:00.0', '0039:01:00.0'];
async function nvml(spec: Omit<FakeSpec, 't0'> & { t0?: number }, visible?: string): Promise<readonly Device[]> {
  library ??= buildFakeNvml(tempFolder());
  const all: FakeSpec = { t0: Math.floor(now()) - 10_000, mean: 400, counter0: 0, update_ms: 1, ...spec };
  process.env.FAKE_NVML = fakeNvmlEnv(all);
  source = nvmlSource({ library, visible, order: undefined, sysfs });
  return (await source.open()).devices;
}
const gh200 = (devices: number): Omit<FakeSpec, 't0'> => ({
  ...{ devices, names: 'NVIDIA GH200 480GB', module: 250, module_counter: 1 },
  pci: ADDRESSES.map((address) => `0000${address}`).join('|'),
});
const other = (name: string, kind: Device['kind'], part: string): Device => ({
  ...{ device: name, kind, part, name, uuid: '', source: 'model', charged: true, limit_w: null },
  ...{ gain: { down: 0, up: 0 }, update_s: null, notes: [] },
});
const told = (devices: readonly Device[]) =>
  charge(devices, { psys: 'record' }).map(
    ({ device: d }) => `${d.device} ${d.charged ? 'charged' : (d.within ?? 'not charged')}`,
  );
const cpus = (count: number) =>
  Array.from({ length: count }, (_, i) => other(`cpu-package-${i}`, 'cpu-package', `cpu:${i}`));

describe.skipIf(noFakeNvml !== null)(`modules by NVML${noFakeNvml === null ? '' : ` (${noFakeNvml})`}`, () => {
  test('GH200: the counter is the module’s, the GPU is polled', async () => {
    fakeSockets(sysfs, [[ADDRESSES[0]!, 0]], 1);
    const t0 = Math.floor(now()) - 10_000;
    const devices = await nvml({ ...gh200(1), t0, module_limit: 900 });
    expect(devices).toMatchObject([
      {
        device: 'gpu-0',
        source: 'polled',
        part: 'gpu:0009:01:00.0',
        notes: [expect.stringMatching(/whole module/), ...Array(3).fill(expect.anything())],
      },
      {
        device: 'module-0',
        kind: 'module',
        part: 'module:0',
        source: 'counter',
        limit_w: 900,
        holds: ['cpu:0', 'dram:0', 'gpu:0009:01:00.0'],
      },
    ]);
    const before = now();
    const [gpu, module] = source!.read(now);
    const after = now();
    expect([gpu!.energy_j, gpu!.power_w]).toEqual([null, 400]);
    expect([module!.index, module!.power_w]).toEqual([1, 400 + 250]);
    // 650 W since t0, read within the call; the fake's clock and ours differ by less than 4 ms.
    const at = (ms: number) => (650 * (ms - t0)) / 1000;
    expect(module!.energy_j).toBeGreaterThanOrEqual(at(before - 4));
    expect(module!.energy_j).toBeLessThanOrEqual(at(after + 4));
  });

  test('GB200: two GPUs tell the power of one module, which is read once; their counters stay theirs', async () => {
    fakeSockets(
      sysfs,
      ADDRESSES.map((address, i) => [address, i >> 1]),
      2,
    );
    const devices = await nvml({ ...gh200(4), names: 'NVIDIA GB200', module_counter: 0 });
    expect(devices.map(({ device, source: by, holds }) => [device, by, holds])).toEqual([
      ...[0, 1, 2, 3].map((i) => [`gpu-${i}`, 'counter', undefined]),
      ['module-0', 'polled', ['cpu:0', 'dram:0', `gpu:${ADDRESSES[0]}`, `gpu:${ADDRESSES[1]}`]],
      ['module-1', 'polled', ['cpu:1', 'dram:1', `gpu:${ADDRESSES[2]}`, `gpu:${ADDRESSES[3]}`]],
    ]);
    expect(
      source!
        .read(now)
        .slice(4)
        .map(({ energy_j, power_w }) => [energy_j, power_w]),
    ).toEqual([
      [null, 650],
      [null, 650],
    ]);
  });

  test('a GPU of another job keeps its own module out, and only that', async () => {
    fakeSockets(
      sysfs,
      ADDRESSES.map((address, i) => [address, i]),
      4,
    );
    const devices = await nvml(gh200(4), '0,2');
    expect(told([...devices, ...cpus(4)])).toEqual([
      ...['gpu-0 module-0', 'gpu-1 not charged', 'gpu-2 module-2', 'gpu-3 not charged'],
      ...['module-0 charged', 'module-1 not charged', 'module-2 charged', 'module-3 not charged'],
      ...['cpu-package-0 module-0', 'cpu-package-1 charged', 'cpu-package-2 module-2', 'cpu-package-3 charged'],
    ]);
  });

  test.each<[string, number[], number, (string | undefined)[][]]>([
    ['no NUMA node, as many packages', [-1, -1], 2, [[`gpu:${ADDRESSES[0]}`], [`gpu:${ADDRESSES[1]}`]]],
    ['no NUMA node, half as many', [-1, -1], 1, [[`gpu:${ADDRESSES[0]}`, `gpu:${ADDRESSES[1]}`]]],
    ['in the other order', [1, 0], 2, [[`gpu:${ADDRESSES[0]}`], [`gpu:${ADDRESSES[1]}`]]],
    ['no NUMA node, and it does not come out even', [-1, -1], 3, []],
  ])('whose GPU is whose: %s', async (_, nodes, packages, wanted) => {
    fakeSockets(
      sysfs,
      nodes.map((node, i) => [ADDRESSES[i]!, node]),
      packages,
    );
    const devices = await nvml(gh200(2));
    const modules = devices.filter(({ kind }) => kind === 'module');
    expect(modules.map(({ holds }) => holds!.filter((part) => part.startsWith('gpu:')))).toEqual(wanted);
    for (const { device, holds } of modules) expect(holds![0]).toBe(`cpu:${device.slice(-1)}`);
    if (nodes[0] === 1) expect(modules.map(({ device }) => device)).toEqual(['module-1', 'module-0']);
    const untold = devices.filter(({ notes }) => notes.some((note) => /cannot be told here/.test(note)));
    expect(untold.length).toBe(wanted.length === 0 ? 2 : 0);
    // A counter that is the module's is never taken for the GPU's, module or not.
    expect(devices[0]!.source).toBe('polled');
  });

  test('other boards that offer the scope are not believed to hold a processor', async () => {
    fakeSockets(sysfs, [[ADDRESSES[0]!, 0]], 1);
    const devices = await nvml({ ...gh200(1), names: 'NVIDIA H200', module_counter: 0 });
    expect(devices.map(({ device, source: by }) => [device, by])).toEqual([['gpu-0', 'counter']]);
  });

  test('without power of the scope a GH200’s module has its counter, a GB200’s is not there', async () => {
    fakeSockets(sysfs, [[ADDRESSES[0]!, 0]], 1);
    const bare = { ...gh200(1), unsupported: '186,185' };
    expect((await nvml(bare)).map(({ device, source: by }) => [device, by])).toEqual([
      ['gpu-0', 'polled'],
      ['module-0', 'counter'],
    ]);
    source!.close();
    expect((await nvml({ ...bare, names: 'NVIDIA GB200' })).map(({ device }) => device)).toEqual(['gpu-0']);
  });

  test('GH200 by NVML and ACPI at once: one module, by the counter, and everything else within', async () => {
    fakeSockets(sysfs, [[ADDRESSES[0]!, 0]], 1);
    fakeHwmon(sysfs, graceMeters(0, { module: 648, grace: 200 }));
    const acpi = (await acpiPowerSource({ sysfs }).open()).devices;
    const devices = [...(await nvml(gh200(1))), ...acpi, ...cpus(1), other('dram-0', 'dram', 'dram:*')];
    expect(told(devices)).toEqual(['gpu-0 module-0', 'module-0 charged', 'cpu-package-0 module-0', 'dram-0 module-0']);
  });

  test('a whole run on a GH200: 650 W, once', async () => {
    fakeSockets(sysfs, [[ADDRESSES[0]!, 0]], 1);
    fakeHwmon(sysfs, graceMeters(0, { module: 650, grace: 200 }));
    library ??= buildFakeNvml(tempFolder());
    const spec: FakeSpec = { t0: Math.floor(now()) - 10_000, mean: 400, update_ms: 20, ...gh200(1) };
    const { report } = await metered(tempFolder(), ['--sysfs', sysfs, '--nvml', library, '--', 'sleep', '1'], {
      FAKE_NVML: fakeNvmlEnv(spec),
    });
    const rows = report.energy.devices.map(({ device, charged, within }) => [device, charged, within]);
    expect(rows).toContainEqual(['module-0', true, null]);
    expect(rows.filter(([, charged]) => charged)).toHaveLength(1);
    const { value, low, high } = report.energy.it_j as { value: number; low: number; high: number };
    const truth = 650 * report.run.duration_s;
    expect(low <= truth && truth <= high).toBe(true);
    expect(Math.abs(value / truth - 1)).toBeLessThan(0.03);
  });
});

describe('modules by ACPI', () => {
  test('two GH200 of which one meter is barred: only what the other holds is within', async () => {
    fakeSockets(
      sysfs,
      ADDRESSES.slice(0, 2).map((address, i) => [address, i]),
      2,
    );
    fakeHwmon(sysfs, [
      ...graceMeters(0, { module: 700, grace: 250 }),
      ...graceMeters(1, { module: 1, grace: 240 }).slice(1),
    ]);
    const acpi = (await acpiPowerSource({ sysfs }).open()).devices;
    const gpus = ADDRESSES.slice(0, 2).map((address, i) => other(`gpu-${i}`, 'gpu', `gpu:${address}`));
    expect(told([...gpus, ...acpi])).toEqual([
      ...['gpu-0 module-0', 'gpu-1 charged'],
      ...['cpu-package-0 module-0', 'module-0 charged', 'cpu-package-1 charged'],
    ]);
  });

  test('where no GPU is seen on the bus, a module holds every GPU: too little rather than twice', async () => {
    fakeHwmon(sysfs, graceMeters(0, { module: 700, grace: 250 }));
    const { devices } = await acpiPowerSource({ sysfs }).open();
    expect(told([other('gpu-0', 'gpu', 'gpu-0'), ...devices])[0]).toBe('gpu-0 module-0');
  });
});
