import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createOnce, makeFolder, putWhole } from './durable.ts';

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
