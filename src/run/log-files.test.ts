// Files and folders on the disk, looked at by hand: no timers, and a clock that each look moves on by ten seconds.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { event, FILE_VERSION, history, runFile, simple } from '../../test/helpers/log-bytes.ts';
import type { Step } from '../workload/step.ts';
import { openLog } from './log-source.ts';

let folder: string;
let clock_ms = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-logs-'));
  vi.spyOn(performance, 'now').mockImplementation(() => clock_ms);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const T = 1_700_000_000;
let written = 0;
/** Writes a file and gives it a time of its own, since two writes may come within a tick of the file system's clock. */
function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  written++;
  utimesSync(path, T + written, T + written);
  return path;
}
function append(name: string, content: string | Buffer): void {
  appendFileSync(join(folder, name), content);
  written++;
  utimesSync(join(folder, name), T + written, T + written);
}

function watch(name: string) {
  const steps: Step[] = [];
  const unread: string[] = [];
  let now_ms = T * 1000;
  const sink = { started_ms: T * 1000, now: () => now_ms, onStep: (step: Step) => steps.push(step) };
  const source = openLog(join(folder, name), { ...sink, unread: (message) => unread.push(message) });
  let told = 0;
  const fresh = () => {
    const more = steps.slice(told).map(({ step, epoch }) => step ?? epoch);
    told = steps.length;
    return more;
  };
  return {
    unread,
    steps,
    source,
    /** The steps that a look tells; two looks, for what is only told when nothing more came. */
    look() {
      for (let i = 0; i < 2; i++) {
        clock_ms += 10_000;
        now_ms += 10_000;
        source.look();
      }
      return fresh();
    },
    close() {
      clock_ms += 10_000;
      source.close();
      return fresh();
    },
  };
}

const line = (step: number) => `{"step":${step},"loss":1}\n`;
const scalar = (step: number, tag = 'train/loss') => event(T + step, step, simple(tag, 1));
const events = (...steps: readonly number[]) => Buffer.concat([FILE_VERSION, ...steps.map((step) => scalar(step))]);
const state = (...steps: readonly number[]) =>
  JSON.stringify({ max_steps: 100, log_history: steps.map((step) => ({ step, loss: 1 / step })) });
const EVENTS = 'events.out.tfevents.1700000000.host.1.0';

describe('lines of text', () => {
  test('what was there before is not told, what is appended is', () => {
    write('a.log', line(1));
    const log = watch('a.log');
    expect(log.look()).toEqual([]);
    append('a.log', line(2));
    expect(log.look()).toEqual([2]);
    append('a.log', '{"step":3,');
    expect(log.look()).toEqual([]);
    append('a.log', '"loss":1}\n{"step":4,"loss":1}');
    expect([log.look(), log.close(), log.source.format]).toEqual([[3], [4], 'json-lines']);
  });
  test('a file that appears later is read from its beginning', () => {
    const log = watch('later/a.log');
    expect(log.look()).toEqual([]);
    write('later/a.log', line(1));
    expect(log.look()).toEqual([1]);
    expect(log.unread).toEqual([]);
  });
  test('through truncation', () => {
    write('a.log', `${line(1)}${line(2)}`);
    const log = watch('a.log');
    truncateSync(join(folder, 'a.log'));
    expect(log.look()).toEqual([]);
    append('a.log', line(3));
    expect(log.look()).toEqual([3]);
  });
  test('through rotation: the end of the one that was moved away is read too', () => {
    write('a.log', line(1));
    const log = watch('a.log');
    renameSync(join(folder, 'a.log'), join(folder, 'a.log.1'));
    append('a.log.1', line(2));
    write('a.log', line(3));
    expect(log.look()).toEqual([2, 3]);
  });
  test('a file that vanishes and comes back', () => {
    write('a.log', line(1));
    const log = watch('a.log');
    rmSync(join(folder, 'a.log'));
    expect(log.look()).toEqual([]);
    write('a.log', line(2));
    expect(log.look()).toEqual([2]);
  });
});

describe('what cannot be read is told once', () => {
  test('a FIFO', () => {
    spawnSync('mkfifo', [join(folder, 'fifo')]);
    const log = watch('fifo');
    log.look();
    log.close();
    expect(log.unread).toEqual([`${join(folder, 'fifo')}: it is neither a file nor a folder`]);
  });
  test('a path through a file', () => {
    write('a', 'x');
    const log = watch('a/b');
    log.look();
    log.close();
    expect(log.unread).toHaveLength(1);
    expect(log.unread[0]).toMatch(/a\/b: .*ENOTDIR/);
  });
  test('a state too large to be read whole, as a file and in a folder', () => {
    const logs = [watch('trainer_state.json'), watch('')];
    const path = write('trainer_state.json', '{"log_history": [{"step": 1, "loss": 1}]}');
    truncateSync(path, 40 << 20);
    for (const log of logs) {
      expect([log.look(), log.close()]).toEqual([[], []]);
      expect(log.unread).toEqual([`${path}: with 40 MiB it is too large to be read whole`]);
    }
  });
  test('one that never came', () => {
    const log = watch('none');
    log.look();
    expect(log.unread).toEqual([]);
    log.close();
    expect(log.unread).toEqual([`${join(folder, 'none')}: it was never there`]);
  });
});

describe('one file', () => {
  test('of events: what was there is passed over, half a record waits', () => {
    write(EVENTS, events(1, 2));
    const log = watch(EVENTS);
    append(EVENTS, scalar(3).subarray(0, 30));
    expect(log.look()).toEqual([]);
    append(EVENTS, Buffer.concat([scalar(3).subarray(30), scalar(4)]));
    expect([log.look(), log.source.format]).toEqual([[3, 4], 'tensorboard']);
  });
  test('of a state that is replaced', () => {
    write('trainer_state.json', state(5));
    const log = watch('trainer_state.json');
    expect(log.look()).toEqual([]);
    write('new', state(5, 10));
    renameSync(join(folder, 'new'), join(folder, 'trainer_state.json'));
    expect(log.look()).toEqual([10]);
    write('trainer_state.json', state(5, 10, 15));
    expect(log.look()).toEqual([15]);
    expect(log.look()).toEqual([]);
  });
  test('of a table that is appended to, written anew with a column more, and appended to again', () => {
    write('m.csv', 'step,loss\n1,1\n');
    const log = watch('m.csv');
    append('m.csv', '2,1\n');
    expect(log.look()).toEqual([2]);
    write('m.csv', 'step,loss,lr\n1,1,\n2,1,\n3,1,\n');
    expect(log.look()).toEqual([3]);
    append('m.csv', '4,1,1\n');
    expect([log.look(), log.source.format]).toEqual([[4], 'csv']);
  });
  test('of a table that appears with half a header', () => {
    const log = watch('m.csv');
    write('m.csv', 'step,lo');
    expect(log.look()).toEqual([]);
    append('m.csv', 'ss\n1,1\n');
    expect(log.look()).toEqual([1]);
  });
  test('of W&B, with what was there before', () => {
    const all = runFile(...[1, 2].map((step) => history({ loss: '1', _step: String(step) })));
    const first = runFile(history({ loss: '1', _step: '1' })).length;
    write('run-1.wandb', all.subarray(0, first));
    const log = watch('run-1.wandb');
    append('run-1.wandb', all.subarray(first));
    expect(log.look()).toEqual([2]);
  });
});

describe('a folder', () => {
  test('of events: all files in it and below it, those that appear later, and old ones that grow', () => {
    write(`old/${EVENTS}`, events(1));
    write(`grows/${EVENTS}`, events(2));
    const log = watch('');
    expect(log.look()).toEqual([]);
    append(`grows/${EVENTS}`, scalar(3));
    expect(log.look()).toEqual([3]);
    write(`new/deep/${EVENTS}`, events(4));
    expect(log.look()).toEqual([4]);
    append(`new/deep/${EVENTS}`, scalar(5));
    expect([log.look(), log.close(), log.source.format]).toEqual([[5], [], 'tensorboard']);
  });
  test('that appears later', () => {
    const log = watch('runs');
    expect(log.look()).toEqual([]);
    write(`runs/a/${EVENTS}`, events(1));
    expect(log.look()).toEqual([1]);
  });
  test("of the Trainer's output: the newest state counts, and what the run did not write does not", () => {
    write('out/checkpoint-5/trainer_state.json', state(5));
    const log = watch('out');
    expect(log.look()).toEqual([]);
    write('out/checkpoint-10/trainer_state.json', state(5, 10));
    expect(log.look()).toEqual([10]);
    rmSync(join(folder, 'out/checkpoint-5'), { recursive: true });
    write('out/checkpoint-15/trainer_state.json', state(5, 10, 15));
    write('out/trainer_state.json', state(5, 10, 15));
    expect([log.look(), log.close(), log.source.format]).toEqual([[15], [], 'trainer-state']);
    expect(log.steps[0]!.total).toBe(100);
  });
  test('with events and states: the events count, as they have times', () => {
    const log = watch('out');
    write(`out/runs/x/${EVENTS}`, events(1, 2));
    write('out/checkpoint-2/trainer_state.json', state(1, 2));
    expect([log.look(), log.close(), log.source.format]).toEqual([[1, 2], [], 'tensorboard']);
  });
  test('with events that tell no step: the states count, at the end', () => {
    const log = watch('out');
    write(`out/runs/x/${EVENTS}`, events());
    write('out/checkpoint-2/trainer_state.json', state(1, 2));
    expect([log.look(), log.close()]).toEqual([[], [1, 2]]);
  });
  test("of Lightning's logs", () => {
    write('lightning_logs/version_0/metrics.csv', 'epoch,step,train_loss\n0,4,1\n');
    const log = watch('lightning_logs');
    write('lightning_logs/version_1/metrics.csv', 'epoch,step,train_loss\n0,4,1\n0,9,1\n');
    expect(log.look()).toEqual([5, 10]);
    append('lightning_logs/version_1/metrics.csv', '1,14,1\n');
    expect(log.look()).toEqual([15]);
  });
  test("of W&B's runs: the one that began during the run", () => {
    write('wandb/offline-run-1/run-1.wandb', runFile(history({ loss: '1', _step: '1' })));
    const log = watch('wandb');
    expect(log.look()).toEqual([]);
    write('wandb/offline-run-2/run-2.wandb', runFile(history({ loss: '1', _step: '2' })));
    expect([log.look(), log.source.format]).toEqual([[2], 'wandb']);
  });
  test("of MLflow's runs: values of one step are one", () => {
    write('mlruns/0/old/metrics/loss', `${T}000 1 1\n`);
    const log = watch('mlruns');
    write('mlruns/0/new/metrics/loss', `${T}000 2 7\n`);
    write('mlruns/0/new/metrics/train/learning_rate', `${T}000 0.5 7\n`);
    expect(log.look()).toEqual([7]);
    expect(log.steps[0]).toMatchObject({ step: 7, loss: 2, lr: 0.5 });
    append('mlruns/0/new/metrics/loss', `${T}000 2 8\n`);
    expect(log.look()).toEqual([8]);
  });
  test("of MLflow's runs: values that are read only at the end are one step too", () => {
    const log = watch('mlruns');
    write('mlruns/0/new/metrics/loss', `${T}000 2 7\n`);
    write('mlruns/0/new/metrics/num_tokens', `${T}000 4096 7\n`);
    expect(log.close()).toEqual([7]);
    expect(log.steps[0]).toMatchObject({ loss: 2, tokens: 4096 });
  });
  test('that is empty, or vanishes', () => {
    mkdirSync(join(folder, 'runs'));
    const log = watch('runs');
    expect(log.look()).toEqual([]);
    rmSync(join(folder, 'runs'), { recursive: true });
    expect([log.look(), log.close()]).toEqual([[], []]);
  });
});

test('a large file that is written anew again and again is not read at every look', () => {
  vi.restoreAllMocks(); // the clock is the real one: what a look costs decides
  const rows = 'x'.repeat(1000);
  const big = (steps: number) =>
    JSON.stringify({ log_history: Array.from({ length: steps }, (_, i) => ({ step: i + 1, loss: 1, note: rows })) });
  const log = watch('trainer_state.json');
  write('trainer_state.json', big(10_000));
  log.source.look();
  expect(log.steps).toHaveLength(10_000);
  write('trainer_state.json', big(10_001));
  log.source.look();
  expect(log.steps).toHaveLength(10_000); // it rests, twenty times as long as reading took
  expect(log.close()).toHaveLength(10_001); // but the end is read
});
