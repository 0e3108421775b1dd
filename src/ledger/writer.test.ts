import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureLedger } from './writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joulebook-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('of a folder that was made for a ledger git takes no notice', () => {
  const ledger = join(folder, 'deep', '.joulebook');
  ensureLedger(ledger);
  expect(readFileSync(join(ledger, '.gitignore'), 'utf8')).toBe('*\n');
});

test('a folder that was there, such as a repository, is none of git’s secrets', () => {
  mkdirSync(join(folder, 'there'));
  ensureLedger(join(folder, 'there'));
  expect(existsSync(join(folder, 'there', 'ledger.json'))).toBe(true);
  expect(existsSync(join(folder, 'there', '.gitignore'))).toBe(false);
});
