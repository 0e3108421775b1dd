// Weights & Biases' run files (run-ID.wandb), which an offline run leaves and an online one too: LevelDB's log format.
//
// After 7 bytes (":W&B", a number, a version) come blocks of 32 KiB. A record, or a part of one, is u32 checksum | u16
// length | u8 kind | data, never across a block; fewer than 7 bytes at a block's end are filled up. Damage costs the rest
// of its block. The checksum is the common crc32, not LevelDB's.

import { crc32 } from 'node:zlib';
import { createByteQueue } from './bytes.ts';
import { stepsOf } from './names.ts';
import { type FileContext, type FileFormat, type FileReader, type Seen, timeOf } from './port.ts';
import { historyOf } from './wandb-record.ts';

export const wandb: FileFormat = { name: 'wandb', reading: 'appended', open };

const FILE_HEAD = 7;
const HEAD = 7;
const BLOCK = 1 << 15;
const LONGEST = 8 << 20;
const LIGHTNING = 'trainer/global_step';
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/** Whether these are the first bytes of a run file. */
export const startsRun = (head: Buffer): boolean => head.subarray(0, 4).toString('latin1') === ':W&B';

function open({ from, started_ms, onStep }: FileContext): FileReader {
  const queue = createByteQueue();
  let at = from;
  let parts: Buffer[] | null = null;
  let size = 0;
  let dropped = 0;

  const skip = (count: number) => {
    queue.skip(count);
    at += count;
  };
  const forget = () => {
    parts = null;
    size = 0;
  };
  const take = (record: Buffer, { at_ms: seen_ms, old }: Seen) => {
    if (old) return;
    const { items, damaged } = historyOf(record);
    if (damaged) dropped++;
    if (items === null) return;
    const at_ms = timeOf((items._timestamp ?? Number.NaN) * 1000, started_ms, seen_ms);
    if (at_ms === null) return;
    const step = stepOf(items);
    if (LIGHTNING in items) delete items.epoch; // the number of the one in progress
    for (const made of stepsOf(items, at_ms, { step })) onStep(made);
  };
  const part = (kind: number, data: Buffer, seen: Seen) => {
    if (kind === FULL || kind === FIRST) forget();
    if (kind === FULL) return take(data, seen);
    if (kind === FIRST) parts = [];
    if (parts === null) return; // its beginning was lost
    size += data.length;
    if (size > LONGEST) {
      dropped++;
      return forget();
    }
    parts.push(Buffer.from(data));
    if (kind !== LAST) return;
    const record = Buffer.concat(parts);
    forget();
    take(record, seen);
  };
  const next = (seen: Seen): boolean => {
    if (at < FILE_HEAD) {
      if (queue.length === 0) return false;
      skip(FILE_HEAD - at);
      return true;
    }
    const left = BLOCK - (at % BLOCK);
    if (left < HEAD) {
      if (queue.length === 0) return false;
      skip(left);
      return true;
    }
    const head = queue.peek(HEAD);
    if (head === null) return false;
    const length = head.readUInt16LE(4);
    const kind = head[6]!;
    const known = kind === FULL || kind === FIRST || kind === MIDDLE || kind === LAST;
    const whole = known && HEAD + length <= left ? queue.peek(HEAD + length) : undefined;
    if (whole === null) return false;
    if (whole === undefined || crc32(whole.subarray(6)) !== whole.readUInt32LE(0)) {
      dropped++;
      forget();
      skip(left);
      return true;
    }
    part(kind, whole.subarray(HEAD), seen);
    skip(HEAD + length);
    return true;
  };
  return {
    push(bytes, seen) {
      queue.push(bytes);
      while (next(seen));
    },
    settle() {},
    restart() {
      queue.clear();
      at = 0;
      forget();
    },
    end() {},
    get dropped() {
      return dropped;
    },
  };
}

/** The training's own count where it logs one; Lightning's begins at 0. Else the number of the call of wandb.log. */
function stepOf(items: Record<string, number>): number | null {
  const lightning = items[LIGHTNING];
  if (lightning !== undefined) return lightning + 1;
  const own = ['train/global_step', 'global_step', 'train/step', 'step', 'iteration', 'iter'].find(
    (name) => name in items,
  );
  return (own === undefined ? items._step : items[own]) ?? null;
}
