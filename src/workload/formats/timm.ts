// timm's training script: `Train: 0 [  50/1251 (  4%)]  Loss: 6.95 (6.96)  Time: 0.323s,  396.03/s  (0.498s,  257.03/s)
// LR: 1.000e-06  Data: 0.012 (0.060)`, and `Test: [  10/97]  …` for its evaluation. Epochs count from 0, and so do batches.

import { type LogFormat, stepOf } from '../step.ts';
import { valueAt } from './numbers.ts';
import { stepFrom } from './record.ts';

const PLACE = /(?:^|\s)Train: (\d{1,9}) \[ {0,12}(\d{1,12})\/(\d{1,12}) {1,4}\( {0,3}\d{1,3}%\)\]/;
const TEST = /(?:^|\s)Test(?: \([^)]{1,40}\))?: {1,2}\[ {0,12}\d{1,12}\/\d{1,12}\]/;
const FIELDS = [
  ['Loss: ', 'loss'],
  ['LR: ', 'lr'],
  ['Time: ', 'iter_time'],
  ['Data: ', 'data_time'],
] as const;

export const timm: LogFormat = {
  name: 'timm',
  trust: 'record',
  markers: ['Train: ', 'Test'],
  open:
    () =>
    ({ text, at_ms }) => {
      const match = PLACE.exec(text);
      if (match === null) return TEST.test(text) ? stepOf(at_ms, { phase: 'eval' }) : null;
      const [epoch, n, last] = [Number(match[1]), Number(match[2]), Number(match[3])];
      // `50/1251` is the fifty-first of 1252 or of 1251, by version: the share of the epoch tells as well.
      if (last === 0 || n > last || !text.includes('Loss: ', match.index)) return null;
      const record: Record<string, number> = { step: epoch * last + n, epoch: epoch + n / last };
      for (const [text_, name] of FIELDS) {
        const at = text.indexOf(text_, match.index);
        const value = at < 0 ? null : valueAt(text, at + text_.length);
        if (value !== null) record[name] = value;
      }
      return stepFrom(record, at_ms);
    },
};
