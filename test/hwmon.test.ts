// Meters of hwmon and Cray on fake trees: what is found, how it is read, and that no joule counts twice.

import { mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { charge } from '../src/meter/charge.ts';
import type { Device, PowerSource } from '../src/meter/port.ts';
import { acpiPowerSource } from '../src/meter/sources/acpi-power.ts';
import { amdGpuSource } from '../src/meter/sources/amd-gpu.ts';
import { craySource } from '../src/meter/sources/cray.ts';
import type { Opener } from '../src/meter/sources/held-file.ts';
import { intelGpuSource } from '../src/meter/sources/intel-gpu.ts';
import { amdCard, fakeCray, fakeHwmon, fakeKfd, fakeSockets, graceMeters, put } from './fake-sysfs/hwmon.ts';
import { metered, tempFolder } from './helpers/cli.ts';

let sysfs: string;
beforeEach(() => {
  sysfs = tempFolder();
});
const amd = (more: { rocr?: string; hip?: string; open?: Opener } = {}) =>
  amdGpuSource({ sysfs, rocr: null, hip: null, ...more });
const opened = async (source: PowerSource) => ({ source, ...(await source.open()) });
const now = () => 1000;
const device = (name: string, kind: Device['kind'], more: Partial<Device> = {}): Device => ({
  ...{ device: name, kind, name, uuid: '', source: 'counter', charged: true, limit_w: null },
  ...{ gain: { down: 0, up: 0 }, update_s: null, notes: [] },
  ...more,
});
const refusing =
  (file: RegExp): Opener =>
  (path) => {
    if (file.test(path))
      throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES' });
    throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  };

describe('AMD GPUs', () => {
  test('by PCI address, whatever their number in hwmon; other chips are none', async () => {
    fakeHwmon(sysfs, [
      { name: 'k10temp', address: '0000:00:18.3', files: { temp1_input: 40_000 } },
      amdCard('0000:c1:00.0', { power1_average: 412_000_000, power1_cap: 750_000_000 }),
      amdCard('0000:03:00.0', { power1_input: 99_500_000 }),
    ]);
    const { source, devices } = await opened(amd());
    expect(devices).toMatchObject([
      { device: 'gpu-0', part: 'gpu:0000:03:00.0', source: 'polled', charged: true, limit_w: null },
      { device: 'gpu-1', part: 'gpu:0000:c1:00.0', source: 'polled', name: 'AMD Instinct MI300X', limit_w: 750 },
    ]);
    expect(source.read(now)).toEqual([
      { index: 0, at_ms: 1000, energy_j: null, power_w: 99.5 },
      { index: 1, at_ms: 1000, energy_j: null, power_w: 412 },
    ]);
  });

  test('energy in µJ where the driver has it', async () => {
    const [folder] = fakeHwmon(sysfs, [
      amdCard('0000:03:00.0', { energy1_input: 5_250_000, power1_average: 100_000_000 }),
    ]);
    const { source, devices } = await opened(amd());
    expect(devices[0]!.source).toBe('counter');
    expect(source.read(now)[0]).toMatchObject({ energy_j: 5.25, power_w: 100 });
    put(folder!, { energy1_input: 15_250_000 });
    expect(source.read(now)[0]!.energy_j).toBe(15.25);
  });

  test('MI100: its energy is known to be wrong, its power is taken', async () => {
    fakeHwmon(sysfs, [
      amdCard('0000:03:00.0', { energy1_input: 1, power1_average: 200_000_000 }, { device: '0x738c' }),
    ]);
    expect((await opened(amd())).devices).toMatchObject([{ source: 'polled', name: 'AMD Instinct MI100' }]);
  });

  const dies = (second: Record<string, number>, more: number[] = []) => [
    amdCard('0000:29:00.0', { power1_average: 480_000_000 }, { device: '0x740c', unique_id: 'a' }),
    amdCard('0000:2c:00.0', second, { device: '0x740c', unique_id: 'b' }),
    ...more.map((watts, i) =>
      amdCard(`0000:5${i}:00.0`, { power1_average: watts * 1e6 }, { device: '0x740c', unique_id: `c${i}` }),
    ),
  ];
  test.each([
    ['0 W', { power1_average: 0 }],
    ['no file', {}],
  ])('MI250: the second die shows %s: it is within the first, never 0 J', async (_, second) => {
    fakeHwmon(sysfs, dies(second as Record<string, number>, [450, 0]));
    const { source, devices } = await opened(amd());
    const charged = charge(devices, { psys: 'record' }).map(({ device: d }) => [
      d.device,
      d.source,
      d.charged,
      d.within,
    ]);
    expect(charged).toEqual([
      ['gpu-0', 'polled', true, undefined],
      ['gpu-1', 'missing', false, 'gpu-0'],
      ['gpu-2', 'polled', true, undefined],
      ['gpu-3', 'missing', false, 'gpu-2'],
    ]);
    expect(source.read(now).map(({ power_w, why }) => power_w ?? why)).toEqual([
      ...[480, expect.stringContaining('second die')],
      ...[450, expect.stringContaining('second die')],
    ]);
  });

  test.each([
    ['1', 'the second'],
    ['0', 'the first'],
  ])('MI250: a job that has one die of two (%s) is charged the reading of both, and told so', async (rocr) => {
    fakeHwmon(sysfs, dies({ power1_average: 0 }, [450, 0]));
    const { devices } = await opened(amd({ rocr }));
    const charged = charge(devices, { psys: 'record' }).map(({ device: d }) => [d.charged, d.within]);
    expect(charged).toEqual([
      [true, undefined],
      [false, 'gpu-0'],
      [false, undefined],
      [false, undefined],
    ]);
    expect(devices[0]!.notes.some((note) => /one die of two/.test(note))).toBe(true);
  });

  test('MI250 beside another card: dies are counted among their own kind', async () => {
    fakeHwmon(sysfs, [amdCard('0000:01:00.0'), ...dies({})]);
    const { devices } = await opened(amd());
    expect(devices.map(({ source, holds }) => [source, holds])).toEqual([
      ['polled', undefined],
      ['polled', ['gpu:0000:2c:00.0']],
      ['missing', undefined],
    ]);
  });

  test('0 W is no reading: another file is taken, else it says why until it shows more', async () => {
    const [folder] = fakeHwmon(sysfs, [
      amdCard('0000:03:00.0', { power1_average: 0 }),
      amdCard('0000:04:00.0', { power1_average: 0, power1_input: 30_000_000 }),
    ]);
    const { source, devices, barred } = await opened(amd());
    expect([devices.map(({ source: by }) => by), barred]).toEqual([['polled', 'polled'], undefined]);
    expect(source.read(now)).toMatchObject([{ power_w: null, why: expect.stringMatching(/shows 0/) }, { power_w: 30 }]);
    put(folder!, { power1_average: 25_000_000 });
    expect(source.read(now)[0]!.power_w).toBe(25);
  });

  test('a processor with a GPU in it: its power is the package’s, RAPL comes first, the CPU model last', async () => {
    fakeHwmon(sysfs, [
      amdCard('0000:06:00.0', { power1_average: 35_000_000, in1_label: 'vddnb' }, { device: '0x1638' }),
    ]);
    const { devices } = await opened(amd());
    expect(devices).toMatchObject([{ kind: 'cpu-package', part: 'cpu:0', source: 'polled' }]);
    const package0 = (source: Device['source']) => device('cpu-package-0', 'cpu-package', { part: 'cpu:0', source });
    const kept = (source: Device['source']) =>
      charge([...devices, package0(source)], { psys: 'record' }).map(({ place, device: d }) => [place, d.charged]);
    expect([kept('counter'), kept('model')]).toEqual([[[1, true]], [[0, true]]]);
  });

  test('MI300A: each holds its own processor and memory, one that is hidden does not', async () => {
    fakeHwmon(
      sysfs,
      [0, 1].map((i) => amdCard(`000${i}:01:00.0`, { power1_input: 400e6 }, { device: '0x74a0', unique_id: `a${i}` })),
    );
    fakeSockets(
      sysfs,
      [
        ['0000:01:00.0', 1],
        ['0001:01:00.0', 0],
      ],
      2,
    );
    const { devices } = await opened(amd({ rocr: '0' }));
    const cpus = [0, 1].map((i) => device(`cpu-package-${i}`, 'cpu-package', { part: `cpu:${i}` }));
    expect(
      charge([...devices, ...cpus], { psys: 'record' }).map(({ device: d }) => [d.device, d.charged, d.within]),
    ).toEqual([
      ['gpu-0', true, undefined],
      ['gpu-1', false, undefined],
      ['cpu-package-0', true, undefined],
      ['cpu-package-1', false, 'gpu-0'],
    ]);
  });

  test('numbers are those of the compute driver where it lists its GPUs; else of the PCI bus, with a note', async () => {
    fakeHwmon(sysfs, [amdCard('0000:03:00.0'), amdCard('0001:83:00.0')]);
    const told = async () => {
      const { devices } = await opened(amd({ rocr: '0' }));
      return devices.map(({ charged, notes }) => [charged, notes.some((note) => /class\/kfd/.test(note))]);
    };
    expect(await told()).toEqual([
      [true, true],
      [false, true],
    ]);
    fakeKfd(sysfs, [
      { domain: 1, bus: 0x83, device: 0 },
      { domain: 0, bus: 3, device: 0 },
    ]);
    expect(await told()).toEqual([
      [false, false],
      [true, false],
    ]);
  });

  test('a card without any power is missing, with the reason', async () => {
    fakeHwmon(sysfs, [amdCard('0000:03:00.0', {})]);
    const { source, devices } = await opened(amd());
    expect(devices).toMatchObject([
      { source: 'missing', charged: true, notes: [expect.stringMatching(/neither/), expect.anything()] },
    ]);
    expect(source.read(now)[0]!.why).toMatch(/neither energy nor power/);
  });

  test('without rights: barred, with what to type', async () => {
    fakeHwmon(sysfs, [amdCard('0000:03:00.0')]);
    const { devices, barred } = await opened(amd({ open: refusing(/power1_average/) }));
    expect(devices).toEqual([]);
    expect(barred).toMatchObject([
      { device: 'gpu-0', why: expect.stringMatching(/EACCES/), remedy: expect.stringMatching(/usermod -aG render/) },
    ]);
  });

  test.each<[string | undefined, string | undefined, number[]]>([
    [undefined, undefined, [0, 1, 2]],
    ['2,0', undefined, [0, 2]],
    ['', undefined, []],
    [undefined, '1', [1]],
    ['2,0', '0', [2]],
    ['GPU-00010000abc', undefined, [1]],
    ['0,7,1', undefined, [0]],
  ])('ROCR_VISIBLE_DEVICES=%j HIP_VISIBLE_DEVICES=%j leaves %j', async (rocr, hip, wanted) => {
    fakeHwmon(
      sysfs,
      [0, 1, 2].map((i) => amdCard(`000${i}:00:0.0`)),
    );
    const { devices } = await opened(
      amd({ ...(rocr === undefined ? {} : { rocr }), ...(hip === undefined ? {} : { hip }) }),
    );
    expect(devices.flatMap(({ charged }, i) => (charged ? [i] : []))).toEqual(wanted);
  });

  test('a file that vanishes says why; the others go on', async () => {
    const [folder] = fakeHwmon(sysfs, [amdCard('0000:03:00.0'), amdCard('0000:04:00.0')]);
    const { source } = await opened(amd());
    rmSync(join(folder!, 'power1_average'));
    mkdirSync(join(folder!, 'power1_average')); // a name that opens, and cannot be read
    const first = source.read(() => 10_000)[0]!;
    expect([first.power_w, first.why!.length > 0]).toEqual([null, true]);
    expect(source.read(() => 10_100)[1]!.power_w).toBe(300);
  });
});

describe('Intel GPUs', () => {
  const chip = (name: string, address: string, files: Record<string, number>) => ({
    ...{ name, address, files },
    device: { device: '0x56c0' },
  });

  test('the card where it is counted, else the package; parts of a GPU and GPUs inside a processor are none', async () => {
    const [, , folder] = fakeHwmon(sysfs, [
      chip('i915', '0000:00:02.0', { energy1_input: 1 }),
      chip('i915_gt0', '0000:4d:00.0', { energy1_input: 1 }),
      chip('i915', '0000:4d:00.0', { energy1_input: 2_500_000, power1_max: 0, power1_rated_max: 150_000_000 }),
      chip('xe', '0000:5e:00.0', { energy1_input: 7_000_000, energy2_input: 1, power1_max: 190_000_000 }),
      chip('xe', '0000:6f:00.0', { energy2_input: 9_000_000, power1_max: 1, power2_max: 120_000_000 }),
    ]);
    const { source, devices } = await opened(intelGpuSource({ sysfs }));
    expect(devices.map(({ part, source: by, limit_w }) => [part, by, limit_w])).toEqual([
      ['gpu:0000:4d:00.0', 'counter', 150],
      ['gpu:0000:5e:00.0', 'counter', 190],
      ['gpu:0000:6f:00.0', 'counter', 120],
    ]);
    expect(devices.map(({ notes }) => notes.length)).toEqual([1, 1, 2]);
    expect(source.read(now).map(({ energy_j }) => energy_j)).toEqual([2.5, 7, 9]);
    put(folder!, { energy1_input: 3_250_000 });
    expect(source.read(now)[0]!.energy_j).toBe(3.25);
  });

  test('a GPU without a counter is missing; one that may not be read says what to type', async () => {
    fakeHwmon(sysfs, [chip('xe', '0000:5e:00.0', {}), chip('xe', '0000:6f:00.0', { energy1_input: 1 })]);
    const { devices, barred } = await opened(intelGpuSource({ sysfs, open: refusing(/energy1_input/) }));
    expect(devices).toMatchObject([{ device: 'gpu-0', source: 'missing', charged: true }]);
    expect(barred).toMatchObject([
      { device: 'gpu-1', remedy: expect.stringMatching(/^sudo chmod o\+r .*hwmon1\/energy1_input$/) },
    ]);
  });
});

describe('ACPI power meters', () => {
  test('GH200: the module holds the GPU, Grace and its memory: one is charged', async () => {
    fakeHwmon(sysfs, graceMeters(0, { module: 700, grace: 250 }));
    const { source, devices } = await opened(acpiPowerSource({ sysfs }));
    const all = [
      device('gpu-0', 'gpu', { uuid: 'U0' }),
      ...devices,
      device('cpu-package-0', 'cpu-package', { part: 'cpu:0', source: 'model' }),
      device('dram-0', 'dram', { part: 'dram:*', source: 'model' }),
    ];
    expect(charge(all, { psys: 'record' }).map(({ device: d }) => [d.device, d.charged, d.within])).toEqual([
      ['gpu-0', false, 'module-0'],
      ['cpu-package-0', false, 'module-0'],
      ['module-0', true, undefined],
      ['dram-0', false, 'module-0'],
    ]);
    expect(source.read(now).map(({ power_w }) => power_w)).toEqual([250, 700]);
    expect(devices[1]).toMatchObject({ update_s: 0.05, name: 'Module Power Socket 0' });
  });

  test('Grace alone holds its memory; its rails are inside and left out', async () => {
    fakeHwmon(
      sysfs,
      [0, 1].flatMap((socket) => graceMeters(socket, { module: 0, grace: 200 + socket }).slice(1)),
    );
    const { source, devices } = await opened(acpiPowerSource({ sysfs }));
    expect(devices.map(({ device: name, part }) => [name, part])).toEqual([
      ['cpu-package-0', 'cpu:0'],
      ['cpu-package-1', 'cpu:1'],
    ]);
    expect(source.read(now).map(({ power_w }) => power_w)).toEqual([200, 201]);
    const withModel = charge([...devices, device('dram-0', 'dram', { part: 'dram:*', source: 'model' })], {
      psys: 'record',
    });
    expect(withModel.map(({ device: d }) => d.charged)).toEqual([true, true, false]);
  });

  test('a meter that claims to be without error is not believed', async () => {
    const meter = graceMeters(0, { module: 700, grace: 250 })[0]!;
    fakeHwmon(sysfs, [{ ...meter, files: { ...meter.files, power1_accuracy: '100.0%' } }]);
    const { devices } = await opened(acpiPowerSource({ sysfs }));
    expect(devices).toMatchObject([{ kind: 'module', gain: { down: 0.05, up: 0.05 } }]);
  });

  test('a meter of the platform is recorded, with the error that its accuracy of 97.5% leaves', async () => {
    fakeHwmon(sysfs, [
      { name: 'power_meter', address: 'ACPI000D:00', files: { power1_average: 150_000_000, power1_accuracy: '97.5%' } },
    ]);
    const { devices } = await opened(acpiPowerSource({ sysfs }));
    expect(devices).toMatchObject([{ kind: 'psys', gain: { down: 0.025, up: 0.025 } }]);
    expect(charge(devices, { psys: 'record' })[0]!.device.charged).toBe(false);
  });
});

describe('Cray', () => {
  const texts = { energy: '1000 J 0 us', power: '450 W 0 us', cpu_energy: '300 J 0 us', memory_energy: '50 J 0 us' };

  test('the node holds its processors and memory', async () => {
    const folder = fakeCray(sysfs, { ...texts, accel0_energy: '400 J 0 us', freshness: '12' });
    const { source, devices } = await opened(craySource({ sysfs }));
    expect(charge(devices, { psys: 'record' }).map(({ device: d }) => [d.device, d.source, d.charged])).toEqual([
      ['node', 'counter', true],
      ['cpu-package-0', 'counter', false],
      ['dram-0', 'counter', false],
    ]);
    expect(source.read(now).map(({ energy_j, power_w }) => [energy_j, power_w])).toEqual([
      [1000, 450],
      [300, null],
      [50, null],
    ]);
    put(folder, { energy: '1450 J 1000000 us' });
    expect(source.read(now)[0]!.energy_j).toBe(1450);
  });

  test('a controller that stands still for 3 s leaves no reading, until it goes on', async () => {
    const folder = fakeCray(sysfs, { ...texts, freshness: '12' });
    const { source } = await opened(craySource({ sysfs }));
    const node = (at_ms: number) => source.read(() => at_ms)[0]!;
    expect([node(1000).energy_j, node(3900).energy_j]).toEqual([1000, 1000]);
    expect(node(4100)).toMatchObject({ energy_j: null, power_w: null, why: expect.stringMatching(/freshness/) });
    put(folder, { freshness: '13' });
    expect(node(4200).energy_j).toBe(1000);
    source.close();
  });

  test('beside RAPL the packages are read once', async () => {
    fakeCray(sysfs, { cpu_energy: '300 J 0 us' });
    const { devices } = await opened(craySource({ sysfs }));
    const rapl = [0, 1].map((i) => device(`cpu-package-${i}`, 'cpu-package', { part: `cpu:${i}` }));
    expect(charge([...rapl, ...devices], { psys: 'record' }).map(({ place }) => place)).toEqual([0, 1]);
  });

  test('another text is no number: barred with what it says, not 0', async () => {
    fakeCray(sysfs, { energy: 'unavailable' });
    const { devices, barred } = await opened(craySource({ sysfs }));
    expect(devices).toEqual([]);
    expect(barred![0]!.why).toMatch(/"unavailable/);
    unlinkSync(join(sysfs, 'cray/pm_counters/energy'));
    expect((await opened(craySource({ sysfs }))).absent).toMatch(/no Cray counters/);
  });
});

test('a whole run: AMD GPUs of 300 W each, their absence elsewhere is no warning', async () => {
  fakeHwmon(sysfs, [amdCard('0000:03:00.0'), amdCard('0000:04:00.0')]);
  const { report } = await metered(tempFolder(), ['--sysfs', sysfs, '--nvml', '/none', '--', 'sleep', '1']);
  const gpus = report.energy.devices.filter(({ kind }) => kind === 'gpu');
  expect(gpus.map(({ source, charged }) => [source, charged])).toEqual([
    ['polled', true],
    ['polled', true],
  ]);
  for (const gpu of gpus) expect(gpu.energy_j.value! / report.run.duration_s).toBeCloseTo(300, 3);
  expect(report.warnings.filter(({ message }) => /amdgpu|Cray|ACPI/.test(message))).toEqual([]);
});

test('a GPU that cannot be read beside one that can: the total is unknown, with what to type', async () => {
  const [, folder] = fakeHwmon(sysfs, [amdCard('0000:03:00.0'), amdCard('0000:04:00.0')]);
  for (const name of readdirSync(folder!).filter((file) => /^(power|energy)1_(average|input)$/.test(file))) {
    rmSync(join(folder!, name));
    mkdirSync(join(folder!, name)); // root may read whatever is a file
  }
  const run = (env: NodeJS.ProcessEnv) =>
    metered(tempFolder(), ['--sysfs', sysfs, '--nvml', '/none', '--', 'sleep', '1'], env);
  const { report } = await run({});
  const gpus = report.energy.devices.filter(({ kind }) => kind === 'gpu');
  expect(gpus.map(({ device, source, charged }) => [device, source, charged])).toEqual([
    ['gpu-0', 'polled', true],
    ['gpu-1', 'missing', true],
  ]);
  expect(report.energy.it_j).toMatchObject({
    value: null,
    why: expect.stringMatching(/gpu-1 belongs to the run.*usermod/),
  });
  // Hidden from the job it is not the job's.
  expect((await run({ ROCR_VISIBLE_DEVICES: '0' })).report.energy.it_j.value).toBeGreaterThan(0);
});
