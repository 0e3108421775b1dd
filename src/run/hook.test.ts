// Hooks as real processes: what they get, and how their end is told.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHook } from './hook.ts';

test('gets the decision as a line of JSON, and its output is nobody’s', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'jb-hook-')), 'got');
  expect(await runHook(`echo loud; cat > ${file}`, { act: 'hook' }, process.env)).toBeNull();
  expect(readFileSync(file, 'utf8')).toBe('{"act":"hook"}\n');
});

test.each([
  ['exit 4', 'ended with exit code 4'],
  ['kill -9 $$', 'was ended by SIGKILL'],
  ['no-such-command-at-all', 'ended with exit code 127'],
  ['exec <&-; exit 0', null], // it need not read
])('%s', async (command, told) => {
  expect(await runHook(command, { large: 'x'.repeat(1 << 20) }, process.env)).toBe(told);
});

test('one that takes too long is ended with all that it started', async () => {
  const started = performance.now();
  expect(await runHook('sleep 60 & sleep 60', {}, process.env, 200)).toBe('took longer than 0.2 s and was ended');
  expect(performance.now() - started).toBeLessThan(5000);
});
