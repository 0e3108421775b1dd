import { describe, expect, test } from 'vitest';
import { brief, readLog } from '../../../test/helpers/log-bytes.ts';
import type { Step } from '../step.ts';
import { isMetric, metricOf, mlflowRun } from './mlflow.ts';

const T = 1_700_000_000_000;
const read = (text: string, path = 'mlruns/0/abc/metrics/loss') =>
  readLog(text, { format: mlflowRun(), path, started_ms: T, at_ms: T + 60_000 });

test.each([
  ['mlruns/0/abc/metrics/loss', 'loss'],
  ['mlruns/0/abc/metrics/train/loss', 'train/loss'],
  ['a/metrics/b/metrics/c', 'c'],
  ['mlruns/0/abc/metrics', null],
  ['mlruns/0/abc/params/lr', null],
  ['metrics.csv', null],
])('the metric of %s', (path, name) => expect(metricOf(path)).toBe(name));

test.each<[string, boolean]>([
  ['1700000001000 0.5 10', true],
  ['1700000001000 nan 10', true],
  ['1700000001000 0.5 -1', true],
  ['1700000001 0.5 10', false],
  ['1700000001000 0.5', false],
  ['10 0.5 1700000001000', false],
  ['step 10 loss 0.5', false],
  ['', false],
])('whether "%s" begins a metric', (line, is) => expect(isMetric(line)).toBe(is));

describe('a metric', () => {
  // The first is what mlflow-skinny 3 wrote; https://mlflow.org/docs/latest/ml/tracking/backend-stores
  test.each<[string, object[], number]>([
    [
      '1700000001502 3.0 10\n1700000001505 1.5 20\n',
      [
        { step: 10, loss: 3 },
        { step: 20, loss: 1.5 },
      ],
      0,
    ],
    ['1700000001000 1e-05 3\n', [{ step: 3, loss: 1e-5 }], 0],
    ['1700000001000 2 0\n', [{ step: 0, loss: 2 }], 0],
    ['1700000001000 2\n', [{ loss: 2 }], 0],
    ['1700000001000 2 -1\n', [{ loss: 2 }], 0],
    ['1700000001000 2 9007199254740991\n', [{ step: 9007199254740991, loss: 2 }], 0],
    ['1700000001000 2 5\r\n', [{ step: 5, loss: 2 }], 0],
    ['1700000001000 2 5\n1700000002000 1 5\n', [{ step: 5, loss: 1 }], 0],
    ['1700000001000 2 5', [], 0],
    ['', [], 0],
    ['\n\n', [], 0],
    ['1700000001000 nan 5\n', [], 0],
    ['1700000001000 inf 5\n', [], 0],
    ['1700000001000 1e999 5\n', [], 0],
    ['1600000001000 2 5\n', [], 0],
    ['1700000001000 2 5 6\n', [], 1],
    ['1700000001000  2 5\n', [], 1],
    ['2 5\n', [{ loss: 5 }], 0],
    ['hello\n', [], 1],
    ['\0\0\0\n', [], 1],
    ['99999999999999999999 2 5\n', [], 1],
    ['-5 2 5\n', [], 1],
    [`1700000001000 ${'9'.repeat(100)} 5\n`, [], 1],
    [`${'x'.repeat(2 << 20)}\n1700000001000 2 5\n`, [{ step: 5, loss: 2 }], 1],
    ['1700000001000 2 5.5\n', [], 1],
    ['1700000001000 two 5\n', [], 0],
  ])('%.60j', (text, wanted, dropped) => {
    const result = read(text);
    expect(result.steps.map(brief)).toEqual(wanted);
    expect(result.dropped).toBe(dropped);
  });

  test.each<[string, object[]]>([
    ['loss', [{ step: 5, loss: 2 }]],
    ['train_loss', [{ step: 5, loss: 2 }]],
    ['train/loss', [{ step: 5, loss: 2 }]],
    ['lm loss', [{ step: 5, loss: 2 }]],
    ['learning_rate', [{ step: 5, lr: 2 }]],
    ['lr-AdamW', [{ step: 5, lr: 2 }]],
    ['epoch', [{ step: 5, epoch: 2 }]],
    ['num_tokens', [{ step: 5, tokens: 2, tokens_are: 'cumulative' }]],
    ['consumed_samples', [{ step: 5, samples: 2 }]],
    ['batch_size', [{ step: 5, batch: 2 }]],
    ['accuracy', [{ step: 5, metrics: { accuracy: 2 } }]],
    ['eval_loss', [{ step: 5, phase: 'eval', metrics: { eval_loss: 2 } }]],
    ['val/loss', [{ step: 5, phase: 'eval', metrics: { 'val/loss': 2 } }]],
    ['system/cpu_utilization_percentage', []],
  ])('%s', (name, wanted) => {
    expect(read('1700000001000 2 5\n', `mlruns/0/abc/metrics/${name}`).steps.map(brief)).toEqual(wanted);
  });

  test('has its own time', () => {
    expect(read('1700000001502 3.0 10\n').steps[0]!.at_ms).toBe(T + 1502);
  });
});

test('the metrics of a step are one step, with the time of the first, and an evaluation another', () => {
  const steps: Step[] = [];
  const run = mlflowRun();
  const open = (name: string) =>
    run.open({ path: `mlruns/0/a/metrics/${name}`, started_ms: T, from: 0, onStep: (step) => steps.push(step) });
  const [loss, lr, tokens, evaluation] = ['loss', 'learning_rate', 'num_tokens', 'eval_loss'].map(open);
  const at_ms = T + 9000;
  loss!.push(Buffer.from(`${T + 5} 3 10\n${T + 7} 2 20\n`), { at_ms, old: false });
  lr!.push(Buffer.from(`${T + 4} 0.5 10\n${T + 8} 0.25 20\n`), { at_ms, old: false });
  tokens!.push(Buffer.from(`${T + 6} 4096 10\n`), { at_ms, old: false });
  evaluation!.push(Buffer.from(`${T + 9} 4 20\n`), { at_ms, old: false });
  loss!.settle(at_ms + 900);
  expect(steps).toEqual([]); // more of them may come
  loss!.settle(at_ms + 1000);
  expect(steps.map(({ at_ms, ...step }) => ({ at_ms, ...brief({ at_ms, ...step }) }))).toEqual([
    { at_ms: T + 4, step: 10, loss: 3, lr: 0.5, tokens: 4096, tokens_are: 'cumulative' },
    { at_ms: T + 7, step: 20, loss: 2, lr: 0.25 },
    { at_ms: T + 7, step: 20, phase: 'eval', metrics: { eval_loss: 4 } },
  ]);
});

test('of very many steps at once the memory is bounded and none is lost', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `${T + i} 1 ${i}\n`).join('');
  expect(read(lines).steps.map(({ step }) => step)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});
