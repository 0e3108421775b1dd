// joulebook compare on the built program, with imported traces.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CompareJson } from '../src/report/compare-model.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';

const T = Date.UTC(2026, 0, 1);
const H = 3_600_000;
let folder: string;
const ask = (...args: string[]) => joulebook([...args, '--ledger', join(folder, 'ledger')], { cwd: folder });
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(...args);
  expect([args, code], stderr).toEqual([args, 0]);
  return stdout;
}
async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await ask(...args);
  expect([args, code]).toEqual([args, 2]);
  return stderr;
}
const compare = async (...args: string[]) => JSON.parse(await told('compare', ...args, '--json')) as CompareJson;

/** 1000 s of constant power on one GPU, a step of 1000 tokens each 10 s, a loss that falls from 9.9 by 0.1 a step. */
async function trace(name: string, w: number, at: number, ...more: string[]) {
  const iso = (s: number) => new Date(at + s * 1000).toISOString();
  const power = Array.from({ length: 101 }, (_, i) => `${iso(i * 10)},gpu-0,${w}`);
  const steps = Array.from(
    { length: 100 },
    (_, i) => `${iso((i + 1) * 10)},${i + 1},${(i + 1) * 1000},${9.9 - i / 10}`,
  );
  writeFileSync(join(folder, `${name}.csv`), `timestamp,device,power_w\n${power.join('\n')}\n`);
  writeFileSync(join(folder, `${name}.steps.csv`), `timestamp,step,tokens,loss\n${steps.join('\n')}\n`);
  const about = ['--intensity', 'grid.csv', '--zone', 'DE', '--steps', `${name}.steps.csv`];
  await told('import', 'trace', `${name}.csv`, '--name', name, ...about, ...more);
}

beforeAll(async () => {
  folder = tempFolder();
  const hours = Array.from({ length: 48 }, (_, h) => `${new Date(T + h * H).toISOString()},${h < 24 ? 400 : 200}`);
  writeFileSync(join(folder, 'grid.csv'), `timestamp,gco2e_per_kwh\n${hours.join('\n')}\n`);
  await trace('base', 360, T, '--pue', '1.2', '--tag', 'v=base', '--tag', 'accuracy=0.7'); // 0.1 kWh: 48 g
  await trace('new', 288, T + 30 * H, '--pue', '1.2', '--tag', 'v=new', '--tag', 'accuracy=0.8'); // 0.08 kWh: 19.2 g
  await trace('bare', 396, T, '--tag', 'v=base'); // 0.11 kWh, no PUE
}, 60_000);

describe('two runs', () => {
  test('figures, the parts of the difference, steps in pairs and the energy to a loss, by hand', async () => {
    const { comparisons, warnings, curves, sides } = await compare('base', 'new', '--target', 'loss=5');
    const [{ figures, at_equal_grid: told_, paired, flags, differences }] = comparisons as [
      CompareJson['comparisons'][number],
    ];
    const close = (n: number) => expect.closeTo(n, 6);
    expect(figures.it_j).toMatchObject({
      a: { value: close(360_000) },
      b: { value: close(288_000) },
      verdict: 'better',
    });
    expect(figures.it_j!.ratio).toEqual({ value: close(0.8), low: close(0.8), high: close(0.8) });
    expect(figures.operational_g).toMatchObject({ a: { value: close(48) }, b: { value: close(19.2) } });
    expect(figures.j_per_token).toMatchObject({ a: { value: close(3.6) }, b: { value: close(2.88) } });
    // The loss is 5.0 at step 50, after half of the run.
    expect(figures.target_j).toMatchObject({ a: { value: close(180_000) }, b: { value: close(144_000) } });
    expect(figures.target_g).toMatchObject({ a: { value: close(24) }, b: { value: close(9.6) } });
    if (told_.difference_g === null || paired.rows === null) throw new Error('both are known');
    expect(told_.difference_g).toBeCloseTo(-28.8, 9);
    const weight = -28.8 / Math.log(0.4);
    const parts = Object.fromEntries(told_.effects.map(({ effect, part_g }) => [effect, part_g.value]));
    const expected = { work: 0, efficiency: weight * Math.log(0.8), overhead: 0, grid: weight * Math.log(0.5) };
    for (const [effect, part] of Object.entries(expected)) expect(parts[effect]).toBeCloseTo(part, 6);
    expect(told_.ratio.value).toBeCloseTo(0.8, 6);
    expect(told_.sentence).toMatch(/^new emitted 60.0 % less than base: .* % less by the weather \(g\/kWh in DE\), /);
    expect([paired.rows, paired.verdict, paired.difference_j.value]).toEqual([100, 'better', close(-720)]);
    expect(flags).toEqual([]);
    expect(differences).toContainEqual({ what: 'tag v', a: 'base', b: 'new' });
    expect(warnings.map(({ code }) => code)).toEqual(['one-run-each']);
    expect(curves.map(({ label, points }) => [label, points.length])).toEqual([
      ['base', 100],
      ['new', 100],
    ]);
    expect(sides.map(({ label, runs }) => [label, runs.length])).toEqual([
      ['base', 1],
      ['new', 1],
    ]);
  });

  test('as text, Markdown and CSV', async () => {
    const text = await told('compare', 'base', 'new', '--target', 'loss=-3');
    expect(text).toMatch(/IT energy +100 Wh +80.0 Wh +−20.0 % +better, of these runs/);
    expect(text).toContain('energy to target: loss came down to 0 at step 100, -3 was not reached');
    expect(text).toMatch(/\n {2}loss along the energy used \(A base, B new\)\n/);
    const md = await told('compare', 'base', 'new', '--md');
    expect(md).toContain('| IT energy | 100 Wh | 80.0 Wh | −20.0 % | better, of these runs |');
    expect(md).toContain('Step by step (100 rows of the logs in pairs): −20.0 % per step, better, of these runs.');
    const [head, first] = (await told('compare', 'base', 'new', '--csv')).split('\r\n');
    expect(head).toMatch(/^base,other,figure,unit,base_value,/);
    expect(first).toMatch(/^base,new,it_j,J,360000,/);
  });

  test('a PUE that one lacks keeps emissions from a verdict, and says what would help', async () => {
    const { comparisons } = await compare('bare', 'new');
    expect(comparisons[0]!.flags).toMatchObject([{ code: 'pue', hint: expect.stringContaining('amend RUN --pue') }]);
    expect(comparisons[0]!.figures.operational_g!.verdict).toBe('not-comparable');
    expect(comparisons[0]!.figures.it_j!.verdict).toBe('better');
    expect(comparisons[0]!.at_equal_grid.difference_g).toBeNull();
  });

  test('the front: who is beaten, and who tells no quality', async () => {
    const { front } = await compare('base', 'new', 'bare', '--quality', 'accuracy');
    expect(front?.points.map(({ label, on_front, dominated_by }) => [label, on_front, dominated_by])).toEqual([
      ['base', false, 'new'],
      ['new', true, null],
    ]);
    expect(front?.left_out.map(({ label }) => label)).toEqual(['bare']);
  });
});

test('groups of repeats: their spread is in the interval', async () => {
  const { comparisons, sides } = await compare('--group', 'v=base', '--group', 'v=new');
  expect(sides.map(({ label, runs }) => [label, runs.map(({ name }) => name)])).toEqual([
    ['v=base', ['base', 'bare']],
    ['v=new', ['new']],
  ]);
  const { it_j } = comparisons[0]!.figures;
  // 360 and 396 kJ against 288: t = 6.3138 of one degree, standard deviation 25.456, √(1/2 + 1).
  expect(it_j).toMatchObject({ a: { value: expect.closeTo(378_000, 3) }, verdict: 'cannot-tell', spread: 'one' });
  const reach = 6.313752 * 25_455.844 * Math.sqrt(1.5);
  const gain = 0.05 * 90_000; // what both share moves the difference too
  expect(it_j!.difference).toMatchObject({ low: expect.closeTo(-90_000 - Math.hypot(reach, gain), -1) });
  expect(it_j!.repeats.each).toBeGreaterThanOrEqual(2);
});

test('what cannot be asked is refused with what would be right', async () => {
  expect(await refused('compare', 'base')).toMatch(/needs two runs\n {2}joulebook compare RUN RUN/);
  expect(await refused('compare', 'base', 'nobody')).toMatch(/no run matches "nobody"/);
  expect(await refused('compare', 'base', '--group', 'v=new')).toMatch(/exclude each other/);
  expect(await refused('compare', '--group', 'v=new')).toMatch(/two groups/);
  expect(await refused('compare', '--group', 'v=new', '--group', 'v=old')).toMatch(
    /no run has this tag\n {2}v is one of base, new/,
  );
  expect(await refused('compare', '--group', 'v=new', '--group', 'accuracy=0.8')).toMatch(
    /new is in v=new and in accuracy=0.8/,
  );
  expect(await refused('compare', 'base', 'new', '--target', 'loss')).toMatch(/--target: "loss" cannot be used/);
  expect(await refused('compare', 'base', 'new', '--target', 'nope=5')).toMatch(
    /--target: no run logged nope\n {2}there is loss/,
  );
  expect(await refused('compare', 'base', 'new', '--quality', 'nope')).toMatch(
    /--quality: no run logged nope, and no tag of that name is a number\n {2}there are loss, accuracy/,
  );
  expect(await refused('compare', 'base', 'new', '--md', '--csv')).toMatch(/exclude each other/);
});

test('compare.md names every key that a comparison has', async () => {
  const doc = readFileSync(resolve(import.meta.dirname, '../docs/formats/compare.md'), 'utf8');
  const missing = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && key !== 'accuracy' && !new RegExp(`\\b${key}\\b`).test(doc)) missing.add(key);
      look(inner);
    }
  };
  look(await compare('base', 'new', 'bare', '--quality', 'accuracy', '--target', 'loss=5'));
  expect([...missing]).toEqual([]);
});
