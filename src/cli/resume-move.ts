// joulebook resume of a run whose move was cut off: what is left of the job here is ended, it is sent, and each step is noted.
//
// What was done already is not done again, but for the sending where it is not known to have come through: what is sent twice
// begins once.

import { fault, usage } from '../core/fault.ts';
import { stepMove, type Unfinished } from '../ledger/moves.ts';
import { thisProcess } from '../ledger/process.ts';
import { unwritable } from '../ledger/writer.ts';
import { type At, endHere, moveAnew, nameOf, sendMove } from '../run/moving.ts';
import type { ResumeOptions } from './resume.ts';
import { print } from './say.ts';

const STOP_GRACE_MS = 30_000;

interface Asked extends At {
  readonly options: ResumeOptions;
}

/** Rejects with Fault usage, move-unfinished, ledger-unwritable. */
export async function finishMove({ what, move }: Unfinished, { ledger, run, options }: Asked): Promise<void> {
  const to = nameOf(move.to);
  if (options.budget !== undefined) throw usage(`--budget: ${run} is being moved to ${to}`, 'say it over there');
  if (what === 'moving')
    throw usage(`${run} is being moved by process ${move.by.pid} of ${move.by.host}`, 'wait for that');
  if (what === 'waiting' && options.again !== true)
    throw usage(`${run} was sent to ${to} and has not begun there yet`, 'wait for that, or send it anew with --again');
  const at = { ledger, run };
  if (what === 'stop') {
    const why = await endHere(move, STOP_GRACE_MS);
    if (why !== null) {
      const hint = `joulebook resume ${run} where it ran, or end it yourself`;
      throw fault('move-unfinished', { facts: { run, to, why, hint } });
    }
  }
  let sent: boolean;
  try {
    if (what === 'stop')
      stepMove({ ...at, number: move.number }, 'stopped', {
        by: thisProcess(),
        how: 'it was ended by joulebook resume',
      });
    const number = what === 'anew' ? moveAnew(at, move) : move.number;
    sent = await sendMove({ ...at, env: process.env, say }, { ...move, number });
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  if (!sent) {
    const hint = `mend what is wrong, then joulebook resume ${run} tries it again`;
    throw fault('move-unfinished', {
      facts: { run, to, why: `the command that sends it failed: ${move.to.command}`, hint },
    });
  }
  const made = { schema: 'joulebook/resume/v1', run, budget: null, state: 'moved', moved_to: move.to.zone };
  print(options.json === true ? JSON.stringify(made, null, 2) : `${run} goes on in ${to}`);
}

const say = (message: string) => void process.stderr.write(`joulebook: ${message}\n`);
