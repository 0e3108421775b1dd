// From a flat record of names and values to a step: which names mean what in the logs of training programs.

import { type Step, stepOf } from '../step.ts';

type Value = unknown;

const STEP = [
  'step',
  'global_step',
  'iter',
  'iteration',
  'steps',
  'train/global_step',
  'train/step',
  'trainer/global_step',
];
const EPOCH = ['epoch', 'train/epoch'];
const LOSS = ['loss', 'train_loss', 'train/loss', 'training_loss', 'lm loss', 'lm_loss'];
const LR = ['lr', 'learning_rate', 'train/learning_rate', 'train/lr'];
const SAMPLES = ['samples', 'consumed_samples', 'examples', 'samples_seen', 'train/samples'];
const BATCH = ['batch', 'batch_size', 'global_batch_size'];
const CUMULATIVE = [
  'num_input_tokens_seen',
  'train/num_input_tokens_seen',
  'num_tokens',
  'tokens_seen',
  'total_tokens',
  'consumed_tokens',
];
const PER_STEP = ['tokens_per_step', 'batch_tokens', 'step_tokens'];
const UNSAID = ['tokens', 'train/tokens', 'n_tokens'];
const KNOWN = new Set([
  ...STEP,
  ...EPOCH,
  ...LOSS,
  ...LR,
  ...SAMPLES,
  ...BATCH,
  ...CUMULATIVE,
  ...PER_STEP,
  ...UNSAID,
  'phase',
]);
/** Names that only a training record carries; batch or phase alone do not make one. */
const TELLING = [...STEP, ...EPOCH, ...LOSS, ...LR, ...SAMPLES, ...CUMULATIVE, ...PER_STEP, ...UNSAID];
/** In the closing summary of Hugging Face's Trainer; in its progress too where it counts tokens, there beside a loss. */
const RUNTIME = 'train_runtime';

/** A step, or null where the record is not one of training. Numbers may be strings, as the Trainer 5.x writes them. */
export function stepFrom(record: Readonly<Record<string, Value>>, at_ms: number, progress: number | null): Step | null {
  if (RUNTIME in record && !('loss' in record)) return null;
  const evaluation = Object.keys(record).some((name) => name.startsWith('eval_') || name.startsWith('eval/'));
  if (!evaluation && !TELLING.some((name) => name in record)) return null;
  const find = (names: readonly string[]) => {
    for (const name of names) if (name in record) return numberOf(record[name]);
    return null;
  };
  const loss = find(LOSS);
  const cumulative = find(CUMULATIVE);
  const perStep = find(PER_STEP);
  const tokens = cumulative ?? find(UNSAID) ?? perStep;
  const named = find(STEP);
  const step = named ?? (LOSS.some((name) => name in record) ? progress : null);
  const epoch = find(EPOCH);
  const samples = find(SAMPLES);
  const lr = find(LR);
  if (
    step === null &&
    epoch === null &&
    tokens === null &&
    samples === null &&
    loss === null &&
    lr === null &&
    !evaluation
  )
    return null;
  const phase = typeof record.phase === 'string' ? record.phase : evaluation && loss === null ? 'eval' : null;
  const metrics: Record<string, number> = {};
  for (const [name, value] of Object.entries(record)) {
    if (KNOWN.has(name) || name === 'time' || name === 'timestamp') continue;
    const number = numberOf(value);
    if (number !== null) metrics[name] = number;
  }
  return stepOf(at_ms, {
    ...{ step: counter(step), epoch: counter(epoch), tokens: counter(tokens) },
    tokens_are:
      tokens === null
        ? null
        : cumulative !== null
          ? 'cumulative'
          : tokens === perStep && find(UNSAID) === null
            ? 'per-step'
            : 'unsaid',
    ...{ samples: counter(samples), batch: find(BATCH), lr, loss, phase, metrics },
  });
}

/** Finite numbers, and strings that are wholly one. */
function numberOf(value: Value): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

const counter = (value: number | null): number | null => (value !== null && value >= 0 ? value : null);
