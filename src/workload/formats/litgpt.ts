// LitGPT's lines, which changed with its versions:
// `iter 1760 | step 220: loss 1.5947, iter time: 263.85 ms (optimizer.step)`,
// `Epoch 4 | iter 961 step 961 | loss train: 1.062, val: 1.057 | iter time: 529.46 ms (step)`, and of evaluation
// `iter 4800: val loss 1.7258, val time: 3778.02 ms`.
//
// An iteration is one batch, a step one update of the weights: several lines tell of one step. The val of a line of
// training is the last evaluation's.

import { type LogFormat, stepOf } from '../step.ts';
import { valueAt } from './numbers.ts';

const HEAD = /(?:Ep(?:och)? (\d{1,9}) \| )?iter {1,12}(\d{1,15})(?: {0,12}\|)? {1,12}st[eE]p {1,12}(\d{1,15})(?!\d)/;
const EVAL = /(?:Ep(?:och)? (\d{1,9}) \| )?iter {1,12}(\d{1,15})(?::| {1,20}\|) val[_ ]loss:? /;
const LOSS = /\bloss(?: train)?(?: \(curr\))?:? /g;
const VAL = /\bval(?:_loss valid)?(?: \(prev val iter\))?: /g;
const TIME = /\biter time: /g;

export const litgpt: LogFormat = {
  name: 'litgpt',
  trust: 'record',
  markers: ['loss'],
  open:
    () =>
    ({ text, at_ms }) => {
      if (!text.includes('iter ')) return null;
      const head = HEAD.exec(text);
      if (head !== null) {
        const iter_ms = after(text, TIME);
        const loss = after(text, LOSS);
        if (!text.includes('iter time: ') && loss === null) return null;
        const val = after(text, VAL);
        const metrics = {
          iter: Number(head[2]),
          ...(val === null ? {} : { val }),
          ...(iter_ms === null ? {} : { 'iter time': iter_ms }),
        };
        return stepOf(at_ms, { step: Number(head[3]), epoch: epochOf(head[1]), loss, metrics });
      }
      const evaluated = EVAL.exec(text);
      if (evaluated === null) return null;
      const val = valueAt(text, evaluated.index + evaluated[0].length);
      const metrics = { iter: Number(evaluated[2]), ...(val === null ? {} : { 'val loss': val }) };
      return stepOf(at_ms, { phase: 'eval', epoch: epochOf(evaluated[1]), metrics });
    },
};

const epochOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

/** The number behind the first of what `form` finds. */
function after(text: string, form: RegExp): number | null {
  form.lastIndex = 0;
  return form.test(text) ? valueAt(text, form.lastIndex) : null;
}
