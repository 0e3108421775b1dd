// Budgets that act on a running command: a replayed power of 1 kW and limits of a few kJ, so that each second is 1 kJ.
//
// The tests run side by side: they mostly wait. The job counts in a file, so that its progress is seen from outside.

import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReader } from '../src/ledger/reader.ts';
import { findRun, listRuns, type RunState } from '../src/ledger/runs.ts';
import { joulebook, type Result, reportOf, start, tempFolder, until } from './helpers/cli.ts';

let trace: string;
beforeAll(() => {
  trace = join(tempFolder(), 'kilowatt.csv');
  const rows = Array.from({ length: 600 }, (_, i) => `${1_700_000_000 + i / 10},gpu-0,1000`);
  writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
});

interface Case {
  readonly ledger: string;
  /** A number that rises while the job runs; 0 before. */
  progress(): number;
  begin(options: readonly string[], job?: string): ReturnType<typeof start>;
  state(): RunState | null;
  read(name: string): string | null;
  readonly folder: string;
}

/** $D is the job's folder. */
const COUNTING =
  'i=0; while [ $i -lt 1000 ] && [ ! -e $D/end ]; do i=$((i+1)); echo $i > $D/count; sleep 0.02; done; exit 3';

/** What is to be cleared away, when all is over: of tests side by side Vitest does not tell whose end is meant. */
const left: (() => void)[] = [];
afterAll(() => {
  for (const clear of left) clear();
});

function newCase(): Case {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  const begun: ChildProcess[] = [];
  // Whatever becomes of the test: what is left of its jobs goes on, and ends.
  left.push(() => {
    writeFileSync(join(folder, 'end'), '');
    for (const child of begun) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null);
  return {
    ...{ folder, ledger, read },
    progress: () => Number(read('count') ?? 0),
    state: () => (existsSync(join(ledger, 'runs')) ? (listRuns(ledger)[0]?.state ?? null) : null),
    begin(options, job = COUNTING) {
      const words = ['run', '--ledger', ledger, '--replay', trace, '--zone', 'DE', ...options, '--', 'sh', '-c', job];
      const started = start(words, { env: { D: folder }, detached: true });
      begun.push(started.child);
      return started;
    },
  };
}

const end = ({ folder }: Case) => writeFileSync(join(folder, 'end'), '');
const budget = (ledger: string, ...words: string[]) => joulebook(['budget', ...words, '--ledger', ledger]);

async function standsStill({ progress }: Case): Promise<void> {
  const from = progress();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(progress()).toBe(from);
}

const goesOn = async (one: Case, most_ms?: number) => {
  const from = one.progress();
  await until('progress', () => one.progress() > from, most_ms);
};

/** The decisions of the newest run. */
async function decisions({ ledger }: Case): Promise<(string | number | null | undefined)[]> {
  const reader = await openReader();
  try {
    const run = findRun(ledger, 'last');
    const events = (await reader.events([run])).get(run.record.id) ?? [];
    return events.filter(({ event }) => event === 'decision').map(({ facts }) => facts?.act);
  } finally {
    reader.close();
  }
}

const said = ({ stderr }: Result) => stderr.split('\n').filter((line) => line.startsWith('joulebook: '));

test.concurrent('warns at a share and at the limit, and the job goes on to its own exit code', async () => {
  const one = newCase();
  const json = join(one.folder, 'report.json');
  const options = ['--budget', '2kJ', '--on-breach', '0.5=warn', '--on-breach', 'warn', '--quiet', `--json=${json}`];
  const result = await one.begin(options, 'sleep 4; exit 3').done;
  expect(result.code).toBe(3);
  const warned = said(result).map((line) => Number(/^joulebook: ([\d.]+) % of 2kJ is spent/.exec(line)?.[1]));
  // Looked at once a second, from readings of up to two seconds ago.
  expect(warned).toHaveLength(2);
  expect(warned[0]).toBeGreaterThanOrEqual(50);
  expect(warned[0]).toBeLessThan(warned[1]!);
  expect(warned[1]).toBeGreaterThanOrEqual(100);
  expect(await decisions(one)).toEqual(['warn', 'warn']);
  expect(one.state()).toBe('failed');
  const [told] = JSON.parse(one.read('report.json')!).budgets;
  expect(told).toMatchObject({ budget: 'run', limit: '2kJ', limit_value: 2000, standing: 'over' });
  expect(told.spent.value).toBeGreaterThanOrEqual(2000);
  expect(Object.keys(told)).toEqual(expect.arrayContaining(['end', 'overrun', 'crosses_ms']));
});

test.concurrent('pauses; resume lets it go on; the power of the pause is charged to it', async () => {
  const one = newCase();
  const run = one.begin(['--budget', '1.5kJ', '--on-breach', 'pause']);
  await until('the pause', () => one.state() === 'paused');
  await standsStill(one);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const asked = await joulebook(['resume', 'last', '--json', '--ledger', one.ledger]);
  expect(JSON.parse(asked.stdout)).toMatchObject({ schema: 'joulebook/resume/v1', budget: null, state: 'running' });
  await goesOn(one);
  end(one);
  const result = await run.done;
  expect(result.code).toBe(3);
  expect(said(result)[0]).toMatch(/the job is paused: 1\d\d(\.\d)? % of 1.5kJ is spent/);
  expect(await decisions(one)).toEqual(['pause', 'resume']);
  const report = await reportOf(one.ledger, 'last', '--by', 'phase');
  expect(report.run).toMatchObject({ state: 'failed', exit_code: 3 });
  const paused = report.phases.find(({ phase }) => phase === 'paused')!;
  expect(paused.duration_s).toBeGreaterThan(1.4);
  expect(paused.energy_j! / paused.duration_s).toBeCloseTo(1000, 0);
  expect(report.energy.it_j.value! / report.run.duration_s).toBeCloseTo(1000, 0);
  const all = report.rows!.reduce((sum, row) => sum + row.energy_j!, 0);
  expect(all).toBeCloseTo(report.energy.it_j.value!, 3);
});

test.concurrent('stops: exit 75, and the run says so', async () => {
  const one = newCase();
  const result = await one.begin(['--budget', '1.5kJ', '--on-breach', 'stop']).done;
  expect(result.code).toBe(75);
  expect(result.stderr).toMatch(/the job is stopped: .* of 1.5kJ is spent/);
  await standsStill(one);
  expect(await reportOf(one.ledger, 'last')).toMatchObject({ run: { state: 'stopped', signal: 'SIGTERM' } });
  expect(await decisions(one)).toEqual(['stop']);
});

test.concurrent('a budget that is spent forbids the start, with 75 and no record; --force starts it', async () => {
  const one = newCase();
  await one.begin(['--quiet'], 'sleep 2').done;
  await budget(one.ledger, 'set', 'lab', '--limit', '1kJ', '--per', 'year', '--on-breach', 'stop');
  const refused = await one.begin([], 'touch $D/ran').done;
  expect(refused.code).toBe(75);
  expect(said(refused)[0]).toMatch(/not started: 2\d\d % of 1kJ is spent \(budget lab, year; .*--force/);
  expect([one.read('ran'), listRuns(one.ledger).length]).toEqual([null, 1]);
  const forced = await one.begin(['--force'], 'touch $D/ran; sleep 2.5').done;
  expect(forced.code).toBe(0);
  expect(said(forced)[0]).toMatch(/started all the same/);
  expect([one.read('ran'), one.state()]).toEqual(['', 'finished']);
});

test.concurrent('of two budgets that disagree the stricter holds: one pauses, the other stops what is paused', async () => {
  const one = newCase();
  await budget(one.ledger, 'set', 'hard', '--limit', '3.5kJ', '--on-breach', 'stop');
  const result = await one.begin(['--budget', '1.5kJ', '--on-breach', 'pause']).done;
  expect(result.code).toBe(75);
  expect(await decisions(one)).toEqual(['pause', 'stop']);
  expect(result.stderr).toMatch(/the job is stopped: .*of 3.5kJ is spent.*\(budget hard\)/);
  await standsStill(one);
  // As open data it is the same run.
  const [set, other] = [join(one.folder, 'set'), join(one.folder, 'other')];
  await joulebook(['dataset', 'export', set, '--licence', 'CC-BY-4.0', '--ledger', one.ledger]);
  await joulebook(['dataset', 'import', set, '--ledger', other]);
  const [was, is] = await Promise.all([one.ledger, other].map((ledger) => reportOf(ledger, 'last')));
  expect([is!.run.state, was!.phases.map(({ phase }) => phase)]).toEqual(['stopped', ['paused']]);
  expect(is!.phases[0]!.duration_s).toBeCloseTo(was!.phases[0]!.duration_s, 3);
});

test.concurrent('Ctrl-C while it is paused reaches the job, which ends as it will', async () => {
  const one = newCase();
  const job = `trap 'echo heard > $D/int; exit 7' INT; ${COUNTING}`;
  const { child, done } = one.begin(['--budget', '1.5kJ', '--on-breach', 'pause'], job);
  await until('the pause', () => one.state() === 'paused');
  process.kill(-child.pid!, 'SIGINT');
  expect((await done).code).toBe(7);
  expect([one.read('int'), one.state()]).toEqual(['heard\n', 'failed']);
});

test.concurrent('kill -9 of joulebook while it is paused: the job goes on within 2 s', async () => {
  const one = newCase();
  const { child, done } = one.begin(['--budget', '1.5kJ', '--on-breach', 'pause']);
  await until('the pause', () => one.state() === 'paused');
  await standsStill(one);
  process.kill(child.pid!, 'SIGKILL');
  await goesOn(one, 2000);
  end(one);
  await done;
  expect(one.state()).toBe('interrupted');
});

test.concurrent('a checkpoint is asked for and seen before the pause; the hook is told', async () => {
  const one = newCase();
  const job = `trap 'sleep 0.2; echo saved > $D/checkpoint' USR1; ${COUNTING}`;
  const run = one.begin(
    [
      ...['--budget', '1.5kJ', '--on-breach', '0.3=hook', '--on-breach', 'pause', '--hook', 'cat > $D/hooked'],
      ...['--checkpoint-signal', 'USR1', '--checkpoint-done', `file=${join(one.folder, 'checkpoint')}`],
    ],
    job,
  );
  await until('the pause', () => one.state() === 'paused');
  expect(one.read('checkpoint')).toBe('saved\n');
  const hooked = JSON.parse(one.read('hooked')!);
  expect(hooked).toMatchObject({ schema: 'joulebook/decision/v1', act: 'hook', budget: 'run', limit_value: 1500 });
  expect(hooked.budgets[0].spent).toBeGreaterThanOrEqual(450);
  await joulebook(['resume', 'last', '--budget', '1MJ', '--ledger', one.ledger]);
  await goesOn(one);
  end(one);
  const result = await run.done;
  expect(result.stderr).toMatch(/the budget is 1MJ now, in the place of 1.5kJ/);
  expect(await decisions(one)).toEqual(['hook', 'checkpoint', 'pause', 'resume']);
});

test.concurrent('ranks are not frozen for long: they are ended, and started again as another segment', async () => {
  const one = newCase();
  const job = `WORLD_SIZE=2 exec sh -c '${COUNTING}'`;
  const again = 'echo again > $D/again; exit 5';
  const options = ['--budget', '1.5kJ', '--on-breach', 'pause', '--max-freeze', '0s', '--resume-cmd', again];
  const run = one.begin(options, job);
  await until('its end', () => one.state() === 'paused' && findRun(one.ledger, 'last').writers[0]!.end);
  await standsStill(one);
  expect([one.read('again'), one.state()]).toEqual([null, 'paused']);
  await joulebook(['resume', 'last', '--ledger', one.ledger]);
  expect((await run.done).code).toBe(5);
  expect(one.read('again')).toBe('again\n');
  const report = await reportOf(one.ledger, 'last');
  expect(report.run).toMatchObject({ segments: 2, state: 'failed', exit_code: 5 });
});

test.concurrent('ranks that nothing can start again are stopped', async () => {
  const one = newCase();
  const job = `WORLD_SIZE=2 exec sh -c '${COUNTING}'`;
  const result = await one.begin(['--budget', '1.5kJ', '--on-breach', 'pause', '--max-freeze', '0s'], job).done;
  expect([result.code, one.state()]).toEqual([75, 'stopped']);
  expect(result.stderr).toMatch(/WORLD_SIZE=2.*it is stopped: there is no --resume-cmd/);
});

test.concurrent.each<[string[], RegExp]>([
  [['--on-breach', 'stop'], /--on-breach: there is no budget/],
  [['--budget', '2kg'], /--budget: "2kg" cannot be used/],
  [['--budget', '20l'], /water is not told while a run goes on/],
  [['--budget', '5EUR'], /--budget 5EUR could not be judged: no flat price is known/],
  [['--budget', '1kJ', '--on-breach', 'hook'], /a rule says hook, and there is no command for it/],
  [['--budget', '1kJ', '--resume-cmd', ' '], /--resume-cmd: there is no command/],
  [['--budget', '1kJ', '--hook', 'x'], /--hook: no rule calls it/],
  [['--budget', '1kJ', '--checkpoint-done', 'file=x'], /how the job is asked for a checkpoint/],
  [['--budget', '1kJ', '--checkpoint-signal', 'KILL'], /--checkpoint-signal: "KILL" cannot be used/],
])('%j is refused with 2, and nothing runs', async (options, words) => {
  const one = newCase();
  const result = await one.begin(options, 'touch $D/ran').done;
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(words);
  expect([one.read('ran'), one.state()]).toEqual([null, null]);
});

test.concurrent('a pause that the ledger could not be told of is told when it can be', async () => {
  const one = newCase();
  const { done } = one.begin(['--budget', '2kJ', '--on-breach', 'pause']);
  await until('the run', () => one.state() === 'running');
  const folder = join(one.ledger, 'runs', listRuns(one.ledger)[0]!.record.id);
  const writer = await until('its writer', () => readdirSync(folder).find((name) => !name.includes('.')));
  // A folder in its place cannot be replaced by a file.
  const inTheWay = join(folder, writer, 'paused.json');
  mkdirSync(inTheWay);
  await until('its first count', () => one.progress() > 0);
  // It may be held at the moment when its file is empty.
  let [count, since_ms] = [one.progress(), Date.now()];
  await until('the pause', () => {
    const is = one.progress();
    if (is !== count) [count, since_ms] = [is, Date.now()];
    return Date.now() - since_ms > 500;
  }).catch(async (error) => {
    end(one);
    throw new Error(`${error.message}: ${one.progress()} ${one.state()} ${(await done).stderr}`);
  });
  expect(one.state()).toBe('running');
  rmdirSync(inTheWay);
  await until('paused', () => one.state() === 'paused');
  await joulebook(['resume', 'last', '--ledger', one.ledger]);
  end(one);
  const result = await done;
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(
    /the ledger cannot be told of a pause: .*joulebook resume finds it when that can be done/,
  );
});

test.concurrent('resume of a run that is not paused says what it is', async () => {
  const one = newCase();
  await one.begin(['--quiet'], 'true').done;
  const result = await joulebook(['resume', 'last', '--ledger', one.ledger]);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/is not paused: it is finished/);
});
