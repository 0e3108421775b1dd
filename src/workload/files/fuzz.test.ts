// Whatever bytes come: readers tell finite steps, do not throw, come to an end, and keep little.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  event,
  FILE_VERSION,
  history,
  type ReadOptions,
  readLog,
  runFile,
  simple,
  tensor,
  varintField,
} from '../../../test/helpers/log-bytes.ts';
import type { Step } from '../step.ts';
import { csv } from './csv.ts';
import { formatOf } from './formats.ts';
import { mlflowRun } from './mlflow.ts';
import type { FileFormat } from './port.ts';
import { tfevents } from './tfevents.ts';
import { trainerLog } from './trainer-log.ts';
import { trainerState } from './trainer-state.ts';
import { wandb } from './wandb.ts';

const T = 1_700_000_000;
const SAMPLES: Record<string, { readonly format: () => FileFormat; readonly bytes: Buffer }> = {
  tensorboard: {
    format: () => tfevents,
    bytes: Buffer.concat([
      FILE_VERSION,
      ...[1, 2, 3].map((step) => event(T + step, step, simple('train/loss', 1 / step), simple('lr', 0.5))),
      event(T + 3, 640, simple('lm loss vs samples', 2)),
      event(T + 4, 4, tensor('tokens_seen', varintField(1, 9), varintField(10, 4096))),
    ]),
  },
  wandb: {
    format: () => wandb,
    bytes: runFile(
      ...[1, 2, 3].map((step) => history({ loss: '1.5', _step: String(step), _timestamp: String(T + step) })),
    ),
  },
  mlflow: {
    format: mlflowRun,
    bytes: Buffer.from([1, 2, 3].map((step) => `${T + step}000 0.5 ${step}\n`).join('')),
  },
  csv: {
    format: () => csv,
    bytes: Buffer.from('epoch,step,train_loss,val_loss\n0,4,1.5,\n0,9,1.25,\n0,9,,2\n1,14,1,\n'),
  },
  'llama-factory': {
    format: () => trainerLog,
    bytes: Buffer.from('{"current_steps": 1, "total_steps": 9, "loss": 1.5, "elapsed_time": "0:00:12"}\n'.repeat(3)),
  },
  'trainer-state': {
    format: () => trainerState,
    bytes: Buffer.from(
      JSON.stringify({
        max_steps: 9,
        log_history: [
          { step: 1, loss: 1.5 },
          { step: 2, eval_loss: 2 },
        ],
      }),
    ),
  },
};

const read = (bytes: Buffer, format: FileFormat, options: ReadOptions = {}): Step[] =>
  readLog(bytes, { path: 'a/metrics/loss', format, started_ms: T * 1000, at_ms: (T + 100) * 1000, ...options }).steps;

function sound(steps: readonly Step[]): void {
  for (const { at_ms, step, total, epoch, tokens, samples, batch, lr, loss, metrics } of steps) {
    expect(at_ms).toBeGreaterThanOrEqual(T * 1000);
    expect(at_ms).toBeLessThanOrEqual((T + 100) * 1000);
    for (const value of [step, total, epoch, tokens, samples, batch, lr, loss, ...Object.values(metrics)])
      expect(value === null || Number.isFinite(value)).toBe(true);
    expect(Math.min(step ?? 0, epoch ?? 0, tokens ?? 0, samples ?? 0)).toBeGreaterThanOrEqual(0);
  }
}

const damaged = (bytes: Buffer) =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: bytes.length }),
        skip: fc.nat({ max: 20 }),
        put: fc.uint8Array({ maxLength: 20 }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((changes) =>
      changes.reduce<Buffer>(
        (all, { at, skip, put }) => Buffer.concat([all.subarray(0, at), put, all.subarray(at + skip)]),
        bytes,
      ),
    );

describe.each(Object.entries(SAMPLES))('%s', (_, { format, bytes }) => {
  test('the sample is read', () => expect(read(bytes, format()).length).toBeGreaterThan(1));

  test('cut at every byte, a file tells no more than the whole', () => {
    const whole = read(bytes, format());
    for (let end = 0; end <= bytes.length; end++) {
      const steps = read(bytes.subarray(0, end), format());
      sound(steps);
      expect(steps.length).toBeLessThanOrEqual(whole.length);
    }
  });

  test('every byte turned', () => {
    for (let at = 0; at < bytes.length; at++) {
      const turned = Buffer.from(bytes);
      turned[at]! ^= 1 << (at % 8);
      sound(read(turned, format()));
    }
  });

  test('any damage, in chunks of any size', () => {
    fc.assert(
      fc.property(damaged(bytes), fc.integer({ min: 1, max: 300 }), (all, cut) => {
        const steps = read(all, format(), { cut });
        sound(steps);
        expect(steps).toEqual(read(all, format()));
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes, also as what stood there before and after a restart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(bytes)), { maxLength: 5 }),
        (all) => {
          const steps: Step[] = [];
          const reader = format().open({
            path: 'x',
            started_ms: T * 1000,
            from: 0,
            onStep: (step) => steps.push(step),
          });
          let at_ms = T * 1000;
          for (const [i, part] of all.entries()) {
            at_ms += 700;
            reader.push(Buffer.from(part), { at_ms, old: i === 0 });
            reader.settle(at_ms);
            if (i % 2 === 1) reader.restart(at_ms);
          }
          reader.end(at_ms);
          sound(steps);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('random bytes of 8 MiB are read in little time and memory', () => {
  const block = Buffer.from(Array.from({ length: 1 << 16 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255));
  for (const { format } of Object.values(SAMPLES)) {
    const reader = format().open({ path: 'x', started_ms: 0, from: 0, onStep() {} });
    for (let i = 0; i < 128; i++) reader.push(block, { at_ms: T * 1000, old: false });
    reader.end(T * 1000);
    if (format().reading === 'appended') expect(reader.dropped).toBeGreaterThan(0);
  }
});

test('what a file is, by its name or its first bytes', () => {
  const of = (path: string, head: Buffer | string = '', last = true) => formatOf(path, Buffer.from(head), last)?.name;
  expect(of('runs/x/events.out.tfevents.1700000000.host.1.0')).toBe('tensorboard');
  expect(of('events.out.tfevents.1700000000.host.1.0.v2')).toBe('tensorboard');
  expect(of('checkpoint-5/trainer_state.json')).toBe('trainer-state');
  expect(of('out/trainer_log.jsonl')).toBe('llama-factory');
  expect(of('wandb/offline-run-1/run-1.wandb')).toBe('wandb');
  expect(of('copy', SAMPLES.tensorboard!.bytes)).toBe('tensorboard');
  expect(of('copy', SAMPLES.wandb!.bytes)).toBe('wandb');
  expect(of('copy', SAMPLES.csv!.bytes)).toBe('csv');
  expect(of('metrics/loss', SAMPLES.mlflow!.bytes)).toBe('mlflow');
  for (const text of [
    '',
    '{"step": 1, "loss": 2}\n',
    "{'loss': 1, 'epoch': 2}\n",
    ' 12/400 [00:01<00:30]\r',
    'Epoch 1, loss 2\n',
  ])
    expect(of('train.log', text)).toBe('text');
  expect(of('train.log', 'step,lo', false)).toBeUndefined(); // the line goes on
  expect(of('train.log', 'step,lo')).toBe('csv');
});
