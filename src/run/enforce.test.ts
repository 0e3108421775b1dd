// Budgets that act, second by second on a clock of our own: readings are made up, the job is a real shell that counts.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Budget } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import type { Means } from '../decide/orders.ts';
import { rulesOf } from '../decide/rule.ts';
import { inForceIn } from '../ledger/in-force.ts';
import { askToResume, pausedIn } from '../ledger/pauses.ts';
import type { EventRow } from '../ledger/records.ts';
import { createBudgetLooks } from './budget-looks.ts';
import { createEnforcer, type EnforcePlan, type Enforcer } from './enforce.ts';
import { createLiveAccount } from './live-account.ts';

const MEANS: Means = { grace_ms: null, can_move: false, dwell_ms: 60_000, pause_s: 0, pause_cost: {} };
const COUNT = 'i=0; while :; do i=$((i+1)); echo $i > $D/count; sleep 0.01; done';

let folder: string;
let events: EventRow[];
let said: string[];
let now_ms: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-enforce-'));
  [events, said, now_ms] = [[], [], 0];
});

const budget = (limit: string, ...breach: string[]): Budget => ({
  ...{ id: 'run', limit: limitOf(limit, 'test'), scope: { of: 'run' }, period: { kind: 'whole' } },
  rules: rulesOf({ breach, forecast: [] }),
});

function enforcer(budgets: readonly Budget[], more: Partial<EnforcePlan> = {}): Enforcer {
  return createEnforcer({
    ...{ ledger: folder, run: 'r', looks: createBudgetLooks(budgets, () => null), keeper: null, means: MEANS },
    ...{
      account: createLiveAccount([], { pue: null }),
      about: { name: null, pue: null, price: null },
      wanting: null,
      hook: null,
      channels: [],
    },
    orders: { way: null, stop_grace_ms: 2000, max_freeze_ms: 240_000, can_restart: false },
    ...{ env: process.env, writing: () => {}, say: (message) => said.push(message) },
    ...more,
  });
}

/** A job in the enforcer's hands. */
function started(of: Enforcer, script = COUNT, writer = 'w', kill = process.kill): ChildProcess {
  const env = { ...process.env, D: folder };
  const child = spawn('sh', ['-c', script], { env, stdio: 'ignore', detached: true });
  child.on('exit', () => of.exited());
  onTestFinished(async () => {
    await of.ended();
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // none of it is left
    }
  });
  of.begin({
    ...{ run: 'r', writer, folder: join(folder, writer), captured: false, now: () => now_ms },
    job: { pid: child.pid!, entry: null, cgroup: null, env, cwd: folder, library: null, kill },
    put: (table, row) => void (table === 'events' && events.push(row as EventRow)),
    report: () => {
      throw new Error('not asked for here');
    },
  });
  return child;
}

/** So many seconds of a power. */
function seconds(of: Enforcer, count: number, power_w = 1000): void {
  for (let i = 0; i < count; i++) {
    const row = { device: 'gpu-0', from_ms: now_ms, to_ms: now_ms + 1000, energy_j: power_w };
    now_ms += 1000;
    of.add('energy', { ...row, min_w: power_w, max_w: power_w, source: 'counter', quality: 'measured' });
    of.second({ now_ms, charged: new Set(['gpu-0']) });
  }
}

const progress = () => (existsSync(join(folder, 'count')) ? Number(readFileSync(join(folder, 'count'), 'utf8')) : 0);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const goesOn = () => {
  const from = progress();
  return expect.poll(progress, { timeout: 5000 }).toBeGreaterThan(from);
};
const standsStill = async () => {
  const from = progress();
  await wait(150);
  expect(progress()).toBe(from);
};
const acts = () => events.filter(({ event }) => event === 'decision').map(({ facts }) => facts!.act);
const named = (name: string) => events.filter(({ event }) => event === name);
const held = (of: Enforcer, is = true) => expect.poll(() => of.held, { timeout: 5000 }).toBe(is);

describe('a pause', () => {
  test('holds the job until somebody asks; then it goes on, and is not held for the same again', async () => {
    const of = enforcer([budget('3kJ', '0.5=warn', 'pause')]);
    started(of);
    await goesOn();
    seconds(of, 2);
    expect(acts()).toEqual(['warn']);
    seconds(of, 1);
    await held(of);
    await standsStill();
    expect(pausedIn(join(folder, 'w'))).toMatchObject({ by: ['run'], since_ms: 3000 });
    expect(named('paused')).toMatchObject([{ at_ms: 3000 }]);
    askToResume(folder, 'r', { at_ms: 1, user: null, budget: null });
    seconds(of, 1, 100);
    await held(of, false);
    await goesOn();
    seconds(of, 120);
    expect(acts()).toEqual(['warn', 'pause', 'resume']);
    expect(named('resumed')).toMatchObject([{ at_ms: 4000 }]);
    expect(pausedIn(join(folder, 'w'))).toBeNull();
    expect(said[0]).toMatch(/^67 % of 3kJ is spent/);
    expect(said[1]).toMatch(/^the job is paused: 100\.0 % of 3kJ/);
  });

  test('under a new limit begins again where that is passed', async () => {
    const of = enforcer([budget('1kJ', 'pause')]);
    started(of);
    seconds(of, 1);
    await held(of);
    askToResume(folder, 'r', { at_ms: 1, user: null, budget: '100kJ' });
    seconds(of, 1);
    await held(of, false);
    seconds(of, 97);
    expect(of.told[0]!.limit.text).toBe('100kJ');
    expect(acts()).toEqual(['pause', 'resume']);
    seconds(of, 1);
    await held(of);
  });

  test('ends when the period begins anew, after its dwell', async () => {
    const hour = 3_600_000;
    const hourly: Budget = {
      ...budget('2kJ', 'pause'),
      id: 'lab',
      period: { kind: 'calendar', unit: 'hour', time_zone: 'UTC' },
    };
    const of = enforcer([], {
      looks: createBudgetLooks([hourly], (_, at_ms) => {
        const from_ms = Math.floor(at_ms / hour) * hour;
        const spent = { value: 1000, low: 1000, high: 1000, tokens: null, unknown_runs: 0, why: null };
        const others = from_ms === 0 ? spent : { ...spent, value: 0, low: 0, high: 0 };
        return {
          id: 'lab',
          from_ms,
          to_ms: from_ms + hour,
          spent: others,
          renews_ms: from_ms + hour,
          at_ms: 0,
          why: null,
        };
      }),
    });
    started(of);
    now_ms = hour - 90_000;
    seconds(of, 1);
    await held(of);
    seconds(of, 85, 100);
    expect(acts()).toEqual(['pause']);
    seconds(of, 8, 100);
    await held(of, false);
    expect(acts()).toEqual(['pause', 'resume']);
    await goesOn();
  });

  test.each([
    [100, 1],
    [15, 0], // 60 s of it are 900 J: less than 95 % of the limit
  ])('for a rolling window that %p W keep spent is told to end by people alone', async (idle_w, times) => {
    const rolling: Budget = { ...budget('1kJ', 'pause'), id: 'lab', period: { kind: 'rolling', ms: 60_000 } };
    const of = enforcer([rolling]);
    started(of);
    await goesOn();
    seconds(of, 1);
    await held(of);
    seconds(of, 30, idle_w);
    const told = said.filter((one) => one.startsWith('the pause does not end by itself'));
    expect(told).toHaveLength(times);
    if (times === 1)
      expect(told[0]).toBe(
        'the pause does not end by itself: the 100 W that are drawn while the job stands keep 1kJ (rolling 1m, budget lab) spent; joulebook resume r lets it go on',
      );
  });

  test('is one still after a shell has stopped and continued all of the job (Ctrl-Z, fg)', async () => {
    const of = enforcer([budget('1kJ', 'pause')]);
    const child = started(of);
    await goesOn();
    seconds(of, 1);
    await held(of);
    process.kill(-child.pid!, 'SIGCONT'); // as fg does
    await goesOn();
    process.emit('SIGCONT', 'SIGCONT');
    await wait(300);
    await standsStill();
  });

  test('is over for good where somebody asks for that while a shell goes on with the job', async () => {
    const of = enforcer([budget('1kJ', 'pause')]);
    started(of);
    await goesOn();
    seconds(of, 1);
    await held(of);
    askToResume(folder, 'r', { at_ms: 1, user: null, budget: null });
    process.emit('SIGCONT', 'SIGCONT');
    seconds(of, 1);
    await held(of, false);
    await wait(300);
    await goesOn();
  });

  test('that ends in a stop is over when the job is asked to end', async () => {
    const of = enforcer([budget('1kJ', 'pause'), { ...budget('2kJ', 'stop'), id: 'hard' }]);
    const child = started(of, `trap 'sleep 0.5; exit 4' TERM; ${COUNT}`);
    await goesOn();
    seconds(of, 1);
    await held(of);
    seconds(of, 1);
    expect(of.held).toBe(false);
    expect(named('resumed')).toMatchObject([{ at_ms: 2000 }]);
    await expect.poll(() => child.exitCode, { timeout: 5000 }).toBe(4);
    expect(await of.ended()).toBe('stopped');
  });

  test('of ranks that are asked to end while they are ended for it is no wait: nothing starts them again', async () => {
    const of = enforcer([budget('1kJ', 'pause')], {
      orders: { way: null, stop_grace_ms: 2000, max_freeze_ms: 0, can_restart: true },
    });
    const child = started(of, `trap 'sleep 0.5; exit 4' TERM; export WORLD_SIZE=2; sh -c '${COUNT}'; :`);
    await goesOn();
    seconds(of, 1);
    of.signalled('SIGINT');
    await expect.poll(() => child.exitCode ?? child.signalCode, { timeout: 5000 }).not.toBeNull();
    expect(await of.ended()).toBe('stopped');
    expect(pausedIn(join(folder, 'w'))).toBeNull();
  });

  test('may be wanted by others than budgets, such as for a greener grid', async () => {
    let dirty = true;
    const why = '400 g/kWh now';
    const want = () => ({
      by: 'greener grid',
      due: [],
      holding: dirty ? [{ act: 'pause' as const, rule: null, why }] : [],
      ...(!dirty && { eased: '100 g/kWh now' }),
    });
    const of = enforcer([], { wanting: { at: want, until_ms: null } });
    started(of);
    seconds(of, 1);
    await held(of);
    dirty = false;
    seconds(of, 61, 100);
    await held(of, false);
    expect(said).toEqual([
      `the job is paused: ${why}\n  joulebook resume r lets it go on`,
      'the job goes on: nothing holds it up any more: 100 g/kWh now',
    ]);
  });

  test('of ranks is short: after the time that they bear they are stopped', async () => {
    const of = enforcer([budget('1kJ', 'pause')], {
      orders: { way: null, stop_grace_ms: 2000, max_freeze_ms: 3000, can_restart: true },
    });
    const child = started(of, `export WORLD_SIZE=2; sh -c '${COUNT}'; :`);
    await goesOn();
    seconds(of, 1);
    await expect.poll(() => child.exitCode ?? child.signalCode, { timeout: 5000 }).toBe('SIGTERM');
    expect(said[0]).toMatch(/WORLD_SIZE=2.*it is ended, to be started again/);
    expect(await of.ended()).toBe('paused');
    expect(pausedIn(join(folder, 'w'))).not.toBeNull();
  });

  test('of ranks that cannot be ended after the time that they bear is tried again', async () => {
    const holding = [{ act: 'pause' as const, rule: null, why: '400 g/kWh now' }];
    const of = enforcer([], {
      orders: { way: null, stop_grace_ms: 100, max_freeze_ms: 3000, can_restart: true },
      means: { ...MEANS, dwell_ms: 5000 },
      wanting: { at: () => ({ by: 'greener grid', due: [], holding }), until_ms: 2000 },
    });
    const kill: typeof process.kill = (pid, signal) => {
      if (signal === 'SIGTERM' || signal === 'SIGKILL') throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      return process.kill(pid, signal);
    };
    started(of, `export WORLD_SIZE=2; sh -c '${COUNT}'; :`, 'w', kill);
    await goesOn();
    seconds(of, 1);
    await held(of);
    seconds(of, 3);
    await goesOn();
    // However long it is tried to end it: after that and the dwell it is held anew.
    const again = () => {
      seconds(of, 1);
      return of.held;
    };
    await expect.poll(again, { timeout: 4000, interval: 100 }).toBe(true);
    expect(acts().filter((act) => act === 'pause')).toHaveLength(2);
  });

  test('is none after an ending signal, which thaws it', async () => {
    const of = enforcer([budget('1kJ', 'pause')]);
    started(of, `trap 'echo > $D/heard' TERM; ${COUNT}`);
    await goesOn();
    seconds(of, 1);
    await held(of);
    of.signalled('SIGTERM');
    await held(of, false);
    await goesOn();
    seconds(of, 120);
    expect(acts()).toEqual(['pause']);
    expect(named('resumed')[0]!.message).toMatch(/SIGTERM is to reach it/);
  });
});

describe('how the budgets stand is kept for who looks on', () => {
  const kept = () => inForceIn(join(folder, 'w'));
  test('every five seconds, at once where one comes to stand otherwise, and at the end', async () => {
    mkdirSync(join(folder, 'w'));
    const of = enforcer([budget('10kJ', '0.75=warn')]);
    const child = started(of);
    seconds(of, 1);
    const first = {
      spent: 1000,
      share: 0.1,
      standing: 'within',
      limit: '10kJ',
      limit_value: 10_000,
      measure: 'energy',
    };
    expect(kept()).toMatchObject({ at_ms: 1000, budgets: [{ budget: 'run', ...first, rules: ['0.75=warn'] }] });
    seconds(of, 4);
    expect(kept()!.at_ms).toBe(1000);
    seconds(of, 1);
    expect(kept()).toMatchObject({ at_ms: 6000, budgets: [{ spent: 6000, holding: [] }] });
    seconds(of, 2);
    expect(kept()).toMatchObject({ at_ms: 8000, budgets: [{ spent: 8000, holding: [{ act: 'warn' }] }] });
    seconds(of, 2);
    expect(kept()).toMatchObject({ at_ms: 10_000, budgets: [{ standing: 'over' }] });
    seconds(of, 1);
    child.kill('SIGKILL');
    await of.ended();
    expect(kept()).toMatchObject({ at_ms: 11_000, budgets: [{ spent: 11_000 }] });
    expect(readdirSync(join(folder, 'w'))).toEqual(['in-force.json']);
  });

  test('that it cannot be written is told once, and changes nothing', () => {
    const of = enforcer([budget('3kJ', 'warn')]);
    started(of);
    seconds(of, 12);
    expect(acts()).toEqual(['warn']);
    expect(named('warn:budget').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^how the budgets stand cannot be told to who looks on: ENOENT/),
    ]);
  });
});

test('a stop ends the job, and says so', async () => {
  const of = enforcer([budget('1kJ', 'stop')]);
  const child = started(of);
  await goesOn();
  seconds(of, 1);
  await expect.poll(() => child.signalCode, { timeout: 5000 }).toBe('SIGTERM');
  expect(await of.ended()).toBe('stopped');
  expect(said[0]).toMatch(/^the job is stopped: 100\.0 % of 1kJ is spent/);
  expect(named('outcome')[0]).toMatchObject({ facts: { act: 'stop', done: 1, decision: 1 } });
});

test('a command that ended by itself was stopped by no budget', async () => {
  const of = enforcer([budget('1kJ', 'stop')]);
  const child = started(of, 'exit 0');
  await expect.poll(() => child.exitCode, { timeout: 5000 }).toBe(0);
  seconds(of, 1);
  expect(await of.ended()).toBeNull();
});

test('while it waits to be started again nothing runs, and another segment goes on with what was spent', async () => {
  const of = enforcer([budget('2kJ', 'pause')], {
    orders: { way: null, stop_grace_ms: 2000, max_freeze_ms: 0, can_restart: true },
  });
  started(of, `export WORLD_SIZE=2; sh -c '${COUNT}'; :`);
  await goesOn();
  seconds(of, 2);
  await expect.poll(() => named('outcome').length, { timeout: 5000 }).toBe(1);
  expect(await of.ended()).toBe('paused');
  const waited = of.wait([]);
  await wait(1200);
  askToResume(folder, 'r', { at_ms: 1, user: null, budget: '1MJ' });
  expect(await waited).toBe('resume');
  expect(said.at(-1)).toBe('the job is started again: it was asked for');
  started(of, COUNT, 'v');
  await goesOn();
  expect(pausedIn(join(folder, 'w'))).toBeNull();
  seconds(of, 1);
  expect(acts()).toEqual(['pause']);
  // Decided while there was no segment: beside the rows of the last one.
  const late = JSON.parse(readFileSync(join(folder, 'w', 'events.000001.open'), 'utf8'));
  expect(late).toMatchObject({ event: 'decision', facts: { act: 'resume', decision: 2 } });
});

test('a stop while it waits to be started again is told, and kept with the run', async () => {
  let theirs = 0;
  const spent = () => ({ value: theirs, low: theirs, high: theirs, tokens: null, unknown_runs: 0, why: null });
  const others = { id: 'lab', from_ms: null, to_ms: null, renews_ms: null, at_ms: 0, why: null };
  const lab: Budget = { ...budget('9kJ', 'stop'), id: 'lab', scope: { of: 'all' } };
  const of = enforcer([], {
    looks: createBudgetLooks([budget('2kJ', 'pause'), lab], ({ id }) =>
      id === 'lab' ? { ...others, spent: spent() } : null,
    ),
    orders: { way: null, stop_grace_ms: 2000, max_freeze_ms: 0, can_restart: true },
  });
  started(of, `export WORLD_SIZE=2; sh -c '${COUNT}'; :`);
  await goesOn();
  seconds(of, 2);
  await expect.poll(() => named('outcome').length, { timeout: 5000 }).toBe(1);
  expect(await of.ended()).toBe('paused');
  theirs = 8000;
  expect(await of.wait([])).toBe('stop');
  expect(said.at(-1)).toMatch(/^the job is not started again: 111 % of 9kJ is spent.*\(budget lab\)/);
  expect(pausedIn(join(folder, 'w'))).toMatchObject({ by: ['lab'], stopped: true });
});

test('the hook gets the decision; that it fails changes nothing', async () => {
  const hook = 'cat > $D/hooked; exit 4';
  const of = enforcer([budget('1kJ', 'hook')], { hook, env: { ...process.env, D: folder } });
  started(of);
  seconds(of, 1);
  await expect.poll(() => said, { timeout: 5000 }).toContain('the hook ended with exit code 4');
  const told = JSON.parse(readFileSync(join(folder, 'hooked'), 'utf8'));
  expect(told).toMatchObject({ schema: 'joulebook/decision/v1', run: 'r', act: 'hook', at_ms: 1000, spent: 1000 });
  expect(told.budgets).toMatchObject([{ budget: 'run', limit: '1kJ', share: 1 }]);
  await goesOn();
});

test('where looking fails the job goes on, held or not, and it is told', async () => {
  const looks = createBudgetLooks([budget('1kJ', 'pause')], () => null);
  let fails = false;
  const of = enforcer([], {
    looks: {
      ...looks,
      at(known) {
        if (fails) throw new Error('no more');
        return looks.at(known);
      },
    },
  });
  started(of);
  await goesOn();
  seconds(of, 1);
  await held(of);
  fails = true;
  seconds(of, 5);
  await goesOn();
  expect(said.filter((one) => one.includes('no more'))).toHaveLength(1);
  await held(of, false);
  expect(named('resumed')).toHaveLength(1);
});
