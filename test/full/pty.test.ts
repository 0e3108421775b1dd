// No line is lost at a command's end on a terminal of its own, whatever it prints last and however busy the machine is.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joulebook, tempFolder } from '../helpers/cli.ts';

test('two hundred commands that print and end', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const failed: string[] = [];
  for (let i = 0; i < 200; i += 4) {
    const four = Array.from({ length: 4 }, async (_, j) => {
      const lines = (i + j) * 37;
      const command = `seq ${lines}; printf end`;
      const { code, stdout } = await joulebook([
        'run',
        '--quiet',
        '--pty',
        '--ledger',
        ledger,
        '--',
        'sh',
        '-c',
        command,
      ]);
      const wanted = `${Array.from({ length: lines }, (_, n) => `${n + 1}\n`).join('')}end`;
      const hash = (text: string) => createHash('sha256').update(text).digest('hex');
      if (code !== 0 || hash(stdout) !== hash(wanted))
        failed.push(`${lines} lines: ${stdout.length} bytes, code ${code}`);
    });
    await Promise.all(four);
  }
  expect(failed).toEqual([]);
});
