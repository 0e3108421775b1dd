// What Hugging Face's Trainer tells in two streams whose order is chance: records without a number on stdout, on stderr the
// bar that has it. Its writes are made here as transformers 5 and tqdm 4 make them: the bar is drawn at most every so many
// steps, and wiped and drawn again around each record.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStepReader } from './log-reader.ts';
import type { Step } from './step.ts';
import { workOf } from './work.ts';

type Write = readonly ['out' | 'err', string];

interface Job {
  readonly steps: number;
  readonly every: number;
  /** Steps between two drawings of the bar. */
  readonly drawn?: number;
  /** Steps that an earlier run has done. */
  readonly from?: number;
  /** Evaluates so many batches behind each record. */
  readonly evaluates?: number;
  readonly summary?: boolean;
}

const PER_STEP = 512;
const PER_EPOCH = 264;
const bar = (n: number, total: number): Write => [
  'err',
  `\r${String(Math.floor((100 * n) / total)).padStart(3)}%|     | ${n}/${total} [00:01<00:02, 58.39it/s]`,
];
/** A bar is not drawn again before 0.1 s, in which what has been written is read. */
const PAUSE: readonly Write[] = Array.from({ length: 10 }, () => ['err', '']);
const wiped: Write = ['err', `\r${' '.repeat(40)}\r`];

/** What the Trainer writes, in its order. */
function trainer({ steps, every, drawn = 1, from = 0, evaluates = 0, summary = true }: Job): Write[] {
  const seen = (n: number) => `'epoch': '${(n / PER_EPOCH).toFixed(4)}', 'num_input_tokens_seen': ${n * PER_STEP}`;
  const writes: Write[] = [bar(0, steps)];
  const write = (text: string, n: number) => writes.push(wiped, ['out', `${text}\n`], bar(n, steps));
  for (let n = from + 1; n <= steps; n++) {
    if ((n - from - 1) % drawn === 0) writes.push(bar(n, steps));
    if (n % every !== 0) continue;
    write(`{'loss': '${(3 - n / 1000).toFixed(3)}', ${seen(n)}}`, n);
    if (evaluates === 0) continue;
    writes.push(bar(0, evaluates), ...PAUSE);
    for (let i = 1; i <= evaluates; i++) writes.push(bar(i, evaluates));
    write(`{'eval_loss': '2.5', 'eval_runtime': '0.5', ${seen(n)}}`, n);
  }
  if (summary) write(`{'train_runtime': '5.4', 'train_loss': '2.708', ${seen(steps)}}`, steps);
  return [...writes, bar(steps, steps), ['err', '\n']];
}

/** Read with a ms between two writes. */
function read(writes: readonly Write[]): Step[] {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step));
  writes.forEach(([stream, text], i) => {
    (stream === 'out' ? reader : reader.other).push(Buffer.from(text), 1000 + i);
  });
  reader.end(1000 + writes.length);
  return steps;
}

const totals = (steps: readonly Step[]) => {
  const { steps: done, tokens, restarts, total_steps } = workOf(steps);
  return { done, tokens, restarts, total_steps };
};

describe('the last record came before the bar had been drawn again', () => {
  test('299 steps where 300 were done: the bar ends at its own number', () => {
    const writes: Write[] = [
      ...[bar(1, 300), bar(150, 300)],
      ['out', "{'loss': '2.5', 'epoch': '0.5682', 'num_input_tokens_seen': 76800}\n"],
      bar(299, 300),
      ['out', "{'loss': '2.4', 'epoch': '1.136', 'num_input_tokens_seen': 153600}\n"],
      bar(300, 300),
    ];
    const steps = read(writes);
    expect(steps.map(({ step, at_ms }) => [step, at_ms])).toEqual([
      [1, 1000],
      [150, 1002],
      [299, 1004],
      [300, 1005],
    ]);
    expect(totals(steps)).toEqual({ done: 300, tokens: 153_600, restarts: 0, total_steps: 300 });
  });

  test('300 steps where 305 were done, a record every ten: the summary tells the rest', () => {
    const steps = read(trainer({ steps: 305, every: 10 }));
    expect(totals(steps)).toEqual({ done: 305, tokens: 305 * 512, restarts: 0, total_steps: 305 });
    expect(steps.at(-1)).toMatchObject({ step: 305, loss: null, tokens: 156_160, epoch: 1.1553 });
  });

  test('no record at all before the summary', () => {
    expect(totals(read(trainer({ steps: 40, every: 500 })))).toMatchObject({ done: 40, tokens: 40 * 512 });
  });

  test('a last step is of the time when the bar came to it, not of the end', () => {
    const writes = trainer({ steps: 15, every: 10, summary: false });
    const reached = writes.findIndex(([, text]) => text.includes(' 15/15 '));
    const waited: Write[] = [...writes, ['out', 'and then\n'], bar(15, 15)];
    expect(read(waited).at(-1)).toMatchObject({ step: 15, at_ms: 1000 + reached });
  });

  test('a job that was killed tells how far its bar had come', () => {
    const writes = trainer({ steps: 300, every: 10 });
    const killed = writes.slice(
      0,
      writes.findIndex(([, text]) => text.includes(' 88/300 ')),
    );
    expect(totals(read(killed))).toMatchObject({ done: 87, tokens: 80 * 512 });
  });
});

describe('totals do not hang on the order in which the streams are read', () => {
  /** How many writes late a stream is read at most, and the steps done. */
  const JOBS: [string, Job, number, number][] = [
    ['a job', { steps: 305, every: 10 }, 25, 305],
    ['a quick one, whose bar is drawn every six steps', { steps: 300, every: 10, drawn: 6 }, 25, 300],
    ['a record a step', { steps: 40, every: 1 }, 25, 40],
    ['few records', { steps: 15, every: 10, drawn: 3 }, 3, 15],
    // The bar begins at 0 and goes to 101: what was done before its first number is not this run's.
    ['one that was resumed', { steps: 300, every: 10, from: 100 }, 25, 199],
    ['evaluation behind each record', { steps: 60, every: 10, evaluates: 32 }, 9, 60],
    ['without a summary', { steps: 40, every: 10, summary: false }, 25, 40],
  ];

  test.each(JOBS)('%s', (_, job, most, done) => {
    // Of a resumed job's tokens those count that are told after its first record.
    const tokens = job.from === undefined ? job.steps * PER_STEP : (job.steps - job.from - job.every) * PER_STEP;
    const writes = trainer(job);
    fc.assert(
      fc.property(fc.array(fc.nat(most), { minLength: 1, maxLength: 100 }), (lags) => {
        expect(totals(read(lagging(writes, lags)))).toMatchObject({ done, tokens, restarts: 0 });
      }),
      { numRuns: 200 },
    );
  });

  test.each([10, 1])('one stream wholly before the other, a record every %d steps', (every) => {
    const writes = trainer({ steps: 50, every });
    const [out, err] = (['out', 'err'] as const).map((stream) => writes.filter(([name]) => name === stream));
    const wanted = { done: 50, tokens: 50 * 512, restarts: 0 };
    expect(totals(read([...out!, ...err!]))).toMatchObject(wanted);
    expect(totals(read([...err!, ...out!]))).toMatchObject(wanted);
  });

  test('writes that are torn anywhere', () => {
    const writes = trainer({ steps: 25, every: 10 });
    for (const stream of ['out', 'err'] as const) {
      const torn = writes.flatMap(([name, text]): Write[] =>
        name === stream ? [...text].map((sign) => [name, sign]) : [[name, text]],
      );
      expect(totals(read(torn))).toMatchObject({ done: 25, tokens: 25 * 512, restarts: 0 });
    }
  });
});

test('a second training behind the first begins anew', () => {
  const steps = read([...trainer({ steps: 30, every: 10 }), ...trainer({ steps: 30, every: 10 })]);
  expect(steps.map(({ step }) => step)).toEqual([1, 10, 20, 30, 1, 10, 20, 30]);
});

test('a bar of evaluation that stands last lends to no record of training, nor ends it', () => {
  const steps = read([
    ...[bar(1, 300), bar(290, 300)],
    ['out', "{'loss': '2.5', 'epoch': '1.098'}\n"],
    ...[bar(300, 300), bar(0, 32)],
    ['out', "{'loss': '2.4', 'epoch': '1.136'}\n"],
    ...[bar(32, 32)],
  ]);
  expect(steps.map(({ step }) => step)).toEqual([1, 290, 300]);
});

/** Each write read by so many writes later, but each stream in its own order, the bar's first number before any record. */
function lagging(writes: readonly Write[], lags: readonly number[]): Write[] {
  const due = { out: 3, err: 0 };
  const times = writes.map(([stream], i) => {
    due[stream] = Math.max(due[stream], i < 3 ? 0 : i + lags[i % lags.length]!);
    return due[stream];
  });
  return writes
    .map((write, i) => ({ write, at: times[i]! }))
    .sort((a, b) => a.at - b.at)
    .map(({ write }) => write);
}
