import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createMove, movesOf, stepMove, unfinishedMove } from './moves.ts';
import { type ProcessName, thisProcess } from './process.ts';
import { runFolder } from './records.ts';
import type { RunEntry } from './runs.ts';

const self = thisProcess();
/** Of this machine, and gone: its pid is ours, its start is not. */
const gone: ProcessName = { ...self, pid_start: '1' };
const elsewhere: ProcessName = { ...self, host: 'other', boot_id: 'b', pid: 7, pid_start: '2' };

let ledger: string;
beforeEach(() => {
  ledger = mkdtempSync(join(tmpdir(), 'jb-moves-'));
});

const move = (by: ProcessName) =>
  createMove(ledger, 'r', {
    ...{ at_ms: 1, by, writer: 'w', job: { ...gone, entry: null, cgroup: null }, cwd: '/', why: 'spent' },
    to: { zone: 'FR', name: null, command: 'true' },
  });
const step = (name: Parameters<typeof stepMove>[1], by: ProcessName | null = self) =>
  stepMove({ ledger, run: 'r', number: 1 }, name, { by, how: '' });
const left = (writers: readonly object[] = []) =>
  unfinishedMove(ledger, { record: { id: 'r' }, writers } as unknown as RunEntry)?.what ?? null;

test('a move is cut off where who made it is gone, with what is left to do', () => {
  expect(left()).toBeNull();
  expect(move(gone)).toBe(1);
  expect(left()).toBe('stop');
  step('stopped');
  expect(left()).toBe('submit');
  step('submitted');
  expect(left()).toBe('waiting');
  expect(step('taken', elsewhere)).toBe(true);
  expect(left()).toBeNull(); // nobody here can tell whether it lives
  expect(movesOf(ledger, 'r')).toMatchObject([{ number: 1, stopped: { by: self }, taken: { by: elsewhere } }]);
});

test('one that is being made is left to who makes it', () => {
  move({ ...self, pid: process.ppid, pid_start: null });
  expect(left()).toBe('moving');
});

test('is taken by one, once', () => {
  move(gone);
  expect([step('taken', self), step('taken', elsewhere)]).toEqual([true, false]);
  expect(movesOf(ledger, 'r')[0]!.taken).toMatchObject({ by: self });
});

test('who took it and died before it began leaves it to be sent anew; one that began, or was withdrawn before it ended, does not', () => {
  move(gone);
  step('stopped');
  step('taken', gone);
  expect(left()).toBe('anew');
  expect(left([{ record: { ...gone, started_at_ms: 0 } }])).toBeNull();
  expect(left([{ record: { ...elsewhere, started_at_ms: Date.now() + 1000 } }])).toBeNull();
});

test('withdrawn: over while the job goes on here, to be sent anew where it has ended', () => {
  move(gone);
  step('taken', null);
  expect(left()).toBeNull();
  step('stopped');
  expect(left()).toBe('anew');
});

test('a step that cannot be read was made all the same', () => {
  move(gone);
  step('stopped');
  writeFileSync(join(runFolder(ledger, 'r'), 'move.000001.taken.json'), '{');
  expect(step('taken')).toBe(false);
  expect(movesOf(ledger, 'r')[0]!.taken).toMatchObject({ by: null, how: 'it cannot be read' });
  expect(left()).toBeNull();
});
