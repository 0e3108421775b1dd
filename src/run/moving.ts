// A job that is over its budget here → ended here, sent elsewhere, each step in the ledger before the next is made.
//
// The command that sends it may be run twice, by whoever finds a move cut off: what it started twice begins once, since only
// who takes the move does (takeMove). joulebook over there is told which move it is of by JOULEBOOK_MOVE.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { localJob } from '../cluster/local/local-job.ts';
import { reasonOf } from '../core/fault.ts';
import type { Destinations } from '../decide/move.ts';
import { createMove, type Move, movesOf, stepMove } from '../ledger/moves.ts';
import { isAlive, processNamed, thisProcess } from '../ledger/process.ts';
import type { Site } from '../ledger/records.ts';
import type { Figures } from './live-account.ts';

/** The job that is to go, and where to, the best first. */
export interface Leave {
  readonly sites: readonly Site[];
  readonly why: string;
  readonly writer: string;
  readonly job: { readonly pid: number; readonly entry: string | null; readonly cgroup: string | null };
}

export interface Moving {
  choose(at: { readonly figures: Figures; readonly now_ms: number; readonly writer: string }): Destinations<Site>;
  /** To be called before the job is asked to end. Throws what the file system says. */
  intend(leave: Leave): void;
  /** It does not go after all. Throws what the file system says. */
  withdraw(why: string): void;
  /** Sends what has ended here; false where nobody takes it. */
  send(): Promise<boolean>;
}

export interface MovingPlan {
  readonly ledger: string;
  readonly run: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  choose: Moving['choose'];
  say(message: string): void;
}

/** Where a run is: its ledger and its id. */
export type At = Pick<MovingPlan, 'ledger' | 'run'>;
type Sending = At & Pick<MovingPlan, 'env' | 'say'>;

export function createMoving(plan: MovingPlan): Moving {
  const { ledger, run, cwd, say } = plan;
  let left: { readonly number: number; readonly rest: readonly Site[] } | null = null;
  let failed: string | null = null;
  return {
    choose: (at) => (failed === null ? plan.choose(at) : { better: [], why: `it is not moved: ${failed}` }),
    intend({ sites, why, writer, job }) {
      const named = { ...processNamed(job.pid), entry: job.entry, cgroup: job.cgroup };
      const move = { at_ms: Date.now(), by: thisProcess(), writer, job: named, cwd, to: sites[0]!, why };
      try {
        left = { number: createMove(ledger, run, move), rest: sites.slice(1) };
      } catch (error) {
        failed = `the ledger cannot be told of it: ${reasonOf(error)}`;
        throw error;
      }
    },
    withdraw(why) {
      failed = why;
      if (left !== null) stepMove({ ledger, run, number: left.number }, 'taken', { by: null, how: why });
    },
    async send() {
      let { number, rest } = left!;
      stepMove({ ledger, run, number }, 'stopped', { by: thisProcess(), how: 'its command has ended' });
      for (;;) {
        const move = movesOf(ledger, run).find((one) => one.number === number)!;
        if (await sendMove(plan, move)) return true;
        const [next, ...others] = rest;
        if (next === undefined) return false;
        say(`${nameOf(next)} is tried`);
        [number, rest] = [moveAnew(plan, { ...move, to: next }), others];
      }
    },
  };
}

/** A move of what has ended here already; returns its number. Throws what the file system says. */
export function moveAnew(at: At, { job, writer, cwd, to, why }: Move): number {
  const { ledger, run } = at;
  const number = createMove(ledger, run, { at_ms: Date.now(), by: thisProcess(), writer, job, cwd, to, why });
  stepMove({ ledger, run, number }, 'stopped', { by: thisProcess(), how: 'it had ended before' });
  return number;
}

/**
 * Runs the command that sends a job which has ended here. False where it failed and nobody has begun over there: the move is
 * withdrawn then, and nobody will. Rejects with what the file system says.
 */
export async function sendMove({ ledger, run, env, say }: Sending, { number, to, cwd }: Move): Promise<boolean> {
  const told = {
    ...{ JOULEBOOK_HOME: ledger, JOULEBOOK_RUN_ID: run, JOULEBOOK_RESUME: run },
    ...{ JOULEBOOK_ZONE: to.zone, JOULEBOOK_MOVE: String(number) },
  };
  const taken = () => movesOf(ledger, run).find((one) => one.number === number)?.taken ?? null;
  const how = await runSender(to.command, { env: { ...env, ...told }, cwd }, () => taken() !== null);
  const at = { ledger, run, number };
  if (how === null) {
    stepMove(at, 'submitted', { by: thisProcess(), how: 'its command ended well' });
    const by = taken()?.by;
    say(`the job was sent to ${nameOf(to)}${by == null ? '' : `, and goes on there (${by.host}, process ${by.pid})`}`);
    return true;
  }
  if (!stepMove(at, 'taken', { by: null, how })) {
    say(`the job goes on in ${nameOf(to)}, although the command that sent it ${how}`);
    return true;
  }
  say(`the job was not sent to ${nameOf(to)}: its command ${how}`);
  return false;
}

const LOOK_MS = 100;
/** So long the command that sends a job is waited for. */
const MOST_MS = 600_000;

/** How it failed, in words; null: it ended well, or the job has begun. Its output is told to our stderr. */
function runSender(
  command: string,
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
  begun: () => boolean,
): Promise<string | null> {
  return new Promise((resolve) => {
    // In a session of its own: what it leaves behind is the job.
    const child = spawn('/bin/sh', ['-c', command], { env, cwd, detached: true, stdio: ['ignore', 2, 2] });
    const started = performance.now();
    const timer = setInterval(() => {
      if (begun()) over(null);
      else if (performance.now() - started > MOST_MS) {
        try {
          process.kill(-child.pid!, 'SIGKILL');
        } catch {
          // it has just ended
        }
        over(`took longer than ${MOST_MS / 60_000} min and was ended`);
      }
    }, LOOK_MS);
    const over = (how: string | null) => {
      clearInterval(timer);
      child.unref();
      resolve(how);
    };
    child.on('error', (error) => over(`could not be run: ${reasonOf(error)}`));
    child.on('exit', (code, signal) =>
      over(code === 0 ? null : signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });
}

/** Ends what may live on of a job whose joulebook is gone; null: none of it lives. Else why it does, or that nobody can tell. */
export async function endHere({ job }: Pick<Move, 'job'>, grace_ms: number): Promise<string | null> {
  const alive = isAlive(job);
  const self = thisProcess();
  if (alive === null || job.host !== self.host) return `it ran on ${job.host}: only there it can be seen to have ended`;
  if (job.boot_id !== self.boot_id) return null;
  const control = localJob({
    // A pid that is another process's by now is no part of it.
    ...{
      pid: alive ? job.pid : 0,
      entry: job.entry,
      cgroup: job.cgroup !== null && existsSync(job.cgroup) ? job.cgroup : null,
    },
    ...{ env: {}, cwd: '/', library: null, lines: null },
  });
  const { done, how } = await control.stop(grace_ms);
  await control.close();
  return done ? null : how;
}

/** What whoever begins a segment of a run is to its moves. */
export type Taken =
  | { readonly may: true; readonly move: Move | null }
  /** `late`: it has begun elsewhere. Else the job may still live where it was. */
  | { readonly may: false; readonly late: boolean; readonly why: string };

/**
 * Takes the move that we are of: the one named, else the newest that nobody has taken. Only one process ever may. Throws what the
 * file system says.
 */
export function takeMove({ ledger, run }: At, named: number | null): Taken {
  const moves = movesOf(ledger, run);
  const move = named === null ? moves.at(-1) : moves.find(({ number }) => number === named);
  if (move === undefined || (named === null && move.taken !== null)) return { may: true, move: null };
  if (move.stopped === null)
    return { may: false, late: false, why: `it is about to be moved, and may still run on ${move.job.host}` };
  if (stepMove({ ledger, run, number: move.number }, 'taken', { by: thisProcess(), how: 'it begins' }))
    return { may: true, move };
  const { taken } = movesOf(ledger, run).find(({ number }) => number === move.number)!;
  const who = taken?.by == null ? 'it was withdrawn' : `${taken.by.host}, process ${taken.by.pid}, has begun it`;
  return { may: false, late: true, why: `of move ${move.number} of run ${run}, ${who}` };
}

export const nameOf = ({ zone, name }: Site): string => (name === null ? zone : `${name} (${zone})`);
