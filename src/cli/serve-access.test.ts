import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createToken } from '../app/tokens.ts';
import { type AccessOptions, accessOf } from './serve-access.ts';

const empty = mkdtempSync(join(tmpdir(), 'joulebook-'));
const filled = join(mkdtempSync(join(tmpdir(), 'joulebook-')), 'tokens');
createToken(filled, { name: 'one', scope: 'read', created_at_ms: 0, expires_at_ms: null });
const decided = (options: AccessOptions, folder: string | null = filled) => accessOf(options, folder, 0);

test.each([
  [{}, true, false],
  [{ host: '127.0.0.1' }, true, false],
  [{ host: '::1' }, true, false],
  [{ host: 'localhost' }, true, false],
  [{ requireToken: true }, true, true],
  [{ tokens: filled }, true, true],
  // A proxy makes it everybody's.
  [{ publicUrl: 'https://energy.example.org' }, true, true],
  [{ host: '0.0.0.0' }, false, true],
  [{ host: '::' }, false, true],
  [{ host: '192.0.2.7' }, false, true],
] as [AccessOptions, boolean, boolean][])(
  '%j: this machine alone %s, tokens wanted %s',
  async (options, loopback, wanted) => {
    const { access } = await decided(options);
    expect([access.loopback, access.tokens !== null]).toEqual([loopback, wanted]);
  },
);

test('beyond this machine it does not start without a token', async () => {
  const told = { code: 'tokens-missing', facts: expect.objectContaining({ folder: empty }) };
  for (const options of [{ host: '0.0.0.0' }, { publicUrl: 'https://energy.example.org' }, { requireToken: true }])
    await expect(decided(options, empty)).rejects.toMatchObject(told);
  await expect(decided({ host: '0.0.0.0' }, null)).rejects.toMatchObject({ code: 'usage' });
});

test('a way that is not encrypted is warned of, beyond this machine', async () => {
  const warned = async (options: AccessOptions) => (await decided(options)).warnings.length;
  expect(await warned({ host: '0.0.0.0' })).toBe(1);
  expect(await warned({ host: '0.0.0.0', publicUrl: 'http://energy.example.org' })).toBe(1);
  expect(await warned({ host: '0.0.0.0', publicUrl: 'https://energy.example.org' })).toBe(0);
  expect(await warned({ publicUrl: 'http://energy.example.org' })).toBe(1);
  expect(await warned({})).toBe(0);
});

test('what cannot be used is told', async () => {
  const code = (options: AccessOptions) => decided(options).catch((error) => error.code);
  for (const publicUrl of [
    'energy.example.org',
    'ftp://a.example.org',
    'https://a.example.org/path',
    'https://me:pw@a.example.org',
  ])
    expect([publicUrl, await code({ publicUrl })]).toEqual([publicUrl, 'usage']);
  expect(await code({ tlsCert: 'a' })).toBe('usage');
  expect(await code({ tlsKey: 'a' })).toBe('usage');
  expect(await code({ tlsCert: join(empty, 'a'), tlsKey: join(empty, 'b') })).toBe('file-unreadable');
  const text = join(empty, 'text');
  writeFileSync(text, 'text');
  expect(await code({ tlsCert: text, tlsKey: text })).toBe('file-bad');
});
