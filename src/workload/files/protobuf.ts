// Reads protobuf messages that may be damaged: a message ends within its bytes, or the whole is given up by throwing.

import type { PbfReader } from 'pbf';

/** Calls `field` for each field of the message that begins here; what it does not read is skipped. Throws on damage. */
export function message(pbf: PbfReader, field: (number: number) => void): void {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new RangeError('a message that goes beyond its record');
  fields(pbf, field, end);
}

/** As `message`, up to `end`. */
export function fields(pbf: PbfReader, field: (number: number) => void, end = pbf.length): void {
  for (let number = pbf.nextField(end); number !== 0; number = pbf.nextField(end)) field(number);
  if (pbf.pos > end) throw new RangeError('a field that goes beyond its message');
}

/** The type of a field that is text, bytes or a message. */
export const BYTES = 2;
