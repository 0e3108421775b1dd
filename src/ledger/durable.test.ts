import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createOnce, makeFolder, putWhereTold, putWhole } from './durable.ts';

const folder = mkdtempSync(join(tmpdir(), 'jb-durable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is made with those above it, and again', () => {
  const deep = join(folder, 'a', 'b', 'c');
  makeFolder(deep);
  makeFolder(deep);
  expect(existsSync(deep)).toBe(true);
});

test('a file in the way is what the file system says it is', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolder(join(folder, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(folder, 'file', 'x', 'y'))).toThrow(/ENOTDIR/);
});

test.skipIf(process.platform !== 'linux')('a place that takes no folders is refused, not tried forever', () => {
  expect(() => makeFolder('/proc/nope')).toThrow(/ENOENT/);
  expect(() => makeFolder('/proc/nope/ledger/runs')).toThrow(/ENOENT/);
});

test('a draft that cannot be put in place leaves nothing behind', () => {
  const place = join(folder, 'drafts');
  makeFolder(join(place, 'taken', 'inside'));
  expect(() => putWhole(join(place, 'taken'), 'text')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(createOnce(join(place, 'once'), 'first')).toBe(true);
  expect(createOnce(join(place, 'once'), 'second')).toBe(false);
  expect(readdirSync(place).sort()).toEqual(['once', 'taken']);
});

test('what somebody named stays what it is: a link, rights, a pipe', async () => {
  const own = mkdtempSync(join(tmpdir(), 'jb-test-'));
  const [file, link, pipe] = ['file', 'link', 'pipe'].map((name) => join(own, name)) as [string, string, string];
  writeFileSync(file, 'old', { mode: 0o600 });
  symlinkSync(file, link);
  putWhereTold(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['new', 0o600]);
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  let read = '';
  reader.stdout.on('data', (chunk) => (read += chunk));
  putWhereTold(pipe, 'through');
  await new Promise((resolve) => reader.once('close', resolve));
  expect([read, lstatSync(pipe).isFIFO()]).toEqual(['through', true]);
  rmSync(own, { recursive: true });
});
