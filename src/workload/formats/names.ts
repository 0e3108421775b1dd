// Which names mean what in the logs of training programs. Of several names for one thing the first of its list counts.

export type Role =
  | 'step'
  | 'total'
  | 'epoch'
  | 'loss'
  | 'lr'
  | 'samples'
  | 'batch'
  | 'cumulative'
  | 'perStep'
  | 'unsaid'
  | 'rank'
  | 'phase'
  | 'time'
  | 'images'
  | 'audio_s'
  | 'audio_h';

const NAMES: Readonly<Record<Role, readonly string[]>> = {
  step: [
    'global_step',
    'step',
    'iter',
    'iteration',
    'steps',
    'current_steps',
    'global step',
    'num_updates',
    'train/global_step',
    'train/step',
    'trainer/global_step',
  ],
  total: ['total_steps', 'max_steps', 'total_iters', 'train_iters'],
  epoch: ['epoch', 'train/epoch'],
  loss: [
    'loss',
    'train_loss',
    'train/loss',
    'training_loss',
    'lm loss',
    'lm_loss',
    'reduced_train_loss',
    'train loss',
    'train_loss_step',
    'loss train',
    'training loss',
  ],
  lr: ['lr', 'learning_rate', 'learning rate', 'train/learning_rate', 'train/lr'],
  samples: ['samples', 'consumed_samples', 'consumed samples', 'examples', 'samples_seen', 'train/samples'],
  batch: ['batch', 'batch_size', 'global_batch_size', 'global batch size', 'gloabl batch size'],
  cumulative: [
    'num_input_tokens_seen',
    'train/num_input_tokens_seen',
    'tokens_seen',
    'consumed_tokens',
    'consumed tokens',
    'trained tokens',
    'num_tokens',
    'total_tokens',
    'tokens/total',
  ],
  perStep: ['tokens_per_step', 'batch_tokens', 'step_tokens', 'total_weights'],
  unsaid: ['tokens', 'train/tokens', 'n_tokens'],
  rank: ['rank'],
  phase: ['phase'],
  time: ['time', 'timestamp'],
  images: ['images_seen', 'images', 'train/images', 'train/images_seen'],
  audio_s: [
    'audio_seconds',
    'audio_seconds_seen',
    'audio_s',
    'train/audio_seconds',
    'seconds_of_audio',
    'seconds of audio',
  ],
  audio_h: ['hours_of_audio', 'hours of audio', 'audio_hours', 'audio_hours_seen'],
};

/** So many of the cumulative names speak of training by themselves; the others may be a data set's size. */
export const SEEN = 6;

/** Each role has its place among them, so that what is found of it can be kept in an array. */
export const ROLES = Object.keys(NAMES) as readonly Role[];

export interface Meaning {
  readonly role: Role;
  /** Of the role among ROLES. */
  readonly index: number;
  /** 0: the name that counts before all others of its role. */
  readonly place: number;
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(NAMES).flatMap(([role, names]) =>
    names.map((name, place) => [name, { role: role as Role, index: ROLES.indexOf(role as Role), place }] as const),
  ),
);

/** What a name means; undefined: a metric of its own. */
export function meaningOf(name: string): Meaning | undefined {
  return MEANINGS.get(name);
}

const EVALUATION = /^(?:eval|val|valid|validation|test)[_/ ]/i;
/** eval_steps and test_size are somebody's configuration. */
const RESULT = /loss|acc|ppl|perplexity|f1|bleu|rouge|wer|auc|mse|mae|score|runtime/i;

/** Names of a result of evaluation: eval_loss, eval/accuracy, val_loss, validation loss. */
export const isEvaluation = (name: string): boolean =>
  BEGINS.has(name.charCodeAt(0)) && EVALUATION.test(name) && RESULT.test(name);

export interface Name {
  readonly text: string;
  readonly meaning: Meaning | undefined;
  /** Whether it is of a result of evaluation; false where it means something. */
  readonly evaluation: boolean;
  /** Below SLOTS; few names share one. */
  readonly slot: number;
}

export const SLOTS = 1 << 11;
const LONGEST_KEPT = 60;
/** The last two of each slot: `lm loss` and `lm_loss` share one. */
const kept: (Name | undefined)[] = Array.from({ length: 2 * SLOTS }, () => undefined);

/** The name that stands in a text. A log says the same few over and over: those are compared, and neither cut out nor hashed. */
export function nameAt(text: string, from: number, to: number): Name {
  const length = to - from;
  if (length === 0 || length > LONGEST_KEPT) return nameOf(text.slice(from, to), 0);
  const middle = text.charCodeAt(from + (length >> 1));
  const mixed = length + 31 * text.charCodeAt(from) + 61 * middle + 127 * text.charCodeAt(to - 1);
  const slot = (mixed + 257 * text.charCodeAt(from + (length >> 2))) & (SLOTS - 1);
  for (let at = slot; at < 2 * SLOTS; at += SLOTS) {
    const found = kept[at];
    if (found !== undefined && found.text.length === length && standsAt(text, from, found)) return found;
  }
  kept[slot + SLOTS] = kept[slot];
  const name = nameOf(text.slice(from, to), slot);
  kept[slot] = name;
  return name;
}

/** startsWith looks at letter by letter and takes twice as long; of two texts of one length, to include is to be the same. */
export const standsAt = (text: string, from: number, name: Name): boolean =>
  text.slice(from, from + name.text.length).includes(name.text);

function nameOf(cut: string, slot: number): Name {
  // A key is a string of its own, which a slice is not: that would keep its whole line.
  const text = Object.keys({ [cut]: true })[0]!;
  const meaning = meaningOf(text);
  return { text, meaning, evaluation: meaning === undefined && isEvaluation(text), slot };
}

/** Most names need no pattern to be told. */
const BEGINS: ReadonlySet<number> = new Set([...'evtEVT'].map((letter) => letter.charCodeAt(0)));
