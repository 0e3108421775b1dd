// Lightning's Rich progress bar: `Epoch 0/9 ━━━━━━╺━━━━ 12/400 0:00:01 • 0:00:30 25.32it/s v_num: 0.000 train_loss: 0.523`.
// It counts epochs from 0, and 9 is the last of ten.

import { type LogFormat, stepOf } from '../step.ts';
import { createEpochs } from './epochs.ts';
import { fieldsOf, wordFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const BAR =
  /^\s{0,20}(?:Epoch (\d{1,9})(?:\/(\d{1,9}|-\d))?|Validation|Testing) {1,20}[━╸╺╴ ]{1,400} (\d{1,12})\/(\d{1,12}) (?:[\d:-]{1,12} • [\d:-]{1,12}|[\d:-]{1,12}) {1,9}[\d.]{1,12}it\/s/;

export const richBar: LogFormat = {
  name: 'rich-bar',
  trust: 'bar',
  markers: ['━'],
  open() {
    const epochs = createEpochs(0);
    let said = '';
    return ({ text, at_ms }) => {
      const match = text.includes('━') ? BAR.exec(text) : null;
      if (match === null) return null;
      const [, epoch, of, n, total] = match;
      const now = `${epoch} ${n} ${total}`;
      if (Number(n) === 0 || now === said) return null;
      said = now;
      if (epoch === undefined) return stepOf(at_ms, { phase: 'eval' });
      const named = { epoch: Number(epoch), of: of?.startsWith('-') ? undefined : of };
      const { v_num: _, ...fields } = fieldsOf(wordFields(text, match[0].length));
      const place = epochs.at({ n: Number(n), total: Number(total) }, named);
      return { ...(stepFrom({ step: 0, ...fields }, at_ms) ?? stepOf(at_ms, {})), ...place, phase: null };
    };
  },
};
