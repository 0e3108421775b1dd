// Detectron2's line: `[05/01 10:00:00 d2.utils.events]:  eta: 1:02:03  iter: 19  total_loss: 1.234  loss_cls: 0.5  time: 0.2345
// data_time: 0.0123  lr: 0.0004  max_mem: 4321M`. The loss is the sum of those beside it.

import type { LogFormat } from '../step.ts';
import { iterationFields } from './mmengine.ts';
import { firstOnly } from './pairs.ts';
import { stepFrom } from './record.ts';

const ITERATION = /\biter: (\d{1,12}) {1,4}total_loss: /;

export const detectron2: LogFormat = {
  name: 'detectron2',
  trust: 'record',
  markers: ['total_loss: '],
  open:
    () =>
    ({ text, at_ms }) => {
      const match = ITERATION.exec(text);
      if (match === null) return null;
      const { total_loss, iter, ...fields } = iterationFields(firstOnly(text, 'iter: ', match.index + 6), match.index);
      return stepFrom({ ...fields, step: iter, loss: total_loss }, at_ms);
    },
};
