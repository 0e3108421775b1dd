// The NVML source over real FFI on a driver library of ours whose waveforms are known in closed form.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Device, Opened, PowerSource, Sample } from '../src/meter/port.ts';
import { nvmlSource } from '../src/meter/sources/nvml.ts';
import {
  buildFakeNvml,
  type FakeSpec,
  fakeNvmlEnv,
  type LeftOut,
  noFakeNvml,
  trueEnergyJ,
  truePowerW,
} from './fake-nvml/fake-nvml.ts';

const now = () => performance.timeOrigin + performance.now();
/** The fake's clock and ours, and a read's own time, differ by less. */
const SLACK_MS = 4;

let folder: string;
const built = new Map<string, string>();
let source: PowerSource | null = null;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-nvml-'));
});
afterEach(() => {
  source?.close();
  source = null;
  delete process.env.FAKE_NVML;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function library(leftOut: readonly LeftOut[] = []): string {
  const key = leftOut.join();
  if (!built.has(key)) built.set(key, buildFakeNvml(folder, leftOut));
  return built.get(key)!;
}
async function opened(
  spec: FakeSpec,
  more: { leftOut?: LeftOut[]; visible?: string; order?: string } = {},
): Promise<Opened & { source: PowerSource }> {
  process.env.FAKE_NVML = fakeNvmlEnv(spec);
  source = nvmlSource({ library: library(more.leftOut), visible: more.visible, order: more.order });
  return { ...(await source.open()), source };
}
const sources = (devices: readonly Device[]) => devices.map((d) => d.source);

/** The counter shows counter0 + the truth up to one of its moves near the read. */
function expectCounter(spec: FakeSpec, sample: Sample, gpu = 0): void {
  const step = spec.update_ms ?? 20;
  const moved = (at: number) => Math.floor(at / step) * step;
  const at = (ms: number) => (spec.counter0 ?? 1000) + trueEnergyJ(spec, spec.t0, moved(ms), gpu);
  expect(sample.energy_j).toBeGreaterThanOrEqual(at(sample.at_ms - SLACK_MS) - 0.01);
  expect(sample.energy_j).toBeLessThanOrEqual(at(sample.at_ms + SLACK_MS) + 0.01);
}

describe.skipIf(noFakeNvml !== null)(`nvml${noFakeNvml === null ? '' : ` (${noFakeNvml})`}`, () => {
  test.each<[string, Partial<FakeSpec>]>([
    ['const', { mean: 350 }],
    ['sine', { wave: 'sine', mean: 400, amp: 250, period: 1.43 }],
    ['square', { wave: 'square', mean: 425, amp: 275, period: 0.4, update_ms: 100 }],
    ['spikes', { wave: 'spikes', mean: 100, amp: 600, period: 0.3, width: 0.03, update_ms: 50 }],
  ])('counter and power follow the truth: %s', async (_, wave) => {
    const spec: FakeSpec = { t0: Math.floor(now()) - 3000, update_ms: 20, counter0: 12_345, ...wave };
    const { devices, source } = await opened(spec);
    expect(devices[0]).toMatchObject({
      device: 'gpu-0',
      kind: 'gpu',
      source: 'counter',
      charged: true,
      limit_w: 700,
      gain: { down: 0.05, up: 0.05 },
    });
    const first = source.read(now)[0]!;
    await sleep(500);
    const last = source.read(now)[0]!;
    for (const sample of [first, last]) {
      expect(sample.why).toBeUndefined();
      expectCounter(spec, sample);
      const near = [-SLACK_MS, 0, SLACK_MS].map((ms) => truePowerW(spec, sample.at_ms + ms));
      expect(sample.power_w).toBeGreaterThanOrEqual(Math.min(...near) - 0.01);
      expect(sample.power_w).toBeLessThanOrEqual(Math.max(...near) + 0.01);
    }
    expect(last.energy_j! - first.energy_j!).toBeGreaterThan(0);
  });

  test('which way is taken is said, driver included', async () => {
    const { devices } = await opened({ t0: now() - 3000 });
    expect(devices[0]!.notes).toEqual([
      'energy from the counter (field 83)',
      'instantaneous power (field 186)',
      'NVIDIA driver 999.99.fake',
    ]);
    expect(devices[0]!.uuid).toBe('GPU-f0000000-fa4e-4000-8000-000000000000');
    expect(devices[0]!.name).toBe('NVIDIA Fake H100');
  });

  test('who uses a GPU, and how busy each keeps it', async () => {
    const { source } = await opened({ t0: now() - 3000, devices: 2, processes: '4711/60|4712/20', processes_gpu: 1 });
    // A sample of a process that is long gone is told by the fake too.
    expect(source.users!(1)).toEqual([
      { pid: 4711, share: 0.6 },
      { pid: 4712, share: 0.2 },
    ]);
    expect(source.users!(0)).toEqual([]);
  });

  test('a GPU that tells only who holds it; one that tells nothing', async () => {
    const held = await opened({ t0: now() - 3000, processes: '4711/60', unsupported: 'processutil' });
    expect(held.source.users!(0)).toEqual([{ pid: 4711, share: null }]);
    held.source.close();
    const silent = await opened({ t0: now() - 3000, processes: '4711/60', unsupported: 'processes' });
    expect(silent.source.users!(0)).toBeNull();
  });

  describe('what a GPU lacks has a stand-in', () => {
    const steady = { mean: 300, t0: 0 };
    test.each<[string, { unsupported?: string; leftOut?: LeftOut[] }, Device['source'], RegExp, boolean]>([
      ['field 186', { unsupported: '186' }, 'counter', /averaged over 1 s \(field 185\)/, true],
      ['both power fields', { unsupported: '186,185' }, 'counter', /nvmlDeviceGetPowerUsage/, true],
      ['the energy field', { unsupported: '83' }, 'counter', /nvmlDeviceGetTotalEnergyConsumption/, true],
      ['the call for fields', { unsupported: 'fieldvalues' }, 'counter', /nvmlDeviceGetTotalEnergyConsumption/, true],
      ['the symbol for fields', { leftOut: ['FIELDVALUES'] }, 'counter', /nvmlDeviceGetTotalEnergyConsumption/, true],
      ['every energy', { unsupported: '83,energy' }, 'polled', /no energy counter/, true],
      ['every energy, symbols gone', { leftOut: ['FIELDVALUES', 'ENERGY'] }, 'polled', /no energy counter/, true],
      ['every power', { unsupported: '186,185,power' }, 'counter', /power cannot be polled/, false],
      ['versioned names', { leftOut: ['V2'] }, 'counter', /field 83/, true],
    ])('%s', async (_, { unsupported, leftOut }, wanted, note, hasPower) => {
      const spec = { ...steady, t0: Math.floor(now()) - 2000, ...(unsupported === undefined ? {} : { unsupported }) };
      const { devices, source } = await opened(spec, leftOut === undefined ? {} : { leftOut });
      expect(devices[0]!.source).toBe(wanted);
      expect(devices[0]!.notes.join('; ')).toMatch(note);
      const sample = source.read(now)[0]!;
      if (wanted === 'counter') expectCounter(spec, sample);
      else expect(sample.energy_j).toBeNull();
      expect(sample.power_w).toBe(hasPower ? 300 : null);
    });

    test('neither energy, power nor utilisation: missing with the reason, never 0', async () => {
      const { devices, source } = await opened({
        t0: now(),
        devices: 2,
        unsupported: 'fieldvalues,energy,power,util',
        unsupported_gpu: 1,
      });
      expect(sources(devices)).toEqual(['counter', 'missing']);
      expect(devices[1]!.notes[0]).toMatch(/neither energy nor power.*NOT_SUPPORTED/);
      expect(source.read(now)[1]).toMatchObject({
        energy_j: null,
        power_w: null,
        why: expect.stringContaining('NOT_SUPPORTED'),
      });
    });

    // 700 W × (0.12 + 0.545 × u_sm + 0.15 × u_memory)
    test.each([
      ['idle', { util: 0, memory_util: 0 }, 84],
      ['computing all the time', { util: 100, memory_util: 50 }, 518],
      ['as the fake is', {}, 412.405],
      ['a limit that was lowered', { util: 100, memory_util: 100, limit: 400 }, 326],
    ])('neither energy nor power, but utilisation and limit: a model, labelled, wide: %s', async (_, busy, watts) => {
      const { devices, source } = await opened({ t0: now(), unsupported: 'fieldvalues,energy,power', ...busy });
      expect(devices[0]).toMatchObject({ source: 'model', charged: true, gain: { down: 0.5, up: 0.6 }, update_s: 1 });
      expect(devices[0]!.notes.join()).toMatch(
        /modelled from its utilisation.*neither energy nor power.*NOT_SUPPORTED/,
      );
      const sample = source.read(now)[0]!;
      expect([sample.energy_j, sample.power_w]).toEqual([null, expect.closeTo(watts, 3)]);
    });

    test('no enforced limit: the default one is the model’s; neither: missing', async () => {
      const lacking = { t0: now(), unsupported: 'fieldvalues,energy,power,limit', util: 0, memory_util: 0 };
      const { devices, source } = await opened({ ...lacking, default_limit: 300 });
      expect([devices[0]!.source, devices[0]!.limit_w]).toEqual(['model', 300]);
      expect(source.read(now)[0]!.power_w).toBeCloseTo(36, 6);
      source.close();
      expect((await opened(lacking)).devices[0]).toMatchObject({ source: 'missing', limit_w: null });
    });

    test('a modelled GPU that is lost is unreadable, not idle', async () => {
      const spec = { t0: Math.floor(now()) - 1000, unsupported: 'fieldvalues,energy,power', lost_at: 1200 };
      const { source } = await opened(spec);
      await sleep(spec.t0 + 1210 - now());
      expect(source.read(now)[0]).toMatchObject({ power_w: null, why: expect.stringContaining('utilisation') });
    });

    test('no limit, no utilisation', async () => {
      const { devices, source } = await opened({ t0: now() - 100 }, { leftOut: ['LIMIT', 'UTIL'] });
      expect(devices[0]!.limit_w).toBeNull();
      expect(source.utilisation!(0)).toBeNull();
    });
  });

  test.each([0, 1, 2, 3, 4, 5] as const)('a field is read by its declared type %d', async (power_type) => {
    const { source } = await opened({ t0: now() - 2000, mean: 321, power_type });
    expect(source.read(now)[0]!.power_w).toBe(321);
  });

  test.each([
    ['NVIDIA H100 80GB HBM3', 9, 0.1],
    ['NVIDIA A100-SXM4-80GB', 7, 0.1],
    ['NVIDIA A10', 7, 0.05],
    ['NVIDIA L40S', 8, 0.05],
    ['Tesla T4', 6, 0.05],
  ])('polled power of %s (architecture %d) reaches ±%d', async (names, architecture, reach) => {
    const { devices } = await opened({ t0: now() - 2000, unsupported: '83,energy', names, architecture });
    expect(devices[0]).toMatchObject({ source: 'polled', gain: { down: reach, up: reach } });
  });

  test('power seen in 25 of 100 ms is what the driver shows, while the counter knows better', async () => {
    // Steps of 100 ms that start with each look: 10 ms at 700 W, then 100 W. Looked at: (10·700 + 15·100)/25 = 340 W;
    // in truth (10·700 + 90·100)/100 = 160 W.
    const t0 = Math.floor(now() / 1000) * 1000 - 3000;
    const spec: FakeSpec = {
      t0,
      wave: 'spikes',
      mean: 100,
      amp: 600,
      period: 0.1,
      width: 0.01,
      gate: '25/100',
      update_ms: 100,
    };
    const { source } = await opened(spec);
    const first = source.read(now)[0]!;
    await sleep(300);
    const last = source.read(now)[0]!;
    expect(first.power_w).toBeCloseTo(340, 2);
    const moves = Math.round((last.energy_j! - first.energy_j!) / 16);
    expect(last.energy_j! - first.energy_j!).toBeCloseTo(moves * 16, 2);
  });

  test('a lost GPU says so, is left alone for 5 s, and comes back', async () => {
    const t0 = Math.floor(now()) - 1000;
    const { devices, source } = await opened({ t0, devices: 2, lost_gpu: 1, lost_at: 1300, back_at: 1700 });
    expect(sources(devices)).toEqual(['counter', 'counter']);
    expect(source.read(now).map((s) => s.why)).toEqual([undefined, undefined]);
    await sleep(t0 + 1310 - now());
    const lost = { energy_j: null, power_w: null, why: expect.stringContaining('GPU_IS_LOST') };
    expect(source.read(now)[1]).toMatchObject(lost);
    expect(source.read(now)[0]!.energy_j).toBeGreaterThan(0);
    expect(source.utilisation!(1)).toBeNull();
    await sleep(t0 + 1710 - now());
    expect(source.read(now)[1]).toMatchObject(lost);
    expect(source.read(() => now() + 4000)[1]!.energy_j).toBeNull();
    expect(source.read(() => now() + 5100)[1]!.energy_j).toBeGreaterThan(0);
    expect(source.read(now)[1]!.why).toBeUndefined();
  });

  test('a GPU lost before the start is there, but missing', async () => {
    const { devices } = await opened({ t0: now(), devices: 2, unsupported: 'handle', unsupported_gpu: 0 });
    expect(sources(devices)).toEqual(['missing', 'counter']);
    expect(devices[0]!.notes[0]).toMatch(/GPU_IS_LOST/);
  });

  test('a counter that begins again is passed on as it is', async () => {
    const t0 = Math.floor(now()) - 1000;
    const { source } = await opened({ t0, mean: 500, counter0: 90_000, reset_at: 1400 });
    expect(source.read(now)[0]!.energy_j).toBeGreaterThan(90_000);
    await sleep(t0 + 1500 - now());
    const after = source.read(now)[0]!;
    // 500 W since the reset at 1400 ms, up to the last move of the counter.
    expect(after.energy_j).toBeLessThanOrEqual(0.5 * (after.at_ms + SLACK_MS - t0 - 1400) + 0.01);
    expect(after.energy_j).toBeGreaterThanOrEqual(0.5 * (after.at_ms - SLACK_MS - 20 - t0 - 1400) - 0.01);
  });

  test('eight GPUs, each with its own wave and buffers', async () => {
    const spec: FakeSpec = {
      t0: Math.floor(now()) - 2000,
      devices: 8,
      wave: 'sine',
      mean: 400,
      amp: 250,
      period: 1.43,
      phase: 0.17,
    };
    const { devices, source } = await opened(spec);
    expect(devices.map((d) => d.device)).toEqual([
      'gpu-0',
      'gpu-1',
      'gpu-2',
      'gpu-3',
      'gpu-4',
      'gpu-5',
      'gpu-6',
      'gpu-7',
    ]);
    expect(new Set(devices.map((d) => d.uuid)).size).toBe(8);
    const samples = source.read(now);
    expect(samples.map((s) => s.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    samples.forEach((sample, gpu) => void expectCounter(spec, sample, gpu));
  });

  test('a slow driver: the reading is dated in the middle of its call', async () => {
    const spec: FakeSpec = { t0: Math.floor(now()) - 2000, latency_us: 40_000, mean: 400, update_ms: 20 };
    const { source } = await opened(spec);
    const reads = [1, 2, 3].map(() => {
      const before = now();
      const sample = source.read(now)[0]!;
      const after = now();
      expect(Math.abs(sample.at_ms - (before + after) / 2)).toBeLessThan(1);
      return { sample, took: after - before };
    });
    const quickest = reads.reduce((a, b) => (b.took < a.took ? b : a));
    expect(quickest.took).toBeGreaterThanOrEqual(40);
    expect(quickest.took).toBeLessThan(80); // one call, not two
    expectCounter(spec, quickest.sample);
  });

  test('utilisation has a call of its own', async () => {
    const { source } = await opened({ t0: now() - 100 });
    expect(source.utilisation!(0)).toEqual({ busy: 0.77, memory: 0.33 });
    expect(source.utilisation!(1)).toBeNull();
  });

  describe('which GPUs are charged', () => {
    const charged = ({ devices }: Opened) => devices.filter((d) => d.charged).map((d) => d.device);
    test.each<[string | undefined, string[]]>([
      [undefined, ['gpu-0', 'gpu-1', 'gpu-2']],
      ['', []],
      ['2', ['gpu-2']],
      ['GPU-f0000001', ['gpu-1']],
      ['MIG-GPU-f0000002-fa4e-4000-8000-000000000000/1/0', ['gpu-2']],
    ])('CUDA_VISIBLE_DEVICES=%j', async (visible, wanted) => {
      const found = await opened({ t0: now() - 100, devices: 3 }, visible === undefined ? {} : { visible });
      expect(charged(found)).toEqual(wanted);
    });

    test('unlike GPUs by number: CUDA may count otherwise', async () => {
      const spec = { t0: now() - 100, devices: 2, names: 'NVIDIA A100|NVIDIA T4' };
      expect((await opened(spec, { visible: '1' })).devices[1]!.notes.join()).toMatch(/CUDA_DEVICE_ORDER/);
      source!.close();
      expect((await opened(spec, { visible: '1', order: 'PCI_BUS_ID' })).devices[1]!.notes.join()).not.toMatch(
        /CUDA_DEVICE_ORDER/,
      );
    });
  });

  describe('a board that is split by MIG', () => {
    const spec = (more: Partial<FakeSpec> = {}): FakeSpec => ({
      t0: now() - 5000,
      devices: 2,
      mig: '3,2,1',
      mean: 420,
      ...more,
    });
    const told = ({ devices }: Opened) => devices.map(({ device, source, charged }) => [device, source, charged]);

    test('its slices are charged by size, the board is not; another GPU goes as ever', async () => {
      const found = await opened(spec());
      expect(told(found)).toEqual([
        ['gpu-0', 'counter', false],
        ['gpu-1', 'counter', true],
        ['gpu-2', 'allocated', true],
        ['gpu-3', 'allocated', true],
        ['gpu-4', 'allocated', true],
      ]);
      expect(found.devices.map(({ part }) => part).slice(2)).toEqual(
        [0, 1, 2].map((i) => `GPU-f0000000-fa4e-4000-8000-000000000000/MIG-a000000${i}-51ce-4000-8000-000000000000`),
      );
    });

    test('shares of 3, 2 and 1 of 7 slices, and what is given to none, are the board', async () => {
      const { source } = await opened(spec());
      const [board, , ...slices] = source.read(now);
      expect(slices.map(({ energy_j }) => energy_j! / board!.energy_j!)).toEqual(
        [3 / 7, 2 / 7, 1 / 7].map((share) => expect.closeTo(share, 9)),
      );
      expect(slices.map(({ power_w }) => power_w)).toEqual([180, 120, 60].map((w) => expect.closeTo(w, 6)));
      const rest = board!.energy_j! - slices.reduce((sum, { energy_j }) => sum + energy_j!, 0);
      expect(rest).toBeCloseTo(board!.energy_j! / 7, 6);
    });

    test('the interval reaches from an idle slice to one that did all the work', async () => {
      // 1 of 7 of 420 W: 60 W. Idle draws at least 0.12 of 420 W: 50.4 W, of which it bears 7.2 W; working alone, 420 − 6/7 × 50.4 = 376.8 W.
      const { devices } = await opened(spec());
      const { gain } = devices[4]!;
      expect(60 * (1 - gain.down)).toBeLessThanOrEqual(7.2);
      expect(60 * (1 + gain.up)).toBeGreaterThanOrEqual(376.8);
    });

    test.each([
      ['MIG-a0000001', ['gpu-3']],
      ['MIG-GPU-f0000000-fa4e-4000-8000-000000000000/9/0', ['gpu-4']],
      ['1', ['gpu-1']],
    ])('CUDA_VISIBLE_DEVICES=%s leaves %j', async (visible, wanted) => {
      const { devices } = await opened(spec(), { visible });
      expect(devices.filter(({ charged }) => charged).map(({ device }) => device)).toEqual(wanted);
    });

    test('an A30 has four slices', async () => {
      const { source } = await opened(spec({ mig: '1', names: 'NVIDIA A30' }));
      const [board, , slice] = source.read(now);
      expect(slice!.power_w! / board!.power_w!).toBeCloseTo(1 / 4, 9);
    });

    test('a slice of a lost board cannot be read either, and says why', async () => {
      const { source: lost } = await opened(spec({ t0: now() + 300, lost_at: 0, lost_gpu: 0 }));
      await sleep(400);
      const [board, other, slice] = lost.read(now);
      expect([board!.energy_j, slice!.energy_j, other!.energy_j !== null]).toEqual([null, null, true]);
      expect(slice!.why).toBe(board!.why);
    });
  });

  describe('nothing there, in words', () => {
    test('the kernel driver is not loaded', async () => {
      const found = await opened({ t0: 0, init_rc: 9 });
      expect(found.devices).toEqual([]);
      expect(found.absent).toMatch(/kernel driver is not loaded \(NVML error 9, DRIVER_NOT_LOADED\)/);
      expect(found.source.read(now)).toEqual([]);
    });
    test('no GPU', async () => {
      expect((await opened({ t0: 0, devices: 0 })).absent).toMatch(/no GPU/);
    });
  });
});

test('a library that is not there', async () => {
  const none = nvmlSource({ library: '/nowhere/libnvidia-ml.so.1', visible: undefined, order: undefined });
  const { devices, absent } = await none.open();
  expect(devices).toEqual([]);
  expect(absent).toMatch(
    /^no NVIDIA driver library \(\/nowhere\/libnvidia-ml\.so\.1\) could be loaded: .*No such file/,
  );
  expect(none.read(now)).toEqual([]);
  none.close();
});

test('a library of something else', async () => {
  const other = nvmlSource({ library: 'libm.so.6', visible: undefined, order: undefined });
  expect((await other.open()).absent).toMatch(/FUNCTION_NOT_FOUND/);
  other.close();
});
