// kill -9 of joulebook at every step of a move, on either side: joulebook resume finishes it, and each step of the job is done once.

import { resolve } from 'node:path';
import { describe, expect, type OnTestFinishedHandler, test } from 'vitest';
import { movesOf, unfinishedMove } from '../../src/ledger/moves.ts';
import { findRun } from '../../src/ledger/runs.ts';
import { joulebook, until } from '../helpers/cli.ts';
import { eachOnce, type MoveCase, moveCase } from '../helpers/moves.ts';

const PRELOAD = `--import ${resolve(import.meta.dirname, '../helpers/kill-at.mjs')}`;
const killing = (at: string) => ({ NODE_OPTIONS: PRELOAD, KILL_AT: at });

/** Ends what a failed test left. */
function newCase({ onTestFinished }: { onTestFinished(clear: OnTestFinishedHandler): void }): MoveCase {
  const one = moveCase();
  onTestFinished(() => {
    for (const pid of one.lines('starts')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // it has ended
      }
    }
  });
  return one;
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const resume = ({ ledger }: MoveCase, ...more: string[]) => joulebook(['resume', 'last', '--ledger', ledger, ...more]);

/** Whatever was cut off, one resume or more bring it to its end; the job never runs twice at once. */
async function finishes(one: MoveCase): Promise<void> {
  let twice = 0;
  const watch = setInterval(() => {
    if (one.lines('starts').filter((pid) => alive(Number(pid))).length > 1) twice++;
  }, 5);
  try {
    await until('the end of the job', one.done, 40_000).catch((error) => {
      throw new Error(`${error.message} in ${one.folder}`);
    });
  } finally {
    clearInterval(watch);
  }
  expect(twice).toBe(0);
  eachOnce(one);
}

/** Resumes until nothing is left to do, and still is not a while later: who has just begun may be about to be killed. */
async function resumed(one: MoveCase): Promise<void> {
  for (let i = 0, quiet = 0; i < 7; i++) {
    const run = findRun(one.ledger, 'last');
    const left = unfinishedMove(one.ledger, run);
    if (left === null && quiet++ > 0) return;
    if (left === null) {
      await new Promise((done) => setTimeout(done, 1500));
      continue;
    }
    // What was sent is given its time to begin.
    if (left.what === 'waiting' && i === 0) {
      await new Promise((done) => setTimeout(done, 1500));
      continue;
    }
    const result = await resume(one, ...(left.what === 'waiting' ? ['--again'] : []));
    // It may have begun since.
    if (result.code !== 0) expect(result.stderr).toMatch(/has begun in FR/);
    await new Promise((done) => setTimeout(done, 1500));
  }
  throw new Error('it is never finished');
}

describe('here', () => {
  test.concurrent.for([
    'after:move\\.000001\\.json$',
    'before:move\\.000001\\.stopped\\.json$',
    'after:move\\.000001\\.stopped\\.json$',
    'before:move\\.000001\\.submitted\\.json$',
    'after:move\\.000001\\.submitted\\.json$',
  ])('killed %s', async (at, context) => {
    const one = newCase(context);
    const here = await one.begin({ env: killing(at) }).done;
    expect(here.signal, here.stderr).toBe('SIGKILL');
    await resumed(one);
    await finishes(one);
  });

  test.concurrent('killed before anything of the move is noted: the job goes on here, to its end', async (context) => {
    const one = newCase(context);
    const here = await one.begin({ env: killing('before:move\\.000001\\.json$') }).done;
    expect(here.signal, here.stderr).toBe('SIGKILL');
    expect(movesOf(one.ledger, findRun(one.ledger, 'last').record.id)).toEqual([]);
    expect((await resume(one)).stderr).toMatch(/is not paused: it is interrupted/);
    await finishes(one);
  });

  test.concurrent.for<[string, (there: string) => string]>([
    ['before it has sent anything', () => 'kill -9 $PPID; sleep 0.3; exit 1;'],
    ['when it has sent the job', (there: string) => `${there} kill -9 $PPID; sleep 0.3;`],
  ])('killed by the command that sends it, %s', async ([, command], context) => {
    const one = newCase(context);
    // The second time, by resume, nobody is killed.
    const once = `if mkdir ${one.folder}/tried 2>&-; then ${command(one.there)} else ${one.there} fi`;
    const here = await one.begin({ command: once }).done;
    expect(here.signal, here.stderr).toBe('SIGKILL');
    await new Promise((done) => setTimeout(done, 500));
    await resumed(one);
    await finishes(one);
  });
});

describe('over there', () => {
  test.concurrent.for([
    'before:move\\.000001\\.taken\\.json$',
    'after:move\\.000001\\.taken\\.json$',
    'before:writer\\.json$',
  ])('killed %s', async (at, context) => {
    const one = newCase(context);
    const { NODE_OPTIONS, KILL_AT } = killing(at);
    const first = one.there.replace(
      'unset NODE_OPTIONS KILL_AT;',
      () => `export NODE_OPTIONS='${NODE_OPTIONS}' KILL_AT='${KILL_AT}';`,
    );
    const once = `if mkdir ${one.folder}/tried 2>&-; then ${first} else ${one.there} fi`;
    const here = await one.begin({ command: once }).done;
    expect(here.code, here.stderr).toBe(75);
    await new Promise((done) => setTimeout(done, 1500));
    await resumed(one);
    await finishes(one);
  });

  test.concurrent('a command that sends it twice starts it once', async (context) => {
    const one = newCase(context);
    const here = await one.begin({ command: `${one.there} ${one.there}` }).done;
    expect(here.code).toBe(75);
    await finishes(one);
    expect(one.lines('starts')).toHaveLength(2);
  });

  test.concurrent('a command that fails sends nothing; the next place is tried', async (context) => {
    const one = newCase(context);
    const options = ['--move-to', 'zone=FR,name=lyon,cost=0s,cmd=echo no; exit 3'];
    const here = await one.begin({ options }).done;
    expect(here.code).toBe(75);
    expect(here.stderr).toMatch(
      /not sent to lyon \(FR\): its command ended with exit code 3\n.*FR is tried\n.*sent to FR/,
    );
    await finishes(one);
  });
});
