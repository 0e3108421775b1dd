// trainer_state.json of Hugging Face and trainer_log.jsonl of LLaMA-Factory.

import { describe, expect, test } from 'vitest';
import { brief, readLog } from '../../../test/helpers/log-bytes.ts';
import type { Step } from '../step.ts';
import { trainerLog } from './trainer-log.ts';
import { trainerState } from './trainer-state.ts';

const told = (text: string) => readLog(text, { format: trainerLog }).steps.map(brief);

describe('trainer_log.jsonl', () => {
  // The first two are from https://github.com/hiyouga/LlamaFactory/issues/774 (version of 2023), the last of it ends a job.
  test.each<[string, object[]]>([
    [
      '{"current_steps": 3230, "total_steps": 3235, "loss": 4.4598, "eval_loss": null, "predict_loss": null, "reward": null, "learning_rate": 2.9471371284783834e-10, "epoch": 1.0, "percentage": 99.85, "elapsed_time": "5:16:20", "remaining_time": "0:00:29"}',
      [{ step: 3230, total: 3235, epoch: 1, loss: 4.4598, lr: 2.9471371284783834e-10, metrics: { percentage: 99.85 } }],
    ],
    [
      '{"current_steps": 3235, "total_steps": 3235, "loss": null, "eval_loss": null, "predict_loss": null, "reward": null, "learning_rate": null, "epoch": 1.0, "percentage": 100.0, "elapsed_time": "5:16:48", "remaining_time": "0:00:00"}',
      [{ step: 3235, total: 3235, epoch: 1, metrics: { percentage: 100 } }],
    ],
    [
      '{"current_steps": 10, "total_steps": 100, "loss": 1.5, "lr": 5e-05, "epoch": 0.5, "percentage": 10.0, "elapsed_time": "0:00:12", "remaining_time": "0:01:48", "throughput": 1200.5, "total_tokens": 14400}',
      [
        {
          ...{ step: 10, total: 100, epoch: 0.5, loss: 1.5, lr: 5e-5, tokens: 14400, tokens_are: 'cumulative' },
          metrics: { percentage: 10, throughput: 1200.5 },
        },
      ],
    ],
    ['{"current_steps": 5, "total_steps": 9, "loss": 1, "total_tokens": 0}', [{ step: 5, total: 9, loss: 1 }]],
    [
      '{"current_steps": 5, "total_steps": 9, "eval_loss": 1.25, "epoch": 2}',
      [{ step: 5, total: 9, epoch: 2, phase: 'eval', metrics: { eval_loss: 1.25 } }],
    ],
    ['{"current_steps": 5, "total_steps": 9, "loss": NaN}', [{ step: 5, total: 9 }]],
    ['{"current_steps": 5, "total_steps": 0, "loss": 1}', [{ step: 5, loss: 1 }]],
    ['{"current_steps": 5, "total_steps": "9", "loss": 1}', [{ step: 5, loss: 1 }]],
    [
      '{"current_steps": 5, "loss": 1, "reward": 0.5, "accuracy": 0.75}',
      [{ step: 5, loss: 1, metrics: { reward: 0.5, accuracy: 0.75 } }],
    ],
    [
      '{"current_steps": 1, "loss": 1}\n{"current_steps": 2, "loss": 1}\n',
      [
        { step: 1, loss: 1 },
        { step: 2, loss: 1 },
      ],
    ],
    ['{"current_steps": 1, "loss": 1}\r\n', [{ step: 1, loss: 1 }]],
    ['{"current_steps": 7, "loss": "1.5"}', [{ step: 7, loss: 1.5 }]],
    ['{"current_steps": 7, "loss": 0}', [{ step: 7, loss: 0 }]],
    ['{"current_steps": 7, "loss": 1e-3, "lr": 0.0}', [{ step: 7, loss: 0.001, lr: 0 }]],
    ['{"current_steps": 0, "total_steps": 10}', [{ step: 0, total: 10 }]],
    ['{"current_steps": 7, "epoch": 0.07, "elapsed_time": "1 day, 0:00:01"}', [{ step: 7, epoch: 0.07 }]],
    ['{"current_steps": 7, "loss": 1, "predict_loss": 2}', [{ step: 7, loss: 1, metrics: { predict_loss: 2 } }]],
    ['  {"current_steps": 7, "loss": 1}  ', [{ step: 7, loss: 1 }]],
    ['{"current_steps": 7, "total_tokens": 14400.0}', [{ step: 7, tokens: 14400, tokens_are: 'cumulative' }]],
    [
      '{"current_steps": 7, "loss": 1, "vram_allocated": 20.5}',
      [{ step: 7, loss: 1, metrics: { vram_allocated: 20.5 } }],
    ],
  ])('%s', (text, wanted) => expect(told(text)).toEqual(wanted));

  test.each<[string, object[], number]>([
    ['', [], 0],
    ['\n\n', [], 0],
    ['{', [], 1],
    ['{}', [], 0],
    ['[]', [], 1],
    ['null', [], 1],
    ['"x"', [], 1],
    ['17', [], 1],
    ['{"current_steps": 1, "loss": 1', [], 1],
    ['{"current_steps": 1}{"current_steps": 2}', [], 1],
    ['{"current_steps": null, "loss": null}', [], 0],
    ['{"current_steps": {"a": 1}, "loss": [2]}', [], 0],
    ['{"current_steps": true, "loss": false}', [], 0],
    ['{"current_steps": -4, "loss": 1}', [{ loss: 1 }], 0],
    ['{"current_steps": 1e999, "loss": 1}', [{ loss: 1 }], 0],
    ['{"loss": Infinity, "current_steps": 3}', [{ step: 3 }], 0],
    ['{"loss": -Infinity, "current_steps": 3}', [{ step: 3 }], 0],
    ['{"note": "NaN: a word", "loss": 2}', [{ loss: 2 }], 0],
    ['\0\0\0\n{"loss": 2}', [{ loss: 2 }], 1],
    [`${'{"a":'.repeat(5000)}1\n{"loss": 2}`, [{ loss: 2 }], 1],
    [`{"x": "${'y'.repeat(1 << 20)}"}\n{"loss": 2}`, [{ loss: 2 }], 1],
    ['{"__proto__": {"loss": 3}, "loss": 2}', [{ loss: 2 }], 0],
  ])('%.60j', (text, wanted, dropped) => {
    const result = readLog(text, { format: trainerLog, cut: 999 });
    expect(result.steps.map(brief)).toEqual(wanted);
    expect(result.dropped).toBe(dropped);
  });
});

// As transformers 5.24 writes them, values shortened: progress, an evaluation, the closing summary.
const PROGRESS = (step: number) => ({ epoch: step / 16, grad_norm: 2, learning_rate: 4.5e-5, loss: 3.5, step });
const EVALUATION = { epoch: 0.625, eval_loss: 3.47, eval_runtime: 0.0034, num_input_tokens_seen: 640, step: 10 };
const SUMMARY = { epoch: 2.5, step: 40, total_flos: 50872320, train_loss: 3.489, train_runtime: 0.28 };
const state = (log_history: unknown, more: object = { max_steps: 40 }) =>
  JSON.stringify({ best_metric: null, epoch: 2.5, global_step: 40, log_history, ...more }, null, 2);

/** The file's contents one after the other, the first from before the run; what each makes known. */
function looks(old: string | null, ...contents: readonly string[]): (number | null)[][] {
  let steps: Step[] = [];
  const reader = trainerState.open({ path: '', started_ms: 0, from: 0, onStep: (step) => steps.push(step) });
  const look = (text: string, before: boolean) => {
    steps = [];
    reader.restart(1);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 100) reader.push(bytes.subarray(at, at + 100), { at_ms: 1, old: before });
    reader.settle(1);
    return steps.map(({ step }) => step);
  };
  if (old !== null) look(old, true);
  return contents.map((text) => look(text, false));
}

describe('trainer_state.json', () => {
  test('progress, evaluation and summary', () => {
    const { steps } = readLog(state([PROGRESS(5), EVALUATION, SUMMARY]), { format: trainerState, at_ms: 77 });
    expect(steps.map(brief)).toEqual([
      { step: 5, total: 40, epoch: 0.3125, lr: 4.5e-5, loss: 3.5, metrics: { grad_norm: 2 } },
      { step: 10, total: 40, epoch: 0.625, phase: 'eval', metrics: { eval_loss: 3.47, eval_runtime: 0.0034 } },
    ]);
    expect(steps.map(({ at_ms }) => at_ms)).toEqual([77, 77]); // they came together: nothing is known between them
  });

  test.each<[string, string | null, string[], (number | null)[][]]>([
    [
      'each entry once',
      null,
      [state([5, 10].map(PROGRESS)), state([5, 10, 15, 20].map(PROGRESS))],
      [
        [5, 10],
        [15, 20],
      ],
    ],
    ['the same again', null, [state([5].map(PROGRESS)), state([5].map(PROGRESS))], [[5], []]],
    ['not what stood there before the run', state([5, 10].map(PROGRESS)), [state([5, 10, 15].map(PROGRESS))], [[15]]],
    ['another job in its place', state([5, 10].map(PROGRESS)), [state([{ step: 5, loss: 9 }])], [[5]]],
    [
      'the same job begun again',
      state([5, 10, 15].map(PROGRESS)),
      [state([5].map(PROGRESS)), state([5, 10].map(PROGRESS))],
      [[5], [10]],
    ],
    [
      'resumed from an earlier checkpoint',
      null,
      [state([5, 10, 15].map(PROGRESS)), state([PROGRESS(5), PROGRESS(10), { step: 15, loss: 3 }])],
      [[5, 10, 15], [15]],
    ],
    ['seen half written', null, [state([5].map(PROGRESS)).slice(0, 90), state([5].map(PROGRESS))], [[], [5]]],
    ['seen empty', state([5].map(PROGRESS)), ['', state([5, 10].map(PROGRESS))], [[], [10]]],
  ])('%s', (_, old, contents, wanted) => expect(looks(old, ...contents)).toEqual(wanted));

  test.each<[string, (number | null)[]]>([
    ['', []],
    ['{', []],
    ['{}', []],
    ['[]', []],
    ['null', []],
    ['{"log_history": null}', []],
    ['{"log_history": {}}', []],
    ['{"log_history": "x"}', []],
    ['{"log_history": []}', []],
    ['{"log_history": [null, 1, "x", [], true]}', []],
    ['{"log_history": [{}]}', []],
    ['{"log_history": [{"step": null, "loss": null}]}', []],
    ['{"log_history": [{"step": "7", "loss": "2"}]}', [7]],
    ['{"log_history": [{"step": 7, "loss": NaN}]}', [7]],
    ['{"log_history": [{"step": 7, "loss": Infinity}], "max_steps": -1}', [7]],
    ['{"log_history": [{"step": -7, "loss": 1}]}', [null]],
    ['{"log_history": [{"step": 7, "loss": {"a": 1}}]}', [7]],
    ['{"log_history": [{"step": 7, "loss": 1}], "max_steps": "x"}\n', [7]],
    ['{"log_history": [{"step": 7, "loss": 1}]} trailing', []],
    ['{"log_history": [{"step": 7, "loss": 1},]}', []],
    ['\ufeff{"log_history": [{"step": 7, "loss": 1}]}', []],
    ['{"log_history": [{"step": 7, "__proto__": 1}]}', [7]],
  ])('%j', (text, wanted) => expect(looks(null, text)).toEqual([wanted]));
});
