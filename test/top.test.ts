// joulebook top on a real terminal and as text: the cells of its screen are looked at, and its sums held against the report.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { compactFolder } from '../src/ledger/compact.ts';
import type { RunRecord, WriterRecord } from '../src/ledger/records.ts';
import { createRun, type LedgerWriter } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';
import type { TopJson } from '../src/top/document.ts';
import { stepOf } from '../src/workload/step.ts';
import { CLI, joulebook, reportOf, start, tempFolder, until } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';
import { onScreen } from './helpers/screen.ts';

let ledger: string;
let begun_s: number;
beforeEach(() => {
  ledger = join(tempFolder(), 'ledger');
  begun_s = Math.floor(Date.now() / 1000) - 20;
});

/** A run that goes on as long as this test: its devices, then a writer that has metered the last `count` seconds. */
function living(id: string, devices: Device[], more: Partial<RunRecord> = {}, also: Partial<WriterRecord> = {}) {
  createRun(ledger, runRecord(id, { created_at_ms: begun_s * 1000, ...more }));
  const writer = writerOf(ledger, id, also.writer ?? 'w', devices, { started_at_ms: begun_s * 1000, ...also });
  return { writer, meter: (watts: Record<string, number>, from = 0, to = 20) => meter(writer, watts, from, to) };
}
function meter(writer: LedgerWriter, watts: Record<string, number>, from: number, to: number) {
  for (let s = from; s < to; s++)
    for (const [device, w] of Object.entries(watts)) writer.append('energy', second(device, begun_s + s, w));
  writer.flush();
}
const top = (...more: string[]) => `'${process.execPath}' '${CLI}' top --ledger '${ledger}' ${more.join(' ')}`;
const document = async (run: string): Promise<TopJson> => {
  const { code, stdout, stderr } = await joulebook(['top', run, '--json', '--ledger', ledger]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};
const SIZE = { columns: 80, rows: 24 };

describe('on a screen', () => {
  test('what flows and what was used, each device with its bar, and the progress', async () => {
    const { writer, meter } = living('r', [gpu(0), gpu(1)], { name: 'night', zone: 'FR', command: ['python', 't.py'] });
    meter({ 'gpu-0': 350, 'gpu-1': 70 });
    for (let s = 1; s <= 10; s++) {
      const known = stepOf((begun_s + 10 + s) * 1000, { step: s * 10, total: 400, loss: 2.5, epoch: 0.25 });
      writer.append('steps', { ...known, it_j: (10 + s) * 420 });
    }
    writer.flush();
    const screen = await onScreen(`${top()}; echo gone`, SIZE);
    await screen.shows('q quit');
    expect(screen.alternate).toBe(true);
    const lines = screen.lines();
    expect(lines[0]).toMatch(/^joulebook {2}r "night" {2}running {2}2\d s {2}FR$/);
    expect(lines[1]).toBe('python t.py');
    // 20 s of 420 W are 8400 J, 2.333 Wh.
    expect(lines[3]).toMatch(/^420 W {2}2\.3 Wh {2}[\d.]+ gCO2e/);
    // 100 of 400 steps: a quarter of the 30 cells, rounded.
    expect(lines[4]).toMatch(/^step 100\/400 {2}█{8}░{22} {2}left 0:/);
    expect(lines).toContain('epoch 0.250  loss 2.50');
    const row = (name: string) => lines.find((line) => line.startsWith(name))!;
    // 350 of 700 W: half of the 21 cells; 350 W for 20 s are 1.944 Wh.
    expect(row('gpu-0')).toMatch(/^gpu-0 +350 █{11}░{10} +700 +1\.9 Wh {2}counter +100 %$/);
    expect(row('gpu-1')).toMatch(/^gpu-1 +70\.0 █{2}░{19} +700 +0\.39 Wh {2}counter +100 %$/);
    screen.type('q');
    await screen.shows('gone');
    expect(screen.alternate).toBe(false);
    expect(screen.raw).toContain('\x1b[?25h');
  });

  test('follows what is written, pauses on p, goes on, and tells the end', async () => {
    const { writer, meter } = living('r', [gpu(0)]);
    meter({ 'gpu-0': 100 }, 0, 19);
    const screen = await onScreen(top('r'), SIZE);
    await screen.shows(/^100 W/m);
    meter({ 'gpu-0': 200 }, 19, 22);
    await screen.shows(/^200 W/m);
    screen.type('p');
    await screen.shows('paused');
    meter({ 'gpu-0': 300 }, 22, 25);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // longer than it takes to look again
    expect(screen.lines().join('\n')).toMatch(/^200 W/m);
    screen.type('p');
    await screen.shows(/^300 W/m);
    await writer.end(endAt((begun_s + 25) * 1000));
    // 19 · 100 + 3 · 200 + 3 · 300 = 3400 J in 25 s are 136 W.
    await screen.shows(/finished {2}25 s[\s\S]*mean 136 W/);
    screen.type('\x03');
    expect(await screen.ended).toBe(0);
  });

  test('more devices than lines: j, k and the arrows go through them', async () => {
    const devices = Array.from({ length: 30 }, (_, i) => gpu(i));
    const { meter } = living('r', devices);
    meter(Object.fromEntries(devices.map(({ device }) => [device, 10])));
    const screen = await onScreen(top(), { columns: 80, rows: 18 });
    await screen.shows(/^gpu-0 /m);
    screen.type('j\x1b[B');
    await screen.shows(/seen\ngpu-2 /);
    screen.type('k');
    await screen.shows(/seen\ngpu-1 /);
    screen.type('q');
    expect(await screen.ended).toBe(0);
  });

  test('a small size: no line is cut by the screen, and it comes back with the size', async () => {
    const { meter } = living('r', [gpu(0)], { command: ['python', 'x'.repeat(200)] });
    meter({ 'gpu-0': 350 });
    const screen = await onScreen(top(), { columns: 40, rows: 16 });
    await screen.shows(/^gpu-0 +350 +1\.9 Wh █+/m);
    expect(screen.lines()[1]).toBe(`python ${'x'.repeat(33)}`);
    screen.resize(SIZE);
    await screen.shows(`python ${'x'.repeat(73)}`);
    screen.type('q');
    expect(await screen.ended).toBe(0);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s gives the terminal back as it was', async (signal, code) => {
    living('r', [gpu(0)]).meter({ 'gpu-0': 1 });
    const file = join(ledger, 'pid');
    const line = `stty -a >${ledger}/before; sh -c 'echo $$ >${file}; exec ${top()}'; echo code $?; stty -a >${ledger}/after`;
    const screen = await onScreen(line, SIZE);
    await screen.shows('q quit');
    process.kill(Number(readFileSync(file, 'utf8')), signal);
    await screen.shows(`code ${code}`);
    await screen.ended;
    expect(screen.alternate).toBe(false);
    expect(readFileSync(join(ledger, 'after'), 'utf8')).toBe(readFileSync(join(ledger, 'before'), 'utf8'));
  });

  test('Ctrl-Z gives it back, fg takes it again', async () => {
    living('r', [gpu(0)]).meter({ 'gpu-0': 1 });
    const screen = await onScreen(
      `bash -c 'set -m; ${top().replaceAll("'", '')}; echo stopped; fg >/dev/null; echo over'`,
      SIZE,
    );
    await screen.shows('q quit');
    screen.type('\x1a');
    await screen.shows(/1049l[\s\S]*stopped[\s\S]*1049h/, 'raw');
    await screen.shows('q quit');
    expect(screen.alternate).toBe(true);
    screen.type('q');
    await screen.shows('over');
    await screen.ended;
  });
});

test('a run of joulebook run, as it goes on and to its end', async () => {
  const { child, done } = start(['run', '--quiet', '--name', 'real', '--ledger', ledger, '--', 'sh', '-c', STEPS]);
  const screen = await until(
    'a ledger',
    () => existsSync(join(ledger, 'runs')) && readdirSync(join(ledger, 'runs')).length > 0,
  ).then(() => onScreen(top('real'), SIZE));
  await screen.shows(/running[\s\S]* W [\s\S]*step \d+/);
  expect(child.exitCode).toBeNull();
  expect((await done).code).toBe(0);
  await screen.shows(/finished[\s\S]*step 12/);
  screen.type('q');
  expect(await screen.ended).toBe(0);
  const [shown, report] = [await document('real'), await reportOf(ledger, 'real')];
  expect(shown.it_j).toBeCloseTo((report.energy.it_j as { value: number }).value, 6);
});
const STEPS = `for i in $(seq 12); do echo "{\\"step\\": $i, \\"loss\\": 1}"; sleep 0.3; done`;

describe('once', () => {
  test('without a terminal, without UTF-8, without colour: plain ASCII', () => {
    living('r', [gpu(0)], { name: 'a\x1b[31mb' }).meter({ 'gpu-0': 350 });
    const env = { PATH: process.env.PATH, LANG: 'C' };
    const { status, stdout } = spawnSync('sh', ['-c', top('--once')], { encoding: 'utf8', env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[\x20-\x7e\n]*$/);
    expect(stdout).toMatch(/^gpu-0 +350 #{11}\.{10} /m);
    expect(stdout).toMatch(/a \[31mb/);
  });

  test('the newest run that goes on, though another ended later', async () => {
    living('goes-on', [gpu(0)]).meter({ 'gpu-0': 1 });
    const { writer } = living('ended', [gpu(0)], { created_at_ms: begun_s * 1000 + 5 });
    await writer.end(endAt(begun_s * 1000 + 6));
    expect((await document('last')).run.id).toBe('goes-on');
  });

  test('how likely a budget is passed at the end: 100 of 400 steps have taken 8.4 kJ, so all take 21 kJ', async () => {
    const { writer, meter } = living('r', [gpu(0)]);
    meter({ 'gpu-0': 420 });
    for (let s = 11; s <= 20; s++)
      writer.append('steps', { ...stepOf((begun_s + s) * 1000, { step: (s - 10) * 10, total: 400 }), it_j: s * 420 });
    writer.flush();
    const args = ['top', 'r', '--json', '--ledger', ledger, '--budget', '10kJ', '--budget', '100kJ'];
    const { budgets, at_ms }: TopJson = JSON.parse((await joulebook(args)).stdout);
    expect(budgets[0]).toMatchObject({ limit: '10kJ', measure: 'energy', spent: 8400, why: null });
    expect(budgets[0]!.end!.value).toBeCloseTo(21_000, 3);
    expect(budgets.map(({ overrun }) => Math.round(100 * overrun!))).toEqual([100, 0]);
    expect(budgets[0]!.crosses_ms).toBeGreaterThanOrEqual(at_ms);
    expect(budgets[1]!.crosses_ms).toBeNull();
    const other = await joulebook(['top', 'r', '--ledger', ledger, '--budget', '5l']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('such as 1.5kWh or 2kgCO2e')]);
  });

  test('no ledger, no such run: exit code 2', async () => {
    expect((await joulebook(['top', '--ledger', ledger])).code).toBe(2);
    living('r', [gpu(0)]);
    expect((await joulebook(['top', 'other', '--ledger', ledger])).code).toBe(2);
  });
});

describe('the sums are those of the report', () => {
  const held = async (run: string) => {
    const [shown, report] = [await document(run), await reportOf(ledger, run)];
    expect(shown.it_j).toBeCloseTo((report.energy.it_j as { value: number }).value, 6);
    if (report.emissions.operational_g.value === null) expect(shown.operational_g).toBeNull();
    else expect(shown.operational_g).toBeCloseTo(report.emissions.operational_g.value, 9);
    return shown;
  };

  test('of a run with a zone and a PUE, while it goes on and when it has ended', async () => {
    const { writer, meter } = living('r', [gpu(0), gpu(1, '', { charged: false })], { zone: 'DE', pue: 1.25 });
    meter({ 'gpu-0': 300, 'gpu-1': 999 });
    expect((await held('r')).it_j).toBe(6000);
    await writer.end(endAt((begun_s + 20) * 1000));
    expect(await held('r')).toMatchObject({ power_w: null, mean_w: 300, run: { state: 'finished', duration_s: 20 } });
  });

  test('of two hosts, and of two writers that metered one device at once', async () => {
    const one = living('r', [gpu(0, 'GPU-a')], {}, { writer: 'w1', host: 'h1' });
    const two = living(
      'r',
      [gpu(0, 'GPU-b'), gpu(1, 'GPU-a')],
      {},
      { writer: 'w2', host: 'h1', started_at_ms: begun_s * 1000 + 1 },
    );
    one.meter({ 'gpu-0': 100 });
    two.meter({ 'gpu-0': 50, 'gpu-1': 100 });
    const shown = await held('r');
    expect(shown.it_j).toBe(3000);
    expect(shown.devices).toHaveLength(2);
  });

  test('of sealed segments, of what was added after them, and of a torn line', async () => {
    const { writer, meter } = living('r', [gpu(0)]);
    meter({ 'gpu-0': 100 }, 0, 10);
    await writer.end(endAt((begun_s + 20) * 1000));
    await compactFolder(writer.folder, true);
    expect(readdirSync(writer.folder)).toContain('energy.000001.parquet');
    const rows = [10, 11].map((s) => `${JSON.stringify(second('gpu-0', begun_s + s, 70))}\n`).join('');
    appendFileSync(join(writer.folder, 'energy.000002.open'), `${rows}{"device":"gpu-0","from`);
    expect((await held('r')).it_j).toBe(1140);
  });

  test('nothing is written', async () => {
    const { writer, meter } = living('r', [gpu(0)]);
    meter({ 'gpu-0': 100 });
    const state = () => readdirSync(writer.folder).map((name) => [name, statSync(join(writer.folder, name)).mtimeMs]);
    const before = state();
    await document('r');
    expect(state()).toEqual(before);
  });
});
