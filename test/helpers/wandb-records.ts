// The records of a W&B run file, by LevelDB's log format (doc/log_format.md): nothing of src/ is used.

import { crc32 } from 'node:zlib';

/** Throws where a part is damaged or out of order. */
export function recordsOf(bytes: Buffer): Buffer[] {
  if (bytes.subarray(0, 7).toString('latin1') !== ':W&B\u00e1\u00be\0') throw new Error('no run file');
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 7; at < bytes.length; ) {
    const left = 32_768 - (at % 32_768);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = bytes.readUInt16LE(at + 4);
    const kind = bytes[at + 6]!;
    const whole = bytes.subarray(at + 6, at + 7 + length);
    const begins = kind === 1 || kind === 2;
    if (length + 7 > left || crc32(whole) !== bytes.readUInt32LE(at) || begins !== (parts.length === 0))
      throw new Error(`damaged at ${at}`);
    parts.push(whole.subarray(1));
    if (kind === 1 || kind === 4) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at += 7 + length;
  }
  return records;
}
