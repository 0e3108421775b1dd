// The port by which decisions reach a job: checkpoint, pause, resume, limit its power, stop. One contract suite
// (job-control.contract.ts) holds for every driver.
//
// A driver never leaves a job stopped behind: where the process that asked for a pause dies, the job goes on within 2 s.

/** How a checkpoint is asked for, and how it is seen that it is there. */
export interface CheckpointWay {
  /** Sent to those processes of the job that catch it, and to no other: it ends one that does not. */
  readonly signal: NodeJS.Signals | null;
  /** A shell's command, run beside the job, with JOULEBOOK_RUN_ID and JOULEBOOK_JOB_PID set. */
  readonly command: string | null;
  /** Complete when this file has changed since the request and stopped growing; when a line of the log matches; or after so long. */
  readonly done: { readonly file: string | null; readonly pattern: string | null; readonly after_ms: number | null };
  /** Longer is not waited for. */
  readonly grace_ms: number;
}

/** What came of an order, as it was seen and not as it was hoped. */
export interface Outcome {
  readonly done: boolean;
  /** How it was done, or why not, in words. */
  readonly how: string;
  readonly took_ms: number;
}

/** Orders are carried out one after the other, in the order in which they were given. None of them rejects. */
export interface JobControl {
  /** In words: what is controlled, and by what (a cgroup's freezer, signals to 9 processes, Slurm). */
  readonly about: string;
  /** Whether we hold it frozen. A driver may have had to thaw it, where it could not be sure that somebody else would. */
  readonly frozen: boolean;
  /**
   * In words, what tells that several processes wait for each other over a network, which a long freeze would break;
   * null: nothing tells it.
   */
  distributed(): string | null;
  /** Thaws the job first, and returns when the checkpoint is there or the grace is over. */
  checkpoint(way: CheckpointWay): Promise<Outcome>;
  /** Freezes the whole tree; nothing of it runs when this resolves with `done`. */
  freeze(): Promise<Outcome>;
  thaw(): Promise<Outcome>;
  /** W for each GPU of the job; null: what it was before. */
  limitPower(watts: number | null): Promise<Outcome>;
  /** Asks it to end (SIGTERM), and ends it (SIGKILL) after the grace; a frozen one is thawed first. */
  stop(grace_ms: number): Promise<Outcome>;
  /** Lets go of the job: thaws it, takes limits of power back. */
  close(): Promise<void>;
}
