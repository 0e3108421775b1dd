import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isKnown, over, toJson } from '../core/figure.ts';
import { type AcceleratorUse, type EmbodiedSpec, embodied, type HostUse } from './embodied.ts';
import { acceleratorMade, hostMade } from './hardware.ts';

const H100 = 'NVIDIA H100 80GB HBM3';
const HOUR_S = 3600;
const gpus = (count: number, hours: number, name = H100, share = 1): AcceleratorUse[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ device: `gpu-${i}`, host: 'node', name, share, reserved_s: hours * HOUR_S, limit_w: null },
  }));
const gramsOf = (accelerators: AcceleratorUse[], spec: EmbodiedSpec, hosts: HostUse[] = []) =>
  embodied({ accelerators, hosts }, spec).figure.value!;

test('eight H100 for a day by their maker, over five years: 8 × 164 × 24 / 43,800 kg', () => {
  expect(gramsOf(gpus(8, 24), { source: 'vendor', lifetime_y: 5 })).toBeCloseTo(718.9041, 3);
});

test("the range of an H100 reaches from its maker's 164 kg to about 572 bottom-up, its value between in proportion", () => {
  const [part] = embodied({ accelerators: gpus(1, 43_800), hosts: [] }, { lifetime_y: 5 }).parts;
  const { value, low, high } = part!.embodied_g as { value: number; low: number; high: number };
  expect(low).toBeCloseTo(164_000, 6);
  expect(high).toBeGreaterThan(571_000);
  expect(high).toBeLessThan(573_000);
  expect(value / low).toBeCloseTo(high / value, 9);
  expect(part!.by).toBe('range');
});

test('one slice of seven is a seventh of the board', () => {
  const spec: EmbodiedSpec = { source: 'vendor', lifetime_y: 5 };
  const slice = gramsOf(gpus(1, 24, 'NVIDIA A100-SXM4-40GB MIG 1 of 7', 1 / 7), spec);
  expect(slice).toBeCloseTo(gramsOf(gpus(1, 24, 'NVIDIA A100-SXM4-40GB'), spec) / 7, 9);
});

// Luccioni et al., JMLR 24(253), 2023, §4.1: 150 kg a GPU, 2,500 kg a server of eight, 6 years at 85 % use; 1,082,990
// GPU-hours of 384 GPUs; 11.2 t. By hand: 1,082,990 × (150 + 2,500 / 8) / (6 × 8,760 × 0.85) = 11,211 kg.
test('BLOOM: 11.2 t from the inputs that its authors state', () => {
  const hours = 1_082_990 / 384;
  const hosts = Array.from({ length: 48 }, (_, i) => ({
    ...{ host: `n${i}`, share: 1, reserved_s: hours * HOUR_S, machine: null },
  }));
  const spec = {
    devices: { A100: { value: 150, source: 'Luccioni 2023' } },
    ...{ server: { value: 2500, source: 'Luccioni 2023' }, lifetime_y: 6 * 0.85 },
  };
  const { figure, notes } = embodied({ accelerators: gpus(384, hours, 'NVIDIA A100-SXM4-80GB'), hosts }, spec);
  expect(figure.value! / 1e6).toBeCloseTo(11.211, 3);
  expect(toJson(figure)).toMatchObject({ low: figure.value, high: figure.value });
  expect(notes).toEqual([]);
});

// The parts of the HGX H100's footprint say what a B200's should be; NVIDIA's own is 2,274 kg of eight.
test("the model of the makers' figures meets one that it was not made from, within 15 %", () => {
  const b200 = 16.28 * 5.098 + 180 * 0.853 + 1000 * 0.0775;
  expect(Math.abs(b200 / (2274 / 8) - 1)).toBeLessThan(0.15);
  expect(acceleratorMade('NVIDIA B200', 1000, 'vendor')!.value).toBe(284);
});

// By hand: 8.26 × 5.098 + 40 × 0.853 + 400 × 0.0775 = 107.2; 8.26 × 14.7 + 40 × 5.39 + 400 × 0.03 = 349.0.
test('published assessments that neither model was made from lie in the range', () => {
  const a100 = acceleratorMade('NVIDIA A100-SXM4-40GB', 400, 'range')!;
  expect([a100.low, a100.high]).toEqual([expect.closeTo(107.23, 2), expect.closeTo(349.02, 2)]);
  for (const kg of [127.6, 150]) expect(kg > a100.low && kg < a100.high).toBe(true); // Falk 2025; Luccioni 2023
  const h200 = acceleratorMade('NVIDIA H200', 700, 'range')!;
  expect(364 > h200.low && 364 < h200.high).toBe(true); // Lees-Perasso 2026
});

test('the lower end of a range is never above its maker, the upper never below the bottom-up model', () => {
  for (const name of [H100, 'NVIDIA B200', 'Tesla V100-SXM2-32GB', 'NVIDIA L4', 'AMD Instinct MI300X']) {
    const [range, vendor, up] = (['range', 'vendor', 'bottom-up'] as const).map((by) => acceleratorMade(name, 1, by)!);
    expect(range!.low).toBeLessThanOrEqual(vendor!.value);
    expect(range!.high).toBeCloseTo(up!.value, 9);
  }
});

test('names as the drivers tell them find their card, and not a neighbour', () => {
  const kg = (name: string) => acceleratorMade(name, null, 'range')?.high;
  expect(kg('NVIDIA A100-SXM4-80GB')).toBeCloseTo(8.26 * 14.7 + 80 * 5.39 + 12, 6);
  expect(kg('NVIDIA A100 80GB PCIe')).toBeCloseTo(8.26 * 14.7 + 80 * 5.39 + 9, 6);
  expect(kg('Tesla V100-SXM2-32GB')).toBeCloseTo(8.15 * 14.7 + 32 * 5.39 + 9, 6);
  expect(kg('NVIDIA L40S')).not.toBe(kg('NVIDIA L40'));
  expect(kg('NVIDIA H100 PCIe')).not.toBe(kg(H100));
  for (const name of ['NVIDIA GB200', 'NVIDIA GeForce RTX 4090 Laptop GPU', 'NVIDIA RTX 6000 Ada Generation', 'A100'])
    expect(kg(name)).toBeUndefined();
});

test('what no table has is estimated from its power, widely, and said; without a power it is unknown', () => {
  const [use] = gpus(1, 43_800, 'NVIDIA X900');
  const guessed = embodied({ accelerators: [{ ...use!, limit_w: 700 }], hosts: [] }, { lifetime_y: 5 });
  const kg = guessed.parts[0]!.kg as { low: number; high: number };
  expect(kg.low).toBeLessThan(164);
  expect(kg.high).toBeGreaterThan(572);
  expect(guessed.parts[0]!.by).toBe('estimate');
  expect(guessed.notes.join()).toContain('NVIDIA X900: in no table');
  const dark = embodied({ accelerators: [...gpus(1, 1), use!], hosts: [] }, {});
  expect(toJson(dark.figure)).toEqual({ value: null, why: expect.stringContaining('NVIDIA X900') });
});

test("a user's own figure goes before all others, the most exact name first, with its own interval", () => {
  const devices = {
    H100: { value: 200, low: 150, high: 250, source: 'our LCA' },
    'H100 HBM3': { value: 210, source: 'our LCA, this board' },
  };
  const whole = { lifetime_y: 5, devices };
  expect(gramsOf(gpus(1, 43_800), whole)).toBeCloseTo(210_000, 6);
  const pcie = embodied({ accelerators: gpus(1, 43_800, 'NVIDIA H100 PCIe'), hosts: [] }, whole);
  expect(toJson(pcie.figure)).toEqual({
    ...{ value: expect.closeTo(200_000, 6), low: expect.closeTo(150_000, 6), high: expect.closeTo(250_000, 6) },
  });
  expect(pcie.causes.map(({ id }) => id)).toEqual(['embodied:given:accelerator']);
});

test('a lifetime that nobody gave reaches from four years to six', () => {
  const { figure } = embodied(
    { accelerators: gpus(1, 43_800), hosts: [] },
    { devices: { H100: { value: 100, source: 'x' } } },
  );
  expect(toJson(figure)).toEqual({
    ...{
      value: expect.closeTo(100_000, 6),
      low: expect.closeTo((100_000 * 5) / 6, 6),
      high: expect.closeTo(125_000, 6),
    },
  });
});

const MACHINE = {
  ...{ sockets: 2, cores: 56, threads: 112, virtual: false },
  ...{ memory_bytes: 384e9, ssd_bytes: 31.12e12, hdd_bytes: 0 },
};

// Dell's assessment of the R740: memory 533 kg, disks 3,379 + 64, all 4,288.
test('a Dell R740 lies in the range of its parts', () => {
  const parts = Object.fromEntries(hostMade(MACHINE).map(({ kind, made }) => [kind, made!]));
  expect(parts.memory!.high).toBeCloseTo(533, -1);
  for (const [kind, kg] of [
    ['storage', 3443],
    ['cpu', 47],
    ['server', 265],
  ] as const) {
    expect(parts[kind]!.low).toBeLessThanOrEqual(kg);
    expect(parts[kind]!.high * 1.01).toBeGreaterThanOrEqual(kg);
  }
});

test('a host whose making is not known is left out and said; alone it is unknown', () => {
  const hosts = [{ host: 'node', share: 1, reserved_s: HOUR_S, machine: null }];
  const partial = embodied({ accelerators: gpus(1, 1), hosts }, {});
  expect(partial.figure.value).toBe(gramsOf(gpus(1, 1), {}));
  expect(partial.notes.join()).toContain('leave out host node');
  expect(embodied({ accelerators: [], hosts }, {}).figure).toMatchObject({ value: null });
  expect(embodied({ accelerators: [], hosts: [] }, {}).figure).toMatchObject({ value: null });
});

test('a virtual machine has the part of a server that its threads are', () => {
  const whole = hostMade(MACHINE).find(({ kind }) => kind === 'server')!.made!;
  const part = hostMade({ ...MACHINE, virtual: true, threads: 16 }).find(({ kind }) => kind === 'server')!.made!;
  expect(part.value).toBeCloseTo(whole.value / 16, 9);
});

test('linear in time and share, and the parts add up', () => {
  const hours = fc.double({ min: 0.01, max: 1e4, noNaN: true });
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(hours, share, fc.integer({ min: 1, max: 9 }), (t, s, k) => {
      const of = (time: number, part: number) =>
        embodied(
          {
            accelerators: gpus(3, time, H100, part),
            hosts: [{ host: 'node', share: part, reserved_s: time * HOUR_S, machine: MACHINE }],
          },
          {},
        );
      const one = of(t, s);
      expect(of(t * k, s).figure.value! / one.figure.value!).toBeCloseTo(k, 9);
      expect(of(t, s / k).figure.value! / one.figure.value!).toBeCloseTo(1 / k, 9);
      const sum = one.parts.reduce((all, part) => all + part.embodied_g.value!, 0);
      expect(sum / one.figure.value!).toBeCloseTo(1, 12);
    }),
  );
});

test('between two runs on the same hardware what it took to make it cancels', () => {
  const run = (hours: number) => embodied({ accelerators: gpus(8, hours), hosts: [] }, {}).figure;
  const ratio = over(run(3), run(2));
  expect(isKnown(ratio) && toJson(ratio)).toEqual({
    ...{ value: expect.closeTo(1.5, 12), low: expect.closeTo(1.5, 9), high: expect.closeTo(1.5, 9) },
  });
});
