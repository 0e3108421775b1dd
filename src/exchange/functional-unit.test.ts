// Expected scores are worked out by hand: the examples of SCI for AI are off where they change the lot of a unit.

import { describe, expect, test } from 'vitest';
import { exactly, unknown } from '../core/figure.ts';
import { perUnit, unitOf } from './functional-unit.ts';

const THINGS = ['run', 'tokens', 'training-tokens', 'FLOP', 'parameters', 'inferences', 'audio_s'];
const unit = (text: string) => unitOf(text, THINGS)!;
const KG = 1000;

describe('units by what people write', () => {
  test.each([
    ['tokens', 'tokens', 1],
    ['token', 'tokens', 1],
    ['runs', 'run', 1],
    ['flops', 'FLOP', 1],
    ['audio_s', 'audio_s', 1],
    ['1000-tokens', '1000-tokens', 1e3],
    ['thousand-tokens', '1000-tokens', 1e3],
    ['1000 tokens', '1000-tokens', 1e3],
    ['million-tokens', 'million-tokens', 1e6],
    ['1000000-tokens', 'million-tokens', 1e6],
    ['million-training-tokens', 'million-training-tokens', 1e6],
    ['billion-parameters', 'billion-parameters', 1e9],
    ['1e15-FLOP', '1e15-FLOP', 1e15],
    ['1e21-FLOP', '1e21-FLOP', 1e21],
  ])('%s', (text, name, each) => expect(unit(text)).toMatchObject({ name, each }));

  test.each([
    '1k-tokens',
    'mega-tokens',
    '0-tokens',
    '-1-tokens',
    '1e999-tokens',
    'words',
    '',
    'million',
    '1,000-tokens',
  ])('%j is none', (text) => expect(unitOf(text, THINGS)).toBeNull());
});

describe('the examples of SCI for AI, by hand (SPEC.md at 4b7c0f7)', () => {
  test.each([
    // §9.1.1: 6,500 kg for 50e9 tokens is 6.5e6 g / 5e10. It says 130 kg per billion there, and in §9.1.3 0.13 g per million.
    [6500 * KG, 50e9, '1000-tokens', 0.13],
    [6500 * KG, 50e9, 'million-tokens', 130],
    [6500 * KG, 50e9, 'billion-tokens', 130 * KG],
    // §9.1.2: 200,000 kg for 5e22 FLOP is 2e8 g / 5e22 = 4e-15 g.
    [200_000 * KG, 5e22, 'FLOP', 4e-15],
    [200_000 * KG, 5e22, '1e15-FLOP', 4],
    // §9.2.1: 3,200 kg for 40 million inferences.
    [3200 * KG, 40e6, 'inferences', 0.08],
    // §9.2.2: 75,000 kg for 2.5 billion parameters; it says 3000 kg per billion there, and in §9.2.3 30 kg.
    [75_000 * KG, 2.5e9, 'billion-parameters', 30_000 * KG],
    [75_000 * KG, 2.5e9, 'million-parameters', 30 * KG],
  ])('%d g by %d, per %s: %d g', (grams, count, name, expected) => {
    const { of, each } = unit(name);
    const { r, g } = perUnit(exactly(grams), { of, count }, unit(name));
    expect(g.value! / expected).toBeCloseTo(1, 12);
    expect(r).toEqual({ unit: name, of, each, count: count / each });
  });
});

test('a count of one thing is none of another, and what nobody counted has no score', () => {
  expect(() => perUnit(exactly(1), { of: 'tokens', count: 5 }, unit('training-tokens'))).toThrow(RangeError);
  const score = (count: number) => perUnit(exactly(1), { of: 'tokens', count }, unit('tokens')).g;
  expect(score(0)).toEqual(unknown('no tokens were counted'));
  const silent = perUnit(exactly(1), { of: 'tokens', count: null, why: 'no log' }, unit('million-tokens'));
  expect([silent.g, silent.r.count]).toEqual([unknown('no log'), null]);
});
