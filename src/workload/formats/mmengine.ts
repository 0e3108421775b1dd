// OpenMMLab's MMEngine and MMCV: `Epoch(train)  [1][  50/7330]  lr: 1.0e-03  eta: 1 day, 2:03:04  time: 0.31  data_time: 0.01
// loss: 1.23` and, by iterations, `Iter(train) [  50/160000]  …`; older: `Epoch [1][50/7330]` and `Iter [50/160000]`, with commas.
//
// By epochs the step is counted from the job's begin: (epoch - 1) × iterations of an epoch + iteration.

import { type LogFormat, stepOf } from '../step.ts';
import { fieldsOf, firstOnly, type TextFields, wordFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const PLACE =
  /(Epoch|Iter)(?:\((train|val|test)\))? {1,4}(?:\[ {0,9}(\d{1,9})\])?\[ {0,12}(\d{1,12})\/(\d{1,12})\] {0,4}(?=[\t ]|$)/;

export const mmengine: LogFormat = {
  name: 'mmengine',
  trust: 'record',
  markers: ['Epoch(', 'Iter(', 'Epoch [', 'Iter ['],
  open:
    () =>
    ({ text, at_ms }) => {
      const match = PLACE.exec(text);
      if (match === null) return null;
      const [whole, by, mode = 'train', epoch, iteration, length] = match;
      if (mode !== 'train') return stepOf(at_ms, { phase: 'eval' });
      const end = match.index + whole.length;
      const fields = iterationFields(firstOnly(text, `${by}(`, end), end);
      if (!('loss' in fields || 'lr' in fields || 'iter_time' in fields)) return null;
      const [n, of] = [Number(iteration), Number(length)];
      if (by === 'Iter') return stepFrom({ ...fields, step: n, total_steps: of }, at_ms);
      if (epoch === undefined || of === 0 || n > of) return null;
      const done = Number(epoch) - 1;
      return stepFrom({ ...fields, step: done * of + n, epoch: done + n / of }, at_ms);
    },
};

const ETA = /\beta: (?:\d{1,6} days?, )?[\d:]{1,20}/;

/** Fields of `name: value  name: value` from `at` on; time is an iteration's, and the time that is left is none of them. */
export function iterationFields(text: string, at: number): TextFields {
  const { time, ...fields } = fieldsOf(wordFields(text.slice(at).replace(ETA, ''), 0));
  return time === undefined ? fields : { ...fields, iter_time: time };
}
