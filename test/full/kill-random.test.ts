// Fifty kill -9 at random moments, of joulebook alone and of everything: no committed second is lost. Twenty more fall
// into the first half second, before or while the command starts.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CLI, joulebook, tempFolder, until } from '../helpers/cli.ts';
import { killAfter, WAYS } from '../helpers/kill.ts';

test('50 random kills', async () => {
  for (let i = 0; i < 50; i++) {
    const whom = i % 3 === 2 ? 'all' : 'joulebook';
    await killAfter(WAYS[i % WAYS.length]!, Math.floor(Math.random() * 3500), { whom, seconds: 4 });
  }
});

test('20 kills while it starts: a command that has begun comes to its end, and the next one works', async () => {
  for (let i = 0; i < 20; i++) {
    const folder = tempFolder();
    const ledger = join(folder, 'ledger');
    const at = (name: string) => join(folder, name);
    const job = `echo begun > ${at('begun')}; sleep 0.3; echo output; echo done > ${at('done')}`;
    const line = `exec '${process.execPath}' '${CLI}' run --quiet --ledger '${ledger}' -- sh -c '${job}' > >(cat > ${at('out')})`;
    const shell = spawn('bash', ['-c', line], { stdio: 'ignore' });
    await sleep(Math.random() * 500);
    shell.kill('SIGKILL');
    await sleep(700);
    if (existsSync(at('begun'))) {
      await until('its end', () => existsSync(at('done')));
      await until('its output', () => readFileSync(at('out'), 'utf8') === 'output\n');
    }
    const next = await joulebook(['run', '--quiet', '--ledger', ledger, '--', 'true']);
    expect([next.code, next.stderr]).toEqual([0, '']);
    expect((await joulebook(['runs', '--json', '--ledger', ledger])).code).toBe(0);
  }
});
