// NeMo 2's line: `Training epoch 0, iteration 5/99 | lr: 1e-06 | global_batch_size: 4 | global_step: 5 | reduced_train_loss:
// 11.03 | train_step_timing in s: 12.64 | consumed_samples: 24`. NeMo 1 draws bars (progress-bar.ts).
//
// It counts from 0, so the last line of 100 steps says 99/99; steps are told as printed.

import { type LogFormat, stepOf } from '../step.ts';
import { nameAt } from './names.ts';
import { firstOnly, Pairs, pipeFields } from './pairs.ts';
import { stepFromPairs } from './record.ts';

const TRAINING = /Training epoch (\d{1,9}), iteration (\d{1,15})\/(\d{1,15}) {0,4}(?:\||$)/y;
const VALIDATION = /Validation iteration (\d{1,15})(?:\/(\d{1,15}))?/y;
const STEP = nameAt('step', 0, 4);
const TOTAL = nameAt('total_steps', 0, 11);
const EPOCH = nameAt('epoch', 0, 5);

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
      const pairs = new Pairs();
      pairs.add(STEP, Number(match[2]));
      pairs.add(TOTAL, Number(match[3]));
      pairs.add(EPOCH, Number(match[1]));
      pipeFields(firstOnly(text, 'Training epoch ', TRAINING.lastIndex), TRAINING.lastIndex, pairs);
      const step = stepFromPairs(pairs, at_ms);
      // The last validation's loss stands on every line after it.
      return step === null || step.phase === null ? step : { ...step, phase: null };
    },
};
