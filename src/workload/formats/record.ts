// From a flat record of names and values to a step.
//
// A record is one of training where it names a step, a loss, an epoch or tokens seen: a learning rate alone is somebody's
// configuration. What evaluation tells stands in the metrics; `loss` is the training's alone.

import { type Lender, type Step, stepOf } from '../step.ts';
import { type Name, nameAt, ROLES, SEEN } from './names.ts';
import { decimalAt, numberEnd } from './numbers.ts';
import type { Pairs } from './pairs.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** In the closing summary of Hugging Face's Trainer; in its progress too where it counts tokens, there beside a loss. */
export const RUNTIME = 'train_runtime';
/** ms-swift writes both as one text: '10/400'. */
const STEP_OF_TOTAL = 'global_step/max_steps';
const OF_TOTAL = /^\s*(\d{1,15})\s*\/\s*(\d{1,15})\s*$/;

const NONE = Number.MAX_SAFE_INTEGER;
const STEP = ROLES.indexOf('step');
const TOTAL = ROLES.indexOf('total');
const EPOCH = ROLES.indexOf('epoch');
const LOSS = ROLES.indexOf('loss');
const LR = ROLES.indexOf('lr');
const SAMPLES = ROLES.indexOf('samples');
const BATCH = ROLES.indexOf('batch');
const RANK = ROLES.indexOf('rank');
const IMAGES = ROLES.indexOf('images');
const AUDIO_S = ROLES.indexOf('audio_s');
const AUDIO_H = ROLES.indexOf('audio_h');
const CUMULATIVE = ROLES.indexOf('cumulative');
const PER_STEP = ROLES.indexOf('perStep');
const UNSAID = ROLES.indexOf('unsaid');
const TOKENS = { cumulative: CUMULATIVE, 'per-step': PER_STEP, unsaid: UNSAID };

export interface Context {
  /** Progress bars that tell step and total of the job, for records of a loss without a step and for the summary. */
  readonly bars?: Lender | null;
}

/** What the names of a record tell. One is used for all, since records are read one at a time. */
const found = {
  /** By role; null where its value is no number. */
  values: ROLES.map((): number | null => null),
  /** By role, of the name that counts; NONE where the role was not named. */
  places: ROLES.map(() => NONE),
  metrics: {} as Record<string, number>,
  evaluation: false,
  phase: null as string | null,
  /** Of STEP_OF_TOTAL. */
  of: null as RegExpExecArray | null,
  summary: false,
};

/** A step, or null where the record is not one of training. Numbers may be strings, as the Trainer 5.x writes them. */
export function stepFrom(record: Fields, at_ms: number, { bars = null }: Context = {}): Step | null {
  begin();
  for (const name in record) take(nameAt(name, 0, name.length), record[name]);
  return assemble(at_ms, bars);
}

/** The same of pairs; of a name that comes twice the last value counts. */
export function stepFromPairs({ names, values }: Pairs, at_ms: number, { bars = null }: Context = {}): Step | null {
  begin();
  for (let i = 0; i < names.length; i++) take(names[i]!, values[i]);
  return assemble(at_ms, bars);
}

function begin(): void {
  for (let role = 0; role < ROLES.length; role++) {
    found.values[role] = null;
    found.places[role] = NONE;
  }
  found.metrics = {};
  found.evaluation = found.summary = false;
  found.phase = found.of = null;
}

function take({ text, meaning, evaluation }: Name, raw: unknown): void {
  const value = numberOf(raw);
  if (meaning === undefined) {
    if (value !== null) found.metrics[text] = value;
    else if (text in found.metrics) delete found.metrics[text];
    if (evaluation) found.evaluation = true;
    if (text === RUNTIME) found.summary = true;
    if (text === STEP_OF_TOTAL) found.of = OF_TOTAL.exec(String(raw));
    return;
  }
  if (meaning.role === 'phase') found.phase = typeof raw === 'string' ? raw : null;
  if (meaning.place > found.places[meaning.index]!) return;
  found.places[meaning.index] = meaning.place;
  found.values[meaning.index] = value;
}

function assemble(at_ms: number, bars: Context['bars'] = null): Step | null {
  const { values, places, metrics, evaluation, phase, of } = found;
  const nameless = places[STEP] === NONE && of === null;
  if (found.summary && places[LOSS] !== 0) return nameless ? summary(bars) : null; // 0: "loss" itself
  const training = places[LOSS] !== NONE;
  const bar = nameless && training && bars !== null ? bars.lend() : null;
  const step = bar !== null ? bar.n : of === null ? whole(values[STEP]) : whole(Number(of[1]));
  const total = bar !== null ? bar.total : of === null ? whole(values[TOTAL]) : whole(Number(of[2]));
  const epoch = counter(values[EPOCH]);
  const loss = values[LOSS] ?? null;
  const tokens_are = tokensAre();
  const tokens = tokens_are === null ? null : values[TOKENS[tokens_are]]!;
  const seen = places[TOKENS.cumulative]! < SEEN ? tokens : null;
  if (step === null && epoch === null && loss === null && seen === null && !evaluation) return null;
  const samples = counter(values[SAMPLES]);
  const batch = positive(values[BATCH]);
  const lr = values[LR] ?? null;
  const said = phase ?? (evaluation && !training ? 'eval' : null);
  const [units, rank] = [unitsOf(), whole(values[RANK])];
  const told = null;
  // One literal: a spread takes ten times as long.
  return {
    at_ms,
    step,
    total,
    epoch,
    tokens,
    tokens_are,
    samples,
    batch,
    lr,
    loss,
    phase: said,
    units,
    rank,
    told,
    metrics,
  };
}

/** What a training came to, as of its bar's last number; null where no bar tells it. Its loss is a mean, and no step's. */
function summary(bars: Context['bars']): Step | null {
  const bar = bars?.close() ?? null;
  if (bar === null) return null;
  const { values, places, metrics } = found;
  const tokens = places[TOKENS.cumulative]! < SEEN ? counter(values[TOKENS.cumulative]) : null;
  return stepOf(bar.at_ms, {
    ...{ step: bar.n, total: bar.total, epoch: counter(values[EPOCH]), metrics },
    ...(tokens === null ? {} : { tokens, tokens_are: 'cumulative' }),
  });
}

/** How the tokens that count are counted; null where none are told. */
function tokensAre(): Step['tokens_are'] {
  const { values } = found;
  if (counter(values[TOKENS.cumulative]) !== null) return 'cumulative';
  if (counter(values[TOKENS.unsaid]) !== null) return 'unsaid';
  return counter(values[TOKENS['per-step']]) === null ? null : 'per-step';
}

const NO_UNITS: Step['units'] = {};

function unitsOf(): Step['units'] {
  const { places, values } = found;
  if (places[IMAGES] === NONE && places[AUDIO_S] === NONE && places[AUDIO_H] === NONE) return NO_UNITS;
  const pictures = counter(values[IMAGES]);
  const seconds = counter(values[AUDIO_S]);
  const hours = counter(values[AUDIO_H]);
  const audio = seconds ?? (hours === null ? null : hours * 3600);
  return { ...(pictures === null ? {} : { images: pictures }), ...(audio === null ? {} : { audio_s: audio }) };
}

/** What the text of a number can end with, a hexadecimal one too. */
const ENDS: ReadonlySet<number> = new Set([...'0123456789.abcdefABCDEF'].map((sign) => sign.charCodeAt(0)));

/** Finite numbers, and strings that are wholly one. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > 40) return null;
  const short = decimalAt(value, 0);
  if (short !== null && numberEnd() === value.length && Number.isFinite(short)) return short;
  const text = value.trim();
  const first = text.charCodeAt(0);
  if (text === '' || first > 0x39) return null; // words, nan and inf
  if (!ENDS.has(text.charCodeAt(text.length - 1))) return null; // 44.32%, 1h 54m 53s
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

const counter = (value: number | null | undefined): number | null => (value != null && value >= 0 ? value : null);
const positive = (value: number | null | undefined): number | null => (value != null && value > 0 ? value : null);
const whole = (value: number | null | undefined): number | null =>
  value != null && value >= 0 && Number.isSafeInteger(value) ? value : null;
