// MaxText's line: `completed step: 9, seconds: 5.667, TFLOP/s/device: 134.924, Tokens/s/device: 8672.758, total_weights:
// 196608, loss: 10.374`, and `eval metrics after step: 10, loss=2.31, total_weights=8192`.
//
// total_weights are the tokens of that step that count in its loss, of all devices together.

import { type LogFormat, stepOf } from '../step.ts';
import { commaFields, firstOnly, known } from './pairs.ts';
import { stepFrom } from './record.ts';

const TRAINED = 'completed step: ';
const EVALUATED = 'eval metrics after step: ';

export const maxtext: LogFormat = {
  name: 'maxtext',
  trust: 'record',
  markers: ['loss'],
  open:
    () =>
    ({ text, at_ms }) => {
      const at = text.indexOf(TRAINED);
      if (at >= 0) {
        const fields = commaFields(firstOnly(text, TRAINED, at + 1), at + 'completed '.length, ': ');
        return typeof fields.step === 'number' && 'loss' in fields && 'seconds' in fields
          ? stepFrom(fields, at_ms)
          : null;
      }
      const eval_at = text.indexOf(EVALUATED);
      if (eval_at < 0) return null;
      const step = Number.parseInt(text.slice(eval_at + EVALUATED.length, eval_at + EVALUATED.length + 15), 10);
      const metrics = known(commaFields(text, eval_at + EVALUATED.length, '='));
      return stepOf(at_ms, {
        phase: 'eval',
        step: step !== null && Number.isSafeInteger(step) && step >= 0 ? step : null,
        metrics,
      });
    },
};
