// DeepSpeed's own lines: `[Rank 0] step=10, skipped=4, lr=[4.9e-05], mom=[(0.9, 0.95)]`,
// `epoch=0/micro_step=40/global_step=10, RunningAvgSamplesPerSec=25.0, …`, the pipeline's `steps: 10 loss: 2.3 iter time (s):
// 0.5 samples/sec: 99.8` and `[Rank 0] rank=0 time (ms) | forward: 652.41 | …`.
//
// They stand beside the records of the program that uses it: where that tells steps, these count no more.

import { type LogFormat, type Step, stepOf } from '../step.ts';
import { valueAt } from './numbers.ts';
import { commaFields, fieldsOf, known, pipeFields } from './pairs.ts';

const STEP = /\bstep=(\d{1,15}), skipped=/g;
const SPEED =
  /(?:epoch=(\d{1,9})\/micro_step=\d{1,15}\/global_step=|\b(\d{1,9})\/)(\d{1,15}), (?=(?:RunningAvg)?SamplesPerSec=)/g;
const PIPELINE = /\bsteps: (\d{1,15}) loss: (\S{1,30}) iter time \(s\): /g;
const TIMES = /\brank=(\d{1,7}) time \(ms\) \|/g;
const RANK = /\[Rank (\d{1,7})\]/;

export const deepspeed: LogFormat = {
  name: 'deepspeed',
  trust: 'beside',
  markers: ['kipped=', 'SamplesPerSec=', 'loss', '|'],
  open() {
    let last: number | null = null;
    return ({ text, at_ms }) => {
      const step = stepped(text, at_ms) ?? sped(text, at_ms) ?? piped(text, at_ms) ?? timed(text, at_ms, last);
      if (step === null) return null;
      last = step.step;
      const rank = RANK.exec(text);
      return rank === null ? step : { ...step, rank: Number(rank[1]) };
    };
  },
};

function stepped(text: string, at_ms: number): Step | null {
  const match = find(text, 'skipped=', STEP);
  if (match === null) return null;
  const { skipped = null, lr = null } = commaFields(text, match.index, '=');
  return stepOf(at_ms, { step: Number(match[1]), lr, metrics: skipped === null ? {} : { skipped } });
}

function sped(text: string, at_ms: number): Step | null {
  const match = find(text, 'SamplesPerSec=', SPEED);
  if (match === null) return null;
  const fields = commaFields(text, match.index + match[0].length, '=');
  return stepOf(at_ms, { step: Number(match[3]), epoch: Number(match[1] ?? match[2]), metrics: known(fields) });
}

function piped(text: string, at_ms: number): Step | null {
  const match = find(text, 'iter time (s)', PIPELINE);
  if (match === null) return null;
  const seconds = valueAt(text, match.index + match[0].length);
  const speed = text.indexOf('samples/sec: ');
  const perSecond = speed < 0 ? null : valueAt(text, speed + 12);
  return stepOf(at_ms, {
    ...{ step: Number(match[1]), loss: valueAt(match[2]!, 0) },
    metrics: known({ 'iter time (s)': seconds, 'samples/sec': perSecond }),
  });
}

/** Without a number of its own it is the last step's. */
function timed(text: string, at_ms: number, step: number | null): Step | null {
  const match = step === null ? null : find(text, ' time (ms) |', TIMES);
  if (match === null) return null;
  const metrics = known(fieldsOf(pipeFields(text, match.index + match[0].length)));
  return stepOf(at_ms, { step, rank: Number(match[1]), metrics });
}

function find(text: string, needle: string, form: RegExp): RegExpExecArray | null {
  if (!text.includes(needle)) return null;
  form.lastIndex = 0;
  return form.exec(text);
}
