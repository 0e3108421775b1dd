import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStepReader } from './log-reader.ts';
import type { Step } from './step.ts';

function read(text: string | Buffer, cut = Number.POSITIVE_INFINITY): Step[] {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut)
    reader.push(bytes.subarray(at, Math.min(bytes.length, at + cut)), 1000);
  reader.end(1000);
  return steps;
}
const brief = (steps: readonly Step[]) =>
  steps.map(({ step, epoch, tokens, loss, lr }) => ({ step, epoch, tokens, loss, lr }));
const none = { step: null, epoch: null, tokens: null, loss: null, lr: null };

describe('JSON lines', () => {
  test.each<[string, object[]]>([
    ['{"step":1,"loss":2.5}', [{ ...none, step: 1, loss: 2.5 }]],
    [
      '{"global_step":12,"train/loss":"0.5","learning_rate":3e-4,"epoch":1.5}',
      [{ ...none, step: 12, loss: 0.5, lr: 3e-4, epoch: 1.5 }],
    ],
    ['INFO 2024-01-01 10:00:00 {"iter":3,"tokens":4096}', [{ ...none, step: 3, tokens: 4096 }]],
    ['\x1b[32m{"step":2,"loss":1}\x1b[0m', [{ ...none, step: 2, loss: 1 }]],
    ['{"step":3,"loss":NaN,"grad_norm":Infinity}', [{ ...none, step: 3 }]],
    [' 50%|█████     | 2/4 [00:01<00:01]\r{"step":4,"loss":1}\r\n', [{ ...none, step: 4, loss: 1 }]],
    ['{"step":5}{"step":6}', []],
    ['{"event":"start","config":{"lr":1}}', []],
    ['{"batch":3}', []],
    ['{"step":"x","loss":null}', []],
    ['{"step":-1,"loss":1}', [{ ...none, loss: 1 }]],
    ['{"step":7,"loss":1', []],
    ['"step":7}', []],
    ['[{"step":7}]', []],
    ['{"step":1e3,"loss":1}', [{ ...none, step: 1000, loss: 1 }]],
    ['{"step":8,"loss":1} trailing', []],
    ['{"eval_loss":2.1,"step":9}', [{ ...none, step: 9 }]],
    ['{"train_runtime":12.3,"step":9,"train_loss":1}', []],
    ['{}', []],
    ['{"num_input_tokens_seen":2560,"loss":"4.794"}', [{ ...none, tokens: 2560, loss: 4.794 }]],
  ])('%s', (text, wanted) => {
    expect(brief(read(text))).toEqual(wanted);
  });
});

describe('Hugging Face dictionaries', () => {
  // The first two are what Trainer 5.24 printed, a line of progress and its summary: floats as strings, no step key.
  test.each<[string, object[]]>([
    [
      "{'loss': '2.445', 'grad_norm': '0.5478', 'learning_rate': '1.5e-05', 'epoch': '0.7576', 'num_input_tokens_seen': 102400, 'train_runtime': '3.746', 'train_tokens_per_second': '2.734e+04'}",
      [{ ...none, loss: 2.445, lr: 1.5e-5, epoch: 0.7576, tokens: 102400 }],
    ],
    [
      "{'train_runtime': '3.746', 'train_samples_per_second': '427.1', 'train_steps_per_second': '53.39', 'train_loss': '2.708', 'epoch': '0.7576', 'num_input_tokens_seen': 102400}",
      [],
    ],
    ["{'loss': 2.31, 'learning_rate': 4e-05, 'epoch': 0.16}", [{ ...none, loss: 2.31, lr: 4e-5, epoch: 0.16 }]],
    [
      "  3%|▎         | 12/400 [00:01<00:40,  9.6it/s]{'loss': 2.0, 'epoch': 0.03}",
      [{ ...none, step: 12, loss: 2, epoch: 0.03 }],
    ],
    ["{'loss': nan, 'epoch': 0.5}", [{ ...none, epoch: 0.5 }]],
    ["{'loss': inf, 'grad_norm': None, 'ok': True, 'epoch': 1.0}", [{ ...none, epoch: 1 }]],
    ["{'train_runtime': 10.1, 'train_loss': 2.0, 'epoch': 3.0}", []],
    ["{'eval_loss': 1.9, 'eval_runtime': 0.5, 'epoch': 1.0}", [{ ...none, epoch: 1 }]],
    ["{'loss': tensor(2.5), 'epoch': 0.1}", [{ ...none, loss: 2.5, epoch: 0.1 }]],
    ["{'loss': 2.5, 'note': 'it\\'s {fine}', 'epoch': 0.1}", [{ ...none, loss: 2.5, epoch: 0.1 }]],
    ["{'loss': 2.5,'epoch': 0.1,}", [{ ...none, loss: 2.5, epoch: 0.1 }]],
    ["{'loss': 2.5, 'epoch'", []],
    ["{'a': {'loss': 1}}", []],
    ["set {'loss', 'epoch'}", []],
    ["{'name': 'x'}", []],
    ["{'loss': }", []],
  ])('%s', (text, wanted) => {
    expect(brief(read(text))).toEqual(wanted);
  });

  test('what a name says of tokens is kept', () => {
    const kinds = (text: string) => read(text).map(({ tokens_are }) => tokens_are);
    expect(kinds("{'loss': 1.0, 'num_input_tokens_seen': 5}")).toEqual(['cumulative']);
    expect(kinds('{"step":1,"batch_tokens":5}')).toEqual(['per-step']);
    expect(kinds('{"step":1,"tokens":5}')).toEqual(['unsaid']);
  });
});

describe('whatever comes', () => {
  const log = `noise\n{"step":1,"loss":3}\r\n\x00\xff junk {\n  5%| | 2/40 [00:01<]{'loss': 2.9, 'epoch': 0.1}\n\r\r{"step":3,"loss":2.8}\nlast {"step":4,"loss":2.7}`;

  test('any cutting into chunks gives the same steps', () => {
    const whole = brief(read(log));
    expect(whole.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (let cut = 1; cut < 60; cut++) expect(brief(read(log, cut))).toEqual(whole);
  });

  test('random bytes never throw, and a step after them is still seen', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const steps = read(Buffer.concat([Buffer.from(bytes), Buffer.from('\n{"step":77,"loss":1}\n')]));
        expect(steps.at(-1)?.step).toBe(77);
      }),
    );
  });

  // With a pattern that is quadratic in the length of a line, either takes minutes.
  test.each([
    ['digits before a record', `${'1'.repeat(1e6)} {'loss': 1.0, 'epoch': 0.1}`],
    ['an unfinished tensor', `{'loss': tensor(${'1'.repeat(1e6)}`],
  ])('a megabyte of %s takes no time, and the next line is read', (_, line) => {
    expect(brief(read(`${line}\n{"step":2,"loss":1}\n`)).at(-1)).toEqual({ ...none, step: 2, loss: 1 });
  });

  test('a line of 3 MB is dropped, in bounded memory, and the next is read', () => {
    const steps: Step[] = [];
    const reader = createStepReader((step) => steps.push(step));
    reader.push(Buffer.from('{"step":1,"x":"'), 0);
    for (let i = 0; i < 48; i++) reader.push(Buffer.alloc(1 << 16, 'a'), 0);
    reader.push(Buffer.from('"}\n{"step":2,"loss":1}\n'), 0);
    expect([steps.map(({ step }) => step), reader.dropped]).toEqual([[2], 1]);
  });
});

describe('names', () => {
  const metrics = (line: string) => read(`${line}\n`)[0]?.metrics;
  const iteration = ' iteration 1/ 9 | consumed samples: 4 |';

  test('of a name that comes twice on a line the last value counts', () => {
    const [twice] = read(`${iteration} lm loss: 1.0 | lm loss: 2.5 | norm: 3.0 | norm: nan |\n`);
    expect(twice).toMatchObject({ loss: 2.5, metrics: {} });
    expect(read("{'loss': 1.0, 'loss': 2.5, 'epoch': 1.0}\n")[0]?.loss).toBe(2.5);
  });
  test('a name that begins or ends as the one expected in its place is another', () => {
    const lines = ['norm: 1.0 | lost: 2.0 |', 'norm (all): 3.0 | lost: 4.0 |', 'nor: 5.0 | xlost: 6.0 |'];
    const told = read(lines.map((fields) => `${iteration} ${fields}\n`).join(''));
    expect(told.map(({ metrics }) => metrics)).toEqual([
      { norm: 1, lost: 2 },
      { 'norm (all)': 3, lost: 4 },
      { nor: 5, xlost: 6 },
    ]);
  });
  test('any names of a dictionary are told as JSON tells them', () => {
    const name = fc.stringMatching(/^x[a-z_/ ()@.:-]{0,70}$/);
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()).map((n) => n + 0); // JSON has no -0
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 12 }), (fields) => {
        const json = JSON.stringify({ loss: 2.5, ...fields });
        const python = json.replaceAll('"', "'").replaceAll("':", "': ").replaceAll(",'", ", '");
        expect(metrics(json)).toEqual(fields);
        expect(metrics(python)).toEqual(fields);
      }),
    );
  });
});
