// Splits raw output into lines, looking only at those that can matter.
//
// A line ends at \n or \r (progress bars redraw with \r), and where it is taken back with backspaces. Blocks without any
// of the markers are skipped unread, so that a command that prints a million other lines costs next to nothing; memory is
// bounded by the longest line allowed.

export interface LineSplitter {
  push(chunk: Buffer, at_ms: number): void;
  /** The unfinished line, if any, is handed out as the last one. */
  end(at_ms: number): void;
  /** From here on lines with this in them are handed out too. */
  watch(marker: string): void;
  /** The line that has not ended yet, and when its last bytes came; null where there is none, or it is longer than a bar. */
  unfinished(): { readonly text: string; readonly at_ms: number } | null;
  /** Lines longer than allowed, left out. */
  readonly dropped: number;
}

const LF = 10;
const CR = 13;
const ANSI = /\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
/** Longer lines are dropped: no record is so long, and what is kept of an unfinished line is bounded by it. */
export const MAX_LINE = 1 << 20;
const LONGEST_BAR = 1000;

/** Lines that contain one of `markers` (all lines where there is none), without ANSI sequences, at most `maxLine` bytes. */
export function createLineSplitter(options: {
  readonly markers: readonly string[];
  onLine(line: string, at_ms: number): void;
  readonly maxLine?: number;
}): LineSplitter {
  const { onLine, maxLine = MAX_LINE } = options;
  const search = createSearch(options.markers);
  const ends = createEnds();
  const tail = createTail(maxLine);
  let dropped = 0;

  const emit = (from: Buffer, [start, stop]: readonly [number, number], at_ms: number) => {
    if (stop - start > maxLine) {
      dropped++;
      return;
    }
    const line = plain(from.toString('utf8', start, stop));
    if (!line.includes('\b')) return onLine(line, at_ms);
    for (const drawn of line.split('\b')) if (drawn !== '') onLine(drawn, at_ms);
  };
  const finishTail = (part: Buffer, now_ms: number) => {
    // A bar ends when the next one is drawn: its time is that of its own last bytes.
    const at_ms = part.length === 0 ? tail.at_ms : now_ms;
    const whole = tail.finish(part);
    if (whole === null) dropped++;
    else if (search.in(whole)) emit(whole, [0, whole.length], at_ms);
  };

  return {
    push(chunk, at_ms) {
      let from = 0;
      ends.begin(chunk);
      if (tail.length > 0) {
        const stop = ends.next(0);
        if (stop < 0) return tail.add(chunk, at_ms);
        finishTail(chunk.subarray(0, stop), at_ms);
        from = stop + 1;
      }
      search.begin(chunk);
      for (;;) {
        const found = search.next(from, ends.next(from));
        if (found < 0) break;
        const start = ends.before(from, found);
        const stop = ends.next(found);
        if (stop < 0) return tail.add(chunk.subarray(start), at_ms);
        emit(chunk, [start, stop], at_ms);
        from = stop + 1;
      }
      // Nothing marked is left: only an unfinished line may still matter.
      const last = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR));
      tail.add(chunk.subarray(Math.max(from, last + 1)), at_ms);
    },
    end(at_ms) {
      if (tail.length > 0) finishTail(Buffer.alloc(0), at_ms);
    },
    watch: search.watch,
    unfinished: () =>
      tail.length === 0 || tail.length > LONGEST_BAR
        ? null
        : { text: plain(tail.bytes().toString('utf8')), at_ms: tail.at_ms },
    get dropped() {
      return dropped;
    },
  };
}

const plain = (text: string): string => (text.includes('\x1b') ? text.replace(ANSI, '') : text);

/** Where the next of several markers is: each is looked for once per hit, so one that never comes costs one pass. */
function createSearch(texts: readonly string[]) {
  const markers = texts.map((text) => Buffer.from(text));
  let chunk: Buffer = Buffer.alloc(0);
  let places: number[] = [];
  const all = markers.length === 0;
  let likely = 0;
  const placeOf = (i: number, from: number): number => {
    if (places[i]! < from) {
      const at = chunk.indexOf(markers[i]!, from);
      places[i] = at < 0 ? Number.POSITIVE_INFINITY : at;
    }
    return places[i]!;
  };
  return {
    watch(text: string) {
      if (all || markers.some((marker) => marker.equals(Buffer.from(text)))) return;
      markers.push(Buffer.from(text));
      places.push(-1);
    },
    in: (line: Buffer) => all || markers.some((marker) => line.includes(marker)),
    begin(next: Buffer) {
      chunk = next;
      places = markers.map(() => -1);
    },
    /**
     * The first marker at or after `from`, which never falls within a chunk; -1: none. Where one stands before `enough`,
     * any of those that do: beginning with the last that was found, since lines are like those before them.
     */
    next(from: number, enough: number): number {
      if (all) return from < chunk.length ? from : -1;
      if (placeOf(likely, from) < enough) return places[likely]!;
      let first = Number.POSITIVE_INFINITY;
      for (let i = 0; i < places.length; i++) {
        if (placeOf(i, from) >= first) continue;
        first = places[i]!;
        likely = i;
        if (first < enough) break;
      }
      return first === Number.POSITIVE_INFINITY ? -1 : first;
    },
  };
}

/** An unfinished line, in memory of its own: the chunks' is used again. */
function createTail(most: number) {
  let held: Buffer = Buffer.alloc(0);
  let length = 0;
  let told_ms = 0;
  const add = (part: Buffer, at_ms: number) => {
    if (part.length > 0) told_ms = at_ms;
    const whole = length + part.length;
    if (whole <= most) {
      if (whole > held.length) {
        const larger = Buffer.alloc(Math.max(whole, Math.min(most, 2 * held.length)));
        held.copy(larger, 0, 0, length);
        held = larger;
      }
      part.copy(held, length);
    }
    length = whole;
  };
  return {
    add,
    /** When its last bytes came. */
    get at_ms() {
      return told_ms;
    },
    /** Valid until the next call, and only while it is not too long. */
    bytes: () => held.subarray(0, length),
    get length() {
      return length;
    },
    /** The line, valid until the next call; null where it was too long. It is forgotten. */
    finish(part: Buffer): Buffer | null {
      add(part, told_ms);
      const whole = length <= most ? held.subarray(0, length) : null;
      length = 0;
      return whole;
    },
  };
}

/** Where lines end. Each of the two ends is looked for once per hit: a log may have either in every line, or never. */
function createEnds() {
  let chunk: Buffer = Buffer.alloc(0);
  let lf = -1;
  let cr = -1;
  const at = (byte: number, from: number) => {
    const found = chunk.indexOf(byte, from);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  };
  const first = (from: number): number => {
    if (lf < from) lf = at(LF, from);
    if (cr < from) cr = at(CR, from);
    return Math.min(lf, cr);
  };
  return {
    begin(next: Buffer) {
      chunk = next;
      lf = -1;
      cr = -1;
    },
    /** The first end at or after `from`, which never falls within a chunk; -1: none. */
    next(from: number): number {
      const found = first(from);
      return found === Number.POSITIVE_INFINITY ? -1 : found;
    },
    /** Where the line that holds `place` begins, at `from` or later. */
    before(from: number, place: number): number {
      if (first(from) >= place) return from;
      const part = chunk.subarray(from, place);
      return from + Math.max(part.lastIndexOf(LF), part.lastIndexOf(CR)) + 1;
    },
  };
}
