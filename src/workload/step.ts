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
  return {
    ...{ at_ms, step: null, total: null, epoch: null, tokens: null, tokens_are: null, samples: null, batch: null },
    ...{ lr: null, loss: null, phase: null, units: {}, rank: null, told: null, metrics: {} },
    ...known,
  };
}

/** A log format: recognises its own lines and turns one line into a step. Never throws; null = not mine. */
export interface LogFormat {
  readonly name: string;
  /** A byte that every line of the format contains: lets the tap skip whole blocks unread. */
  readonly marker: string;
  parse(line: string, at_ms: number): Step | null;
}
