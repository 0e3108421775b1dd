// Without a terminal a plain line a minute is told on stderr, and none with --quiet or --live off.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joulebook, tempFolder } from '../helpers/cli.ts';

test('a command of a bit more than a minute', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const run = (...options: string[]) =>
    joulebook(['run', '--zone', 'DE', ...options, '--ledger', ledger, '--', 'sleep', '64']);
  const [plain, quiet, off] = await Promise.all([run(), run('--quiet'), run('--live', 'off')]);
  expect(plain.stderr.match(/^joulebook: .*/gm)).toEqual([
    expect.stringMatching(/^joulebook: 1:0\d {2}[\d.]+ W {2}[\d.]+ Wh {2}[\d.]+ m?gCO2e$/),
  ]);
  expect(plain.stdout).toBe('');
  expect(quiet.stderr).toBe('');
  expect(off.stderr).not.toMatch(/^joulebook: /m);
});
