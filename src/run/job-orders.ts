// Orders to the job of one segment → what is done to it by its JobControl, with events of when it was held and what came of
// each order.
//
// Several processes that wait for each other are not held for longer than they bear: such a job is ended, to be started again
// by the resume command. One that was asked to end, by Ctrl-C or by its scheduler, is not held or stopped for a while.

import type { CheckpointWay, Outcome } from '../cluster/job-control.ts';
import { type LocalJob, localJob } from '../cluster/local/local-job.ts';
import { reasonOf } from '../core/fault.ts';
import { OUTCOME, reasonsOf } from '../decide/decision.ts';
import type { JobLook, Order } from '../decide/orders.ts';
import { tellPaused } from '../ledger/pauses.ts';
import type { Site } from '../ledger/records.ts';
import { PAUSED, RESUMED } from '../report/paused.ts';
import type { Ending, Segment } from './enforcement.ts';
import type { LogLines } from './log-lines.ts';
import type { Moving } from './moving.ts';

export interface OrderMeans {
  /** Id of the run, for those who are told how it goes on. */
  readonly run: string;
  /** How a checkpoint is made; null: there is no way. */
  readonly way: CheckpointWay | null;
  /** ms after SIGTERM before what is left is killed. */
  readonly stop_grace_ms: number;
  /** ms that processes which wait for each other are held at most. */
  readonly max_freeze_ms: number;
  /** Whether an ended job can be started again. */
  readonly can_restart: boolean;
  /** Notes that it goes on elsewhere; null: it cannot. */
  readonly moving: Pick<Moving, 'intend' | 'withdraw'> | null;
  readonly lines: LogLines | null;
  say(message: string): void;
}

/** An order, with its number and when a pause by it is expected to end, epoch ms; null: nobody can tell. */
export interface Numbered {
  readonly order: Order;
  readonly number: number;
  readonly until_ms: number | null;
  /** Of a move: where to, the best first. */
  readonly to: readonly { readonly site: Site }[];
}

export interface JobOrders {
  /** Begins to carry one out; what comes of it is in `news` later. */
  carry(numbered: Numbered): void;
  /** What came of orders since the last call. */
  news(): Pick<JobLook, 'checkpointed' | 'failed'>;
  /** Ends a job that is held for longer than it bears. To be called about once a second. */
  second(now_ms: number): void;
  readonly held: boolean;
  /** It was asked to end a short while ago: it is left alone. */
  spared(now_ms: number): boolean;
  signalled(signal: NodeJS.Signals): void;
  exited(): void;
  ended(): Promise<Ending | null>;
}

/** Signals that ask us, or the job, to end. */
export const ENDING_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** Who was asked to end may take its time, such as for a last checkpoint. */
const SPARED_MS = 600_000;

/** Nothing is started or touched yet. */
export function jobOrders(segment: Segment, means: OrderMeans): JobOrders {
  const { now, put } = segment;
  const { way, say } = means;
  let news: Pick<JobLook, 'checkpointed' | 'failed'> = {};
  let held: { readonly since_ms: number; readonly ranks: string | null; readonly order: Order } | null = null;
  let ending: Ending | null = null;
  let over = false;
  let asked_ms = Number.NEGATIVE_INFINITY;
  const pending = new Set<Promise<unknown>>();

  const tell = (event: string, message: string, facts?: Record<string, number | string | null>) =>
    put('events', { at_ms: Math.round(now()), event, message, ...(facts && { facts }) });
  /** Nobody can let go on what the ledger does not tell of, such as on a full disk: it is told as soon as that can be done. */
  let untold: Order | null = null;
  const keepPaused = (order: Order | null) => {
    if (segment.folder === null) return;
    const said = order && { since_ms: Math.round(held?.since_ms ?? now()), by: order.by, why: reasonsOf(order) };
    try {
      tellPaused(segment.folder, said);
      untold = null;
    } catch (error) {
      const why = `the ledger cannot be told of a pause: ${reasonOf(error)}`;
      if (untold === null) {
        tell('warn:budget', why);
        if (order !== null) say(`${why}; joulebook resume finds it when that can be done, and Ctrl-C ends it`);
      }
      untold = order;
    }
  };
  /** A shell that goes on after Ctrl-Z continues all of its job, what we hold too. An order may have let it go meanwhile. */
  const again = () =>
    during(
      (async () => {
        await control.thaw();
        if (held !== null) await control.freeze();
        if (held === null) await control.thaw();
      })(),
    );
  const hold = (order: Order, ranks: string | null) => {
    held = { since_ms: now(), ranks, order };
    process.on('SIGCONT', again);
    keepPaused(order);
    tell(PAUSED, `it is held: ${reasonsOf(order)}`);
  };
  const release = (why: string) => {
    if (held === null) return;
    held = null;
    process.off('SIGCONT', again);
    if (ending !== 'paused') keepPaused(null);
    tell(RESUMED, why);
  };
  const isSpared = (now_ms: number) => now_ms - asked_ms < SPARED_MS;
  const during = <T>(work: Promise<T>): Promise<T> => {
    pending.add(work);
    void work.catch(() => {}).finally(() => pending.delete(work));
    return work;
  };

  const control: LocalJob = localJob({
    ...segment.job,
    lines: means.lines?.listen ?? null,
    thawed(why) {
      release(why);
      news = { failed: { act: 'pause', why } };
      say(`the job goes on: ${why}`);
    },
  });

  const pause = async ({ order, until_ms }: Numbered): Promise<Outcome> => {
    const ranks = control.distributed();
    const long = (until_ms ?? Number.POSITIVE_INFINITY) - now() > means.max_freeze_ms;
    if (ranks !== null && long) return leave(order, ranks);
    const outcome = await control.freeze();
    if (outcome.done && !over) hold(order, ranks);
    return outcome;
  };
  const resume = async (order: Order): Promise<Outcome> => {
    const outcome = await control.thaw();
    if (outcome.done) release(reasonsOf(order));
    return outcome;
  };
  const stop = async (as: Ending): Promise<Outcome> => {
    ending = as;
    release('it goes on to its end');
    const outcome = await control.stop(means.stop_grace_ms);
    if (!outcome.done) ending = null;
    // Whoever asked it to end meanwhile wants it ended.
    else if (isSpared(now())) ending = 'stopped';
    return outcome;
  };
  /** What is to be done is in the ledger before the job is asked to end: whoever finds it half done goes on with it. */
  const move = async (numbered: Numbered): Promise<Outcome> => {
    const { moving } = means;
    const { order, to } = numbered;
    if (moving === null || to.length === 0) return pause(numbered);
    const { pid, entry, cgroup } = segment.job;
    moving.intend({
      sites: to.map(({ site }) => site),
      why: reasonsOf(order),
      writer: segment.writer,
      job: { pid, entry, cgroup },
    });
    say(`the job is ended here, to go on elsewhere: ${reasonsOf(order)}`);
    const outcome = await stop('moved');
    if (ending !== 'moved') moving.withdraw(outcome.done ? 'it was asked to end meanwhile' : outcome.how);
    return outcome;
  };
  /** Ends what cannot be held for so long, to be started again where that can be done. */
  const leave = async (order: Order, ranks: string): Promise<Outcome> => {
    const how = means.can_restart ? 'it is ended, to be started again' : 'it is stopped: there is no --resume-cmd';
    say(`the job is of processes that wait for each other (${ranks}), which a long freeze breaks: ${how}`);
    if (means.can_restart) keepPaused(order);
    return stop(means.can_restart ? 'paused' : 'stopped');
  };
  const checkpoint = async (): Promise<Outcome> => {
    if (way === null) return { done: false, how: 'no way to make a checkpoint is given', took_ms: 0 };
    const outcome = await control.checkpoint(way);
    if (outcome.done) news = { ...news, checkpointed: true };
    return outcome;
  };
  const acts = {
    checkpoint,
    pause,
    move,
    stop: () => stop('stopped'),
    resume: ({ order }: Numbered) => resume(order),
  };

  return {
    carry(numbered) {
      const { act } = numbered.order;
      if (over || act === 'warn' || act === 'hook') return;
      const words = WORDS[act];
      // Why it is this and not what was asked for is that it follows: of one that is there that is over.
      const spoken = act === 'checkpoint' ? { ...numbered.order, why: null } : numbered.order;
      const hint = act === 'pause' ? `\n  joulebook resume ${means.run} lets it go on` : '';
      if (act === 'stop') say(`${words.done}: ${reasonsOf(numbered.order)}`);
      void during(
        acts[act](numbered)
          .catch((error): Outcome => ({ done: false, how: reasonOf(error), took_ms: 0 }))
          .then(({ done, how, took_ms }) => {
            if (!done) news = { ...news, failed: { act, why: how } };
            const facts = { decision: numbered.number, act, done: done ? 1 : 0, how, took_ms: Math.round(took_ms) };
            tell(OUTCOME, `${act}: ${done ? 'done' : 'not done'}: ${how}`, facts);
            if (!done) say(`${words.undone}: ${how}`);
            else if (ending === null) say(`${words.done}: ${reasonsOf(spoken)}${hint}`);
          }),
      );
    },
    news() {
      const all = news;
      news = {};
      return all;
    },
    second(now_ms) {
      if (held !== null && untold !== null) keepPaused(untold);
      if (held === null || held.ranks === null || ending !== null || over) return;
      if (now_ms - held.since_ms < means.max_freeze_ms) return;
      const { order, ranks } = held;
      ending = means.can_restart ? 'paused' : 'stopped';
      const through = async () => {
        release('it goes on for a checkpoint, and is then ended');
        if (way !== null) await control.checkpoint(way);
        const { done, how } = await leave(order, ranks!);
        if (!done) news = { ...news, failed: { act: 'pause', why: how } };
      };
      during(through());
    },
    get held() {
      return held !== null;
    },
    spared: isSpared,
    signalled(signal) {
      if (ENDING_SIGNALS.includes(signal)) asked_ms = now();
      void during(control.signalled(signal));
    },
    exited() {
      over = true;
    },
    async ended() {
      const gone = over;
      over = true;
      if (ending !== null) await Promise.allSettled([...pending]);
      await control.close();
      await Promise.allSettled([...pending]);
      if (!gone) release('it is let go of');
      if (held !== null) process.off('SIGCONT', again);
      if (ending !== 'paused') keepPaused(null);
      return ending;
    },
  };
}

/** What is said of an order that was carried out, and of one that could not be. */
const WORDS = {
  checkpoint: { done: 'a checkpoint was made', undone: 'no checkpoint was made' },
  pause: { done: 'the job is paused', undone: 'the job could not be paused' },
  move: { done: 'the job is paused', undone: 'the job could not be moved' },
  stop: { done: 'the job is stopped', undone: 'the job could not be stopped' },
  resume: { done: 'the job goes on', undone: 'the job could not go on' },
};
