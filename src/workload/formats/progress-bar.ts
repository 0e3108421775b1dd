// Progress bars of a training loop: tqdm's, Lightning's and NeMo's
// `Epoch 0:  22%|██▏ | 4/18 [00:17<01:02, 4.47s/it, loss=9.9, v_num=1]`.
//
// A bar is redrawn many times: a step is told when its number changes. Where it starts anew each epoch, its steps go on
// from those of the epochs before. Without a name and a loss it tells nothing (bars.ts).

import { type Bar, type LogFormat, type Step, stepOf } from '../step.ts';
import { purposeOf } from './bars.ts';
import { createEpochs } from './epochs.ts';
import { commaFields } from './pairs.ts';
import { stepFrom } from './record.ts';

const EPOCH = /\bepoch:? {0,3}\[?(\d{1,9})(?: {0,2}(?:\/|of) {0,2}(\d{1,9}))?/i;
/** Lightning counts its runs, not its work. */
const NOT_METRICS = new Set(['v_num']);

export const progressBar: LogFormat = {
  name: 'progress-bar',
  trust: 'bar',
  markers: ['<'],
  open() {
    const epochs = createEpochs();
    const said = { training: '', evaluation: '' };
    return ({ bar, at_ms }) => {
      if (bar === null) return null;
      const purpose = purposeOf(bar);
      if (purpose !== 'training' && purpose !== 'evaluation') return null;
      const name = EPOCH.exec(bar.desc);
      const now = `${name?.[1] ?? bar.desc} ${bar.n} ${bar.total}`;
      if (bar.n === 0 || now === said[purpose]) return null;
      said[purpose] = now;
      if (purpose === 'evaluation') return stepOf(at_ms, { phase: 'eval' });
      const place = epochs.at(bar, name === null ? null : { epoch: Number(name[1]), of: name[2] });
      return { ...shown(bar, at_ms), ...place, phase: null };
    };
  },
};

/** What the postfix shows beside the number. */
function shown({ postfix }: Bar, at_ms: number): Step {
  const fields = commaFields(postfix, 0, '=');
  for (const name of Object.keys(fields)) if (NOT_METRICS.has(name)) delete fields[name];
  // NeMo shows counters with three digits (1.63e+6): too coarse to count by, good enough to look at.
  const coarse = /\bconsumed_samples=[\d.]+e/.test(postfix);
  const step = stepFrom({ step: 0, ...fields }, at_ms) ?? stepOf(at_ms, {}); // a field may spoil the number
  return coarse && step.samples !== null
    ? { ...step, samples: null, metrics: { ...step.metrics, consumed_samples: step.samples } }
    : step;
}
