// Splits raw output into lines, looking only at those that can matter.
//
// A line ends at \n or \r (progress bars redraw with \r). Blocks without the marker byte are skipped unread, so that a
// command that prints a million other lines costs next to nothing; memory is bounded by the longest line allowed.

export interface LineSplitter {
  push(chunk: Buffer, at_ms: number): void;
  /** The unfinished line, if any, is handed out as the last one. */
  end(at_ms: number): void;
  /** Lines longer than allowed, left out. */
  readonly dropped: number;
}

const LF = 10;
const CR = 13;
const ANSI = /\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
/** How much of the text before a marked line is kept on one line: enough for a progress bar before a record. */
export const MAX_LINE = 1 << 20;

/** Lines that contain the byte `marker`, without ANSI sequences, at most `maxLine` bytes long. */
export function createLineSplitter(options: {
  readonly marker: number;
  onLine(line: string, at_ms: number): void;
  readonly maxLine?: number;
}): LineSplitter {
  const { marker, onLine, maxLine = MAX_LINE } = options;
  let tail: Buffer[] = [];
  let tailLength = 0;
  let tailMarked = false;
  let tooLong = false;
  let dropped = 0;

  const forget = () => {
    tail = [];
    tailLength = 0;
    tailMarked = false;
    tooLong = false;
  };
  const keep = (part: Buffer) => {
    if (part.length === 0) return;
    tailLength += part.length;
    if (tailLength > maxLine) {
      tooLong = true;
      tail = [];
      return;
    }
    tail.push(Buffer.from(part)); // the chunk's memory is used again
    tailMarked ||= part.includes(marker);
  };
  const emit = (part: Buffer, at_ms: number) => {
    if (part.length > maxLine) {
      dropped++;
      return;
    }
    const line = part.toString('utf8');
    onLine(line.includes('\x1b') ? line.replace(ANSI, '') : line, at_ms);
  };
  const finishTail = (part: Buffer, at_ms: number) => {
    if (tooLong) dropped++;
    else if (tailMarked || part.includes(marker))
      emit(tail.length === 0 ? part : Buffer.concat([...tail, part]), at_ms);
    forget();
  };

  return {
    push(chunk, at_ms) {
      let from = 0;
      if (tailLength > 0) {
        const stop = lineEnd(chunk, 0);
        if (stop < 0) return keep(chunk);
        finishTail(chunk.subarray(0, stop), at_ms);
        from = stop + 1;
      }
      for (;;) {
        const found = chunk.indexOf(marker, from);
        if (found < 0) break;
        const start = lineStart(chunk, from, found);
        const stop = lineEnd(chunk, found);
        if (stop < 0) {
          keep(chunk.subarray(start));
          return;
        }
        emit(chunk.subarray(start, stop), at_ms);
        from = stop + 1;
      }
      // Nothing marked is left: only an unfinished line may still matter.
      const last = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR));
      keep(chunk.subarray(Math.max(from, last + 1)));
    },
    end(at_ms) {
      if (tailLength > 0) finishTail(Buffer.alloc(0), at_ms);
    },
    get dropped() {
      return dropped;
    },
  };
}

function lineEnd(chunk: Buffer, from: number): number {
  const lf = chunk.indexOf(LF, from);
  const cr = lf < 0 ? chunk.indexOf(CR, from) : chunk.subarray(0, lf).indexOf(CR, from);
  return cr >= 0 ? cr : lf;
}

function lineStart(chunk: Buffer, from: number, at: number): number {
  const part = chunk.subarray(from, at);
  return from + Math.max(part.lastIndexOf(LF), part.lastIndexOf(CR)) + 1;
}
