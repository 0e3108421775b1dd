// kill -9 of joulebook for each way its output can be connected; the fifty random ones are in test/full.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { joulebook, reportOf, start, tempFolder } from './helpers/cli.ts';
import { killAfter, WAYS } from './helpers/kill.ts';

describe('kill -9', () => {
  test.each(WAYS)('of joulebook, output by %s: the command runs to its end and all of it arrives', async (way) => {
    await killAfter(way, 300);
  });

  test('of joulebook and the command: what was committed is kept', async () => {
    await killAfter('pipe', 2300, { whom: 'all', seconds: 3 });
  });
});

describe('readers that leave', () => {
  test('a command whose reader leaves dies by SIGPIPE, as it would alone', () => {
    const folder = tempFolder();
    const cli = join(import.meta.dirname, '../dist/cli.js');
    const out = spawnSync(
      'bash',
      [
        '-c',
        `set -o pipefail; '${process.execPath}' '${cli}' run --quiet --ledger '${folder}/ledger' -- yes | head -1; echo "\${PIPESTATUS[0]}"`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(out.stdout).toBe('y\n141\n');
  });

  test('a grandchild that holds the output does not hold joulebook', async () => {
    const folder = tempFolder();
    const started = Date.now();
    const { child, done } = start([
      'run',
      '--quiet',
      '--ledger',
      join(folder, 'ledger'),
      '--',
      'sh',
      '-c',
      'sleep 30 & echo $!; exit 5',
    ]);
    let grandchild = '';
    child.stdout!.on('data', (chunk: Buffer) => (grandchild += chunk.toString()));
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(5);
    expect(Date.now() - started).toBeLessThan(15_000);
    process.kill(Number(grandchild.trim()));
    expect((await done).stdout).toMatch(/^\d+\n$/);
    expect((await reportOf(join(folder, 'ledger'), 'last')).run.exit_code).toBe(5);
    expect((await joulebook(['runs', '--ledger', join(folder, 'ledger')])).code).toBe(0);
  });
});
