// Run files made by hand from the published layout (test/helpers/log-bytes.ts); test/full/log-files.test.ts reads real ones.

import { describe, expect, test } from 'vitest';
import { brief, bytesField, history, readLog, runFile, varintField } from '../../../test/helpers/log-bytes.ts';
import { startsRun, wandb } from './wandb.ts';

const T = 1_700_000_000_000;
const read = (bytes: Buffer, options = {}) =>
  readLog(bytes, { format: wandb, started_ms: T, at_ms: T + 60_000, ...options });
const told = (items: Record<string, string>) => read(runFile(history(items))).steps.map(brief);

test('a run file is known by its first bytes', () => {
  expect([startsRun(runFile()), startsRun(Buffer.from(':W&')), startsRun(Buffer.from('step 1'))]).toEqual([
    true,
    false,
    false,
  ]);
});

describe('typical records', () => {
  test.each<[string, Record<string, string>, object[]]>([
    [
      'the Trainer',
      { 'train/loss': '2.5', 'train/global_step': '10', 'train/epoch': '0.5', _step: '3' },
      [{ step: 10, epoch: 0.5, loss: 2.5 }],
    ],
    [
      'its evaluation',
      { 'eval/loss': '2', 'train/global_step': '10', _step: '4' },
      [{ step: 10, phase: 'eval', metrics: { 'eval/loss': 2 } }],
    ],
    ["a loop's own", { loss: '2', _step: '7', _runtime: '3.5', _timestamp: '1700000003.5' }, [{ step: 7, loss: 2 }]],
    ['a step of its own', { loss: '2', step: '70', _step: '7' }, [{ step: 70, loss: 2 }]],
    ['an iteration', { 'lm loss': '2', iteration: '70', _step: '7' }, [{ step: 70, loss: 2 }]],
    ['Lightning', { train_loss: '2', epoch: '0', 'trainer/global_step': '49', _step: '0' }, [{ step: 50, loss: 2 }]],
    [
      'its evaluation',
      { val_loss: '2', epoch: '0', 'trainer/global_step': '49', _step: '1' },
      [{ step: 50, phase: 'eval', metrics: { val_loss: 2 } }],
    ],
    [
      'torchtitan',
      { 'loss_metrics/global_avg_loss': '2', 'throughput(tps)': '900', _step: '7' },
      [{ step: 7, loss: 2, metrics: { 'throughput(tps)': 900 } }],
    ],
    [
      'tokens',
      { 'train/num_input_tokens_seen': '4096', 'train/loss': '1', _step: '7' },
      [{ step: 7, tokens: 4096, tokens_are: 'cumulative', loss: 1 }],
    ],
    ['samples', { consumed_samples: '4096', loss: '1', _step: '7' }, [{ step: 7, samples: 4096, loss: 1 }]],
    ['learning rate', { 'lr-AdamW': '1e-4', _step: '7' }, [{ step: 7, lr: 1e-4 }]],
    [
      'text, lists and pictures',
      { loss: '2', note: '"x"', list: '[1]', image: '{"_type":"image-file"}', _step: '7' },
      [{ step: 7, loss: 2 }],
    ],
    ['null and booleans', { loss: '2', a: 'null', b: 'true', _step: '7' }, [{ step: 7, loss: 2 }]],
    ['NaN', { loss: 'NaN', lr: '0.5', _step: '7' }, [{ step: 7, lr: 0.5 }]],
    ['"NaN" and "Infinity"', { loss: '"NaN"', lr: 'Infinity', _step: '7' }, []],
    ['the machine', { 'system/gpu': '2', _step: '7' }, []],
    ['nothing but the call', { _step: '7', _runtime: '1', _timestamp: '1700000001' }, []],
    ['an exponent', { loss: '1.5e-3', _step: '7' }, [{ step: 7, loss: 0.0015 }]],
    ['an integer', { loss: '2', _step: '0' }, [{ step: 0, loss: 2 }]],
    ['other numbers', { reward: '2', _step: '7' }, [{ step: 7, metrics: { reward: 2 } }]],
  ])('%s', (_, items, wanted) => expect(told(items)).toEqual(wanted));

  test('names of nested values are joined, and the number of the call may be a field of its own', () => {
    const item = Buffer.concat([bytesField(2, 'a'), bytesField(2, 'b'), bytesField(16, '3')]);
    const record = bytesField(2, Buffer.concat([bytesField(1, item), bytesField(2, varintField(1, 9))]));
    expect(read(runFile(record)).steps.map(brief)).toEqual([{ step: 9, metrics: { 'a.b': 3 } }]);
  });

  test('other records are passed over: output, statistics, configuration', () => {
    const others = [4, 5, 7, 17].map((field) => bytesField(field, 'whatever it holds'));
    expect(read(runFile(...others, history({ loss: '1', _step: '2' }), ...others))).toMatchObject({
      dropped: 0,
      steps: [{ step: 2 }],
    });
  });

  test('the time of a record counts, within the run', () => {
    const at = (text: string) => read(runFile(history({ loss: '1', _step: '1', _timestamp: text }))).steps[0]?.at_ms;
    expect([at('1700000003.25'), at('1700009999'), at('1699999999'), at('1600000000'), at('0')]).toEqual([
      ...[T + 3250, T + 60_000, T, undefined, T + 60_000],
    ]);
  });
});

const step = (n: number, more = {}) => history({ loss: '1', _step: String(n), ...more });
const numbers = (bytes: Buffer, options = {}) => read(bytes, options).steps.map((one) => one.step);

describe('records and blocks', () => {
  test('a record across blocks is put together, whatever the cuts', () => {
    const bytes = runFile(step(1), step(2, { big: `"${'x'.repeat(70_000)}"` }), step(3));
    expect(bytes.length).toBeGreaterThan(2 * 32768);
    for (const cut of [1000, 4096, 32768, 99_999_999]) expect(numbers(bytes, { cut })).toEqual([1, 2, 3]);
  });

  test('every filling of a block before the next record is understood', () => {
    for (let pad = 0; pad < 16; pad++) {
      const fill = bytesField(4, 'x'.repeat(32768 - 7 - 7 - 4 - pad)); // leaves about so many bytes of the block
      expect(numbers(runFile(fill, step(2), step(3)))).toEqual([2, 3]);
    }
  });

  test('half a record waits', () => {
    const all = runFile(step(1), step(2));
    const first = runFile(step(1)).length;
    for (let end = 0; end <= all.length; end++)
      expect(numbers(all.subarray(0, end))).toHaveLength((end >= first ? 1 : 0) + (end === all.length ? 1 : 0));
  });

  test('a reader that begins in the middle goes on with the next record', () => {
    const [first, all] = [runFile(step(1)).length, runFile(step(1), step(2))];
    const steps: (number | null)[] = [];
    const reader = wandb.open({ path: 'x', started_ms: T, from: first, onStep: (one) => steps.push(one.step) });
    reader.push(all.subarray(first), { at_ms: T, old: false });
    expect(steps).toEqual([2]);
  });
});

/** A file with `bytes` where its second record was, filled up to the block's end, and a good record in the next block. */
const broken = (bytes: Buffer): Buffer => {
  const head = runFile(step(1));
  const fill = Buffer.alloc(Math.max(0, 32768 - head.length - bytes.length), 0);
  return Buffer.concat([head, bytes, fill, runFile(step(3)).subarray(7)]);
};
const second = runFile(step(2)).subarray(7);
const flipped = (at: number) => {
  const out = Buffer.from(second);
  out[at]! ^= 0x55;
  return out;
};

describe('nasty records: damage costs its block, not the next', () => {
  test.each<[string, Buffer]>([
    ['zeros', Buffer.alloc(0)],
    ['ones', Buffer.alloc(100, 255)],
    ['text', Buffer.from('{"step": 2, "loss": 1}\n')],
    ...Array.from({ length: 12 }, (_, at): [string, Buffer] => [`a flip in byte ${at}`, flipped(at)]),
    ['a flip at its end', flipped(second.length - 1)],
    ['half a record', second.subarray(0, 12)],
    ['the end of one', second.subarray(5)],
    ['a kind that is none', Buffer.concat([second.subarray(0, 6), Buffer.from([9]), second.subarray(7)])],
    ['a length beyond the block', Buffer.from([1, 2, 3, 4, 255, 255, 1])],
  ])('%s', (_, bytes) => {
    const { steps, dropped } = read(broken(bytes));
    expect(steps.map((one) => one.step)).toEqual([1, 3]);
    expect(dropped).toBeGreaterThanOrEqual(1);
  });

  test.each<[string, Buffer, number]>([
    ['an empty record', Buffer.alloc(0), 0],
    ['no protobuf', Buffer.from('hello'), 1],
    ['a history beyond its record', Buffer.from([0x12, 0x7f, 1]), 1],
    ['an item beyond its history', bytesField(2, Buffer.from([0x0a, 0x7f, 1])), 1],
    ['a varint without end', Buffer.alloc(12, 255), 1],
    ['an item without a name', bytesField(2, bytesField(1, bytesField(16, '3'))), 0],
    ['an item without a value', bytesField(2, bytesField(1, bytesField(2, 'loss'))), 0],
    ['a value that is no JSON', history({ loss: 'x', lr: '' }), 0],
    ['a very long number', history({ loss: '1'.repeat(5000) }), 0],
    ['a history that is a number', varintField(2, 7), 0],
  ])('whole, but %s', (_, record, dropped) => {
    const result = read(runFile(step(1), record, step(3)));
    expect(result.steps.map((one) => one.step)).toEqual([1, 3]);
    expect(result.dropped).toBe(dropped);
  });
});
