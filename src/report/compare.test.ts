import { describe, expect, test } from 'vitest';
import { compared, grid, NONE, near, one, run, SECONDS } from '../../test/helpers/compare-input.ts';
import { inputOf } from '../../test/helpers/report-input.ts';
import { lowerIsBetter } from '../emissions/to-target.ts';
import type { ReportInput } from './build.ts';
import { compareRows } from './compare-files.ts';
import { optionsOf } from './compare-settings.ts';
import { compareText } from './compare-text.ts';

describe('one run each', () => {
  test('100 W against 90 W for 100 s: 10 % less, for sure, of all that hangs on it', () => {
    const { figures, flags } = one(run({}), run({ w: 90 }));
    // 10 kJ at 300 g/kWh and a PUE of 1.3.
    expect(figures.it_j).toMatchObject({ a: { value: 10_000 }, b: { value: 9000 }, verdict: 'better', spread: 'none' });
    expect(figures.operational_g!.a.value).toBeCloseTo((10_000 / 3.6e6) * 300 * 1.3, 9);
    // The gain cancels; what is left are the counters' updates at both edges, 0.1 s of 100 s in either run.
    const edges = Math.hypot(Math.log(0.999), Math.log(1.001));
    const ratio = { value: near(0.9), low: near(0.9 * Math.exp(-edges)), high: near(0.9 * Math.exp(edges)) };
    for (const name of ['it_j', 'facility_j', 'operational_g', 'j_per_token', 'j_per_step', 'g_per_million_tokens'])
      expect([name, figures[name]?.ratio]).toEqual([name, ratio]);
    expect(figures.j_per_token!.a.value).toBeCloseTo(10, 9);
    expect(figures.duration_s).toMatchObject({ verdict: 'same', unit: 's' });
    expect(flags).toEqual([]);
  });

  test('a part of which only rounding is left is 0 in words, as its share is', () => {
    const found = structuredClone(compared({ a: [run({})], b: [run({ w: 90 })] }));
    const { at_equal_grid: equal } = found.comparisons[0]!;
    const part = 'effects' in equal && equal.effects.find(({ effect }) => effect === 'grid');
    Object.assign(part || {}, { share: 5e-17, part_g: { value: 4e-17, low: 4e-17, high: 4e-17 } });
    expect(compareText(found, { columns: 80, color: false })).toMatch(/^ +grid +0 % {2}0 {2}the grid/m);
  });

  test('a run against itself: no difference anywhere, without width', () => {
    const same = run({});
    const { figures, paired, at_equal_grid, differences } = one(same, same);
    for (const [name, { verdict, ratio, a }] of Object.entries(figures)) {
      if (a.value === null) continue;
      expect([name, verdict, ratio]).toEqual([name, 'same', { value: 1, low: 1, high: 1 }]);
    }
    expect(paired).toMatchObject({ difference_j: { value: 0, low: 0, high: 0 }, verdict: 'same' });
    expect(at_equal_grid).toMatchObject({ difference_g: 0, share: 0, sentence: 'b emitted as much as a' });
    expect(differences).toEqual([]);
  });

  test('sensors of two makes do not cancel: 4 % within two gains of 5 % cannot be told, and no repeats would', () => {
    const other = (input: ReportInput): ReportInput => ({
      ...input,
      energy: {
        ...input.energy,
        devices: input.energy.devices.map((use) => ({ ...use, device: { ...use.device, name: 'H' } })),
      },
    });
    const { figures } = one(run({}), run({ w: 96, change: other }));
    expect(figures.it_j!.verdict).toBe('cannot-tell');
    expect(figures.it_j!.repeats.why).toMatch(/no repeats settle/);
    expect(one(run({}), run({ w: 96 })).figures.it_j!.verdict).toBe('better');
  });
});

describe('devices of one make', () => {
  /** So many GPUs of 100 W each (the last may be short of it), with ids that begin with a letter. */
  const node = (letter: string, w: number, count = 1): ReportInput => {
    const power = Array.from({ length: SECONDS }, () => w);
    const made = inputOf(
      Array.from({ length: count }, () => power),
      [],
      grid(300),
    );
    const of = <D extends { uuid: string }>(device: D, i: number): D => ({
      ...device,
      charged: true,
      uuid: `${letter}${i}`,
    });
    const devices = made.energy.devices.map((use, i) => ({ ...use, device: of(use.device, i) }));
    return { ...made, run: { ...made.run, id: `${letter}-${w}` }, energy: { ...made.energy, devices } };
  };
  // ±5 % of each card, half of whose variance is its own: √½ · 5 % of either side.
  const reachOf = (ratio: number, cards: number, edges: number) => {
    const each = (0.05 * Math.SQRT1_2) / cards;
    return Math.hypot(Math.sqrt(cards) * Math.log1p(each), Math.sqrt(cards) * Math.log1p(-each), ratio * edges);
  };

  test('one card: 4 % less on itself is sure; on another card of the make it cannot be told, by hand', () => {
    expect(one(node('x', 100), node('x', 96)).figures.it_j!.verdict).toBe('better');
    const { it_j } = one(node('x', 100), node('y', 96)).figures;
    expect([it_j!.verdict, it_j!.repeats.each]).toEqual(['cannot-tell', null]);
    const { ratio } = it_j!;
    if (ratio.value === null) throw new Error('it is known');
    expect(Math.log(ratio.high / ratio.low) / 2).toBeCloseTo(reachOf(1, 1, 0.0014), 3);
    // Each run's own interval is that of its report.
    expect(it_j!.a).toMatchObject({ low: expect.closeTo(10_000 - Math.hypot(500, 10), 6) });
  });

  test('three cards against three others are surer: what each gets wrong averages out', () => {
    const { ratio, verdict } = one(node('x', 100, 3), node('y', 96, 3)).figures.it_j!;
    if (ratio.value === null) throw new Error('it is known');
    expect(Math.log(ratio.high / ratio.low) / 2).toBeCloseTo(reachOf(1, 3, 0.0014), 3);
    expect(verdict).toBe('better');
  });
});

describe('groups', () => {
  test('repeats: 98, 100 and 102 W against 88, 90 and 92 W', () => {
    const found = compared({ a: [98, 100, 102].map((w) => run({ w })), b: [88, 90, 92].map((w) => run({ w })) });
    const { figures } = found.comparisons[0]!;
    expect(figures.it_j).toMatchObject({ a: { value: 10_000 }, b: { value: 9000 }, verdict: 'better', spread: 'both' });
    // Relative variances of the means by hand, and t = 2.1398 of 3.956 degrees of freedom.
    const reach = 2.1398 * Math.sqrt(0.02 ** 2 / 3 + (2 / 90) ** 2 / 3);
    expect(figures.it_j!.ratio).toMatchObject({ low: expect.closeTo(0.9 * Math.exp(-reach), 3) });
    expect(found.warnings).toEqual([]);
  });

  test('what only some of the runs tell is a row of its own, with the reason; what none tells is none', () => {
    const silent = run({ change: (input) => ({ ...input, steps: [] }) });
    const text = compareText(compared({ a: [run({}), silent], b: [silent, run({})] }), { columns: 200, color: false });
    expect(text).toMatch(/^ {2}per token: not known of 1 of 2: .+$/m);
    expect(text).toMatch(/^ {2}per token .*unknown/m);
    expect(text).not.toMatch(/^ {2}cost/m);
  });

  test('what cannot be told yet says how many repeats would', () => {
    const found = compared({ a: [90, 100, 110].map((w) => run({ w })), b: [88, 98, 108].map((w) => run({ w })) });
    const { it_j } = found.comparisons[0]!.figures;
    expect([it_j!.verdict, it_j!.repeats.why]).toEqual(['cannot-tell', null]);
    expect(it_j!.repeats.each).toBeGreaterThan(100);
    expect(compareText(found, { columns: 80, color: false })).toContain(
      `cannot tell yet: ${it_j!.repeats.each} repeats of each would`,
    );
  });
});

describe('what cannot be compared says so, and what would change that', () => {
  test('another boundary: no verdict on energy, one on time', () => {
    const cpu = (input: ReportInput): ReportInput => ({
      ...input,
      energy: {
        ...input.energy,
        devices: input.energy.devices.map((use) => ({
          ...use,
          device: { ...use.device, kind: 'cpu-package' as const },
        })),
      },
    });
    const { figures, flags, at_equal_grid, paired } = one(run({}), run({ change: cpu }));
    expect(flags[0]).toMatchObject({ code: 'boundary', message: 'what is counted differs: gpu against cpu-package' });
    expect([figures.it_j!.verdict, figures.operational_g!.verdict, figures.duration_s!.verdict]).toEqual([
      'not-comparable',
      'not-comparable',
      'same',
    ]);
    expect([at_equal_grid.difference_g, paired.rows]).toEqual([null, null]);
  });

  test('another kind of intensity, a PUE that one lacks, another meter, a run that failed', () => {
    const marginal = run({
      w: 90,
      change: (input) => ({ ...input, chain: input.chain.map((one) => ({ ...one, kind: 'marginal' })) }),
    });
    const kinds = one(run({}), marginal);
    expect(kinds.flags.map(({ code }) => code)).toContain('intensity');
    expect([kinds.figures.operational_g!.verdict, kinds.figures.it_j!.verdict]).toEqual(['not-comparable', 'better']);

    const bare = one(run({}), run({ w: 90, change: (input) => ({ ...input, run: { ...input.run, pue: null } }) }));
    expect(bare.flags).toMatchObject([{ code: 'pue', hint: expect.stringContaining('--pue') }]);
    expect([bare.figures.operational_g!.verdict, bare.figures.it_j!.verdict]).toEqual(['not-comparable', 'better']);

    const polled = (input: ReportInput): ReportInput => ({
      ...input,
      state: 'failed',
      energy: {
        ...input.energy,
        devices: input.energy.devices.map((use) => ({ ...use, device: { ...use.device, source: 'polled' as const } })),
      },
    });
    const other = one(run({}), run({ w: 50, change: polled }));
    expect(other.flags.map(({ code, withheld }) => [code, withheld])).toEqual([
      ['meter', []],
      ['state', []],
    ]);
    expect(other.figures.it_j!.verdict).toBe('better');
  });
});

test('energy, emissions and time to a loss, between logged points', () => {
  const wishes = { ...NONE, target: { metric: 'loss', value: 5.95, from: 'above' as const } };
  // 11 - step/10 is 5.95 after 50.5 steps of a second: 5050 J of 100 W, half as much of 50 W.
  const { figures } = one(run({}), run({ w: 50 }), wishes);
  expect(figures.target_j).toMatchObject({
    a: { value: near(5050) },
    b: { value: near(2525) },
    ratio: { value: near(0.5) },
    verdict: 'better',
  });
  expect(figures.target_s).toMatchObject({ a: { value: near(50.5), low: near(50), high: near(51) } });
  expect(figures.target_g!.a.value).toBeCloseTo((5050 / 3.6e6) * 300 * 1.3, 9);
  const never = one(run({}), run({}), { ...NONE, target: { ...wishes.target, value: 0.5 } }).figures.target_j!;
  expect([never.verdict, never.a]).toEqual([
    null,
    { value: null, why: 'loss came down to 1 at step 100, 0.5 was not reached' },
  ]);
});

test('the front of a group: what is beaten, by whom, the knee, and who has no quality', () => {
  const tagged = (accuracy: string, w: number) =>
    run({ w, change: (input) => ({ ...input, run: { ...input.run, tags: accuracy === '' ? {} : { accuracy } } }) });
  const groups = {
    ...{ small: [tagged('0.6', 10)], middle: [tagged('0.88', 20)], large: [tagged('0.9', 100)] },
    ...{ beaten: [tagged('0.85', 50)], untold: [tagged('', 5)] },
  };
  const { front } = compared(groups, { ...NONE, quality: 'accuracy' });
  expect(lowerIsBetter('accuracy')).toBe(false);
  expect(front?.points.map(({ label, on_front, dominated_by, knee }) => [label, on_front, dominated_by, knee])).toEqual(
    [
      ['small', true, null, false],
      ['middle', true, null, true],
      ['large', true, null, false],
      ['beaten', false, 'middle', false],
    ],
  );
  expect(front?.objectives.map(({ name }) => name)).toEqual(['accuracy', 'it_j', 'operational_g', 'duration_s']);
  expect(front?.left_out).toEqual([
    { label: 'untold', why: 'no accuracy was logged, and no tag of that name is a number' },
  ]);
});

test('money on the front has its currency', () => {
  const priced = (accuracy: string) =>
    run({
      change: (input) => ({
        ...input,
        run: { ...input.run, tags: { accuracy }, price: { per_kwh: 0.36, currency: 'EUR' } },
      }),
    });
  const found = compared({ a: [priced('0.6')], b: [priced('0.7')] }, { ...NONE, quality: 'accuracy' });
  expect(found.front?.objectives.at(-1)).toEqual({ name: 'cost', unit: 'EUR', better: 'lower' });
  // 10 kJ at a PUE of 1.3 are 0.003611 kWh, 0.36 EUR each.
  expect(compareText(found, { columns: 80, color: false })).toMatch(/^ +b +0\.700 .* 0\.00130 EUR {2}on the front/m);
});

test('what it was run with: options, tags and hardware that differ', () => {
  expect([
    ...optionsOf(['python', 'train.py', '--lr', '0.1', '--fp16', '--batch-size=8', 'model.dim=64', '--seed', '-1']),
  ]).toEqual([
    ['--lr', '0.1'],
    ['--fp16', 'on'],
    ['--batch-size', '8'],
    ['model.dim', '64'],
    ['--seed', '-1'],
    ['command', 'python train.py'],
  ]);
  const with_ =
    (lr: string, zone: string) =>
    (input: ReportInput): ReportInput => ({
      ...input,
      run: { ...input.run, zone, tags: { lr }, command: ['python', 'train.py', '--depth', lr === '1' ? '12' : '24'] },
    });
  const { differences } = one(run({ change: with_('1', 'X') }), run({ change: with_('2', 'Y'), tokens: 20 }));
  expect(differences).toEqual([
    { what: 'tag lr', a: '1', b: '2' },
    { what: '--depth', a: '12', b: '24' },
    { what: 'tokens per step', a: '10', b: '20' },
    { what: 'zone', a: 'X', b: 'Y' },
  ]);
});

test('a row of CSV for each figure, what is not known empty', () => {
  const rows = compareRows(compared({ a: [run({})], b: [run({ w: 90 })] }));
  expect(rows.find(({ figure }) => figure === 'it_j')).toMatchObject({
    base: 'a',
    other: 'b',
    base_value: 10_000,
    verdict: 'better',
  });
  expect(rows.find(({ figure }) => figure === 'cost')).toMatchObject({
    base_value: null,
    ratio_value: null,
    verdict: null,
  });
});
