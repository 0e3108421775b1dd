// Log files made by hand, from the published layouts: TensorBoard's event files (tensorflow/core/lib/io/record_writer.h,
// core/util/event.proto) and W&B's run files (LevelDB's log format, wandb_internal.proto). Nothing of src/ is used.

import { crc32 } from 'node:zlib';
import { formatOf } from '../../src/workload/files/formats.ts';
import type { FileFormat } from '../../src/workload/files/port.ts';
import type { Step } from '../../src/workload/step.ts';

/** The Castagnoli polynomial bit by bit; of "123456789" it is e3069283 (RFC 3720, B.4 has further ones). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

export const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return out;
};
const masked = (bytes: Buffer): Buffer => {
  const crc = crc32c(bytes);
  return u32(((crc >>> 15) | (crc << 17)) + 0xa282ead8);
};

export function varint(value: bigint | number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return Buffer.from([...out, Number(rest)]);
}
const key = (field: number, type: number) => varint(field * 8 + type);
export const bytesField = (field: number, bytes: Buffer | string): Buffer =>
  Buffer.concat([key(field, 2), varint(Buffer.byteLength(bytes)), Buffer.from(bytes)]);
export const varintField = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([key(field, 0), varint(value)]);
export const floatField = (field: number, value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return Buffer.concat([key(field, 5), out]);
};
export const doubleField = (field: number, value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), out]);
};

/** One record of an event file. */
export function framed(data: Buffer): Buffer {
  const length = Buffer.concat([u32(data.length), u32(0)]);
  return Buffer.concat([length, masked(length), data, masked(data)]);
}

export const simple = (tag: string, value: number): Buffer => Buffer.concat([bytesField(1, tag), floatField(2, value)]);
/** A value that is a tensor of these fields. */
export const tensor = (tag: string, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([bytesField(1, tag), bytesField(8, Buffer.concat(fields))]);

/** An Event with a Summary of these values. */
export const event = (wall_time_s: number, step: number | bigint, ...values: readonly Buffer[]): Buffer =>
  framed(
    Buffer.concat([
      ...[doubleField(1, wall_time_s), varintField(2, step)],
      bytesField(5, Buffer.concat(values.map((value) => bytesField(1, value)))),
    ]),
  );
export const FILE_VERSION = framed(Buffer.concat([doubleField(1, 1), bytesField(3, 'brain.Event:2')]));

const BLOCK = 32768;
/** A W&B run file of these records. */
export function runFile(...records: readonly Buffer[]): Buffer {
  let out = Buffer.from([...Buffer.from(':W&B'), 0xe1, 0xbe, 0]);
  for (const record of records) {
    let rest = record;
    for (let first = true; first || rest.length > 0; first = false) {
      const left = BLOCK - (out.length % BLOCK);
      if (left < 7) out = Buffer.concat([out, Buffer.alloc(left)]);
      const room = BLOCK - (out.length % BLOCK) - 7;
      const part = rest.subarray(0, room);
      rest = rest.subarray(room);
      const kind = first ? (rest.length === 0 ? 1 : 2) : rest.length === 0 ? 4 : 3;
      const typed = Buffer.concat([Buffer.from([kind]), part]);
      out = Buffer.concat([out, u32(crc32(typed)), Buffer.from([part.length & 255, part.length >> 8]), typed]);
    }
  }
  return out;
}
/** A history record of these names and JSON values. */
export const history = (items: Readonly<Record<string, string>>): Buffer =>
  bytesField(
    2,
    Buffer.concat(
      Object.entries(items).map(([name, json]) =>
        bytesField(1, Buffer.concat([bytesField(2, name), bytesField(16, json)])),
      ),
    ),
  );

export interface ReadOptions {
  readonly path?: string;
  readonly format?: FileFormat;
  /** Bytes given at a time. */
  readonly cut?: number;
  readonly started_ms?: number;
  readonly at_ms?: number;
}

/** What is told of a file that appears during the run. */
export function readLog(bytes: Buffer | string, options: ReadOptions = {}): { steps: Step[]; dropped: number } {
  const { path = 'log', cut = Number.POSITIVE_INFINITY, started_ms = 0, at_ms = 2e12 } = options;
  const all = Buffer.from(bytes);
  const steps: Step[] = [];
  const format = options.format ?? formatOf(path, all.subarray(0, 4096), true)!;
  const reader = format.open({ path, started_ms, from: 0, onStep: (step) => steps.push(step) });
  for (let at = 0; at < all.length; at += cut) {
    reader.push(all.subarray(at, Math.min(all.length, at + cut)), { at_ms, old: false });
  }
  reader.settle(at_ms);
  reader.end(at_ms);
  return { steps, dropped: reader.dropped };
}

/** Of a step what is not null, and not the time. */
export function brief(step: Step): Record<string, unknown> {
  const { at_ms: _, units: __, metrics, ...rest } = step;
  const known = Object.entries(rest).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(known), ...(Object.keys(metrics).length === 0 ? {} : { metrics }) };
}
