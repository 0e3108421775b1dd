// Hugging Face's trainer_state.json: the whole history of a job, written anew at each checkpoint, without times.
//
// What is new since the last look is told with the time of that look: entries that came together share it, so that
// nothing is made of the time between them. The history of a checkpoint from which a job resumed was told before.

import { isRecord } from '../../core/record.ts';
import { stepsOf } from './names.ts';
import type { FileContext, FileFormat, FileReader, Seen } from './port.ts';
import { objectOf } from './trainer-log.ts';

/** About a hundred thousand entries. */
const LARGEST = 32 << 20;

export const trainerState = { name: 'trainer-state', reading: 'whole', largest: LARGEST, open } satisfies FileFormat;

function open({ onStep }: FileContext): FileReader {
  let parts: Buffer[] = [];
  let length = 0;
  let read_to = 0;
  let old = true;
  let dropped = 0;
  /** Entries of the history last seen, as text that tells one from another. */
  let known: string[] = [];
  let knownOld = false;

  const read = (document: Record<string, unknown>, { at_ms, old }: Seen) => {
    const entries = historyOf(document);
    const texts = entries.map(textOf);
    let same = 0;
    while (same < texts.length && texts[same] === known[same]) same++;
    // The job of before wrote more than this: it was begun again, and repeats itself to the digit.
    if (same === texts.length && same < known.length && knownOld && !old) same = 0;
    const shorter = same === texts.length && same < known.length;
    if (!shorter) known = texts;
    if (!shorter) knownOld = old;
    if (old) return;
    const total = positive(document.max_steps);
    for (const entry of entries.slice(same)) for (const step of stepsOf(entry, at_ms, { total })) onStep(step);
  };
  const look = (at_ms: number) => {
    if (length === 0 || read_to === length) return;
    read_to = length;
    if (length > LARGEST) {
      dropped++;
      return;
    }
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    const document = text.trimEnd().endsWith('}') ? objectOf(text) : null; // half written: it will change again
    if (document !== null) read(document, { at_ms, old });
  };
  return {
    push(bytes, seen) {
      ({ old } = seen);
      length += bytes.length;
      if (length > LARGEST) parts = [];
      else parts.push(Buffer.from(bytes)); // the chunk's memory is used again
    },
    settle: look,
    restart() {
      parts = [];
      length = 0;
      read_to = 0;
    },
    end: look,
    get dropped() {
      return dropped;
    },
  };
}

function historyOf(document: Record<string, unknown>): Record<string, unknown>[] {
  const history = document.log_history;
  if (!Array.isArray(history)) return [];
  return history.filter(isRecord);
}

const textOf = (entry: Record<string, unknown>): string =>
  `${entry.step} ${entry.loss ?? ''} ${entry.eval_loss ?? ''} ${entry.train_runtime ?? ''}`;

const positive = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
