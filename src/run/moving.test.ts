import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { movesOf, stepMove } from '../ledger/moves.ts';
import { processNamed, thisProcess } from '../ledger/process.ts';
import { createMoving, endHere, takeMove } from './moving.ts';

let ledger: string;
let said: string[];
beforeEach(() => {
  ledger = mkdtempSync(join(tmpdir(), 'jb-moving-'));
  said = [];
});

const at = (number: number) => ({ ledger, run: 'r', number });
const move = (number = 1) => movesOf(ledger, 'r').find((one) => one.number === number)!;
const site = (command: string) => ({ zone: 'FR', name: null, command });

/** One whose job has ended here and is to go to the first of these that takes it. */
function moving(...commands: string[]) {
  const of = createMoving({
    ...{ ledger, run: 'r', cwd: ledger, env: process.env, choose: () => ({ better: [], why: '' }) },
    say: (message) => said.push(message),
  });
  const job = { pid: process.pid, entry: null, cgroup: null };
  of.intend({ sites: commands.map(site), why: 'spent', writer: 'w', job });
  return of;
}

test('the command is told of run, zone, ledger and move, and runs where the run was started', async () => {
  const of = moving('echo $JOULEBOOK_RUN_ID $JOULEBOOK_RESUME $JOULEBOOK_ZONE $JOULEBOOK_HOME $JOULEBOOK_MOVE > told');
  expect(await of.send()).toBe(true);
  expect(readFileSync(join(ledger, 'told'), 'utf8')).toBe(`r r FR ${ledger} 1\n`);
  expect(move()).toMatchObject({ stopped: { by: thisProcess() }, submitted: { by: thisProcess() }, taken: null });
});

test('one that fails is withdrawn, so that nobody begins it later; the next is tried, then none', async () => {
  expect(await moving('exit 3', 'kill $$').send()).toBe(false);
  expect([move(1).taken, move(2).taken]).toMatchObject([
    { by: null, how: 'ended with exit code 3' },
    { by: null, how: 'was ended by SIGTERM' },
  ]);
  expect(takeMove({ ledger, run: 'r' }, 1)).toMatchObject({ may: false, late: true });
  expect(said).toEqual([
    'the job was not sent to FR: its command ended with exit code 3',
    'FR is tried',
    'the job was not sent to FR: its command was ended by SIGTERM',
  ]);
});

test('one that has begun is not waited for, and is no failure whatever its command says', async () => {
  const of = moving('sleep 0.3; exit 1');
  stepMove(at(1), 'taken', { by: thisProcess(), how: '' });
  expect(await of.send()).toBe(true);
  expect(said[0]).toMatch(/the job was sent to FR, and goes on there \(.*process \d+\)/);
});

test('who takes it first begins it; who names none takes the newest, but not while the job may live here', () => {
  moving('true');
  expect(takeMove({ ledger, run: 'r' }, null)).toMatchObject({ may: false, late: false });
  stepMove(at(1), 'stopped', { by: thisProcess(), how: '' });
  expect(takeMove({ ledger, run: 'r' }, null)).toMatchObject({ may: true, move: { number: 1 } });
  expect(takeMove({ ledger, run: 'r' }, 1)).toMatchObject({ may: false, late: true });
  // A person who goes on with the run later is of no move.
  expect(takeMove({ ledger, run: 'r' }, null)).toEqual({ may: true, move: null });
  expect(takeMove({ ledger, run: 'other' }, 1)).toEqual({ may: true, move: null });
});

test('what lives on of a job is ended; a pid that is another process by now is left alone', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((done) => child.on('exit', done));
  const job = { ...processNamed(child.pid!), entry: null, cgroup: null };
  expect(await endHere({ job: { ...job, pid_start: '1' } }, 100)).toBeNull();
  expect(existsSync(`/proc/${child.pid}`)).toBe(true);
  expect(await endHere({ job }, 100)).toBeNull();
  await ended;
  expect(await endHere({ job: { ...job, host: 'other', boot_id: 'b' } }, 100)).toMatch(/ran on other/);
});
