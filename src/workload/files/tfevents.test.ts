// Bytes made by hand from the published layout (test/helpers/log-bytes.ts), and one file of the real library.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  brief,
  bytesField,
  crc32c,
  doubleField,
  event,
  FILE_VERSION,
  floatField,
  framed,
  readLog,
  simple,
  tensor,
  u32,
  varintField,
} from '../../../test/helpers/log-bytes.ts';
import { startsEvents, tfevents } from './tfevents.ts';

/** 2023-11-14T22:13:20Z in s. */
const T = 1_700_000_000;
const read = (bytes: Buffer, options = {}) => readLog(bytes, { format: tfevents, started_ms: T * 1000, ...options });
const told = (...records: readonly Buffer[]) => read(Buffer.concat(records)).steps.map(brief);
const loss = (step: number, value = 1) => event(T + step, step, simple('loss', value));

test('the checksum of the tests is the published one', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa); // RFC 3720, B.4
});

test('what tensorboard 2.21 wrote', () => {
  // EventFileWriter: the file's version, then train/loss 3.0 and train/num_input_tokens_seen 20480 at step 10.
  const bytes = Buffer.from(
    '4800000000000000fe92489d09811c4a8fa3c2da411a0d627261696e2e4576656e743a32522e0a2c74656e736f72626f6172642e73756d6d' +
      '6172792e7772697465722e6576656e745f66696c655f7772697465722ba3c151200000000000000029eda9500947224a8fa3c2da41100a' +
      '2a130a110a0a747261696e2f6c6f7373150000404058ebb7e431000000000000009d8383e909c7224a8fa3c2da41100a2a240a220a1b74' +
      '7261696e2f6e756d5f696e7075745f746f6b656e735f7365656e150000a046a754997a',
    'hex',
  );
  expect(startsEvents(bytes)).toBe(true);
  const { steps, dropped } = read(bytes);
  expect(dropped).toBe(0);
  expect(steps.map(brief)).toEqual([{ step: 10, loss: 3, tokens: 20480, tokens_are: 'cumulative' }]);
  // 0x41dac2a38f4a2247 as a double, in s: 1795853885.158342
  expect(steps[0]!.at_ms).toBeCloseTo(1_795_853_885_158.342, 2);
});

const tagged = (tag: string, value: number) => event(T + 1, 7, simple(tag, value));
const raw = (value: number) => {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return out;
};

describe('typical records', () => {
  test.each<[string, Buffer[], object[]]>([
    ['tags of one step are one step', [loss(7, 2), tagged('lr', 0.5)], [{ step: 7, loss: 2, lr: 0.5 }]],
    ['each step is told', [loss(1), loss(2), loss(3)], [1, 2, 3].map((step) => ({ step, loss: 1 }))],
    [
      'several values in one event',
      [event(T, 4, simple('loss', 2), simple('lr', 0.25))],
      [{ step: 4, loss: 2, lr: 0.25 }],
    ],
    [
      'a tensor of float in its packed field',
      [event(T, 4, tensor('loss', varintField(1, 1), bytesField(5, u32(0x40400000))))],
      [{ step: 4, loss: 3 }],
    ],
    [
      'a tensor of float in an unpacked field',
      [event(T, 4, tensor('loss', varintField(1, 1), floatField(5, 3)))],
      [{ step: 4, loss: 3 }],
    ],
    [
      'a tensor of float as bytes',
      [event(T, 4, tensor('loss', varintField(1, 1), bytesField(4, u32(0x40400000))))],
      [{ step: 4, loss: 3 }],
    ],
    [
      'a tensor of double',
      [event(T, 4, tensor('loss', varintField(1, 2), bytesField(4, raw(0.1))))],
      [{ step: 4, loss: 0.1 }],
    ],
    [
      'a tensor of double in its field',
      [event(T, 4, tensor('loss', varintField(1, 2), doubleField(6, 0.1)))],
      [{ step: 4, loss: 0.1 }],
    ],
    [
      'a tensor of int64',
      [event(T, 4, tensor('tokens_seen', varintField(1, 9), varintField(10, 2 ** 40)))],
      [{ step: 4, tokens: 2 ** 40, tokens_are: 'cumulative' }],
    ],
    [
      'a tensor of int64 as bytes',
      [event(T, 4, tensor('tokens_seen', varintField(1, 9), bytesField(4, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]))))],
      [{ step: 4, tokens: 256, tokens_are: 'cumulative' }],
    ],
    [
      'a tensor of int32',
      [event(T, 4, tensor('batch_size', varintField(1, 3), varintField(7, 32)))],
      [{ step: 4, batch: 32 }],
    ],
    ["the Trainer's epoch", [tagged('train/loss', 2), tagged('train/epoch', 0.5)], [{ step: 7, loss: 2, epoch: 0.5 }]],
    ['an evaluation', [tagged('eval/loss', 2)], [{ step: 7, phase: 'eval', metrics: { 'eval/loss': 2 } }]],
    [
      "Megatron-LM's samples",
      [tagged('lm loss', 2), event(T + 1, 640, simple('lm loss vs samples', 2))],
      [{ step: 7, loss: 2, samples: 640 }],
    ],
    [
      'the same with _ for blanks',
      [tagged('lm_loss', 2), event(T + 1, 640, simple('lm_loss_vs_samples', 2))],
      [{ step: 7, loss: 2, samples: 640 }],
    ],
    [
      'samples of a value that was not seen',
      [tagged('lm loss', 2), event(T + 1, 640, simple('grad-norm vs samples', 2))],
      [{ step: 7, loss: 2 }],
    ],
    [
      "Megatron-DeepSpeed's tokens, whole",
      [
        event(T, 33_554_433, simple('steps-vs-tokens/y=steps,x=tokens', 8)),
        event(T, 8, simple('lm-loss-training/lm loss', 2)),
      ],
      [{ step: 8, loss: 2, tokens: 33_554_433, tokens_are: 'cumulative' }],
    ],
    ['over gigaflops', [tagged('lm loss', 2), event(T, 99, simple('lm loss vs gigaflos', 2))], [{ step: 7, loss: 2 }]],
    [
      "torchtitan's",
      [tagged('loss_metrics/global_avg_loss', 2), tagged('throughput(tps)', 9)],
      [{ step: 7, loss: 2, metrics: { 'throughput(tps)': 9 } }],
    ],
    [
      "Keras' epochs, numbered from 0",
      [event(T, 0, simple('epoch_loss', 2)), event(T + 9, 1, simple('epoch_loss', 1))],
      [
        { epoch: 1, loss: 2 },
        { epoch: 2, loss: 1 },
      ],
    ],
    ['one without a meaning is progress all the same', [tagged('reward', 2)], [{ step: 7, metrics: { reward: 2 } }]],
    ['hp_metric is none', [event(T, 0, simple('hp_metric', -1))], []],
    ["the file's version alone", [FILE_VERSION], []],
  ])('%s', (_, records, wanted) => expect(told(FILE_VERSION, ...records)).toEqual(wanted));

  test("a folder of Lightning's counts steps from 0 and numbers the epoch in progress", () => {
    const bytes = Buffer.concat([event(T, 49, simple('train_loss', 2)), event(T, 49, simple('epoch', 0))]);
    const { steps } = read(bytes, { path: 'lightning_logs/version_3/events.out.tfevents.1.h.2.0' });
    expect(steps.map(brief)).toEqual([{ step: 50, loss: 2 }]);
  });

  test("Keras' folder of validation has results under the tags of training", () => {
    const { steps } = read(event(T, 1, simple('epoch_loss', 2)), {
      path: 'logs/validation/events.out.tfevents.1.h.2.0.v2',
    });
    expect(steps.map(brief)).toEqual([{ epoch: 2, phase: 'eval', metrics: { 'validation/epoch_loss': 2 } }]);
  });

  test('a step has the time of its first value, within the run', () => {
    const at = (wall_time_s: number) =>
      read(event(wall_time_s, 1, simple('loss', 1)), { at_ms: (T + 100) * 1000 }).steps;
    expect(at(T + 5.25)[0]!.at_ms).toBe((T + 5.25) * 1000);
    expect(at(T + 500)[0]!.at_ms).toBe((T + 100) * 1000); // a clock ahead of ours
    expect(at(T - 2)[0]!.at_ms).toBe(T * 1000); // one behind
    expect(at(0)[0]!.at_ms).toBe((T + 100) * 1000); // no clock
    expect(at(T - 3600)).toEqual([]); // another run's
  });

  test('values that are counted in epochs beside others in steps are none', () => {
    const numbers = (...all: readonly (readonly [string, number])[]) =>
      told(...all.map(([tag, number], i) => event(T + i, number, simple(tag, 1)))).map(({ step }) => step);
    const [batch, epoch]: [string, string] = ['Loss/train_batch', 'Loss/train'];
    expect(numbers([batch, 50], [batch, 100], [epoch, 1], [batch, 150], [batch, 200], [epoch, 2])).toEqual([
      50, 100, 150, 200,
    ]);
    expect(numbers([epoch, 0], [batch, 50], [epoch, 1], [batch, 100], [epoch, 2])).toEqual([0, 50, 100]);
    // A job that went back to its checkpoint does its steps again.
    expect(numbers([batch, 50], [batch, 100], [batch, 150], [batch, 110], [batch, 160])).toEqual([
      50, 100, 150, 110, 160,
    ]);
    expect(numbers([epoch, 1], [epoch, 2], [epoch, 3])).toEqual([1, 2, 3]);
  });

  test('a counter beyond 24 bits is rounded and never falls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 2, maxLength: 40 }), (strides) => {
        let total = 2 ** 24;
        const records = strides.map((stride, i) => {
          total += stride;
          return event(T + i, i + 1, simple('tokens_seen', total));
        });
        const tokens = read(Buffer.concat(records)).steps.map((step) => step.tokens!);
        expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
        expect(Math.abs(tokens.at(-1)! / total - 1)).toBeLessThanOrEqual(2 ** -24);
      }),
      { numRuns: 50 },
    );
  });
});

/** A record whose byte at `at` has some bits turned. */
const flipped = (record: Buffer, at: number) => {
  const out = Buffer.from(record);
  out[at < 0 ? out.length + at : at]! ^= 0x55;
  return out;
};
const lengthed = (length: number) => {
  const bytes = Buffer.concat([u32(length % 2 ** 32), u32(Math.floor(length / 2 ** 32))]);
  const crc = crc32c(bytes);
  return Buffer.concat([bytes, u32(((crc >>> 15) | (crc << 17)) + 0xa282ead8)]);
};
const around = [
  { step: 1, loss: 1 },
  { step: 3, loss: 1 },
];

describe('nasty records, between a good one before and one after', () => {
  test.each<[string, Buffer, object[], number]>([
    ['a length that is another', flipped(loss(2), 0), around, 1],
    ['its checksum', flipped(loss(2), 9), around, 1],
    ['data', flipped(loss(2), 20), around, 1],
    ['the checksum of the data', flipped(loss(2), -1), around, 1],
    ['zeros', Buffer.alloc(300), around, 1],
    ['ones', Buffer.alloc(301, 255), around, 1],
    ['text', Buffer.from('{"step": 2, "loss": 1}\n'), around, 1],
    ['half a record', loss(2).subarray(0, 20), around, 1],
    ['the end of one', loss(2).subarray(5), around, 1],
    ['an empty record', framed(Buffer.alloc(0)), around, 0],
    ['a record that is no event', framed(Buffer.from('hello, world')), around, 1],
    ['a message beyond its record', framed(Buffer.from([0x2a, 0x7f, 1, 2])), around, 1],
    ['a varint without end', framed(Buffer.alloc(20, 0xff)), around, 1],
    ['a group, which proto3 has not', framed(Buffer.from([0x0b, 0x0c])), around, 1],
    ['a record of 2 MiB', framed(Buffer.alloc(2 << 20, 7)), around, 0],
    ['a length beyond all files', Buffer.concat([lengthed(2 ** 50), Buffer.alloc(9)]), around, 1],
    ['a length of 2^63', Buffer.concat([lengthed(2 ** 63), Buffer.alloc(9)]), around, 1],
    ['NaN', event(T + 2, 2, simple('loss', Number.NaN)), around, 0],
    ['infinity', event(T + 2, 2, simple('loss', Number.POSITIVE_INFINITY)), around, 0],
    ['no tag', event(T + 2, 2, simple('', 1)), around, 0],
    ['no values', event(T + 2, 2), around, 0],
    ['a tensor of two', event(T + 2, 2, tensor('loss', varintField(1, 1), bytesField(5, Buffer.alloc(8)))), around, 0],
    ['a tensor of text', event(T + 2, 2, tensor('loss', varintField(1, 7), bytesField(8, 'hello'))), around, 0],
    ['an empty tensor', event(T + 2, 2, tensor('loss')), around, 0],
    [
      'a field of another type',
      framed(Buffer.concat([varintField(1, 5), bytesField(2, 'x'), varintField(5, 3)])),
      around,
      0,
    ],
    [
      'a time that is NaN',
      event(Number.NaN, 2, simple('x/y', 1)),
      [around[0]!, { step: 2, metrics: { 'x/y': 1 } }, around[1]!],
      0,
    ],
  ])('%s', (_, bytes, wanted, dropped) => {
    const all = Buffer.concat([FILE_VERSION, loss(1), bytes, loss(3)]);
    const result = read(all);
    const bySteps = result.steps.map(brief).sort((a, b) => Number(a.step) - Number(b.step));
    expect(bySteps).toEqual(wanted);
    expect(result.dropped).toBe(dropped);
    expect(read(all, { cut: 7 }).steps).toEqual(result.steps);
  });

  test('a step below 0 has no number', () => {
    expect(told(event(T, -1n, simple('loss', 1)))).toEqual([{ loss: 1 }]);
  });

  test('half a record waits for its other half', () => {
    const [a, b] = [loss(1), loss(2)];
    const all = Buffer.concat([a, b]);
    for (let end = 0; end <= all.length; end++)
      expect(read(all.subarray(0, end)).steps).toHaveLength((end >= a.length ? 1 : 0) + (end === all.length ? 1 : 0));
  });

  test('from the middle of a file the next record is found', () => {
    const all = Buffer.concat([loss(1), loss(2), loss(3)]);
    expect(read(all.subarray(11)).steps.map(({ step }) => step)).toEqual([2, 3]);
  });
});
