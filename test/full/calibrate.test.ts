// Calibration through the whole product: a recorded trace with a node meter, fitted, kept, and used by the next run.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Calibration } from '../../src/app/calibration.ts';
import { createRun } from '../../src/ledger/writer.ts';
import type { Device } from '../../src/meter/port.ts';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from '../fake-nvml/fake-nvml.ts';
import { joulebook, metered, tempFolder } from '../helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../helpers/ledger.ts';

const T0 = Date.UTC(2024, 4, 1, 10) / 1000;
let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = tempFolder();
  env = { XDG_STATE_HOME: join(folder, 'state') };
});
const ledger = () => join(folder, 'traces');
const kept = (host = hostname()) => join(folder, 'state', 'joulebook', 'calibration', `${host}.json`);

/** node = 150 + 1.1 × (gpu + cpu): the GPU between 100 and 600 W, the CPU 100 W but for the last minute. */
async function importTrace(seconds: number, change: (row: { s: number; node: number }) => number | null = () => null) {
  const rows = Array.from({ length: seconds + 1 }, (_, s) => {
    const gpu = 350 + 250 * Math.sin(s / 60);
    const node = change({ s, node: 150 + 1.1 * (gpu + 100) }) ?? 150 + 1.1 * (gpu + 100);
    return `${T0 + s},node,${node}\n${T0 + s},gpu-0,${gpu}\n${T0 + s},cpu-package-0,100`;
  });
  writeFileSync(join(folder, 'trace.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const result = await joulebook(['import', 'trace', join(folder, 'trace.csv'), '--ledger', ledger(), '--json']);
  expect(result.code, result.stderr).toBe(0);
}
const calibrate = (...args: string[]) => joulebook(['calibrate', ...args, '--ledger', ledger()], { env });
/** The account of a GPU at constant power. */
const run = (mean: number, ...args: string[]) =>
  metered(folder, [...args, '--', 'sleep', '2'], {
    ...env,
    FAKE_NVML: fakeNvmlEnv({ t0: Date.now(), mean }),
    JOULEBOOK_NVML: buildFakeNvml(folder),
  });
type Report = Awaited<ReturnType<typeof metered>>['report'];
const rest = ({ energy }: Report) => energy.devices.find(({ kind }) => kind === 'host-other');
const words = ({ warnings }: Report) => warnings.map(({ message }) => message).join('\n');

describe.skipIf(noFakeNvml !== null)(
  `from trace to run${noFakeNvml === null ? '' : ` (skipped: ${noFakeNvml})`}`,
  () => {
    test('a GPU and CPU trace with its node: the next run counts the rest, and no model that it holds', async () => {
      await importTrace(900);
      const made = await calibrate('last');
      expect(made.code, made.stderr).toBe(0);
      expect(made.stdout).toMatch(/150 W \+ 1\.100 × devices/);
      expect(existsSync(kept())).toBe(true);
      // Only the GPU is measured here: 150 + 1.1 × 100 + 0.1 × 400 = 300 W beside its 400.
      const { report } = await run(400);
      const other = rest(report)!;
      expect(other).toMatchObject({ device: 'host-other-0', source: 'model', charged: true });
      expect(other.mean_w).toBeCloseTo(300, 0);
      const { low, high } = other.energy_j as { low: number; high: number };
      // The node meter's 5 %, at worst of 920 W over 325 W there: about 14 %.
      expect(low / other.energy_j.value!).toBeLessThan(0.87);
      expect(high / other.energy_j.value!).toBeLessThan(1.3);
      for (const { device, charged, within } of report.energy.devices) {
        const counted = device === 'gpu-0' || device === 'host-other-0';
        expect([device, charged, within]).toEqual([device, counted, counted ? null : 'host-other-0']);
      }
      expect(report.energy.it_j.value! / report.run.duration_s).toBeCloseTo(700, -1);
      expect(report.warnings.map(({ code }) => code)).not.toContain('boundary');
    });

    test('a load it has not seen: not counted, with the reason; the models are', async () => {
      await importTrace(900);
      await calibrate('last');
      const { report } = await run(20);
      expect(rest(report)).toBeUndefined();
      expect(words(report)).toMatch(/rest of the server is not counted.*20 W.*outside.*100 W to 600 W/);
      expect(report.energy.devices.every(({ charged }) => charged)).toBe(true);
      expect(report.energy.it_j.value).toBeGreaterThan(0);
    });

    test('a load that comes into what it has seen: counted from then on, bounded before, models that it holds not added', async () => {
      await importTrace(900);
      await calibrate('last');
      const { report } = await metered(folder, ['--', 'sleep', '5'], {
        ...env, // 20 W for 3 s, then 400 W
        FAKE_NVML: fakeNvmlEnv({ t0: Date.now(), wave: 'square', mean: 210, amp: -190, period: 6 }),
        JOULEBOOK_NVML: buildFakeNvml(folder),
      });
      const other = rest(report)!;
      expect(other.coverage).toBeGreaterThan(0.1);
      expect(other.coverage).toBeLessThan(0.9);
      expect(report.energy.gaps[0]).toMatchObject({
        ...{ device: 'host-other-0', why: 'late-first-reading', state: 'estimated' },
      });
      expect(report.energy.devices.flatMap(({ device, charged }) => (charged ? [device] : []))).toEqual([
        'gpu-0',
        'host-other-0',
      ]);
      const charged = report.energy.devices.reduce((s, d) => s + (d.charged ? d.energy_j.value! : 0), 0);
      expect(report.energy.it_j.value).toBeCloseTo(charged, 6);
    });

    test('other hardware, or --host-other none: not used', async () => {
      await importTrace(900);
      await calibrate('last');
      const text = readFileSync(kept(), 'utf8');
      writeFileSync(kept(), text.replaceAll('"gpu-0"', '"gpu-7"'));
      expect(words((await run(400)).report)).toMatch(/is not used: it stands on other devices.*gpu-0/);
      writeFileSync(kept(), text);
      const { report } = await run(400, '--host-other', 'none');
      expect([rest(report), /calibration/.test(words(report))]).toEqual([undefined, false]);
    });

    test('a number instead: counted as given, ±50 %', async () => {
      const { report } = await run(400, '--host-other', '80W');
      const { energy_j, mean_w, source } = rest(report)!;
      expect([source, mean_w]).toEqual(['model', expect.closeTo(80, 0)]);
      const { value, low, high } = energy_j as { value: number; low: number; high: number };
      expect([low / value, high / value]).toEqual([expect.closeTo(0.5, 6), expect.closeTo(1.5, 6)]);
      expect(report.energy.devices.map(({ charged }) => charged)).toEqual([true, true, true, true]);
    });

    test('a kept calibration that cannot be understood never stops a run, unless it was asked for', async () => {
      mkdirSync(dirname(kept()), { recursive: true });
      for (const text of ['', 'null', '{"schema":"joulebook/calibration/v1"}', 'x'.repeat(1000)]) {
        writeFileSync(kept(), text);
        const { code, stderr } = await joulebook(['run', '--quiet', '--ledger', ledger(), '--', 'true'], { env });
        expect([code, stderr.includes('is not a calibration')]).toEqual([0, true]);
      }
      const asked = ['run', '--host-other', 'auto', '--ledger', ledger(), '--', 'true'];
      expect((await joulebook(asked, { env })).code).toBe(2);
    });
  },
);

describe('refused with the reason, and nothing kept', () => {
  test.each<[string, () => Promise<void>, string[], RegExp]>([
    ['too short', () => importTrace(120), ['last'], /only 1\d stretches.*\n.*5 minutes or more, idle and under load/],
    ['a node that stands still', () => importTrace(600, () => 900), ['last'], /does not follow that of the devices/],
    ['a node below its devices', () => importTrace(600, ({ node }) => node - 300), ['last'], /no more power than/],
    ['an imported run that is not named', () => importTrace(600), [], /no run was recorded on this host/],
  ])('%s', async (_, trace, args, message) => {
    await trace();
    const { code, stderr } = await calibrate(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(kept())).toBe(false);
  });

  test('no node', async () => {
    writeFileSync(join(folder, 'gpu.csv'), `timestamp,device,power_w\n${T0},gpu-0,100\n${T0 + 900},gpu-0,100\n`);
    await joulebook(['import', 'trace', join(folder, 'gpu.csv'), '--ledger', ledger()]);
    expect(await calibrate('last')).toMatchObject({ code: 2, stderr: expect.stringContaining('no node power') });
  });

  test('a power without its unit', async () => {
    const { code, stderr } = await joulebook(['run', '--host-other', '80', '--ledger', ledger(), '--', 'true'], {
      env,
    });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--host-other: "80".*\n.*80W, or auto/)]);
  });
});

test('runs recorded on this host need no name; those of other hosts, other devices or no node are left out', async () => {
  const node = gpu(0, '', { device: 'node', kind: 'node', source: 'polled', gain: { down: 0.02, up: 0.02 } });
  const record = async (id: string, devices: Device[], { at = 0, host = hostname() } = {}) => {
    createRun(ledger(), runRecord(id, { created_at_ms: 1000 * at }));
    const writer = writerOf(ledger(), id, 'w', devices, { host, started_at_ms: 1000 * at });
    for (let s = at; s < at + 400; s++) {
      const load = 100 + s; // W in that second, as J
      for (const { device } of devices)
        writer.append('energy', second(device, s, device === 'node' ? 90 + 1.1 * load : load));
    }
    await writer.end(endAt(1000 * (at + 400)));
  };
  await record('elsewhere', [node, gpu(0)], { at: 2000, host: 'other-host' });
  await record('bare', [gpu(0)], { at: 1500 });
  await record('newest', [node, gpu(0, 'GPU-a')], { at: 1000 });
  await record('older', [node, gpu(0, 'GPU-a')], { at: 0 });
  await record('before', [node, gpu(0, 'GPU-b')], { at: 500 });
  const made = await calibrate();
  expect(made.code, made.stderr).toBe(0);
  const { runs, fits } = JSON.parse(readFileSync(kept(), 'utf8')) as Calibration;
  expect(runs).toEqual(['newest', 'older']);
  expect(fits).toMatchObject([{ devices: [{ device: 'gpu-0', uuid: 'GPU-a' }], line: { n: 80 }, node_gain: 0.02 }]);
  expect(fits[0]!.line.slope).toBeCloseTo(1.1, 9);
  // Stretches of 10 s: seconds 0 to 9 have a mean of 104.5 W, 1390 to 1399 one of 1494.5 W.
  expect([fits[0]!.from_w, fits[0]!.to_w]).toEqual([expect.closeTo(104.5, 9), expect.closeTo(1494.5, 9)]);
  expect(made.stdout).toMatch(/bare is left out: no node power/);
  expect(made.stdout).toMatch(/before is left out: .*other devices/);
  expect(await calibrate('elsewhere')).toMatchObject({ code: 2, stderr: expect.stringContaining('other-host') });
});

test('--for another host, --dry-run and --json', async () => {
  await importTrace(900);
  const dry = await calibrate('last', '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({
    ...{ schema: 'joulebook/calibration/v1', host: hostname(), stretch_s: 10, node: { device: 'node' } },
    fits: [
      { devices: [{ device: 'gpu-0' }, { device: 'cpu-package-0' }], line: { slope: expect.closeTo(1.1, 3) } },
      { devices: [{ device: 'gpu-0' }] },
    ],
  });
  expect(existsSync(kept())).toBe(false);
  expect((await calibrate('last', '--for', 'node-17')).stdout).toContain(kept('node-17'));
  expect(existsSync(kept('node-17'))).toBe(true);
  expect((await calibrate('last', '--for', '../../escape')).code).toBe(0);
  expect(existsSync(join(folder, 'state', 'joulebook', 'calibration', '--..-escape.json'))).toBe(true);
});
