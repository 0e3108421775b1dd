// Keras' lines: `Epoch 1/10`, then `12/400 ━━━━ 3s 10ms/step - accuracy: 0.91 - loss: 0.32` drawn again and again, with
// `val_loss` at the epoch's end. Keras 2 draws [====>....] and an ETA; with verbose=2 there is one line an epoch.
//
// Numbers count within the epoch, steps within the job. Lines after a full epoch that belong to no new one are evaluate().

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { createEpochs, type Place } from './epochs.ts';
import { valueAt } from './numbers.ts';
import { known, type TextFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const EPOCH = /^\s{0,20}Epoch (\d{1,9})\/(\d{1,9})\s{0,200}$/;
const HEAD = /^\s{0,20}(\d{1,12})\/(\d{1,12}|Unknown) (?:[━╸╺]| ?\[[=>.]| ?- )/;
const ON_SAMPLES = /^\s{0,20}Train on \d{1,15} samples/;

export const keras: LogFormat = {
  name: 'keras',
  trust: 'record',
  markers: ['Epoch ', 'loss', 'Train on '],
  open() {
    const epochs = createEpochs(1);
    let named: { epoch: number; of: string } | null = null;
    let said: { n: number; total: number } | null = null;
    let done = 0;
    let countsSamples = false;

    const place = (n: number, total: number): Place => {
      if (!Number.isNaN(total)) return epochs.at({ n, total }, named);
      return { step: done + n, total: null, epoch: named === null ? null : Math.max(0, named.epoch - 1) };
    };
    return ({ text, at_ms }) => {
      const header = EPOCH.exec(text);
      if (header !== null) {
        named = { epoch: Number(header[1]), of: header[2]! };
        done = named.epoch === 1 ? 0 : done + (said?.n ?? 0);
        said = null;
        return null;
      }
      if (ON_SAMPLES.test(text)) countsSamples = true;
      const head = HEAD.exec(text);
      if (head === null) return null;
      const fields = dashFields(text, head[0].length - 1);
      if (!('loss' in fields)) return null;
      const [n, total] = [Number(head[1]), Number(head[2])];
      const again = said !== null && said.n === n && Object.is(said.total, total);
      const validated = Object.keys(fields).some((name) => name.startsWith('val_'));
      if (again && !validated) return null;
      if (named === null || (said !== null && said.n >= n && !again)) {
        if (named !== null && said!.n < said!.total) return null; // drawn out of order
        return stepOf(at_ms, { phase: 'eval', metrics: known(fields) });
      }
      said = { n, total };
      const where = place(n, total);
      if (again) return stepOf(at_ms, { ...where, phase: 'eval', metrics: validation(fields) });
      return counted(
        { ...(stepFrom({ step: n, ...fields }, at_ms) ?? stepOf(at_ms, {})), ...where, phase: null },
        countsSamples,
      );
    };
  },
};

/** Keras before 2.3 counts samples where later ones count batches, and says so once. */
function counted(step: Step, samples: boolean): Step {
  return samples ? { ...step, step: null, total: null, samples: step.step } : step;
}

const validation = (fields: TextFields): Record<string, number> =>
  known(Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith('val_'))));

/** Fields of ` - name: value - name: value`; the time left is none. */
function dashFields(text: string, from: number): TextFields {
  const fields: TextFields = {};
  let at = text.indexOf('- ', from);
  while (at >= 0) {
    const next = text.indexOf(' - ', at + 1);
    const stop = next < 0 ? text.length : next;
    const colon = text.indexOf(': ', at);
    if (colon > at && colon < stop) {
      const name = text.slice(at + 2, colon).trim();
      if (name !== 'ETA') fields[name] = valueAt(text, colon + 2);
    }
    at = next < 0 ? -1 : next + 1;
  }
  return fields;
}
