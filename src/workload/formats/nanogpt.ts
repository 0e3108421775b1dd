// nanoGPT's lines: `iter 10: loss 2.3012, time 34.20ms, mfu 5.12%`, and of evaluation
// `step 250: train loss 2.1034, val loss 2.2011`.

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { valueAt } from './numbers.ts';
import { firstOnly, known, type TextFields } from './pairs.ts';

const ITER = /iter (\d{1,15}): loss /y;
const EVAL = /step (\d{1,15}): train loss /y;
const MORE = /(?:^|, )(time|mfu|val loss) /g;

export const nanogpt: LogFormat = {
  name: 'nanogpt',
  trust: 'record',
  markers: ['loss'],
  open:
    () =>
    ({ text, at_ms }) =>
      lineOf(text, 'iter ', ITER, (step, loss, more) => {
        // litGPT and others begin alike; the time is nanoGPT's.
        if (!('time' in more)) return null;
        return stepOf(at_ms, { step, loss, metrics: known(more) });
      }) ??
      lineOf(text, 'step ', EVAL, (step, loss, more) => {
        if (!('val loss' in more)) return null;
        return stepOf(at_ms, { step, phase: 'eval', metrics: known({ 'train loss': loss, ...more }) });
      }),
};

function lineOf(
  text: string,
  word: string,
  form: RegExp,
  make: (step: number, loss: number | null, more: TextFields) => Step | null,
): Step | null {
  const at = text.indexOf(word);
  if (at < 0) return null;
  form.lastIndex = at;
  const match = form.exec(text);
  if (match === null) return null;
  const from = form.lastIndex;
  const more: TextFields = {};
  const rest = firstOnly(text, word, from).slice(from);
  for (const found of rest.matchAll(MORE)) more[found[1]!] = valueAt(rest, found.index + found[0].length);
  return make(Number(match[1]), valueAt(text, from), more);
}
