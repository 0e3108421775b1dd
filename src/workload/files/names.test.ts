import { describe, expect, test } from 'vitest';
import { brief } from '../../../test/helpers/log-bytes.ts';
import { nameOf, stepsOf } from './names.ts';

describe('tags of training libraries', () => {
  test.each<[string, string]>([
    // Hugging Face's Trainer in TensorBoard, trainer_state.json and W&B
    ['train/loss', 'loss'],
    ['train/learning_rate', 'learning_rate'],
    ['train/epoch', 'epoch'],
    ['train/global_step', 'step'],
    ['train/num_input_tokens_seen', 'num_input_tokens_seen'],
    ['train/grad_norm', 'train/grad_norm'],
    // Megatron-LM, as it is and with blanks replaced by the writer
    ['lm loss', 'loss'],
    ['lm_loss', 'loss'],
    ['learning-rate', 'learning_rate'],
    ['batch-size', 'batch_size'],
    ['samples vs steps', 'samples'],
    ['iteration-time', 'iteration-time'],
    // Megatron-DeepSpeed
    ['lm-loss-training/lm loss', 'loss'],
    ['learning-rate/learning-rate', 'learning_rate'],
    ['steps-vs-samples/y=samples,x=steps', 'samples'],
    ['steps-vs-tokens/y=tokens,x=steps', 'num_input_tokens_seen'],
    // torchtitan
    ['loss_metrics/global_avg_loss', 'loss'],
    ['loss_metrics/global_max_loss', 'loss_metrics/global_max_loss'],
    ['n_tokens_seen', 'num_input_tokens_seen'],
    ['throughput(tps)', 'throughput(tps)'],
    // Lightning
    ['train_loss', 'loss'],
    ['train_loss_step', 'loss'],
    ['lr-AdamW', 'learning_rate'],
    ['trainer/global_step', 'step'],
    // Keras
    ['epoch_loss', 'loss'],
    ['batch_loss', 'loss'],
    ['epoch_learning_rate', 'learning_rate'],
    // by hand
    ['Loss/train', 'loss'],
    ['Train/Loss', 'loss'],
    ['lr', 'learning_rate'],
    ['tokens', 'tokens'],
    ['consumed_samples', 'samples'],
  ])('%s is %s', (tag, name) => expect(nameOf(tag)).toEqual({ name, of: 'training' }));

  test.each([
    ...['eval/loss', 'eval_loss', 'val_loss', 'val/loss', 'Loss/val', 'Loss/test', 'test_acc', 'validation/epoch_loss'],
    ...['lm loss validation', 'lm loss validation ppl', 'lm-loss-validation/lm loss validation'],
    ...['validation_metrics/loss', 'evaluation_loss_vs_iterations', 'loss_val', 'dev/bleu'],
  ])('%s is a result of an evaluation', (tag) => expect(nameOf(tag).of).toBe('evaluation'));

  test.each(['system/gpu.0.powerWatts', 'hp_metric', '_hparams_/session_start_info', 'cpu/percent', 'gpu/0/util'])(
    '%s is of the machine or the set-up',
    (tag) => expect(nameOf(tag).of).toBe('aside'),
  );

  test.each([
    '',
    '/',
    '///',
    ' ',
    '_',
    '-',
    '\u0000',
    '💥',
    'a'.repeat(50),
    'train',
    'train/',
    '__proto__',
    'constructor',
  ])('"%s" is nothing special', (tag) => expect(nameOf(tag).name).toBe(tag));
});

describe('steps in a flat record', () => {
  test.each<[string, Record<string, unknown>, object[]]>([
    ['of training', { 'train/loss': 2, step: 5 }, [{ step: 5, loss: 2 }]],
    [
      'of training and evaluation',
      { epoch: 1, loss: 2, val_loss: 3 },
      [
        { epoch: 1, loss: 2 },
        { epoch: 1, phase: 'eval', metrics: { val_loss: 3 } },
      ],
    ],
    [
      'of evaluation, with counters beside it',
      { step: 9, eval_loss: 3, num_input_tokens_seen: 640 },
      [{ step: 9, phase: 'eval', metrics: { eval_loss: 3 } }],
    ],
    ['of the closing summary', { step: 40, train_runtime: 3, train_loss: 2, epoch: 1 }, []],
    [
      'of progress with its time so far',
      { step: 5, train_runtime: 3, loss: 2 },
      [{ step: 5, loss: 2, metrics: { train_runtime: 3 } }],
    ],
    ['of the machine', { step: 3, 'system/cpu': 4 }, [{ step: 3 }]],
    ['of nothing', {}, []],
    ['of words', { loss: 'nan', note: 'hello', step: 'x' }, []],
    ['of NaN', { loss: Number.NaN, step: 4 }, [{ step: 4 }]],
    ['of text that is a number', { loss: '2.5', step: '4' }, [{ step: 4, loss: 2.5 }]],
    ['of what W&B adds', { _runtime: 3, _timestamp: 4, loss: 1 }, [{ loss: 1 }]],
    [
      'with a prototype',
      JSON.parse('{"__proto__": 3, "loss": 1, "constructor": 2}'),
      [{ loss: 1, metrics: { constructor: 2 } }],
    ],
  ])('%s', (_, record, wanted) => expect(stepsOf(record, 7).map(brief)).toEqual(wanted));

  test('what is known beside the record wins', () => {
    const [step] = stepsOf({ loss: 1, step: 3 }, 7, { step: 30, samples: 640, tokens: 99, total: 300 });
    expect(brief(step!)).toEqual({ step: 30, total: 300, tokens: 99, tokens_are: 'cumulative', samples: 640, loss: 1 });
  });

  test('of a thousand names the ones with a meaning are kept, and a hundred others', () => {
    const others = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`layer${i}`, i]));
    const [step] = stepsOf({ ...others, loss: 2, step: 1 }, 7);
    expect([step!.loss, step!.step, Object.keys(step!.metrics).length]).toEqual([2, 1, 100]);
  });
});
