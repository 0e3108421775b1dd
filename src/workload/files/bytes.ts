// Bytes that come in chunks and are taken in records: kept until a record is whole, never joined twice for nothing.

export interface ByteQueue {
  push(bytes: Uint8Array): void;
  /** The next `count` bytes, which stay; null while fewer are there. */
  peek(count: number): Buffer | null;
  /** Leaves out up to `count` bytes, those that have not come yet included. */
  skip(count: number): void;
  clear(): void;
  /** How many are there. */
  readonly length: number;
}

/** An empty queue. */
export function createByteQueue(): ByteQueue {
  let chunks: Buffer[] = [];
  let at = 0;
  let length = 0;
  let owed = 0;
  return {
    push(bytes) {
      const more = bytes.subarray(Math.min(owed, bytes.length));
      owed -= bytes.length - more.length;
      if (more.length === 0) return;
      chunks.push(Buffer.from(more)); // the chunk's memory is used again
      length += more.length;
    },
    peek(count) {
      if (count > length) return null;
      if (chunks.length > 1 && chunks[0]!.length - at < count) {
        chunks = [Buffer.concat([chunks[0]!.subarray(at), ...chunks.slice(1)])];
        at = 0;
      }
      return chunks.length === 0 ? Buffer.alloc(0) : chunks[0]!.subarray(at, at + count);
    },
    skip(count) {
      const here = Math.min(count, length);
      owed += count - here;
      length -= here;
      at += here;
      while (chunks.length > 0 && at >= chunks[0]!.length) at -= chunks.shift()!.length;
    },
    clear() {
      chunks = [];
      at = 0;
      length = 0;
      owed = 0;
    },
    get length() {
      return length;
    },
  };
}
