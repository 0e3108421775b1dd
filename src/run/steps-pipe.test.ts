import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { followSteps, makeSteps } from './steps-pipe.ts';

test('the file is private, is followed from its beginning and goes with its folder', async () => {
  const path = makeSteps()!;
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
  appendFileSync(path, 'a\n');
  let text = '';
  const pipe = followSteps(path, (chunk) => {
    text += chunk.toString();
  });
  appendFileSync(path, 'b\n');
  await vi.waitFor(() => expect(text).toBe('a\nb\n'));
  appendFileSync(path, 'c\n');
  pipe.close();
  expect([text, existsSync(dirname(path))]).toEqual(['a\nb\nc\n', false]);
});

test('a file that has grown large is replaced, and no line is lost: neither of the old one nor of the new', async () => {
  const path = makeSteps()!;
  let text = '';
  const take = (chunk: Buffer) => {
    text += chunk.toString();
  };
  const pipe = followSteps(path, take, { largest: 100 });
  const old = openSync(path, 'a');
  const { ino } = statSync(path);
  writeSync(old, `${'x'.repeat(200)}\n`);
  await vi.waitFor(() => expect(statSync(path).ino).not.toBe(ino));
  writeSync(old, 'late\n'); // its writer has not looked at the name yet
  appendFileSync(path, 'new\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await vi.waitFor(() => expect(text).toContain('new\n'));
  pipe.close();
  closeSync(old);
  expect(text.split('\n').slice(1).sort()).toEqual(['', 'late', 'new']);
  expect(existsSync(dirname(path))).toBe(false);
});

test('a folder that is not of our making stays', () => {
  const folder = join(tmpdir(), `jb-test-steps-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'steps.jsonl');
  writeFileSync(path, '');
  followSteps(path, () => {}).close();
  expect(existsSync(path)).toBe(true);
});

test('what a killed process left goes when the next begins; what a living one uses stays', async () => {
  const own = dirname(makeSteps()!);
  const [, , namespace] = basename(own).split('.');
  // The largest pid that Linux can be set to is 4194304.
  const left = join(tmpdir(), `joulebook-steps.4194305.${namespace}.AbCdEf`);
  const other = join(tmpdir(), `joulebook-steps.4194305.1.AbCdEf`);
  for (const folder of [left, other]) mkdirSync(folder, { recursive: true });
  const next = makeSteps()!;
  await vi.waitFor(() => expect(readdirSync(tmpdir())).not.toContain(basename(left)));
  expect([existsSync(own), existsSync(other)]).toEqual([true, true]);
  rmdirSync(other);
  for (const path of [next, join(own, 'steps.jsonl')]) followSteps(path, () => {}).close();
  expect(existsSync(own)).toBe(false);
});
