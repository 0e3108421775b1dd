import { describe, expect, test } from 'vitest';
import { lowerIsBetter, type MetricPoint, reachedAt } from './to-target.ts';

const points = (values: readonly number[]): MetricPoint[] =>
  values.map((value, i) => ({ at_ms: i * 1000, step: i * 10, value, energy_j: i * 100, emissions_g: i * 2 }));

describe('the energy to a target', () => {
  test('between two logged points: 4 → 2 reaches 2.5 after three quarters', () => {
    expect(reachedAt(points([5, 4, 2, 1]), { metric: 'loss', value: 2.5, from: 'above' }, 0)).toEqual({
      at_ms: { value: 1750, low: 1000, high: 2000 },
      energy_j: { value: 175, low: 100, high: 200 },
      emissions_g: { value: 3.5, low: 2, high: 4 },
      why: null,
    });
  });

  test('on a logged point, from below, and only the first time', () => {
    const found = reachedAt(points([0.1, 0.5, 0.9, 0.2, 0.95]), { metric: 'accuracy', value: 0.9, from: 'below' }, 0);
    expect(found).toMatchObject({ energy_j: { value: 200 } });
  });

  test('there from the first point on: at most what was used by then', () => {
    const late = points([1, 0.5]).map((point) => ({ ...point, energy_j: point.energy_j + 50, emissions_g: null }));
    expect(reachedAt(late, { metric: 'loss', value: 2, from: 'above' }, 0)).toMatchObject({
      energy_j: { value: 50, low: 0, high: 50 },
      emissions_g: null,
    });
    const { at_ms } = reachedAt(late, { metric: 'loss', value: 2, from: 'above' }, -9000);
    expect(at_ms).toEqual({ value: 0, low: -9000, high: 0 });
  });

  test('not reached: how near it came, and where', () => {
    const { why } = reachedAt(points([5, 2.61, 3]), { metric: 'loss', value: 2.5, from: 'above' }, 0);
    expect(why).toBe('loss came down to 2.61 at step 10, 2.5 was not reached');
    expect(reachedAt([], { metric: 'accuracy', value: 0.9, from: 'below' }, 0).why).toBe('no accuracy was logged');
  });
});

test('losses and errors are to be low, all else high', () => {
  for (const metric of ['loss', 'val_loss', 'eval/loss', 'perplexity', 'top1_error', 'WER', 'train.ppl'])
    expect([metric, lowerIsBetter(metric)]).toEqual([metric, true]);
  for (const metric of ['accuracy', 'bleu', 'f1', 'mmlu', 'closseness', 'map'])
    expect([metric, lowerIsBetter(metric)]).toEqual([metric, false]);
});
