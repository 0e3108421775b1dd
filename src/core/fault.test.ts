import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAULTS, fault } from './fault.ts';

const EXIT = { input: '2', world: '1', ours: '1', condition: '3' };

test('docs/errors.md lists every fault with its exit code, and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d) \|/gm)].map(([, code, exit]) => [code, exit]);
  expect(rows).toEqual(Object.entries(FAULTS).map(([code, { kind }]) => [code, EXIT[kind]]));
});

test('a fault names its facts and keeps its cause', () => {
  const cause = new Error('EACCES');
  const made = fault('file-unreadable', { facts: { file: 'a.csv', why: 'no right' }, cause });
  expect(made.message).toBe('cannot read a.csv: no right');
  expect(made.cause).toBe(cause);
});
