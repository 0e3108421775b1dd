import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allows, createToken, removeToken, tokenSaid, tokensIn } from './tokens.ts';

const newFolder = () => join(mkdtempSync(join(tmpdir(), 'joulebook-')), 'config', 'tokens');
const of = (name: string, more: object = {}) => ({
  ...{ name, scope: 'read' as const, created_at_ms: 1000, expires_at_ms: 5000 },
  ...more,
});

test('a token has 256 random bits, and nothing of it but its SHA-256 is kept, for its owner alone', () => {
  const folder = newFolder();
  const [one, other] = [createToken(folder, of('one')), createToken(folder, of('other'))];
  expect(one).toMatch(/^joulebook_[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(one.slice('joulebook_'.length), 'base64url')).toHaveLength(32);
  expect(other).not.toBe(one);
  const text = readFileSync(join(folder, 'one.json'), 'utf8');
  expect(text).not.toContain(one.slice('joulebook_'.length));
  expect(JSON.parse(text).sha256).toBe(createHash('sha256').update(one).digest('hex'));
  expect(statSync(join(folder, 'one.json')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a token is recognised until it expires or is taken away, and another text never', () => {
  const folder = newFolder();
  const one = createToken(folder, of('one'));
  const good = createToken(folder, of('for-good', { scope: 'admin', expires_at_ms: null }));
  const tokens = tokensIn(folder);
  expect(tokens.map(({ name }) => name)).toEqual(['for-good', 'one']);
  expect(tokenSaid(one, tokens, 4999)?.name).toBe('one');
  expect(tokenSaid(one, tokens, 5000)).toBeNull();
  expect(tokenSaid(good, tokens, 1e15)?.scope).toBe('admin');
  const near = `${one.slice(0, -1)}${one.endsWith('A') ? 'B' : 'A'}`;
  for (const said of [near, one.slice(0, -1), `${one}A`, '', tokens[1]!.sha256, one.toUpperCase()])
    expect(tokenSaid(said, tokens, 2000)).toBeNull();
  removeToken(folder, 'one');
  expect(tokenSaid(one, tokensIn(folder), 2000)).toBeNull();
});

test('each scope allows what the ones before it allow', () => {
  expect([allows('read', 'read'), allows('write', 'read'), allows('admin', 'write')]).toEqual([true, true, true]);
  expect([allows('read', 'write'), allows('write', 'admin'), allows('read', 'admin')]).toEqual([false, false, false]);
});

test('a name is taken once, and leads to no other file', () => {
  const folder = newFolder();
  createToken(folder, of('one'));
  expect(() => createToken(folder, of('one'))).toThrow(expect.objectContaining({ code: 'token-name' }));
  for (const name of ['', '.', '..', '../one', 'a/b', '-x', 'a b', '.hidden', 'x'.repeat(65), 'a\0', 'ä'])
    expect(() => createToken(folder, of(name))).toThrow(expect.objectContaining({ code: 'usage' }));
  writeFileSync(join(folder, '..', 'config.json'), '{}');
  for (const name of ['../config', 'no-such', ''])
    expect(() => removeToken(folder, name)).toThrow(expect.objectContaining({ code: 'token-name' }));
  expect(readdirSync(join(folder, '..')).sort()).toEqual(['config.json', 'tokens']);
});

test('tokens that others can read or change are used by nobody', () => {
  const folder = newFolder();
  createToken(folder, of('one'));
  chmodSync(join(folder, 'one.json'), 0o640);
  expect(() => tokensIn(folder)).toThrow(
    expect.objectContaining({ code: 'tokens-open', facts: expect.objectContaining({ mode: '640' }) }),
  );
  chmodSync(join(folder, 'one.json'), 0o600);
  chmodSync(folder, 0o770);
  expect(() => tokensIn(folder)).toThrow(expect.objectContaining({ code: 'tokens-open' }));
  // And a folder that is somebody's own matter is not shut to others unasked.
  expect(() => createToken(folder, of('two'))).toThrow(expect.objectContaining({ code: 'tokens-open' }));
  expect(statSync(folder).mode & 0o777).toBe(0o770);
});

test('no folder holds no token; a file that is no token is told', () => {
  expect(tokensIn(newFolder())).toEqual([]);
  const folder = newFolder();
  createToken(folder, of('one'));
  const made = JSON.parse(readFileSync(join(folder, 'one.json'), 'utf8'));
  const broken = [
    '',
    '{}',
    'null',
    '[]',
    JSON.stringify({ ...made, sha256: 'ab' }),
    JSON.stringify({ ...made, scope: 'root' }),
  ];
  for (const text of [...broken, JSON.stringify({ ...made, expires_at_ms: '9' })]) {
    writeFileSync(join(folder, 'one.json'), text);
    expect(() => tokensIn(folder)).toThrow(expect.objectContaining({ code: 'file-bad' }));
  }
});
