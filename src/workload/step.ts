// One line of progress of a training job, as its log tells it. Units: lr none, loss none, counters as logged.

export interface Step {
  /** UTC epoch ms when the line was seen (or the time in the file). */
  readonly at_ms: number;
  readonly step: number | null;
  readonly epoch: number | null;
  /** Tokens as logged; whether cumulative or per step is told by `tokens_are`. */
  readonly tokens: number | null;
  readonly tokens_are: 'cumulative' | 'per-step' | 'unsaid' | null;
  readonly samples: number | null;
  readonly batch: number | null;
  readonly lr: number | null;
  readonly loss: number | null;
  readonly phase: string | null;
  /** Further finite numbers of the line, by their own names. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A log format: recognises its own lines and turns one line into a step. Never throws; null = not mine. */
export interface LogFormat {
  readonly name: string;
  /** A byte that every line of the format contains: lets the tap skip whole blocks unread. */
  readonly marker: string;
  parse(line: string, at_ms: number): Step | null;
}
