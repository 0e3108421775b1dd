// From the tags of training libraries to the names of a step: "train/loss", "lm loss" and "Loss/train" are one thing,
// "val/loss" and "lm loss validation" another. A flat record gives at most a step of training and one of evaluation.

import { stepFrom } from '../formats/record.ts';
import type { Step } from '../step.ts';

/** Tags as plainOf writes them → the name that stepFrom knows. */
const NAMES = new Map<string, string>();
const called = (name: string, ...tags: readonly string[]) => {
  for (const tag of [name, ...tags]) NAMES.set(tag, name);
};
called('step', 'global_step', 'iter', 'iteration', 'iterations', 'steps', 'current_steps');
called('epoch');
called('loss', 'lm_loss', 'global_avg_loss', 'loss_metrics/global_avg_loss', 'total_loss', 'loss_step', 'batch_loss');
called('loss', 'epoch_loss', 'train_loss', 'train_loss_step', 'training_loss', 'loss/loss');
called('learning_rate', 'lr', 'train_lr', 'epoch_learning_rate', 'batch_learning_rate', 'charts/learning_rate');
called('num_input_tokens_seen', 'n_tokens_seen', 'ntokens_seen', 'num_tokens', 'num_tokens_seen', 'tokens_seen');
called('num_input_tokens_seen', 'total_tokens', 'consumed_tokens', 'consumed_train_tokens', 'total_tokens_seen');
called('tokens', 'n_tokens', 'ntokens');
called('tokens_per_step', 'batch_tokens', 'step_tokens');
called('samples', 'consumed_samples', 'consumed_train_samples', 'samples_seen', 'examples', 'samples_vs_steps');
called('samples', 'steps_vs_samples/y_samples_x_steps');
called('num_input_tokens_seen', 'steps_vs_tokens/y_tokens_x_steps');
called('loss', 'lm_loss_training/lm_loss');
called('learning_rate', 'learning_rate/learning_rate');
called('batch_size', 'batch_size/batch_size');
called('batch_size', 'global_batch_size');

const TRAINING = new Set(['train', 'training', 'trainer', 'optim', 'optimizer']);
const EVALUATION = new Set(['eval', 'evaluation', 'val', 'valid', 'validation', 'dev', 'test']);
/** Of the machine or the set-up, not of training: they have a pace of their own. */
const ASIDE = new Set(['system', 'sys', 'gpu', 'cpu', 'hparams', '_hparams_', 'hp_metric', 'hp']);
/** Names that both a step of training and one of evaluation carry. */
const SHARED = new Set(['step', 'epoch']);
/** What stands beside the results of an evaluation too, and makes no step of training of them. */
const COUNTERS = new Set(['num_input_tokens_seen', 'tokens', 'samples', 'batch_size']);
/** In the Trainer's closing summary, whose mean loss is no step's; in its progress too where it counts tokens. */
const SUMMARY = ['train_runtime', 'train/train_runtime'];
/** Names without a meaning to us that are kept of one record. */
const MOST_OTHERS = 100;

export interface Named {
  /** For a step of training, as stepFrom knows it; else the tag itself. */
  readonly name: string;
  readonly of: 'training' | 'evaluation' | 'aside';
}

/** In small letters, with one _ for what is neither letter nor digit: some writers put it there themselves. */
const plainOf = (tag: string): string => tag.toLowerCase().replace(/[^a-z0-9/.]+/g, '_');

/** What a tag names. */
export function nameOf(tag: string): Named {
  const plain = plainOf(tag);
  const parts = plain.split('/').filter((part) => part !== '');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (ASIDE.has(first)) return { name: tag, of: 'aside' };
  if (EVALUATION.has(first) || EVALUATION.has(last) || isEvaluation(last) || isEvaluation(first))
    return { name: tag, of: 'evaluation' };
  const bare = parts.filter((part, i) => !((i === 0 || i === parts.length - 1) && TRAINING.has(part))).join('/');
  const known = NAMES.get(bare) ?? (bare.startsWith('lr_') ? 'learning_rate' : undefined);
  return { name: known ?? tag, of: 'training' };
}

const isEvaluation = (part: string): boolean => {
  const words = part.split('_');
  return (
    (words.length > 1 && (EVALUATION.has(words[0]!) || EVALUATION.has(words.at(-1)!))) || words.includes('validation')
  );
};

/**
 * The steps in a flat record: one of training where it names anything of it, one of evaluation where it names results
 * of one. `known` are what is told beside the record's own tags; they win over these. Values may be numbers or strings
 * that are wholly one; others are left out.
 */
export function stepsOf(
  record: Readonly<Record<string, unknown>>,
  at_ms: number,
  known: Readonly<Partial<Record<'step' | 'epoch' | 'samples' | 'tokens' | 'total', number | null>>> = {},
): Step[] {
  if (SUMMARY.some((name) => name in record) && !('loss' in record || 'train/loss' in record)) return [];
  const training: Record<string, unknown> = {};
  const evaluation: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  let others = 0;
  for (const [tag, value] of Object.entries(record)) {
    if (!isNumber(value) || tag.startsWith('_')) continue;
    const { name, of } = nameOf(tag);
    if (of === 'aside' || (name === tag && !NAMES.has(tag) && others++ >= MOST_OTHERS)) continue;
    if (of === 'evaluation') evaluation[`eval/${tag}`] = value;
    else if (SHARED.has(name)) shared[name] ??= value;
    else if (!Object.hasOwn(training, name)) training[name] = value;
  }
  if (known.samples != null) training.samples = known.samples;
  if (known.tokens != null) training.num_input_tokens_seen = known.tokens;
  if ([training, evaluation, shared].every((values) => Object.keys(values).length === 0)) return [];
  for (const name of ['step', 'epoch'] as const) if (known[name] != null) shared[name] = known[name];
  const steps: (Step | null)[] = [];
  if (Object.keys(evaluation).length === 0 || Object.keys(training).some((name) => !COUNTERS.has(name)))
    steps.push(stepFrom({ ...training, ...shared }, at_ms));
  if (Object.keys(evaluation).length > 0) steps.push(asEvaluation(stepFrom({ ...evaluation, ...shared }, at_ms)));
  const total = known.total ?? null;
  return steps.filter((step) => step !== null).map((step) => (total === null ? step : { ...step, total }));
}

/** Under their own names again: the prefix only made stepFrom see what they are. */
function asEvaluation(step: Step | null): Step | null {
  if (step === null) return null;
  const metrics = Object.entries(step.metrics).map(([name, value]) => [name.replace(/^eval\//, ''), value]);
  return { ...step, phase: 'eval', metrics: Object.fromEntries(metrics) };
}

const isNumber = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
