// Losses of known shape, with noise of a fixed seed: when they stop getting better is known by construction.

import { describe, expect, test } from 'vitest';
import { plateauOf } from './plateau.ts';
import { type Step, stepOf } from './step.ts';

/** Normal noise of a fixed seed: Park and Miller's generator, twelve uniform numbers a value. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
}
const training = (count: number, loss: (i: number) => number): Step[] =>
  Array.from({ length: count }, (_, i) => stepOf(1000 * (i + 1), { step: i + 1, loss: loss(i) }));
const evaluations = (name: string, ...values: number[]): Step[] =>
  values.map((value, i) => stepOf(60_000 * (i + 1), { phase: 'eval', metrics: { [name]: value } }));

describe('the last meaningful improvement', () => {
  test('of an evaluation loss: after the fourth it only wavers', () => {
    const steps = evaluations('eval_loss', 3, 2, 1.5, 1.3, 1.301, 1.3, 1.2995, 1.3002);
    expect(plateauOf(steps)).toEqual({ kind: 'since', at_ms: 240_000, of: 'evaluation' });
  });

  test('small improvements add up: half a thousandth each time is one every other time', () => {
    const steps = evaluations('val_loss', ...Array.from({ length: 20 }, (_, i) => 2 * (1 - 6e-4 * i)));
    expect(plateauOf(steps)).toEqual({ kind: 'none', of: 'evaluation' });
  });

  test('of accuracy more is better, and of several results the one that improved last counts', () => {
    const loss = evaluations('eval_loss', 1, 0.8, 0.7, 0.7, 0.75, 0.8, 0.9, 1);
    expect(plateauOf(loss)).toEqual({ kind: 'since', at_ms: 180_000, of: 'evaluation' });
    const accuracy = evaluations('eval_accuracy', 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85);
    expect(plateauOf([...loss, ...accuracy])).toEqual({ kind: 'none', of: 'evaluation' });
    expect(plateauOf([...loss, ...evaluations('eval_runtime', 9, 8, 7, 6, 5, 4, 3, 2)])).toMatchObject({
      at_ms: 180_000,
    });
  });

  test.each([
    ['eval_error_rate', 1],
    ['val/err', 1],
    ['eval_wer', 1],
    ['eval_acc@1', -1],
    ['val/top_acc1', -1],
    ['eval_f1', -1],
  ])('%s tells its direction', (name, sign) => {
    const held = [9, 7, 6, 5, 5, 5, 5, 5].map((value) => sign * value + 10);
    expect(plateauOf(evaluations(name, ...held))).toMatchObject({ kind: 'since', at_ms: 240_000 });
  });

  test('a name that may mean anything tells nothing', () => {
    expect(plateauOf(evaluations('eval_samples_per_second', 9, 7, 6, 5, 5, 5, 5, 5))).toMatchObject({
      kind: 'unknown',
    });
  });

  test('too short a plateau is none: the next evaluation might have been better', () => {
    expect(plateauOf(evaluations('eval_loss', 3, 2, 1.5, 1.3, 1.2, 1.1, 1.1, 1.1))).toMatchObject({ kind: 'none' });
  });

  test('of a noisy training loss that falls for 400 of 1000 steps and then stays, near the 400th', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const next = noise(seed);
      const found = plateauOf(training(1000, (i) => 2 + 2 * Math.max(0, 1 - i / 400) + 0.05 * next()));
      expect(found).toMatchObject({ kind: 'since', of: 'training loss' });
      if (found.kind !== 'since') continue;
      expect(found.at_ms).toBeGreaterThanOrEqual(340_000);
      expect(found.at_ms).toBeLessThanOrEqual(480_000);
    }
  });

  test('a loss that falls as a power of the step, as a language model’s does, has none, with noise too', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const next = noise(seed);
      const loss = (i: number) => 1.7 + 8 * (i + 10) ** -0.28 + 0.005 * next();
      expect(plateauOf(training(5000, loss))).toEqual({ kind: 'none', of: 'training loss' });
    }
  });

  test('what improves by less at a time than its noise is told by its trend: few plateaus where there is none, most where one is', () => {
    const plateaus = (loss: (i: number, noise: number) => number) =>
      Array.from({ length: 60 }, (_, seed) => {
        const next = noise(7919 * (seed + 1));
        for (let i = 0; i < 20; i++) next(); // neighbouring seeds begin alike
        return plateauOf(training(1000, (i) => loss(i, next()))).kind;
      }).filter((kind) => kind === 'since').length;
    // 5 % less over the whole log, where one loss alone scatters by 2.5 %.
    expect(plateaus((i, noise) => 2 - i / 10_000 + 0.05 * noise)).toBeLessThanOrEqual(6);
    expect(plateaus((i, noise) => 1.7 + 8 * (i + 10) ** -0.28 + 0.05 * noise)).toBeLessThanOrEqual(6);
    // A spike that it is still recovering from.
    const spike = (i: number) => (i > 800 ? 2 * Math.exp(-(i - 800) / 100) : 0);
    expect(plateaus((i, noise) => 1.7 + 8 * (i + 10) ** -0.28 + spike(i) + 0.02 * noise)).toBeLessThanOrEqual(6);
    expect(plateaus((i, noise) => 2 + 0.5 * Math.max(0, 1 - i / 400) + 0.05 * noise)).toBeGreaterThanOrEqual(45);
  });

  test('double descent, of evaluations that get worse for a third of the log and better again, has none', () => {
    const values = [2, 1.8, 1.6, 1.4, 1.5, 1.6, 1.7, 1.8, 1.5, 1.3, 1.2, 1.1];
    expect(plateauOf(evaluations('eval_loss', ...values))).toEqual({ kind: 'none', of: 'evaluation' });
  });

  test('a loss that is no number any more got no better, and evaluations with it', () => {
    const lost = training(1000, (i) => 5 - i / 100).map((step, i) => (i < 200 ? step : { ...step, loss: null }));
    expect(plateauOf(lost)).toEqual({ kind: 'since', at_ms: 200_000, of: 'training loss' });
    const improving = evaluations('eval_loss', 3, 2.8, 2.6, 2.4, 2.2, 2);
    expect(plateauOf([...lost, ...improving])).toEqual({ kind: 'since', at_ms: 360_000, of: 'evaluation' });
    // One line in ten tells it: the nine after the last one tell nothing of it.
    const rare = training(1000, (i) => 5 - i / 100).map((step, i) => (i % 10 === 0 ? step : { ...step, loss: null }));
    expect(plateauOf(rare)).toEqual({ kind: 'none', of: 'training loss' });
  });

  test('spikes are not improvements, nor what a restart does again', () => {
    const spiked = training(500, (i) => (i % 97 === 50 ? 30 : 1 + Math.max(0, 1 - i / 250)));
    const found = plateauOf(spiked);
    expect(found).toMatchObject({ kind: 'since' });
    const again = [...spiked, ...training(100, () => 0.1).map((step) => ({ ...step, at_ms: step.at_ms + 500_000 }))];
    expect(plateauOf(again)).toEqual(found);
  });

  test('nothing is told by few losses, by none, or by one that never improved', () => {
    expect(plateauOf(training(39, (i) => 1 / (i + 1)))).toMatchObject({ kind: 'unknown' });
    expect(plateauOf([])).toMatchObject({ kind: 'unknown' });
    const next = noise(7);
    expect(plateauOf(training(1000, () => 1 + 0.1 * next()))).toMatchObject({ kind: 'unknown' });
  });

  test('where a reward is logged it counts, and the loss does not', () => {
    const steps = Array.from({ length: 400 }, (_, i) =>
      stepOf(1000 * i, { step: i + 1, loss: 0.01, metrics: { reward: Math.min(1, i / 200) } }),
    );
    const found = plateauOf(steps);
    expect(found).toMatchObject({ kind: 'since', of: 'training loss' });
    if (found.kind === 'since') expect(Math.abs(found.at_ms - 200_000)).toBeLessThanOrEqual(16_000);
  });
});
