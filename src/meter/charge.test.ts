// Generated machines: whatever mix of meters reads them, IT energy is that of the physical tree, each leaf once.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charge } from './charge.ts';
import type { Device } from './port.ts';

/** A leaf of the physical tree draws power of its own; a meter reads a set of leaves. */
interface Meter {
  readonly device: Device;
  readonly leaves: readonly string[];
}

interface Machine {
  readonly sockets: number;
  readonly gpus: number;
  /** GPUs are put on modules with socket 0, 1 …; as many modules as sockets. */
  readonly modules: boolean;
  readonly hidden: readonly boolean[];
  readonly has: Readonly<Record<string, boolean>>;
  readonly each: readonly boolean[];
  readonly psys: 'record' | 'total';
  readonly watts: readonly number[];
}

const KINDS = [
  'node',
  'ipmi',
  'psys',
  'module',
  'rapl',
  'mmio',
  'dram',
  'dramModel',
  'cpuModel',
  'nvml',
  'dcgm',
  'mig',
];
const machines: fc.Arbitrary<Machine> = fc.record({
  sockets: fc.integer({ min: 1, max: 4 }),
  gpus: fc.integer({ min: 0, max: 8 }),
  modules: fc.boolean(),
  hidden: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  has: fc.record(Object.fromEntries(KINDS.map((kind) => [kind, fc.boolean()]))),
  each: fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
  psys: fc.constantFrom('record', 'total'),
  watts: fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 32, maxLength: 32 }),
});

function deviceOf(name: string, kind: Device['kind'], more: Partial<Device> = {}): Device {
  const model = { device: name, kind, name, uuid: '', source: 'counter', charged: true, limit_w: null } as const;
  return { ...model, gain: { down: 0, up: 0 }, update_s: null, notes: [], ...more };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Leaves with their power, those that the run may not use, and the meters that read them, in any order of sources. */
function build(machine: Machine) {
  const { sockets, gpus, modules, has, each } = machine;
  const cpus = range(sockets).map((i) => `cpu:${i}`);
  const drams = range(sockets).map((i) => `dram:${i}`);
  const cards = range(gpus).map((i) => `gpu:U${i}`);
  const all = ['rest', ...cpus, ...drams, ...cards];
  const watts = new Map(all.map((leaf, i) => [leaf, machine.watts[i]!]));
  // A GPU that is split in slices is nobody's whole; the run's slice is a leaf that the device's own power holds.
  const mig = has.mig! && gpus > 0 && has.nvml!;
  // Only a driver tells that a card is there at all, and not for the run.
  const hidden = new Set(cards.filter((_, i) => has.nvml && (machine.hidden[i] || (mig && i === 0))));
  const meters: Meter[] = [];
  const add = (device: Device, leaves: readonly string[]) => meters.push({ device, leaves });
  const some = (i: number) => each[i % each.length]!;

  if (has.nvml)
    for (const i of range(gpus)) {
      const part = cards[i]!;
      add(deviceOf(`gpu-${i}`, 'gpu', { part, uuid: `U${i}`, charged: !hidden.has(part) }), [part]);
    }
  if (mig) add(deviceOf('gpu-0', 'gpu', { part: 'gpu:U0/1', uuid: 'M1', source: 'allocated' }), ['gpu:U0/1']);
  // A second driver for some of the same cards, polled, with a numbering of its own.
  if (has.dcgm)
    for (const i of range(gpus).filter(some)) {
      const part = cards[i]!;
      add(deviceOf(`gpu-${gpus - i}`, 'gpu', { part, source: 'polled', charged: !hidden.has(part) }), [part]);
    }
  if (has.rapl)
    for (const i of range(sockets).filter((i) => some(i + 8)))
      add(deviceOf(`cpu-package-${i}`, 'cpu-package', { part: cpus[i]! }), [cpus[i]!]);
  if (has.mmio) add(deviceOf('cpu-package-0', 'cpu-package', { part: cpus[0]! }), [cpus[0]!]);
  if (has.dram)
    for (const i of range(sockets).filter((i) => some(i + 12)))
      add(deviceOf(`dram-${i}`, 'dram', { part: drams[i]! }), [drams[i]!]);
  if (has.psys) add(deviceOf('psys-0', 'psys'), all);
  if (has.cpuModel)
    for (const i of range(sockets))
      add(deviceOf(`cpu-package-${i}`, 'cpu-package', { part: cpus[i]!, source: 'model' }), [cpus[i]!]);
  if (has.dramModel) add(deviceOf('dram-0', 'dram', { part: 'dram:*', source: 'model' }), drams);
  if (has.module && modules)
    for (const i of range(sockets).filter((i) => some(i + 16))) {
      const inside = [cpus[i]!, drams[i]!, ...cards.filter((_, k) => k % sockets === i)];
      add(deviceOf(`module-${i}`, 'module', { part: `module:${i}`, holds: inside }), inside);
    }
  if (has.node) add(deviceOf('node', 'node', { part: 'node' }), all);
  if (has.ipmi) add(deviceOf('node', 'node', { part: 'node', source: 'polled' }), all);
  const slice = mig ? new Map([['gpu:U0/1', Math.ceil(watts.get('gpu:U0')! / 7)]]) : new Map<string, number>();
  return { watts: new Map([...watts, ...slice]), hidden, meters };
}

/** What the run's own leaves draw that can be told apart from others': worked out leaf by leaf, without charge(). */
function truth({ watts, hidden, meters }: ReturnType<typeof build>, psys: Machine['psys']): number {
  const usable = meters.filter(
    ({ device, leaves }) => !leaves.some((leaf) => hidden.has(leaf)) && (device.kind !== 'psys' || psys === 'total'),
  );
  // The model of all memory stands only where nothing else has read any of it.
  const plain = usable.filter(({ device }) => device.part !== 'dram:*');
  const measured = meters.some(({ device }) => device.kind === 'dram' && device.part !== 'dram:*');
  const touched = measured || plain.some(({ leaves }) => leaves.some((leaf) => leaf.startsWith('dram:')));
  const seen = new Set((touched ? plain : usable).flatMap(({ leaves }) => leaves));
  return [...seen].reduce((sum, leaf) => sum + watts.get(leaf)!, 0);
}

describe('a generated machine', () => {
  test('IT energy is that of its tree, once', () => {
    fc.assert(
      fc.property(machines, (machine) => {
        const built = build(machine);
        const out = charge(
          built.meters.map(({ device }) => device),
          { psys: machine.psys },
        );
        const charged = out.filter(({ device }) => device.charged);
        const leaves = charged.flatMap(({ place }) => built.meters[place]!.leaves);
        expect(new Set(leaves).size).toBe(leaves.length);
        expect(leaves.reduce((sum, leaf) => sum + built.watts.get(leaf)!, 0)).toBe(truth(built, machine.psys));
      }),
      { numRuns: 3000 },
    );
  });

  test('names are unique, the order is kept, and what lies within names a charged device', () => {
    fc.assert(
      fc.property(machines, (machine) => {
        const built = build(machine);
        const given = built.meters.map(({ device }) => device);
        const out = charge(given, { psys: machine.psys });
        expect(new Set(out.map(({ device }) => device.device)).size).toBe(out.length);
        expect(out.map(({ place }) => place)).toEqual(out.map(({ place }) => place).sort((a, b) => a - b));
        for (const { device } of out) {
          if (device.within === undefined) continue;
          expect(device.charged).toBe(false);
          expect(out.find((other) => other.device.device === device.within)?.device.charged).toBe(true);
        }
        // Said again of its own result, it stays.
        const again = charge(
          out.map(({ device, place }) => ({ ...device, charged: given[place]!.charged })),
          { psys: machine.psys },
        );
        expect(again.map(({ device }) => device.charged)).toEqual(out.map(({ device }) => device.charged));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('by hand', () => {
  const told = (devices: readonly Device[], psys: Machine['psys'] = 'record') =>
    charge(devices, { psys }).map(({ device }) => [device.device, device.charged, device.within ?? null]);

  test('a GH200: the module once, its GPU and Grace recorded within', () => {
    const gpu = deviceOf('gpu-0', 'gpu', { part: 'gpu:U0', uuid: 'U0' });
    const grace = deviceOf('cpu-package-0', 'cpu-package', { part: 'cpu:0', holds: ['dram:0'], source: 'polled' });
    const module = deviceOf('module-0', 'module', { part: 'module:0', holds: ['gpu:U0', 'cpu:0', 'dram:0'] });
    expect(told([gpu, grace, module])).toEqual([
      ['gpu-0', false, 'module-0'],
      ['cpu-package-0', false, 'module-0'],
      ['module-0', true, null],
    ]);
  });

  test('a wall meter beside a GPU that is another’s: the parts are charged, and it says why it is not', () => {
    const devices = [
      deviceOf('gpu-0', 'gpu', { part: 'gpu:U0' }),
      deviceOf('gpu-1', 'gpu', { part: 'gpu:U1', charged: false }),
      deviceOf('node', 'node', { part: 'node' }),
    ];
    expect(told(devices)).toEqual([
      ['gpu-0', true, null],
      ['gpu-1', false, null],
      ['node', false, null],
    ]);
    expect(charge(devices, { psys: 'record' })[2]!.device.notes.join()).toMatch(/also holds gpu-1/);
  });

  test('two drivers of different cards that both begin at gpu-0', () => {
    const [a, b] = [
      deviceOf('gpu-0', 'gpu', { part: 'gpu:U0' }),
      deviceOf('gpu-0', 'gpu', { part: 'gpu:0000:c1:00.0' }),
    ];
    expect(told([a, b])).toEqual([
      ['gpu-0', true, null],
      ['gpu-1', true, null],
    ]);
  });

  test('psys: beside the total, or the total', () => {
    const devices = [deviceOf('cpu-package-0', 'cpu-package', { part: 'cpu:0' }), deviceOf('psys-0', 'psys')];
    expect(told(devices)).toEqual([
      ['cpu-package-0', true, null],
      ['psys-0', false, null],
    ]);
    expect(told(devices, 'total')).toEqual([
      ['cpu-package-0', false, 'psys-0'],
      ['psys-0', true, null],
    ]);
  });

  test('a module that cannot be read leaves its parts in charge', () => {
    const gpu = deviceOf('gpu-0', 'gpu', { part: 'gpu:U0' });
    const module = deviceOf('module-0', 'module', { part: 'module:0', holds: ['gpu:U0'], source: 'missing' });
    expect(told([gpu, module])).toEqual([
      ['gpu-0', true, null],
      ['module-0', false, null],
    ]);
  });
});
