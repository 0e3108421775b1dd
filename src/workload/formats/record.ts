// From a flat record of names and values to a step.
//
// A record is one of training where it names a step, a loss, an epoch or tokens seen: a learning rate alone is somebody's
// configuration. What evaluation tells stands in the metrics; `loss` is the training's alone.

import type { Step } from '../step.ts';
import { isEvaluation, meaningOf, type Role, SEEN } from './names.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** In the closing summary of Hugging Face's Trainer; in its progress too where it counts tokens, there beside a loss. */
const RUNTIME = 'train_runtime';
/** ms-swift writes both as one text: '10/400'. */
const STEP_OF_TOTAL = 'global_step/max_steps';
const OF_TOTAL = /^\s*(\d{1,15})\s*\/\s*(\d{1,15})\s*$/;

type Found = { readonly [role in Role]?: { readonly place: number; readonly value: number | null } };

export interface Context {
  /** Step and total of the job as a progress bar tells them, for records of a loss without a step. */
  readonly progress?: { readonly n: number; readonly total: number } | null;
}

/** A step, or null where the record is not one of training. Numbers may be strings, as the Trainer 5.x writes them. */
export function stepFrom(record: Fields, at_ms: number, { progress = null }: Context = {}): Step | null {
  if (RUNTIME in record && !('loss' in record)) return null;
  const found: { -readonly [role in Role]?: { place: number; value: number | null } } = {};
  const metrics: Record<string, number> = {};
  let evaluation = false;
  let phase: string | null = null;
  for (const name in record) {
    const meaning = meaningOf(name);
    const raw = record[name];
    if (meaning === undefined) {
      const value = numberOf(raw);
      if (value !== null) metrics[name] = value;
      if (isEvaluation(name)) evaluation = true;
      continue;
    }
    if (meaning.role === 'phase' && typeof raw === 'string') phase = raw;
    const before = found[meaning.role];
    if (before === undefined || meaning.place < before.place)
      found[meaning.role] = { place: meaning.place, value: numberOf(raw) };
  }
  const of = STEP_OF_TOTAL in record ? OF_TOTAL.exec(String(record[STEP_OF_TOTAL])) : null;
  return assemble(at_ms, { found, metrics, evaluation, phase, of, progress });
}

interface Parts {
  readonly found: Found;
  readonly metrics: Record<string, number>;
  readonly evaluation: boolean;
  readonly phase: string | null;
  readonly of: RegExpExecArray | null;
  readonly progress: { readonly n: number; readonly total: number } | null;
}

function assemble(at_ms: number, { found, metrics, evaluation, phase, of, progress }: Parts): Step | null {
  const training = found.loss !== undefined;
  const named = of === null ? whole(found.step?.value) : whole(Number(of[1]));
  const barred = found.step === undefined && of === null && training && progress !== null;
  const step = barred ? progress.n : named;
  const total = barred ? progress.total : of === null ? whole(found.total?.value) : whole(Number(of[2]));
  const epoch = counter(found.epoch?.value);
  const loss = found.loss?.value ?? null;
  const { tokens, tokens_are } = tokensOf(found);
  const seen = found.cumulative !== undefined && found.cumulative.place < SEEN ? tokens : null;
  if (step === null && epoch === null && loss === null && seen === null && !evaluation) return null;
  const samples = counter(found.samples?.value);
  const batch = positive(found.batch?.value);
  const lr = found.lr?.value ?? null;
  const said = phase ?? (evaluation && !training ? 'eval' : null);
  const [units, rank] = [unitsOf(found), whole(found.rank?.value)];
  const rest = { units, rank, told: null, metrics };
  return { at_ms, step, total, epoch, tokens, tokens_are, samples, batch, lr, loss, phase: said, ...rest };
}

function tokensOf({ cumulative, unsaid, perStep }: Found): Pick<Step, 'tokens' | 'tokens_are'> {
  for (const [found, tokens_are] of [
    [cumulative, 'cumulative'],
    [unsaid, 'unsaid'],
    [perStep, 'per-step'],
  ] as const) {
    const tokens = counter(found?.value);
    if (tokens !== null) return { tokens, tokens_are };
  }
  return { tokens: null, tokens_are: null };
}

const NO_UNITS: Step['units'] = {};

function unitsOf({ images, audio_s, audio_h }: Found): Step['units'] {
  if (images === undefined && audio_s === undefined && audio_h === undefined) return NO_UNITS;
  const pictures = counter(images?.value);
  const seconds = counter(audio_s?.value);
  const hours = counter(audio_h?.value);
  const audio = seconds ?? (hours === null ? null : hours * 3600);
  return { ...(pictures === null ? {} : { images: pictures }), ...(audio === null ? {} : { audio_s: audio }) };
}

/** Finite numbers, and strings that are wholly one. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > 40) return null;
  const text = value.trim();
  const first = text.charCodeAt(0);
  if (text === '' || first > 0x39) return null; // words, nan and inf
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

const counter = (value: number | null | undefined): number | null => (value != null && value >= 0 ? value : null);
const positive = (value: number | null | undefined): number | null => (value != null && value > 0 ? value : null);
const whole = (value: number | null | undefined): number | null =>
  value != null && value >= 0 && Number.isSafeInteger(value) ? value : null;
