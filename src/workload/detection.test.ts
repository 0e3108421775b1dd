// Which format is believed where a stream holds several.

import { describe, expect, test } from 'vitest';
import { createStepReader, type FormatChoice } from './log-reader.ts';
import type { Step } from './step.ts';

function read(text: string, format: FormatChoice = 'auto') {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step), { format });
  reader.push(Buffer.from(text), 5);
  reader.end(5);
  return { format: reader.format, steps };
}
const numbers = (text: string, format?: FormatChoice) => read(text, format).steps.map(({ step }) => step);

describe('formats in one stream', () => {
  test('a guess counts only until anything else is seen', () => {
    expect(numbers('step 1 loss 2.5\n{"step":2,"loss":1}\nstep 3 loss 2.5\n')).toEqual([1, 2]);
    expect(read('{"epoch":1}\nstep 3 loss 2.5\n').format).toBe('json-lines');
  });

  test('bars and a library’s count are left out once a record told a step', () => {
    const bar = ' 5%| | 5/100 [00:10<05:00, 1.2it/s, loss=2.3]\n';
    const deepspeed = '[Rank 0] step=5, skipped=0, lr=[1e-05], mom=[0.9]\n';
    expect(numbers(`${bar}${deepspeed}${bar.replace('5/', '6/')}`)).toEqual([5, 5]);
    const iteration = ' iteration 6/ 100 | consumed samples: 48 | lm loss: 1.0 |\n';
    expect(numbers(`${deepspeed}${iteration}${deepspeed}${bar}${iteration}`)).toEqual([5, 6, 6]);
  });

  test('a record that tells no step leaves bars and counts their say', () => {
    const deepspeed = '[Rank 0] step=10, skipped=0, lr=[1e-05], mom=[0.9]\n';
    expect(numbers(`{'loss': 1.0, 'epoch': 0.1}\n${deepspeed}`)).toEqual([null, 10]);
  });

  test('a result of evaluation does not silence the bar of training', () => {
    const bar = 'Train:  5%| | 5/100 [00:10<05:00, 1.2it/s]\n';
    expect(numbers(`{"eval_loss": 2, "step": 4}\n${bar}`)).toEqual([4, 5]);
  });

  test('a change of format is followed', () => {
    const { steps, format } = read('iter 1: loss 2.5, time 3.0ms\n{"step":2,"loss":1}\niter 3: loss 2.5, time 3.0ms\n');
    expect([steps.map(({ step }) => step), format]).toEqual([[1, 2, 3], 'nanogpt']);
  });

  test('checkpoints and evaluation stand in every stream, and name no format', () => {
    const { steps, format } = read('Saving model checkpoint to out\n***** Running Evaluation *****\n');
    expect([steps.map(({ phase }) => phase), format]).toEqual([['checkpoint', 'eval'], null]);
  });
});

describe('a named format', () => {
  test('is the only one', () => {
    expect(numbers('{"step":1,"loss":1}\niter 2: loss 2.5, time 3.0ms\n', 'nanogpt')).toEqual([2]);
    expect(numbers('step 3 loss 2.5\n{"step":4,"loss":1}', 'key-value')).toEqual([3]);
  });

  test('hf-dict still takes its number from the bar', () => {
    expect(numbers(" 5%| | 5/100 [00:10<05:00, 1.2it/s]\n{'loss': 1.0, 'epoch': 0.1}\n", 'hf-dict')).toEqual([5]);
  });

  test('none reads nothing; an unknown one is refused with the list', () => {
    expect(numbers('{"step":1,"loss":1}\n', 'none')).toEqual([]);
    expect(() => read('', 'keros')).toThrow(/no log format "keros"/);
  });
});

test.each<[string, number | null]>([
  ['[rank3]: {"step":1,"loss":1}', 3],
  ['[default0]:[rank12]: {"step":1,"loss":1}', 12],
  ['  7: {"step":1,"loss":1}', 7],
  ['[1,5]<stdout>:{"step":1,"loss":1}', 5],
  ['train/0 [default2]:{"step":1,"loss":1}', 2],
  ['my-job.v_2/0 [rank3]:{"step":1,"loss":1}', 3],
  ['[titan] [rank3]:{"step":1,"loss":1}', null],
  ['[Rank 3] {"step":1,"loss":1}', null],
  ['2024-05-01 10:00:00 {"step":1,"loss":1}', null],
  ['[2024-05-01] {"step":1,"loss":1}', null],
  ['12:30 {"step":1,"loss":1}', null],
])('%s is of rank %s', (line, rank) => {
  expect(read(line).steps.map((step) => [step.step, step.rank])).toEqual([[1, rank]]);
});

describe('two streams of one program', () => {
  const both = (pieces: readonly (readonly ['out' | 'err', string])[]) => {
    const steps: Step[] = [];
    const reader = createStepReader((step) => steps.push(step));
    for (const [stream, text] of pieces) (stream === 'out' ? reader : reader.other).push(Buffer.from(text), 5);
    reader.end(5);
    return { steps: steps.map(({ step, total, loss }) => [step, total, loss]), format: reader.format };
  };

  test('a bar on stderr tells the step of a record on stdout, and is no step beside it', () => {
    const bar = (n: number) => ['err', `\r ${n}%| | ${n}/100 [00:10<05:00,  1.20it/s]`] as const;
    const record = (loss: number) => ['out', `{'loss': ${loss}, 'epoch': 0.1}\n`] as const;
    // The bar that stands there counts, ended or not; a record's line is not torn by what comes on the other stream. Where
    // the bar began and where it ended are steps of their own.
    expect(
      both([bar(9), bar(10), bar(11), ['out', "{'loss': 2.5, 'ep"], bar(12), ['out', "och': 0.1}\n"], bar(13)]),
    ).toEqual({
      steps: [
        [9, 100, null],
        [12, 100, 2.5],
        [13, 100, null],
      ],
      format: 'hf-dict',
    });
    expect(both([record(3), bar(20), bar(21), record(2)]).steps).toEqual([
      [null, null, 3],
      [20, 100, null],
      [21, 100, 2],
    ]);
  });

  test('a log on stderr alone, as loguru and logging write it', () => {
    expect(
      both([
        ['err', '2024-05-01 10:00:00 INFO step 3 loss 2.5\n'],
        ['out', 'hello\n'],
      ]).steps,
    ).toEqual([[3, null, 2.5]]);
  });
});

test('a bar that is ended by the next one has the time of its own bytes', () => {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step));
  for (const n of [1, 2, 3]) reader.push(Buffer.from(`\rTrain: ${n}%| | ${n}/100 [00:10<05:00,  1.20it/s]`), 1000 * n);
  reader.end(9000);
  expect(steps.map(({ step, at_ms }) => [step, at_ms])).toEqual([
    [1, 1000],
    [2, 2000],
    [3, 3000],
  ]);
});

describe('lines that name a step and a loss', () => {
  test.each([
    ['step 3 loss 2', { step: 3, loss: 2 }],
    ['step 3, loss 2', { step: 3, loss: 2 }],
    ['step 3 loss 2.1 tokens 300 lr 1e-4', { step: 3, loss: 2.1, tokens: 300, lr: 1e-4 }],
    ['step 3 of the loss 4 functions', { step: 3, loss: null }],
  ])('%s', (line, known) => {
    const [step] = read(`${line}\n`).steps;
    if (known.loss === null) expect(step).toBeUndefined();
    else expect(step).toMatchObject(known);
  });
});

test('a table with a column of phases', () => {
  const { steps } = read(
    'step,loss,tokens_per_step,phase\n1,2.0,128,train\n2,1.5,128,train\n2,1.75,64,eval\n3,x,1,train\n',
  );
  expect(steps.map(({ step, phase, tokens }) => [step, phase, tokens])).toEqual([
    [1, 'train', 128],
    [2, 'train', 128],
    [2, 'eval', 64],
  ]);
});
