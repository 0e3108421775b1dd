// What happens to a machine while a budget holds a job: keys at its terminal, clocks that are set, a machine that sleeps, budgets
// that disagree, ends of joulebook that nobody asked for. Nothing stays stopped, no energy is lost. Takes about a minute and a
// half, side by side.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { movesOf } from '../../src/ledger/moves.ts';
import { findRun } from '../../src/ledger/runs.ts';
import { CLI, joulebook, reportOf, until } from '../helpers/cli.ts';
import { actsOf, type HeldRun, heldRun, linesOf, wallClock } from '../helpers/held-run.ts';
import { stateOf, treeScript, WORKERS } from '../helpers/job-tree.ts';
import { onScreen } from '../helpers/screen.ts';

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const PROMISE_MS = 2000;
const PAUSE = ['--zone', 'DE', '--budget', '1.5kJ', '--on-breach', 'pause'];
const counting = ({ folder }: HeldRun, before = '') =>
  `${before} while :; do echo >>${folder}/steps.1; sleep 0.05; done`;
const sh = (script: string) => ['--', 'sh', '-c', script];

const progress = ({ folder }: HeldRun, workers = 1) =>
  Array.from({ length: workers }, (_, i) => linesOf(join(folder, `steps.${i + 1}`)).length);

async function standsStill(one: HeldRun, workers = 1): Promise<void> {
  const from = progress(one, workers);
  await wait(400);
  expect(progress(one, workers)).toEqual(from);
}

const goesOn = (one: HeldRun, workers = 1, most_ms = 10_000) => {
  const from = progress(one, workers);
  return until('progress', () => progress(one, workers).every((now, i) => now > from[i]!), most_ms);
};

const paused = (one: HeldRun) => until('the pause', () => one.state() === 'paused', 60_000);
const resume = ({ ledger }: HeldRun, ...more: string[]) => joulebook(['resume', 'last', '--ledger', ledger, ...more]);
const end = (one: HeldRun) => {
  for (const pid of one.living()) tryKill(pid, 'SIGKILL');
};

test.concurrent('one budget lets go, the other does not: it stays paused until both do', async (context) => {
  const one = heldRun(context);
  // A kilowatt for six seconds, and next to nothing from then on.
  const trace = join(one.folder, 'burst.csv');
  const rows = Array.from({ length: 2000 }, (_, i) => `${1_700_000_000 + i / 10},gpu-0,${i < 60 ? 1000 : 10}`);
  writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const set = ['--limit', '3kJ', '--rolling', '1m', '--on-breach', 'pause', '--ledger', one.ledger];
  await joulebook(['budget', 'set', 'minute', ...set]);
  const wishes = ['--replay', trace, '--zone', 'DE', '--budget', '4kJ', '--on-breach', 'pause'];
  const run = one.begin([...wishes, ...sh(counting(one, 'trap "exit 3" TERM;'))]);
  await paused(one);
  // By then the minute holds the pause's ten watts alone.
  await wait(75_000);
  const status = await joulebook(['budget', 'status', '--json', '--ledger', one.ledger]);
  const minute = JSON.parse(status.stdout).budgets.find(({ name }: { name: string }) => name === 'minute');
  expect(minute.spent.value, status.stdout).toBeLessThan(1500);
  expect(one.state()).toBe('paused');
  await standsStill(one);
  await resume(one);
  await goesOn(one);
  await wait(3000);
  await goesOn(one);
  process.kill(run.child.pid!, 'SIGTERM');
  expect((await run.done).code).toBe(3);
  expect(actsOf(await one.events()).filter((act) => act !== 'warn')).toEqual(['pause', 'resume']);
});

test.concurrent('a tree of eight that ignores Ctrl-C and SIGTERM: held as a whole, thawed by them as a whole', async (context) => {
  const one = heldRun(context);
  const { child, done } = one.begin([...PAUSE, ...sh(treeScript(true))], { F: one.folder });
  await paused(one);
  await standsStill(one, WORKERS);
  process.kill(-child.pid!, 'SIGINT');
  await goesOn(one, WORKERS, PROMISE_MS);
  process.kill(-child.pid!, 'SIGTERM');
  await wait(2500);
  await goesOn(one, WORKERS);
  expect(one.living().filter((pid) => stateOf(pid) === 'T')).toEqual([]);
  end(one);
  expect((await done).code).toBe(137);
});

test.concurrent('a tree of eight that ignores signals is stopped: SIGKILL after the grace, daemons included', async (context) => {
  const one = heldRun(context);
  const wishes = ['--zone', 'DE', '--budget', '1.5kJ', '--on-breach', 'stop'];
  const { done } = one.begin([...wishes, ...sh(treeScript(true))], { F: one.folder });
  const result = await done;
  expect(result.code, result.stderr).toBe(75);
  expect([one.living(), one.state()]).toEqual([[], 'stopped']);
  await standsStill(one, WORKERS);
});

/** At a terminal of its own. */
const typed = async (one: HeldRun, words: readonly string[], script: string) => {
  writeFileSync(join(one.folder, 'job.sh'), script);
  const line = [process.execPath, CLI, 'run', ...one.options, ...words, '--', 'sh', join(one.folder, 'job.sh')];
  const quoted = line.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  // The shell itself is to live on.
  return onScreen(`trap : INT; ${quoted}; echo "ended with $?"`, { columns: 120, rows: 30 });
};

test.concurrent.for([{ more: [] }, { more: ['--pty'] }])(
  'Ctrl-C at a terminal while it is paused: $more',
  async ({ more }, context) => {
    const one = heldRun(context);
    const script = counting(one, `trap 'echo heard >${one.folder}/int; exit 7' INT;`);
    const screen = await typed(one, [...PAUSE, ...more], script);
    await paused(one);
    await standsStill(one);
    screen.type('\x03');
    await screen.shows('ended with 7');
    expect(linesOf(join(one.folder, 'int'))).toEqual(['heard']);
    expect([one.living(), one.state()]).toEqual([[], 'failed']);
  },
);

test.concurrent.for([{ more: [] }, { more: ['--pty'] }])(
  'Ctrl-C at a terminal while it waits to be started again, and in what was started: $more',
  async ({ more }, context) => {
    const begin = async () => {
      const one = heldRun(context);
      const again = counting(one, `trap 'exit 6' INT; echo >${one.folder}/again;`);
      const wishes = [...PAUSE, ...more, '--max-freeze', '0s', '--resume-cmd', again];
      const screen = await typed(one, wishes, `export WORLD_SIZE=2; exec sh -c '${counting(one)}'`);
      await until('its end', () => one.state() === 'paused' && findRun(one.ledger, 'last').writers[0]!.end, 60_000);
      return { one, screen };
    };
    const [first, second] = await Promise.all([begin(), begin()]);
    await wait(300);
    first.screen.type('\x03');
    await resume(second.one);
    await until('its second start', () => existsIn(second.one, 'again'));
    await goesOn(second.one);
    second.screen.type('\x03');
    await first.screen.shows('ended with 130');
    await second.screen.shows('ended with 6');
    expect([first, second].map(({ one }) => [one.state(), one.living().length])).toEqual([
      ['interrupted', 0],
      ['failed', 0],
    ]);
  },
);

test.concurrent('Ctrl-C at a terminal while it is ended for a move: it goes nowhere', async (context) => {
  const one = heldRun(context);
  const steps = `i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "{\\"step\\":$i,\\"total_steps\\":1000}"; sleep 0.05; done`;
  const script = `trap 'touch ${one.folder}/asked; sleep 3; exit 143' TERM; trap '' INT; ${steps}`;
  const there = `zone=FR,cost=500ms,cmd=touch ${one.folder}/sent`;
  const move = ['--pty', '--zone', 'DE', '--budget', '3kJ', '--on-breach', 'move', '--move-to', there];
  const screen = await typed(one, move, script);
  await until('its end to be asked for', () => existsIn(one, 'asked'), 60_000);
  await wait(500);
  screen.type('\x03');
  await screen.shows(/ended with \d+/);
  await wait(500);
  expect(existsIn(one, 'sent')).toBe(false);
  expect(movesOf(one.ledger, findRun(one.ledger, 'last').record.id)).toMatchObject([
    { number: 1, taken: { by: null, how: 'it was asked to end meanwhile' } },
  ]);
  expect([one.living(), one.state()]).toEqual([[], 'stopped']);
});

const existsIn = ({ folder }: HeldRun, name: string) => {
  try {
    return readFileSync(join(folder, name)) !== null;
  } catch {
    return false;
  }
};

test.concurrent('the wall clock is set forward and back while it is paused: it stays so, and all is charged', async (context) => {
  const one = heldRun(context);
  const clock = wallClock(one.folder, 0);
  const run = one.begin([...PAUSE, ...sh(counting(one, 'trap "exit 3" TERM;'))], clock.env);
  await paused(one);
  const begun = performance.now();
  for (const hours of [3, -3, 0]) {
    clock.set(hours * 3_600_000);
    await wait(4000);
    await standsStill(one);
    expect(one.state()).toBe('paused');
  }
  expect((await resume(one)).code).toBe(0);
  await goesOn(one);
  const paused_s = (performance.now() - begun) / 1000;
  process.kill(run.child.pid!, 'SIGTERM');
  expect((await run.done).code).toBe(3);
  const report = await reportOf(one.ledger, 'last', '--by', 'phase');
  expect(report.warnings.map(({ code }) => code)).toContain('clock-step');
  const held = report.phases.find(({ phase }) => phase === 'paused')!;
  expect(held.duration_s).toBeGreaterThan(13);
  expect(held.duration_s).toBeLessThan(paused_s + 1);
  expect(held.energy_j! / held.duration_s).toBeCloseTo(1000, 0);
  expect(report.energy.it_j.value! / report.run.duration_s).toBeCloseTo(1000, 0);
});

test.concurrent('the machine sleeps while the job runs and while it is paused: hours go by, and what was not seen is a gap', async (context) => {
  const one = heldRun(context);
  const clock = wallClock(one.folder, 0, { sleeps: true });
  const run = one.begin([...PAUSE, ...sh(counting(one, 'trap "exit 3" TERM;'))], clock.env);
  await wait(2000);
  clock.set(60_000);
  await paused(one);
  await wait(2000);
  clock.set(150_000);
  await wait(3000);
  await standsStill(one);
  expect((await resume(one)).code).toBe(0);
  await goesOn(one);
  process.kill(run.child.pid!, 'SIGTERM');
  expect((await run.done).code).toBe(3);
  const { run: told, energy, warnings } = await reportOf(one.ledger, 'last');
  expect(told.duration_s).toBeGreaterThan(155);
  expect(told.duration_s).toBeLessThan(200);
  // Nobody read a sensor meanwhile.
  expect(energy.coverage).toBeCloseTo(1 - 150 / told.duration_s, 1);
  expect(energy.gaps.map(({ from_ms, to_ms }) => Math.round((to_ms - from_ms) / 10_000))).toEqual([6, 9]);
  expect(warnings.map(({ code }) => code)).not.toContain('clock-step');
});

test.concurrent.for<[string, number]>([
  ['back', -3_600_000],
  ['forward', 3_600_000],
])(
  'the wall clock is set %s by an hour while it waits to be started again: both segments count',
  async ([, ahead_ms], context) => {
    const one = heldRun(context);
    const clock = wallClock(one.folder, 0);
    const again = 'echo "$JOULEBOOK_RUN_ID" >>$F/again; sleep 3; exit 5';
    const wishes = [...PAUSE, '--max-freeze', '0s', '--resume-cmd', again];
    const run = one.begin([...wishes, ...sh(`WORLD_SIZE=2 exec sh -c '${counting(one)}'`)], {
      ...clock.env,
      F: one.folder,
    });
    await until('its end', () => one.state() === 'paused' && one.living().length === 0, 60_000);
    clock.set(ahead_ms);
    await wait(3000);
    expect([one.state(), existsIn(one, 'again')]).toEqual(['paused', false]);
    await resume(one);
    expect((await run.done).code).toBe(5);
    // By time, which went back.
    expect(actsOf(await one.events()).toSorted()).toEqual(['pause', 'resume']);
    const report = await reportOf(one.ledger, 'last');
    expect(report.run).toMatchObject({ segments: 2, state: 'failed' });
    const spans = findRun(one.ledger, 'last').writers.map(({ record, end }) => end!.ended_at_ms - record.started_at_ms);
    expect(report.energy.it_j.value! / spans.reduce((a, b) => a + b)).toBeCloseTo(1, 1);
  },
);

test.concurrent('a machine that stands still for a while, with a job that runs and one that is held', async (context) => {
  const one = heldRun(context);
  const { child, done } = one.begin([...PAUSE, ...sh(counting(one, 'trap "exit 3" TERM;'))]);
  await until('its start', () => progress(one)[0]! > 0, 60_000);
  const sleeps = async () => {
    const all = below(child.pid!);
    for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
      for (const pid of all) tryKill(pid, signal);
      await wait(signal === 'SIGSTOP' ? 5000 : 500);
    }
  };
  await sleeps();
  await paused(one);
  await sleeps();
  await wait(1500);
  expect(one.state()).toBe('paused');
  await standsStill(one);
  await resume(one);
  await goesOn(one);
  process.kill(child.pid!, 'SIGTERM');
  expect((await done).code).toBe(3);
  // What was not seen is a gap that is told, and what was is a kilowatt.
  const report = await reportOf(one.ledger, 'last');
  const { value, known_s } = { known_s: report.run.duration_s, value: report.energy.it_j.value! };
  expect(value / known_s).toBeLessThan(1001);
  expect(value / (known_s - 10)).toBeGreaterThan(999);
});

test.concurrent.for(['before:paused\\.json$', 'after:paused\\.json$'])(
  'kill -9 of joulebook %s: the job goes on within 2 s, the run is interrupted',
  async (at, context) => {
    const one = heldRun(context);
    const preload = `--import ${resolve(import.meta.dirname, '../helpers/kill-at.mjs')}`;
    const run = one.begin([...PAUSE, ...sh(counting(one))], { NODE_OPTIONS: preload, KILL_AT: at });
    let signal: NodeJS.Signals | null = null;
    run.child.on('exit', (_, by) => {
      signal = by;
    });
    await until('its end', () => signal !== null, 60_000);
    expect(signal).toBe('SIGKILL');
    await goesOn(one, 1, PROMISE_MS);
    expect(one.state()).toBe('interrupted');
    end(one);
  },
);

test.concurrent('it waits to be started again: a hang-up that it was told to ignore ends nothing, kill -9 leaves nothing stopped', async (context) => {
  const one = heldRun(context);
  let begun: ChildProcess | null = null;
  context.onTestFinished(() => void (begun && tryKill(begun.pid!, 'SIGKILL')));
  const again = `${counting(one, 'echo >>$F/again;')}`;
  const wishes = [...PAUSE, '--max-freeze', '0s', '--resume-cmd', again];
  writeFileSync(join(one.folder, 'job.sh'), `WORLD_SIZE=2 exec sh -c '${counting(one)}'`);
  const words = [process.execPath, CLI, 'run', ...one.options, ...wishes, '--', 'sh', join(one.folder, 'job.sh')];
  const child = spawn('nohup', words, {
    env: { ...process.env, _: '/usr/bin/nohup', F: one.folder },
    stdio: 'ignore',
    detached: true,
  });
  begun = child;
  await until('its end', () => one.state() === 'paused' && findRun(one.ledger, 'last').writers[0]!.end, 60_000);
  await wait(500);
  tryKill(child.pid!, 'SIGHUP');
  await wait(1500);
  expect([child.exitCode, one.state()]).toEqual([null, 'paused']);
  await resume(one);
  await until('its second start', () => existsIn(one, 'again'));
  await goesOn(one);
  tryKill(child.pid!, 'SIGKILL');
  await goesOn(one, 1, PROMISE_MS);
  expect(one.state()).toBe('interrupted');
  end(one);
});

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** A process and all below it, the first first. */
function below(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap((one) => quiet(() => below(one)) ?? [])];
}

function quiet<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
