// One line of progress of a training job, as its log tells it. Units: lr none, loss none, counters as logged.

export interface Step {
  /** UTC epoch ms when the line was seen, or the record's own time where it has one that is sure (a file's wall time). */
  readonly at_ms: number;
  readonly step: number | null;
  /** Steps of the whole job, where the line tells (12/400). */
  readonly total: number | null;
  readonly epoch: number | null;
  /** Tokens as logged; whether cumulative or per step is told by `tokens_are`. */
  readonly tokens: number | null;
  readonly tokens_are: 'cumulative' | 'per-step' | 'unsaid' | null;
  /** Samples since the job began. */
  readonly samples: number | null;
  /** Samples of one step (global batch). */
  readonly batch: number | null;
  readonly lr: number | null;
  readonly loss: number | null;
  /** eval, checkpoint, data or what the log names; null: training. */
  readonly phase: string | null;
  /** Other work since the job began, by name: images, audio_s. */
  readonly units: Readonly<Record<string, number>>;
  /** The process of a distributed job that printed it, where a prefix tells; null otherwise. */
  readonly rank: number | null;
  /** helper: the program itself tells it, so its time is sure and counts are of this step; null: read from a log. */
  readonly told: 'helper' | null;
  /** Further finite numbers of the line, by their own names. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A step of which only some is known. */
export function stepOf(at_ms: number, known: Partial<Omit<Step, 'at_ms'>>): Step {
  // One literal with every key: a spread of several objects takes ten times as long.
  const { step = null, total = null, epoch = null, tokens = null, tokens_are = null, samples = null } = known;
  const {
    batch = null,
    lr = null,
    loss = null,
    phase = null,
    units = {},
    rank = null,
    told = null,
    metrics = {},
  } = known;
  return { at_ms, step, total, epoch, tokens, tokens_are, samples, batch, lr, loss, phase, units, rank, told, metrics };
}

/** A line of a log, without ANSI sequences and the prefix that tells its rank. */
export interface LogLine {
  readonly text: string;
  readonly at_ms: number;
  /** The progress bar drawn on it, or null. */
  readonly bar: Bar | null;
  /** The bars of the program, this line's included: they lend their number to a record without one. */
  readonly bars: Lender;
}

/** A progress bar: `desc: 3%|▎ | n/total [00:01<00:40, 9.6it/s, postfix]`. */
export interface Bar {
  /** The words before it, without a colon. */
  readonly desc: string;
  readonly n: number;
  readonly total: number;
  /** What is done once n grows by one: it, batch, examples; null where no rate is shown. */
  readonly unit: string | null;
  /** What follows the rate: loss=2.3, v_num=0. */
  readonly postfix: string;
  /** Where it ends on the line. */
  readonly end: number;
}

/** Where a bar stands, and since when (epoch ms). */
export interface Standing {
  readonly n: number;
  readonly total: number;
  readonly at_ms: number;
}

/** Where the bar of a training stands at its end; n is null where a record has that number already. */
export type Closing = Omit<Standing, 'n'> & { readonly n: number | null };

export interface Lender {
  /**
   * Where the bar of the training stands, for a record without a number; null where none has begun, or has not moved since
   * the last record: that has the number.
   */
  lend(): Standing | null;
  /** The same for the summary that closes a training: whatever comes after it is another's. */
  close(): Closing | null;
}

/**
 * How much a format's lines are worth where several tell of the same job: a line that is a whole record, one that stands
 * beside records (a library's own count), a progress bar, and a guess from two names, taken only where nothing else is.
 */
export const TRUST = ['guess', 'bar', 'beside', 'record'] as const;
export type Trust = (typeof TRUST)[number];

/** Turns the lines of one stream into steps; null: not mine. Never throws. What it keeps between lines is its own. */
export type LineReader = (line: LogLine) => Step | null;

export interface LogFormat {
  readonly name: string;
  readonly trust: Trust;
  /**
   * Every line that matters to it has one of these in it: whole blocks without are skipped. Empty: all lines matter. A
   * marker that begins with a rare letter is looked for ten times as fast.
   */
  readonly markers: readonly string[];
  /** `watch` names one more marker from then on: once a table's header was seen, its rows. */
  open(watch: (marker: string) => void): LineReader;
}
