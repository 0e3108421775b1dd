// TensorBoard's event files, as torch.utils.tensorboard, tensorboardX, Keras, Megatron-LM and Hugging Face write them.
//
// A record is u64 length | u32 masked crc32c of the length | data | u32 masked crc32c of the data. The checksum of the
// length lets a reader find the next record after damage, or from the middle of a file, by trying one byte after the
// other. A record beyond 1 MiB is an image or a graph: it is passed over unread.

import { basename, dirname } from 'node:path';
import crc32c from 'crc-32/crc32c.js';
import { createAxis } from './axis.ts';
import { createByteQueue } from './bytes.ts';
import { createGathering } from './gather.ts';
import { nameOf } from './names.ts';
import type { FileContext, FileFormat, FileReader, Seen } from './port.ts';
import { timeOf } from './port.ts';
import { scalarsOf } from './tfevents-record.ts';

export const tfevents: FileFormat = { name: 'tensorboard', reading: 'appended', open };

const HEAD = 12;
const TAIL = 4;
const LONGEST = 1 << 20;
/** No protobuf message is longer. */
const MOST = 2 ** 31;

/** Whether these are the first bytes of an event file. */
export function startsEvents(head: Buffer): boolean {
  return head.length >= HEAD && lengthAt(head) !== null;
}

function open(context: FileContext): FileReader {
  const queue = createByteQueue();
  const gathering = createGathering(context.onStep);
  const place = placeOf(context.path);
  let isStep = createAxis();
  let lost = false;
  let dropped = 0;

  const take = (data: Buffer, { at_ms: seen_ms, old }: Seen) => {
    if (old) return;
    const event = scalarsOf(data);
    if (event === null) {
      dropped++;
      return;
    }
    const at_ms = timeOf(event.wall_time_s * 1000, context.started_ms, seen_ms);
    if (at_ms === null) return;
    for (const { tag, value } of event.values) {
      if (place.from0 && tag === 'epoch') continue; // the number of the one in progress
      const over = OVER.exec(tag);
      if (over !== null) addOver(tag, value, over, event.step, at_ms, seen_ms);
      else {
        const one = { ...placed(tag, event.step, place), value, at_ms };
        if (one.step === null || nameOf(one.tag).of !== 'training' || isStep(tag, one.step))
          gathering.add(one, seen_ms);
      }
    }
  };
  /** Megatron-LM draws its values over samples and tokens too, and Megatron-DeepSpeed the step itself. */
  const addOver = (
    tag: string,
    value: number,
    over: RegExpExecArray,
    number: number,
    at_ms: number,
    seen_ms: number,
  ) => {
    const counts = { [over[1]!]: number };
    if (number < 0 || over[1]!.startsWith('giga')) return;
    if (STEPS_OVER.test(tag)) gathering.add({ tag: 'iteration', value, step: value, counts, at_ms }, seen_ms);
    else gathering.count({ tag: tag.slice(0, over.index), value }, counts);
  };
  /** Goes on at the next place that can be a record's beginning, after `bytes`. */
  const damaged = (bytes: number) => {
    if (!lost) dropped++;
    lost = true;
    queue.skip(bytes);
    const rest = queue.peek(queue.length)!;
    let at = 0;
    while (at + HEAD <= rest.length && (rest.readUInt32LE(at + 4) !== 0 || lengthAt(rest.subarray(at)) === null)) at++;
    queue.skip(at);
  };
  const next = (seen: Seen): boolean => {
    const head = queue.peek(HEAD);
    if (head === null) return false;
    const length = lengthAt(head);
    if (length === null) {
      damaged(1);
      return true;
    }
    if (length > LONGEST) {
      lost = false;
      queue.skip(HEAD + length + TAIL);
      return true;
    }
    const record = queue.peek(HEAD + length + TAIL);
    if (record === null) return false;
    const data = record.subarray(HEAD, HEAD + length);
    if (masked(data) !== record.readUInt32LE(HEAD + length)) {
      damaged(HEAD); // it may have been cut, and another follow
      return true;
    }
    lost = false;
    queue.skip(record.length);
    take(data, seen);
    return true;
  };
  return {
    push(bytes, seen) {
      queue.push(bytes);
      while (next(seen));
    },
    settle: gathering.settle,
    restart() {
      gathering.flush();
      queue.clear();
      isStep = createAxis();
      lost = false;
    },
    end: () => gathering.flush(),
    get dropped() {
      return dropped;
    },
  };
}

/** The length that a record's head tells; null where its checksum is another, or it cannot be. */
function lengthAt(head: Buffer): number | null {
  if (masked(head.subarray(0, 8)) !== head.readUInt32LE(8)) return null;
  const length = head.readUInt32LE(0) + head.readUInt32LE(4) * 2 ** 32;
  return length < MOST ? length : null;
}

/** The checksum as TensorFlow stores it: turned by 15 bits, plus a constant (tensorflow/core/lib/hash/crc32c.h). */
export function masked(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

interface Place {
  /** Keras writes what it finds on validation data into a folder of that name, under the tags of training. */
  readonly evaluation: boolean;
  /** Lightning counts steps from 0. */
  readonly from0: boolean;
}

function placeOf(path: string): Place {
  const folders = dirname(path).split(/[/\\]/);
  return {
    evaluation: ['validation', 'val'].includes(basename(dirname(path)).toLowerCase()),
    from0: folders.includes('lightning_logs') || /^version_\d+$/.test(folders.at(-1) ?? ''),
  };
}

/** The end of a tag whose number is no step; some writers put _ for what is no letter. */
const OVER = /(?:[ _]vs|[,_]x)[ =_](samples|tokens|gigaflo\w*)$/;
const STEPS_OVER = /^steps-vs-(?:samples|tokens)\/y[=_]steps/;
const KERAS_EPOCH = 'epoch_';

/** What the number beside a tag counts: mostly steps, but Keras numbers epochs too, from 0. */
function placed(tag: string, number: number, { evaluation, from0 }: Place) {
  const name = evaluation ? `validation/${tag}` : tag;
  if (tag.startsWith(KERAS_EPOCH)) return { tag: name, step: null, epoch: number + 1 };
  return { tag: name, step: number < 0 ? null : from0 ? number + 1 : number };
}
