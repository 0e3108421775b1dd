// One record of a TensorBoard event file, a protobuf Event, to the scalars in it.
//
// A scalar is a float32 (simple_value), or as newer writers have it a tensor of one element. Of whole numbers float32
// keeps 24 bits: a counter above 16,777,216 is rounded, which never makes it fall.
// Layout: tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto.

import { PbfReader } from 'pbf';
import { BYTES, fields, message } from './protobuf.ts';

export interface Scalars {
  /** Epoch s. */
  readonly wall_time_s: number;
  readonly step: number;
  readonly values: readonly { readonly tag: string; readonly value: number }[];
}

const FLOAT = 1;
const DOUBLE = 2;
const INT32 = 3;
const INT64 = 9;

/** The scalars of an event; without values for any other event, null for bytes that are none. */
export function scalarsOf(record: Uint8Array): Scalars | null {
  try {
    const pbf = new PbfReader(record);
    let wall_time_s = Number.NaN;
    let step = 0;
    const values: { tag: string; value: number }[] = [];
    fields(pbf, (number) => {
      if (number === 1 && pbf.type === 1) wall_time_s = pbf.readDouble();
      else if (number === 2 && pbf.type === 0) step = pbf.readVarint(true);
      else if (number === 5 && pbf.type === BYTES)
        message(pbf, (field) => {
          if (field !== 1 || pbf.type !== BYTES) return;
          const { tag, value } = scalarOf(pbf);
          if (tag !== '' && Number.isFinite(value)) values.push({ tag, value });
        });
    });
    return { wall_time_s, step, values };
  } catch {
    return null;
  }
}

function scalarOf(pbf: PbfReader): { tag: string; value: number } {
  let tag = '';
  let value = Number.NaN;
  message(pbf, (field) => {
    if (field === 1 && pbf.type === BYTES) tag = pbf.readString();
    else if (field === 2 && pbf.type === 5) value = pbf.readFloat();
    else if (field === 8 && pbf.type === BYTES) value = tensorOf(pbf);
  });
  return { tag, value };
}

/** The one element of a tensor; NaN for a tensor of several, or of text. */
function tensorOf(pbf: PbfReader): number {
  let type = 0;
  let raw: Uint8Array = new Uint8Array();
  const found: number[] = [];
  message(pbf, (field) => {
    const packed = pbf.type === BYTES;
    if (field === 1 && pbf.type === 0) type = pbf.readVarint();
    else if (field === 4 && packed) raw = pbf.readBytes();
    else if (field === 5) packed ? pbf.readPackedFloat(found) : found.push(pbf.readFloat());
    else if (field === 6) packed ? pbf.readPackedDouble(found) : found.push(pbf.readDouble());
    else if (field === 7 || field === 10) packed ? pbf.readPackedVarint(found, true) : found.push(pbf.readVarint(true));
  });
  if (found.length > 0) return found.length === 1 ? found[0]! : Number.NaN;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === FLOAT && raw.length === 4) return view.getFloat32(0, true);
  if (type === DOUBLE && raw.length === 8) return view.getFloat64(0, true);
  if (type === INT32 && raw.length === 4) return view.getInt32(0, true);
  if (type === INT64 && raw.length === 8) return Number(view.getBigInt64(0, true));
  return Number.NaN;
}
