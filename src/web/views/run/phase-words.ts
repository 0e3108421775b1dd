// The phases of a run: what each is called, its colour, and whether the work went on in it.

interface PhaseWords {
  readonly name: string;
  readonly what: string;
  /** Of the eight colours. */
  readonly ink: number;
  /** Energy without progress. */
  readonly idle: boolean;
}

const KNOWN: Readonly<Record<string, PhaseWords>> = {
  startup: { name: 'start-up', what: 'before the first step: loading, compiling', ink: 7, idle: false },
  train: { name: 'training', what: 'steps that were kept', ink: 0, idle: false },
  eval: { name: 'evaluation', what: 'between steps: evaluating', ink: 2, idle: false },
  checkpoint: { name: 'checkpoint', what: 'between steps: saving', ink: 6, idle: false },
  data: { name: 'data wait', what: 'waiting for input', ink: 1, idle: true },
  stall: { name: 'stall', what: 'no line of the log for far longer than usual', ink: 5, idle: true },
  paused: { name: 'paused', what: 'stopped for a while; the machine still draws', ink: 4, idle: true },
  rework: { name: 'rework', what: 'steps done again after a restart', ink: 3, idle: true },
};

/** Of a name that a program gave itself, that name. */
export const phaseWords = (phase: string): PhaseWords =>
  (Object.hasOwn(KNOWN, phase) && KNOWN[phase]) || { name: phase, what: 'named by the program', ink: 6, idle: false };
