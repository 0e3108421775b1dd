// torchtitan's line: `step: 10  loss:  3.9119  grad_norm:  1.6558  memory:  0.77GiB(0.81%)  tps: 34,574  tflops: 3.54
// mfu: 0.36%`, and `validate step: 10  loss: …`. tps is tokens per second of one device: a pace, not a count.

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { fieldsOf, firstOnly, known, type TextFields, wordFields } from './pairs.ts';
import { stepFromPairs } from './record.ts';

const STEP = /step: {1,20}(\d{1,15}) {2,20}loss: /y;
const VALIDATE = 'validate ';

export const torchtitan: LogFormat = {
  name: 'torchtitan',
  trust: 'record',
  markers: ['loss'],
  open:
    () =>
    ({ text, at_ms }) => {
      const at = text.indexOf('step: ');
      if (at < 0) return null;
      STEP.lastIndex = at;
      if (!STEP.test(text)) return null;
      const fields = wordFields(firstOnly(text, 'step: ', STEP.lastIndex), at);
      return text.startsWith(VALIDATE, at - VALIDATE.length)
        ? validated(fieldsOf(fields), at_ms)
        : stepFromPairs(fields, at_ms);
    },
};

function validated({ step = null, ...others }: TextFields, at_ms: number): Step {
  return stepOf(at_ms, { phase: 'eval', step, metrics: known(others) });
}
