import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waits } from './sampler-process.ts';

const file = join(mkdtempSync(join(tmpdir(), 'joulebook-')), 'child.cjs');
writeFileSync(file, "process.on('message', () => process.exit(3)); process.send('here');");
const started = async () => {
  const child = fork(file, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  await once(child, 'message');
  return child;
};

test('a process that was started ahead waits until it ends, is ended or lets go', async () => {
  const ends = await started();
  expect(waits(ends)).toBe(true);
  ends.send('end');
  await once(ends, 'exit');
  expect(waits(ends)).toBe(false);

  const killed = await started();
  killed.kill('SIGKILL');
  expect(waits(killed)).toBe(false); // its end has not been told yet

  const apart = await started();
  apart.disconnect();
  expect(waits(apart)).toBe(false);
  apart.kill('SIGKILL');
});
