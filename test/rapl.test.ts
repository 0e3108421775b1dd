// RAPL on fake trees of /sys: what is found in each layout, what survives a bad read, and whole runs of known power.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { charge } from '../src/meter/charge.ts';
import { createIntegrator } from '../src/meter/integrate.ts';
import type { Device, PowerSource } from '../src/meter/port.ts';
import { raplSource } from '../src/meter/sources/rapl.ts';
import type { ReportJson } from '../src/report/model.ts';
import {
  amdPackage,
  type FakeRapl,
  type FakeZone,
  fakeRapl,
  intelPackage,
  maskedRapl,
  mmioDouble,
  psysZone,
  RANGE_UJ,
} from './fake-sysfs/rapl.ts';
import { metered, tempFolder } from './helpers/cli.ts';

const folder = tempFolder();
let trees = 0;
let source: PowerSource | null = null;
let going: { stop(): void } | null = null;
const fresh = () => join(folder, `sys-${trees++}`);
afterEach(() => {
  source?.close();
  going?.stop();
  source = going = null;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(zones: readonly FakeZone[], options: { flat?: boolean } = {}) {
  const fake = fakeRapl(fresh(), zones, options);
  source = raplSource({ sysfs: fake.sysfs });
  return { fake, source, ...(await source.open()) };
}
const names = (devices: readonly Device[]) => devices.map(({ device }) => device);

describe('what is found', () => {
  const two = [...intelPackage(0, 100, 20), ...intelPackage(1, 90, 10)];

  test.each([false, true])('two sockets with memory inside (flat: %s)', async (flat) => {
    const { devices, absent, barred } = await opened(two, { flat });
    expect([absent, barred]).toEqual([null, undefined]);
    expect(names(devices)).toEqual(['cpu-package-0', 'cpu-package-1', 'dram-0', 'dram-1']);
    expect(devices.map(({ part }) => part)).toEqual(['cpu:0', 'cpu:1', 'dram:0', 'dram:1']);
    expect(devices[0]).toMatchObject({
      ...{ kind: 'cpu-package', source: 'counter', uuid: '', charged: true, wraps_at_j: 262_143.32885 },
      ...{ limit_w: 246, update_s: 0.001 },
      notes: ['energy from RAPL (intel-rapl:0, package-0)', 'power limit from constraint_1_power_limit_uw'],
    });
    expect(devices[2]).toMatchObject({ kind: 'dram', name: 'memory of package 0', limit_w: 41.25 });
    expect(devices[2]!.wraps_at_j).toBe(65_712.999613);
  });

  test('a tree without the class, as a container may have it', async () => {
    const fake = fakeRapl(fresh(), two);
    rmSync(join(fake.sysfs, 'class'), { recursive: true });
    source = raplSource({ sysfs: fake.sysfs });
    expect(names((await source.open()).devices)).toEqual(['cpu-package-0', 'cpu-package-1', 'dram-0', 'dram-1']);
  });

  test('dies of a package, in the order of package and die, ten of them too', async () => {
    // As the kernel numbers zones: by the order in which CPUs come up.
    const dies = Array.from({ length: 12 }, (_, i) => 11 - i).map((i, at) => ({
      ...{ id: `intel-rapl:${at}`, name: `package-${Math.floor(i / 2)}-die-${i % 2}`, start_uj: (i + 1) * 1_000_000 },
    }));
    const { devices, source } = await opened(dies);
    expect(names(devices)).toEqual(Array.from({ length: 12 }, (_, i) => `cpu-package-${i}`));
    expect(source.read(() => 0).map(({ energy_j }) => energy_j)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(devices[3]!.name).toBe('CPU package 1 die 1');
  });

  test('psys is found beside the packages and recorded, MMIO shows a package once more and is left out', async () => {
    const { devices } = await opened([...two, psysZone('intel-rapl:2', 300), mmioDouble(0, 100)]);
    expect(names(devices)).toEqual(['cpu-package-0', 'cpu-package-1', 'dram-0', 'dram-1', 'psys-0']);
    expect(devices[0]!.notes).toContain('intel-rapl-mmio:0 shows the same counter and is left out');
    const charged = charge(devices, { psys: 'record' }).filter(({ device }) => device.charged);
    expect(names(charged.map(({ device }) => device))).toEqual(['cpu-package-0', 'cpu-package-1', 'dram-0', 'dram-1']);
  });

  test('MMIO alone is used', async () => {
    const { devices } = await opened([mmioDouble(0, 100)]);
    expect(devices[0]).toMatchObject({ device: 'cpu-package-0', part: 'cpu:0' });
  });

  test('AMD: packages alone, without a limit; a wider interval', async () => {
    const { devices } = await opened([...amdPackage(0, 200), ...amdPackage(1, 180)]);
    expect(names(devices)).toEqual(['cpu-package-0', 'cpu-package-1']);
    expect(devices[0]).toMatchObject({ limit_w: null, wraps_at_j: 65_532.610987, gain: { down: 0.2, up: 0.2 } });
  });

  test('memory at the top is memory (CodeCarbon finds it only there)', async () => {
    const zones = [0, 1].map((i) => ({ id: `intel-rapl:${i + 2}`, name: 'dram' }));
    const { devices } = await opened([
      { id: 'intel-rapl:0', name: 'package-0' },
      { id: 'intel-rapl:1', name: 'package-1' },
      ...zones,
    ]);
    expect(devices.map(({ part }) => part)).toEqual(['cpu:0', 'cpu:1', 'dram:0', 'dram:1']);
  });

  test('enabled = 0 speaks of limits, not of the counter', async () => {
    const { devices } = await opened([{ id: 'intel-rapl:0', name: 'package-0', enabled: '0' }]);
    expect(devices.length).toBe(1);
  });

  test('a limit of all ones is none', async () => {
    const { devices } = await opened([
      {
        id: 'intel-rapl:0',
        name: 'package-0',
        limits: [
          ['long_term', 4095.875, 125],
          ['short_term', 4095.875, 0],
        ],
      },
    ]);
    expect(devices[0]!.limit_w).toBe(125);
  });

  test('nothing there', async () => {
    mkdirSync(join(folder, 'bare'));
    source = raplSource({ sysfs: join(folder, 'bare') });
    expect(await source.open()).toEqual({ devices: [], absent: expect.stringMatching(/virtual machines have none/) });
  });

  test('hidden from a container: barred, with the way in', async () => {
    const sysfs = fresh();
    maskedRapl(sysfs);
    source = raplSource({ sysfs });
    const { devices, barred } = await source.open();
    expect(devices).toEqual([]);
    expect(barred![0]!.remedy).toMatch(/-v \/sys:\/host\/sys:ro -e JOULEBOOK_SYSFS=\/host\/sys/);
  });
});

describe('what cannot be read', () => {
  /** Opens every file but those of one zone. */
  const refusing = (zone: string, code: string) => (file: string) => {
    if (dirname(file).endsWith(zone)) throw Object.assign(new Error(`${code}: no, open '${file}'`), { code });
    return openSync(file, 'r');
  };
  const model = (socket: number): Device => ({
    ...{ device: `cpu-package-${socket}`, kind: 'cpu-package', part: `cpu:${socket}`, name: 'modelled', uuid: '' },
    ...{ source: 'model', charged: true, limit_w: 100, gain: { down: 0.5, up: 0.5 }, update_s: null, notes: [] },
  });
  async function barredBy(zones: readonly FakeZone[], zone: string, code = 'EACCES') {
    const { sysfs } = fakeRapl(fresh(), zones);
    source = raplSource({ sysfs, open: refusing(zone, code) });
    return { sysfs, ...(await source.open()) };
  }

  test('without rights it is barred, with a command that helps, and the model stays in charge of its socket', async () => {
    const { sysfs, devices, barred } = await barredBy([...intelPackage(0, 1, 1), ...intelPackage(1, 1, 1)], 'rapl:1');
    expect(names(devices)).toEqual(['cpu-package-0', 'dram-0', 'dram-1']);
    expect(barred).toMatchObject([{ device: 'cpu-package-1', kind: 'cpu-package', name: 'CPU package 1' }]);
    expect(barred![0]!.why).toMatch(/CVE-2020-8694/);
    const [, command, file] = /sudo (chmod a\+r '([^']+)')/.exec(barred![0]!.remedy)!;
    expect(file).toBe(join(sysfs, 'class/powercap/intel-rapl:1/energy_uj'));
    chmodSync(file!, 0o400);
    expect(spawnSync('sh', ['-c', command!]).status).toBe(0);
    expect(statSync(file!).mode & 0o777).toBe(0o444);
    const charged = charge([...devices, model(0), model(1)], { psys: 'record' }).map(({ device }) => device);
    expect(charged.map(({ part, source }) => [part, source])).toEqual([
      ...[
        ['cpu:0', 'counter'],
        ['dram:0', 'counter'],
        ['dram:1', 'counter'],
        ['cpu:1', 'model'],
      ],
    ]);
  });

  test('one die barred: no die pushes out the model of a socket', async () => {
    const dies = [0, 1, 2, 3].map((i) => ({ id: `intel-rapl:${i}`, name: `package-${i >> 1}-die-${i % 2}` }));
    const { devices, barred } = await barredBy(dies, 'rapl:3', 'EPERM');
    expect(devices).toEqual([]);
    expect(barred!.map(({ device }) => device)).toEqual([0, 1, 2, 3].map((i) => `cpu-package-${i}`));
  });

  test('MMIO stands in for a package that is barred', async () => {
    const { devices, barred } = await barredBy([{ id: 'intel-rapl:0', name: 'package-0' }, mmioDouble(0, 1)], 'rapl:0');
    expect([names(devices), barred]).toEqual([['cpu-package-0'], undefined]);
  });

  test('another failure is told as the system does', async () => {
    const { devices, barred } = await barredBy([{ id: 'intel-rapl:0', name: 'package-0' }], 'rapl:0', 'EIO');
    expect(devices).toEqual([]);
    expect(barred![0]!.why).toMatch(/intel-rapl:0\/energy_uj: EIO/);
  });
});

describe('a counter that is read many times', () => {
  /** One package of 100 W, looked at ten times a second; `at` changes the world before a look. */
  async function looked(
    seconds: number,
    at: (fake: FakeRapl, ms: number, shown_uj: number) => void,
    range_uj = RANGE_UJ.package,
  ) {
    const start_uj = range_uj - 105_000_000;
    const { fake, source, devices } = await opened([
      { id: 'intel-rapl:0', name: 'package-0', start_uj, range_uj, limits: [['long_term', 270, 0]] },
    ]);
    const { limit_w, wraps_at_j } = devices[0]!;
    const integrator = createIntegrator({ from_ms: 0, period_s: 0.1, limit_w, wraps_at_j, gauge: 'instant' });
    integrator.until(seconds * 1000);
    const samples = [];
    const pieces = [];
    for (let ms = 0; ms <= seconds * 1000; ms += 100) {
      at(fake, ms, (start_uj + ms * 100_000) % range_uj);
      const [sample] = source.read(() => ms);
      samples.push(sample!);
      pieces.push(...integrator.push(sample!));
    }
    pieces.push(...integrator.end(seconds * 1000));
    return { samples, pieces, energy_j: pieces.reduce((s, { energy_j }) => s + (energy_j ?? 0), 0) };
  }
  const write = (fake: FakeRapl, value: number | string) => writeFileSync(fake.energy('intel-rapl:0'), `${value}\n`);
  const replace = (fake: FakeRapl, value: number) => {
    const file = fake.energy('intel-rapl:0');
    writeFileSync(`${file}.new`, `${value}\n`);
    renameSync(`${file}.new`, file);
  };

  test.each<[string, (fake: FakeRapl) => void]>([
    ['empty', (fake) => writeFileSync(fake.energy('intel-rapl:0'), '')],
    ['no number', (fake) => write(fake, 'Input/output error')],
    ['gone', (fake) => rmSync(fake.energy('intel-rapl:0'))],
  ])('one look that fails (%s) costs nothing: 200 J (CodeCarbon: 262 343 J)', async (_, fail) => {
    // Gone, the file comes back with the next value, under another inode.
    const { samples, energy_j } = await looked(2, (fake, ms, uj) => (ms === 1000 ? fail(fake) : write(fake, uj)));
    const failed = samples.filter(({ energy_j }) => energy_j === null);
    expect(failed.map(({ why }) => why !== undefined && why.length > 0)).toEqual(failed.map(() => true));
    expect(failed.length).toBe(1);
    expect(energy_j).toBeCloseTo(200, 6);
  });

  test('a file that is gone for long is tried every 2 s, and what it counted meanwhile fills the hole', async () => {
    const { samples, pieces, energy_j } = await looked(8, (fake, ms, uj) => {
      if (ms === 1000) rmSync(fake.energy('intel-rapl:0'));
      if (ms < 1000 || ms >= 3500) write(fake, uj);
    });
    expect(samples.filter(({ energy_j }) => energy_j === null).map(({ at_ms }) => at_ms)).toEqual(
      Array.from({ length: 41 }, (_, i) => 1000 + 100 * i),
    );
    expect(energy_j).toBeCloseTo(800, 6);
    expect(pieces.filter(({ state }) => state === 'filled')).toMatchObject([
      { from_ms: 900, to_ms: 5100, why: 'unreadable' },
    ]);
  });

  test('a counter replaced at every change goes on', async () => {
    const { samples, energy_j } = await looked(2, (fake, _, uj) => replace(fake, uj));
    expect(samples.every(({ energy_j }) => energy_j !== null)).toBe(true);
    expect(energy_j).toBeCloseTo(200, 6);
  });

  test('a file replaced by one that counts from elsewhere: the jump is not energy', async () => {
    const { pieces, energy_j } = await looked(2, (fake, ms, uj) =>
      ms < 1000 ? write(fake, uj) : replace(fake, 5_000_000_000 + ms * 100_000),
    );
    expect(energy_j).toBeCloseTo(200, 6);
    expect(pieces.filter(({ state }) => state === 'estimated')).toMatchObject([{ why: 'counter-reset' }]);
  });

  test('a replaced file is noticed within 5 s even where the old one goes on', async () => {
    let old: number | null = null;
    const { samples } = await looked(12, (fake, ms, uj) => {
      const file = fake.energy('intel-rapl:0');
      if (ms === 3000) {
        old = openSync(file, 'r+');
        replace(fake, 7);
      }
      if (old === null) write(fake, uj);
      else writeSync(old, `${uj}\n`, 0);
    });
    const noticed = samples.findIndex(({ energy_j }) => energy_j === 7e-6);
    expect(noticed).toBeGreaterThan(30);
    expect(noticed).toBeLessThanOrEqual(80);
    closeSync(old!);
  });

  test('a counter that stands still for 3 s says so: a package never rests', async () => {
    const { samples, pieces } = await looked(8, (fake, ms, uj) => void (ms <= 2000 && write(fake, uj)));
    expect(samples.filter(({ energy_j }) => energy_j === null)[0]).toMatchObject({
      at_ms: 5100,
      why: 'energy_uj stands still',
    });
    const tail = pieces[pieces.length - 1]!;
    expect(tail).toMatchObject({ state: 'estimated', to_ms: 8000 });
    expect(tail.high_j).toBeCloseTo(270 * 3, 6);
  });

  test('nested memory is added: 260 J (CodeCarbon: 200 J)', async () => {
    // 2 s of 100 W and 30 W.
    const { fake, source, devices } = await opened(intelPackage(0, 0, 0));
    const at = (ms: number) => {
      writeFileSync(fake.energy('intel-rapl:0'), `${1_000_000 + ms * 100_000}\n`);
      writeFileSync(fake.energy('intel-rapl:0:2'), `${1_000_000 + ms * 30_000}\n`);
      return source.read(() => ms).map(({ energy_j }) => energy_j!);
    };
    const [before, after] = [at(0), at(2000)];
    const used = charge(devices, { psys: 'record' }).map(({ place, device }) =>
      device.charged ? after[place]! - before[place]! : 0,
    );
    expect(used.reduce((a, b) => a + b, 0)).toBeCloseTo(260, 9);
  });
});

describe('a whole run', () => {
  const deviceOf = (report: ReportJson, device: string) => report.energy.devices.find((d) => d.device === device)!;
  /** The fake's counters lag the clock by a few ms, as their process gets its turns: 2 % of 3 s is 60 ms. */
  const expectNear = (figure: { value: number | null; low?: number; high?: number }, joules: number) => {
    expect(Math.abs(figure.value! - joules)).toBeLessThanOrEqual(0.02 * joules);
    expect(figure.low).toBeLessThanOrEqual(joules);
    expect(figure.high).toBeGreaterThanOrEqual(joules);
  };

  test('two sockets with memory, psys and MMIO: each joule once, across a wrap', async () => {
    // Package 0 wraps 1.5 s after the counters set out, in the middle of the run.
    const fake = fakeRapl(fresh(), [
      ...intelPackage(0, 150, 20, RANGE_UJ.package - 225_000_000),
      ...[...intelPackage(1, 90, 10), psysZone('intel-rapl:2', 400), mmioDouble(0, 150), mmioDouble(1, 90)],
    ]);
    going = await fake.advance();
    const { result, report } = await metered(folder, ['--sysfs', fake.sysfs, '--nvml', '/none', '--', 'sleep', '3']);
    expect([result.code, result.stdout]).toEqual([0, '']);
    const seconds = report.run.duration_s!;
    expect(report.energy.devices.map(({ device, source, charged }) => [device, source, charged])).toEqual([
      ...[
        ['cpu-package-0', 'counter', true],
        ['cpu-package-1', 'counter', true],
      ],
      ...[
        ['dram-0', 'counter', true],
        ['dram-1', 'counter', true],
        ['psys-0', 'counter', false],
      ],
    ]);
    const truth = { 'cpu-package-0': 150, 'cpu-package-1': 90, 'dram-0': 20, 'dram-1': 10, 'psys-0': 400 };
    for (const [device, watts] of Object.entries(truth)) {
      expectNear(deviceOf(report, device).energy_j, watts * seconds);
      expect([device, deviceOf(report, device).coverage]).toEqual([device, 1]);
    }
    expectNear(report.energy.it_j, 270 * seconds);
    expect(report.energy.gaps).toEqual([]);
    expect(report.warnings.map(({ code }) => code)).not.toContain('counter-reset');
  });

  test('AMD: the package alone, and memory by its model', async () => {
    const fake = fakeRapl(fresh(), amdPackage(0, 200));
    going = await fake.advance();
    const { report } = await metered(folder, ['--sysfs', fake.sysfs, '--nvml', '/none', '--', 'sleep', '1.5']);
    expect(report.energy.devices.map(({ device, source }) => [device, source])).toEqual([
      ...[
        ['cpu-package-0', 'counter'],
        ['dram-0', 'model'],
      ],
    ]);
    expectNear(deviceOf(report, 'cpu-package-0').energy_j, 200 * report.run.duration_s!);
  });
});
