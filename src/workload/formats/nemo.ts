// NeMo 2's line: `Training epoch 0, iteration 5/99 | lr: 1e-06 | global_batch_size: 4 | global_step: 5 | reduced_train_loss:
// 11.03 | train_step_timing in s: 12.64 | consumed_samples: 24`. NeMo 1 draws bars (progress-bar.ts).
//
// It counts from 0, so the last line of 100 steps says 99/99; steps are told as printed.

import { type LogFormat, stepOf } from '../step.ts';
import { fieldsOf, firstOnly, pipeFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const TRAINING = /Training epoch (\d{1,9}), iteration (\d{1,15})\/(\d{1,15}) {0,4}(?:\||$)/y;
const VALIDATION = /Validation iteration (\d{1,15})(?:\/(\d{1,15}))?/y;

export const nemo: LogFormat = {
  name: 'nemo',
  trust: 'record',
  markers: ['|', 'Validati'],
  open:
    () =>
    ({ text, at_ms }) => {
      TRAINING.lastIndex = text.indexOf('Training epoch ');
      const match = TRAINING.lastIndex < 0 ? null : TRAINING.exec(text);
      if (match === null) {
        VALIDATION.lastIndex = Math.max(0, text.indexOf('Validation iteration '));
        return VALIDATION.test(text) ? stepOf(at_ms, { phase: 'eval' }) : null;
      }
      const fields = fieldsOf(pipeFields(firstOnly(text, 'Training epoch ', TRAINING.lastIndex), TRAINING.lastIndex));
      const record = { step: Number(match[2]), total_steps: Number(match[3]), epoch: Number(match[1]), ...fields };
      const step = stepFrom(record, at_ms);
      // The last validation's loss stands on every line after it.
      return step === null ? null : { ...step, phase: null };
    },
};
