// Bytes in chunks to whole lines, for files of which every line counts; a line beyond 1 MiB is left out and counted.

export interface Lines {
  push(bytes: Buffer): void;
  /** Hands out the unfinished line. */
  end(): void;
  /** Forgets the unfinished line. */
  clear(): void;
  readonly dropped: number;
}

const LF = 10;
const LONGEST = 1 << 20;

/** Calls onLine for each line that is not blank, without its end. */
export function createLines(onLine: (line: string) => void): Lines {
  let parts: Buffer[] = [];
  let length = 0;
  let dropped = 0;
  const keep = (part: Buffer) => {
    length += part.length;
    if (length > LONGEST) parts = [];
    else if (part.length > 0) parts.push(Buffer.from(part)); // the chunk's memory is used again
  };
  const finish = () => {
    if (length > LONGEST) dropped++;
    else {
      const line = Buffer.concat(parts).toString('utf8').trim();
      if (line !== '') onLine(line);
    }
    parts = [];
    length = 0;
  };
  return {
    push(bytes) {
      let from = 0;
      for (let stop = bytes.indexOf(LF); stop >= 0; stop = bytes.indexOf(LF, from)) {
        keep(bytes.subarray(from, stop));
        finish();
        from = stop + 1;
      }
      keep(bytes.subarray(from));
    },
    end: finish,
    clear() {
      parts = [];
      length = 0;
    },
    get dropped() {
      return dropped;
    },
  };
}
