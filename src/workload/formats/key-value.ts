// Any line that names a step and a loss: `step 10/400 loss 2.3`, `[TRAIN] epoch: 1, iter: 10/100000, loss: 2.76, lr: 0.05`,
// `Iter 10: Train loss 2.905, It/sec 0.5`, `step=10 loss=2.3`. A guess: taken only where no other format is in the stream.

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { isEvaluation, meaningOf } from './names.ts';
import { numberAt } from './numbers.ts';
import { known, type TextFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const LONGEST = 4096;
/** A word, and a sign or one blank before a number. */
const PAIR = /(?<![\w./-])([A-Za-z][\w./@-]{0,40})( {0,3}[:=#] {0,12}| {1,3})[[(]? {0,3}(?=[\d.+nNiI-])/g;
const WORD_BEFORE = /([A-Za-z]+)[ -]$/;
const OF_TOTAL = /^ {0,3}(?:\/|of) {0,8}(\d{1,15})(?![\w.])/;
/** Words before "loss" that leave it the training's. */
const PLAIN = new Set(['train', 'training', 'lm', 'avg', 'average', 'mean', 'total', 'running', 'batch', 'step']);

export const keyValue: LogFormat = {
  name: 'key-value',
  trust: 'guess',
  markers: ['loss', 'Loss'],
  open:
    () =>
    ({ text, at_ms }) => {
      if (text.length > LONGEST || !/[lL]oss/.test(text)) return null;
      const fields = fieldsOf(text);
      if (fields.step == null) return null;
      if ('loss' in fields) {
        const step = stepFrom(fields, at_ms);
        return step === null ? null : { ...step, phase: null };
      }
      return Object.keys(fields).some(isEvaluation) ? evaluation(fields, at_ms) : null;
    },
};

function evaluation({ step = null, total_steps: _, ...others }: TextFields, at_ms: number): Step {
  return stepOf(at_ms, { phase: 'eval', step, metrics: known(others) });
}

function fieldsOf(text: string): TextFields {
  const fields: TextFields = {};
  for (const { 0: match, 1: word, 2: sign, index } of text.matchAll(PAIR)) {
    const at = index + match.length;
    const number = numberAt(text, at);
    const name = nameOf(word!.toLowerCase(), text, index);
    const role = meaningOf(name)?.role;
    const signed = sign!.trim() === ':' || sign!.trim() === '=';
    if (!signed && (role === undefined || !SPOKEN.has(role)) && !isEvaluation(name)) continue;
    if (role === 'step') {
      if (fields.step != null || number === null || !isCount(number.value, text[number.end])) continue;
      fields.step = number.value;
      const total = OF_TOTAL.exec(text.slice(number.end, number.end + 30));
      if (total !== null) fields.total_steps = Number(total[1]);
    } else if (role === 'loss') {
      // "the loss 4 functions" is prose, "step 3 loss 4" is not.
      const whole = /^\d+(?![\d.e])/.test(text.slice(at, at + 20));
      if (signed || !whole || (fields.step != null && ENDS.test(text.slice(number?.end))))
        fields.loss ??= number?.value ?? null;
    } else if (!(name in fields)) fields[role === undefined ? spelt(name, word!) : name] = number?.value ?? null;
  }
  return fields;
}

/** Roles whose names stand before a number without a sign between. */
const SPOKEN: ReadonlySet<string> = new Set([
  'step',
  'loss',
  'epoch',
  'lr',
  'cumulative',
  'perStep',
  'unsaid',
  'samples',
]);
/** After a number: nothing, or the next name and its number. */
const ENDS = /^\s*(?:$|[,|;]|[A-Za-z][\w./@-]{0,40}[ :=]{1,3}[\d.+-])/;

const isCount = (value: number, next: string | undefined): boolean =>
  Number.isSafeInteger(value) && value >= 0 && !/[\w.%]/.test(next ?? '');

/** "val loss" and "packet loss" are not the training's. */
function nameOf(word: string, text: string, index: number): string {
  if (word !== 'loss') return word;
  const before = WORD_BEFORE.exec(text.slice(Math.max(0, index - 24), index))?.[1]?.toLowerCase();
  return before === undefined || PLAIN.has(before) ? 'loss' : `${before} loss`;
}

/** A metric keeps its capitals. */
const spelt = (name: string, word: string): string => (name === word.toLowerCase() ? word : name);
