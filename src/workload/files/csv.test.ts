import { describe, expect, test } from 'vitest';
import { brief, readLog } from '../../../test/helpers/log-bytes.ts';
import type { Step } from '../step.ts';
import { csv, isHeader } from './csv.ts';

const T = 1_700_000_000_000;
const read = (text: string, path = 'log.csv') => readLog(text, { format: csv, path, started_ms: T, at_ms: T + 5000 });
const told = (text: string, path?: string) => read(text, path).steps.map(brief);
const both = (...lines: readonly string[]) => lines.join('\n');

// Lightning 2.6, CSVLogger(flush_logs_every_n_steps=5), log_every_n_steps=5, 16 steps an epoch; values shortened.
const LIGHTNING = `epoch,step,tr_ep,train_loss,val_loss
0,4,,0.036,
0,9,,0.005,
0,14,,0.004,
0,15,,,0.0004
0,15,0.089,,
1,19,,1.2e-05,
`;

describe('headers', () => {
  test.each([
    ...[
      'epoch,step,train_loss',
      'step,loss',
      'epoch;accuracy;loss',
      'iteration\tloss',
      'global_step, loss',
      '"step","loss"',
    ],
    ...[
      'Epoch,Loss',
      'loss,train/global_step',
      '\ufeffepoch,loss',
      ',step,loss',
      'epoch,accuracy,loss,val_accuracy,val_loss',
    ],
  ])('%s', (line) => expect(isHeader(line)).toBe(true));
  test.each([
    ...['', 'step', 'hello, step by step', '{"step": 1, "loss": 2}', "{'loss': 1, 'epoch': 2}", '1,2,3', 'step,1,2'],
    ...['Epoch 1/10, loss: 0.5', 'loss,accuracy', 'timestamp,device,power_w', `${'step,'.repeat(3)}${'x'.repeat(300)}`],
  ])('not "%s"', (line) => expect(isHeader(line)).toBe(false));
});

describe('typical tables', () => {
  test("Lightning's metrics.csv: rows of training and of evaluation, steps from 0", () => {
    expect(told(LIGHTNING, 'lightning_logs/version_0/metrics.csv')).toEqual([
      { step: 5, loss: 0.036 },
      { step: 10, loss: 0.005 },
      { step: 15, loss: 0.004 },
      { step: 16, phase: 'eval', metrics: { val_loss: 0.0004 } },
      { step: 16, metrics: { tr_ep: 0.089 } },
      { step: 20, loss: 1.2e-5 },
    ]);
  });
  test.each<[string, string, object[]]>([
    // https://keras.io/api/callbacks/csv_logger/
    [
      "Keras' epochs from 0",
      both('epoch,accuracy,loss,val_accuracy,val_loss', '0,0.5,1.5,0.4,1.6', '1,0.6,1.25,0.5,1.5'),
      [
        { epoch: 1, loss: 1.5, metrics: { accuracy: 0.5 } },
        { epoch: 1, phase: 'eval', metrics: { val_accuracy: 0.4, val_loss: 1.6 } },
        { epoch: 2, loss: 1.25, metrics: { accuracy: 0.6 } },
        { epoch: 2, phase: 'eval', metrics: { val_accuracy: 0.5, val_loss: 1.5 } },
      ],
    ],
    [
      'epochs from 1',
      both('epoch,loss', '1,2', '2,1'),
      [
        { epoch: 1, loss: 2 },
        { epoch: 2, loss: 1 },
      ],
    ],
    [
      'steps as they are logged',
      both('step,loss', '0,2', '10,1'),
      [
        { step: 0, loss: 2 },
        { step: 10, loss: 1 },
      ],
    ],
    ['iterations', both('iteration,lm_loss', '5,2'), [{ step: 5, loss: 2 }]],
    [
      'tokens',
      both('step,num_tokens,loss', '5,4096,2'),
      [{ step: 5, tokens: 4096, tokens_are: 'cumulative', loss: 2 }],
    ],
    ['learning rate', both('step,lr', '5,3e-4'), [{ step: 5, lr: 3e-4 }]],
    [
      'empty cells',
      both('step,loss,lr', '5,,0.1', '6,2,'),
      [
        { step: 5, lr: 0.1 },
        { step: 6, loss: 2 },
      ],
    ],
    ['semicolons', both('epoch;loss', '1;2'), [{ epoch: 1, loss: 2 }]],
    ['tabs', both('step\tloss', '1\t2'), [{ step: 1, loss: 2 }]],
    ['quotes', both('"step","loss"', '"1","2"'), [{ step: 1, loss: 2 }]],
    ['a line of Windows', 'step,loss\r\n1,2\r\n', [{ step: 1, loss: 2 }]],
    ['a mark before the header', '\ufeffstep,loss\n1,2\n', [{ step: 1, loss: 2 }]],
    ['a numbered first column', both(',step,loss', '0,1,2'), [{ step: 1, loss: 2 }]],
    ['words beside numbers', both('step,loss,note', '1,2,hello'), [{ step: 1, loss: 2 }]],
    ['nan', both('step,loss', '1,nan'), [{ step: 1 }]],
    ['a last line without an end', 'step,loss\n1,2', [{ step: 1, loss: 2 }]],
    ['blank lines', 'step,loss\n\n1,2\n\n', [{ step: 1, loss: 2 }]],
    ['an evaluation alone', both('step,eval_loss', '1,2'), [{ step: 1, phase: 'eval', metrics: { eval_loss: 2 } }]],
    ['a fractional epoch', both('epoch,loss', '0.25,2'), [{ epoch: 0.25, loss: 2 }]],
    [
      'a second header',
      both('step,loss', '1,2', 'step,loss,lr', '2,1,0.5'),
      [
        { step: 1, loss: 2 },
        { step: 2, loss: 1, lr: 0.5 },
      ],
    ],
  ])('%s', (_, text, wanted) => expect(told(text)).toEqual(wanted));

  test('a time of its own is the time of the step, within the run', () => {
    const { steps } = read(both('timestamp,step,loss', '1700000001,1,2', '1600000000,2,2', ',3,2', 'yesterday,4,2'));
    expect(steps.map(({ at_ms, step }) => [at_ms - T, step])).toEqual([
      [1000, 1], // the second is another run's
      [5000, 3],
      [5000, 4],
    ]);
  });
});

describe('nasty tables', () => {
  test.each<[string, string, object[], number]>([
    ['nothing', '', [], 0],
    ['a header alone', 'step,loss\n', [], 0],
    ['no header', '1,2\n3,4\n', [], 2],
    ['more cells than names', both('step,loss', '1,2,3', '2,1'), [{ step: 2, loss: 1 }], 1],
    ['fewer', both('step,loss,lr', '1', ''), [{ step: 1 }], 0],
    ['a quote that is not closed', both('step,loss', '"1,2', '2,1'), [{ step: 2, loss: 1 }], 1],
    ['half a row, of which a number may be cut', 'step,loss\n1,2\n2', [{ step: 1, loss: 2 }], 1],
    ['zeros', both('step,loss', '\0\0\0', '2,1'), [{ step: 2, loss: 1 }], 0],
    ['bytes that are no text', both('step,loss', '\ud800,\ud800', '2,1'), [{ step: 2, loss: 1 }], 0],
    ['a line of 2 MiB', both('step,loss', 'x'.repeat(2 << 20), '2,1'), [{ step: 2, loss: 1 }], 1],
    ['names twice', both('step,step,loss', '1,7,2'), [{ step: 7, loss: 2 }], 0],
    ['empty names', both('step,,loss', '1,5,2'), [{ step: 1, loss: 2 }], 0],
    ['a prototype', both('step,__proto__,loss', '1,5,2'), [{ step: 1, loss: 2 }], 0],
    ['a step that is a word', both('step,loss', 'x,2'), [{ loss: 2 }], 0],
    ['a step below 0', both('step,loss', '-1,2'), [{ loss: 2 }], 0],
    ['a number beyond all', both('step,loss', '1,1e999'), [{ step: 1 }], 0],
    ['commas alone', both('step,loss', ',,,,', ','), [], 1],
    ['a hexadecimal number', both('step,loss', '0x10,1'), [{ step: 16, loss: 1 }], 0],
    ['spaces', both('step,loss', ' 1 , 2 '), [{ step: 1, loss: 2 }], 0],
    ['ANSI', both('step,loss', '\x1b[32m1\x1b[0m,2'), [{ loss: 2 }], 0],
    [
      'a thousand columns',
      both(`step,${'x,'.repeat(1000)}loss`, `1,${'2,'.repeat(1000)}3`),
      [{ step: 1, loss: 3, metrics: { x: 2 } }],
      0,
    ],
  ])('%s', (_, text, wanted, dropped) => {
    const result = read(text);
    expect(result.steps.map(brief)).toEqual(wanted);
    expect(result.dropped).toBe(dropped);
  });
});

describe('a table that is written anew', () => {
  /** A reader whose file has these contents, one after the other; the first may be from before the run. */
  const follow = (old: string | null, path = 'metrics.csv') => {
    const steps: Step[] = [];
    const reader = csv.open({ path, started_ms: T, from: 0, onStep: (step) => steps.push(step) });
    let now = T;
    if (old !== null) reader.push(Buffer.from(old), { at_ms: now, old: true });
    return {
      append: (text: string) => reader.push(Buffer.from(text), { at_ms: now, old: false }),
      rewrite(text: string) {
        reader.restart(now);
        reader.push(Buffer.from(text), { at_ms: now, old: false });
      },
      wait(ms: number) {
        now += ms;
        reader.settle(now);
      },
      end: () => reader.end(now),
      get numbers() {
        return steps.map(({ step, epoch }) => step ?? epoch);
      },
    };
  };

  test('what was there before the run is not told, what is appended is', () => {
    const log = follow('step,loss\n1,2\n2,2\n', 'x.csv');
    log.append('3,1\n');
    expect(log.numbers).toEqual([3]);
  });

  test('rows told are not told again, also with a column more (Lightning)', () => {
    const log = follow(null);
    log.append('epoch,step,train_loss\n0,4,1\n0,9,1\n');
    log.rewrite('epoch,step,train_loss,val_loss\n0,4,1,\n0,9,1,\n0,14,1,\n');
    log.rewrite('epoch,step,train_loss,val_loss\n0,4,1,\n0,9,1,\n0,14,1,\n0,19,1,\n');
    log.wait(5000);
    log.end();
    expect(log.numbers).toEqual([5, 10, 15, 20]);
  });

  test('one that is seen half written is waited for', () => {
    const log = follow(null, 'x.csv');
    log.append('step,loss\n1,1\n2,1\n3,1\n');
    log.rewrite('step,loss\n1,1\n');
    log.wait(200);
    log.append('2,1\n3,1\n4,1\n');
    log.wait(5000);
    expect(log.numbers).toEqual([1, 2, 3, 4]);
  });

  test('one that begins with another row is a new log', () => {
    const log = follow('step,loss\n1,9\n2,9\n3,9\n', 'x.csv');
    log.rewrite('step,loss\n1,8\n');
    log.append('2,8\n');
    expect(log.numbers).toEqual([1, 2]);
  });

  test('one that repeats itself to the digit is a new log when it stays shorter', () => {
    const log = follow('epoch,loss\n0,9\n1,8\n2,7\n', 'x.csv');
    log.rewrite('epoch,loss\n0,9\n');
    expect(log.numbers).toEqual([]);
    log.wait(1500);
    expect(log.numbers).toEqual([1]);
    log.append('1,8\n');
    log.append('2,7\n');
    expect(log.numbers).toEqual([1, 2, 3]);
  });
});
