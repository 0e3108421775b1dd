// monitor, cut and attach as a user runs them, on the fake driver library and real processes.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReportJson } from '../src/report/model.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml, trueEnergyJ } from './fake-nvml/fake-nvml.ts';
import { CLI, joulebook, reportOf, start, tempFolder, until } from './helpers/cli.ts';

const spawned: ChildProcess[] = [];
const command = (file: string, ...args: string[]) => {
  const child = spawn(file, args, { stdio: 'ignore' });
  spawned.push(child);
  return child;
};
afterEach(() => {
  for (const child of spawned.splice(0)) child.kill('SIGKILL');
});

/** Whole lines of a table of the only writer of the only run. */
function lines(ledger: string, table: string): string[] {
  if (!existsSync(join(ledger, 'runs'))) return [];
  return (readdirSync(ledger, { recursive: true }) as string[])
    .filter((name) => new RegExp(`/${table}\\.\\d+\\.open$`).test(name))
    .flatMap((name) => readFileSync(join(ledger, name), 'utf8').split('\n').slice(0, -1));
}
const cutOf = async (ledger: string, ...args: string[]): Promise<ReportJson> => {
  const result = await joulebook(['cut', '--json', '--ledger', ledger, ...args]);
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as ReportJson;
};
const iso = (at_ms: number) => new Date(at_ms).toISOString();

describe('monitor', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it cleanly, with the summary on stderr',
    async (signal) => {
      const ledger = join(tempFolder(), 'ledger');
      const { child, done } = start(['monitor', '--name', 'box', '--ledger', ledger]);
      await until('usage to be recorded', () => lines(ledger, 'usage').length > 0);
      child.kill(signal);
      const result = await done;
      expect([result.code, result.signal, result.stdout]).toEqual([0, null, '']);
      expect(result.stderr).toMatch(/^joulebook {2}run \w+ "box" {2}finished/);
      expect((await reportOf(ledger, 'box')).run).toMatchObject({ kind: 'monitor', state: 'finished', exit_code: 0 });
    },
  );

  test('a second one on the same ledger is told of the first, and changes nothing', async () => {
    const ledger = join(tempFolder(), 'ledger');
    const { child, done } = start(['monitor', '--quiet', '--ledger', ledger]);
    await until('energy to be recorded', () => lines(ledger, 'energy').length > 0);
    const second = await joulebook(['monitor', '--for', '2s', '--ledger', ledger]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`(pid ${child.pid})`);
    expect(readdirSync(join(ledger, 'runs'))).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await done).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('kill -9: interrupted, what was committed stays, the next one starts', async () => {
    const ledger = join(tempFolder(), 'ledger');
    const { child, done } = start(['monitor', '--ledger', ledger]);
    await until('some seconds', () => lines(ledger, 'energy').length > 2);
    const committed = lines(ledger, 'energy');
    child.kill('SIGKILL');
    await done;
    const report = await reportOf(ledger, 'last');
    expect(report.run).toMatchObject({ state: 'interrupted', exit_code: null });
    const known = committed.map((line) => JSON.parse(line).energy_j as number);
    expect(report.energy.it_j.value).toBeGreaterThanOrEqual(known.reduce((a, b) => a + b, 0) - 1e-9);
    expect(lines(ledger, 'energy')).toEqual(expect.arrayContaining(committed));
    const cut = await cutOf(ledger);
    expect(cut.energy.it_j.value).toBeCloseTo(report.energy.it_j.value!, 6);
    expect((await joulebook(['monitor', '--for', '1s', '--ledger', ledger])).code).toBe(0);
  });

  test('a ledger that takes nothing, a duration of none: refused', async () => {
    expect((await joulebook(['monitor', '--ledger', '/proc/none', '--for', '1s'])).stderr).toContain('cannot write');
    const bad = await joulebook(['monitor', '--for', 'soon', '--ledger', join(tempFolder(), 'l')]);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('--for')]);
  });
});

describe.skipIf(noFakeNvml !== null)(`cut${noFakeNvml === null ? '' : ` (${noFakeNvml})`}`, () => {
  let ledger: string;
  let whole: ReportJson;
  let spec: FakeSpec;
  let pids: [number, number];
  let sleepers: ChildProcess[] = [];
  const gpu = (report: ReportJson, index = 0) => report.energy.devices.find((d) => d.device === `gpu-${index}`)!;
  const joules = (report: ReportJson) => gpu(report).energy_j.value!;

  beforeAll(async () => {
    const folder = tempFolder();
    ledger = join(folder, 'ledger');
    sleepers = [1, 2].map(() => spawn('sleep', ['120'], { stdio: 'ignore' }));
    pids = sleepers.map(({ pid }) => pid!) as [number, number];
    // 150 W and 700 W by turns: 150 W are nobody's.
    spec = { t0: Date.now() - 5000, wave: 'square', mean: 425, amp: 275, period: 0.8, devices: 2 };
    const processes = `${pids[0]}/60|${pids[1]}/20`;
    const env = {
      FAKE_NVML: fakeNvmlEnv({ ...spec, processes, processes_gpu: 0 }),
      ...{ JOULEBOOK_NVML: buildFakeNvml(folder), CUDA_VISIBLE_DEVICES: '' },
      // Said to be the driver's own: in a container its pids would not be looked up here.
      JOULEBOOK_PROCFS: '/proc',
    };
    const { child, done } = start(['monitor', '--name', 'box', '--pue', '1.5', '--quiet', '--ledger', ledger], { env });
    await until(
      'GPU use to be recorded',
      () => lines(ledger, 'usage').some((line) => line.includes('"gpu-0"')),
      40_000,
    );
    const seen = lines(ledger, 'energy').length;
    await until('some seconds more', () => lines(ledger, 'energy').length > seen + 14);
    child.kill('SIGTERM');
    expect((await done).code).toBe(0);
    whole = await reportOf(ledger, 'box');
  });
  afterAll(() => {
    for (const child of sleepers) child.kill('SIGKILL');
  });

  test('every GPU is charged, whatever CUDA_VISIBLE_DEVICES says', () => {
    expect(whole.energy.devices.filter((d) => d.kind === 'gpu').map((d) => d.charged)).toEqual([true, true]);
  });

  test('processes share what is above idle power by how busy they were; with nobody’s it is the whole', async () => {
    const [a, b] = [await cutOf(ledger, '--pid', String(pids[0])), await cutOf(ledger, '--pid', String(pids[1]))];
    const nobody = await cutOf(ledger, '--nobody');
    expect(joules(a) / joules(b)).toBeCloseTo(3, 6);
    expect(joules(a) + joules(b) + joules(nobody)).toBeCloseTo(joules(whole), 6);
    // Half of the time 700 W, half 150 W: 275 W on the mean are above idle.
    const active = joules(a) + joules(b);
    expect(active / whole.run.duration_s).toBeGreaterThan(200);
    expect(active).toBeLessThan(joules(whole));
    const { value, low, high } = gpu(a).energy_j as { value: number; low: number; high: number };
    expect(low).toBeLessThan(value);
    // 0.75 × 275 W of 425 W are 0.49 of the whole; without any idle power it would be three quarters.
    expect(value / joules(whole)).toBeLessThan(0.52);
    expect(high / joules(whole)).toBeGreaterThan(0.6);
    expect(gpu(a)).toMatchObject({ source: 'allocated', charged: true });
    expect(gpu(a).notes.join()).toContain('allocated, not measured');
    expect(a.run).toMatchObject({ kind: 'cut', state: 'finished', tags: { cut_of: whole.run.id } });
    expect(a.energy.pue.value).toBe(1.5);
  });

  test('users and nobody add up to every device', async () => {
    const uids = new Set(lines(ledger, 'usage').map((line) => (JSON.parse(line) as { uid: number | null }).uid));
    const parts = [await cutOf(ledger, '--nobody')];
    for (const uid of uids) if (uid !== null) parts.push(await cutOf(ledger, '--user', String(uid)));
    for (const { device, energy_j } of whole.energy.devices) {
      const sum = parts.reduce((s, one) => s + one.energy.devices.find((d) => d.device === device)!.energy_j.value!, 0);
      expect([device, sum]).toEqual([device, expect.closeTo(energy_j.value!, 6)]);
    }
  });

  test('a stretch of one GPU: its energy within the interval, and neighbours add up to the whole', async () => {
    const [from, to] = [whole.run.started_at_ms + 1300, whole.run.started_at_ms + 3100];
    const cut = await cutOf(ledger, '--gpu', '1', '--from', iso(from), '--to', String(to), '--tag', 'team=a');
    expect(cut.energy.devices.map(({ device }) => device)).toEqual(['gpu-1']);
    expect(cut.run).toMatchObject({ started_at_ms: from, ended_at_ms: to, duration_s: 1.8 });
    expect(cut.run.tags).toEqual({ team: 'a', cut_of: whole.run.id });
    const { value, low, high } = cut.energy.it_j as { value: number; low: number; high: number };
    const truth = trueEnergyJ(spec, from, to, 1);
    expect(low).toBeLessThanOrEqual(truth);
    expect(high).toBeGreaterThanOrEqual(truth);
    const before = await cutOf(ledger, '--gpu', 'gpu-1', '--to', iso(from));
    const after = await cutOf(ledger, '--gpu', gpu(whole, 1).uuid.slice(0, 12), '--from', iso(to));
    const sum = value + before.energy.it_j.value! + after.energy.it_j.value!;
    expect(sum).toBeCloseTo(gpu(whole, 1).energy_j.value!, 6);
    const both = await cutOf(ledger, '--gpu', '0,1', '--cpu');
    expect(both.energy.it_j.value).toBeCloseTo(whole.energy.it_j.value!, 6);
  });

  test('a cut counts nothing twice in the total of all runs', async () => {
    const { stdout } = await joulebook(['runs', '--json', '--ledger', ledger]);
    const { runs, total } = JSON.parse(stdout) as { runs: unknown[]; total: { it_j: number; shared_j: number } };
    expect(runs.length).toBeGreaterThan(5);
    expect(total.it_j).toBeCloseTo(whole.energy.it_j.value!, 5);
  });

  test.each<[string, string[], string]>([
    ['before its time', ['--from', '2020-01-01T00:00:00Z'], 'is not inside'],
    ['after its time', ['--to', '2090-01-01T00:00:00Z'], 'is not inside'],
    ['a time without a zone', ['--from', '2026-11-25T10:00:00'], 'ISO 8601'],
    ['a beginning after the end', ['--from', '1900000001', '--to', '1900000000'], 'not before'],
    ['a GPU that is not there', ['--gpu', '7'], 'no GPU "7"'],
    ['a process that was not seen', ['--pid', '4194303'], 'was not seen'],
    ['no process', ['--pid', 'me'], 'no process'],
    ['a user that nobody knows', ['--user', 'no-such-user-here'], 'no user'],
    ['two at once', ['--pid', '1', '--nobody'], 'exclude'],
  ])('%s: exit code 2, and no run', async (_, args, words) => {
    const runs = () => readdirSync(join(ledger, 'runs')).length;
    const before = runs();
    const result = await joulebook(['cut', 'box', '--ledger', ledger, ...args]);
    expect([result.code, result.stdout, result.stderr]).toEqual([2, '', expect.stringContaining(words)]);
    expect(runs()).toBe(before);
  });
});

describe('attach', () => {
  test('to a process that ends: finished, no exit code is claimed, its steps are read', async () => {
    const folder = tempFolder();
    const [ledger, log] = [join(folder, 'ledger'), join(folder, 'train.log')];
    writeFileSync(log, '{"step":1,"loss":2}\n');
    const other = command('sleep', '300');
    const { done } = start(['attach', String(other.pid), '--log', log, '--json', '--ledger', ledger]);
    await until('energy to be recorded', () => lines(ledger, 'energy').length > 0);
    writeFileSync(log, '{"step":2,"loss":1}\n{"step":3,"loss":1}\n', { flag: 'a' });
    other.kill('SIGTERM');
    const result = await done;
    expect([result.code, result.stderr]).toEqual([0, '']);
    const report = JSON.parse(result.stdout) as ReportJson;
    expect(report.run).toMatchObject({ kind: 'attach', state: 'finished', exit_code: null, signal: null });
    expect(report.run.command).toEqual(['sleep', '300']);
    expect(report.energy.it_j.value).toBeGreaterThan(0);
    expect(lines(ledger, 'steps').map((line) => JSON.parse(line).step)).toEqual([2, 3]);
  });

  test('Ctrl-C ends the metering and leaves the process alone; its share of the CPU is told', async () => {
    const ledger = join(tempFolder(), 'ledger');
    const other = command(process.execPath, '-e', 'for (;;);');
    const { child, done } = start(['attach', String(other.pid), '--ledger', ledger]);
    await until('some seconds', () => lines(ledger, 'energy').length > 1);
    child.kill('SIGINT');
    expect((await done).code).toBe(0);
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
    const [cpu] = (await reportOf(ledger, 'last')).energy.devices;
    expect(cpu!.attribution!.job_share).toBeGreaterThan(0.01);
    expect(cpu!.attribution!.method).toBe('proc');
  });

  test.each([
    ['what is no pid', 'me', 'is no pid'],
    ['a process that is not there', '4194303', 'there is no such process'],
  ])('%s: exit code 2, and no ledger', async (_, pid, words) => {
    const ledger = join(tempFolder(), 'ledger');
    const result = await joulebook(['attach', pid, '--ledger', ledger]);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(existsSync(ledger)).toBe(false);
  });

  const skip = process.getuid?.() === 0 ? null : 'only root can be two users';
  test.skipIf(skip !== null)(`a process of another user: exit code 2${skip === null ? '' : ` (${skip})`}`, () => {
    const ledger = join(tempFolder(), 'ledger');
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'attach', String(process.pid), '--ledger', ledger], {
      encoding: 'utf8',
      uid: 65534,
      gid: 65534,
      cwd: '/',
      env: { PATH: process.env.PATH },
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('belongs to another user')]);
  });
});
