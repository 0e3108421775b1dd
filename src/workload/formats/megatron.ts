// Megatron-LM's line and those of its kin (Megatron-DeepSpeed, GPT-NeoX, FlagScale, MindSpeed):
// `iteration 10/ 500 | consumed samples: 160 | elapsed time per iteration (ms): 283.9 | lm loss: 5.54E+00 |`.
//
// Names differ between them and grow with versions: every field is taken under its own name.

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { nameAt } from './names.ts';
import { leadingNumber } from './numbers.ts';
import { fieldsOf, firstOnly, known, pipeFields } from './pairs.ts';
import { stepFromPairs } from './record.ts';

const ITERATION = /iteration {1,20}(\d{1,15}) {0,20}\/ {0,20}(\d{1,15}) {0,4}\|/y;
const VALIDATION = /(?:validation|test) loss at (?:iteration|the end of training for) {0,10}(\d{0,15})/y;
/** A field that only such a line has: other programs count iterations of something as well. */
const OWN = ['elapsed time per iteration (ms)', 'consumed samples', 'learning rate', 'lm loss', 'loss', 'lm_loss'];
const STEP = nameAt('step', 0, 4);
const TOTAL = nameAt('total_steps', 0, 11);

export const megatron: LogFormat = {
  name: 'megatron',
  trust: 'record',
  markers: ['|'],
  open:
    () =>
    ({ text, at_ms }) =>
      text.includes('|') ? (trained(text, at_ms) ?? validated(text, at_ms)) : null,
};

function trained(text: string, at_ms: number): Step | null {
  const at = text.indexOf('iteration ');
  if (at < 0) return null;
  ITERATION.lastIndex = at;
  const match = ITERATION.exec(text);
  if (match === null) return null;
  const fields = pipeFields(firstOnly(text, '| iteration ', ITERATION.lastIndex), ITERATION.lastIndex);
  if (!OWN.some((name) => fields.has(name))) return null;
  fields.add(STEP, Number(match[1]));
  fields.add(TOTAL, Number(match[2]));
  const step = stepFromPairs(fields, at_ms);
  return step === null || step.phase === null ? step : { ...step, phase: null };
}

function validated(text: string, at_ms: number): Step | null {
  const at = text.indexOf('loss at ');
  if (at < 0) return null;
  VALIDATION.lastIndex = text.lastIndexOf(' ', at - 2) + 1;
  const match = VALIDATION.exec(text);
  if (match === null) return null;
  const metrics = known(fieldsOf(pipeFields(text, text.indexOf('|'))));
  return stepOf(at_ms, { phase: 'eval', step: leadingNumber(match[1] ?? ''), metrics });
}
