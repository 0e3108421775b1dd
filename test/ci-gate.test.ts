// joulebook ci gate and ci baseline in a scratch repository with real git: exit codes, files and notes, the guide.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRun } from '../src/ledger/writer.ts';
import { stepOf } from '../src/workload/step.ts';
import { CLI, joulebook, tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let repo: string;
let main: string;
let head: string;
const FILE = '.joulebook-baseline.json';
const ROOT = resolve(import.meta.dirname, '..');
const git = (...args: string[]) => execFileSync('git', args, { cwd: repo, encoding: 'utf8' }).trim();
const commit = (message: string): string => {
  git('commit', '-q', '--allow-empty', '-m', message);
  return git('rev-parse', 'HEAD');
};
const ci = (...args: string[]) => joulebook(['ci', ...args], { cwd: repo });

/** A run of four seconds and a thousand tokens at so many watts. */
async function metered(
  id: string,
  watts: number,
  { commit, tags = {}, name = 'g' }: { commit: string; tags?: object; name?: string },
) {
  const ledger = join(repo, '.joulebook');
  const created_at_ms = 1_700_000_000_000 + metered.count++ * 60_000;
  createRun(ledger, runRecord(id, { created_at_ms, tags: { ...tags }, git: { commit, branch: 'b', dirty: false } }));
  const writer = writerOf(ledger, id, 'w', [gpu(0, 'GPU-0', { name })], { started_at_ms: created_at_ms });
  const s0 = created_at_ms / 1000;
  for (let s = 0; s < 4; s++) {
    writer.append('energy', second('gpu-0', s0 + s, watts));
    writer.append('steps', {
      ...stepOf(created_at_ms + (s + 1) * 1000, { step: s + 1, tokens: (s + 1) * 250 }),
      it_j: (s + 1) * watts,
    });
  }
  await writer.end(endAt(created_at_ms + 4000));
}
metered.count = 0;
async function five(begin: string, watts: number, more: Parameters<typeof metered>[2]): Promise<void> {
  for (const [i, off] of [-1, 0.5, 0, 1, -0.5].entries()) await metered(`${begin}${i}`, watts + off, more);
}

beforeAll(async () => {
  repo = tempFolder();
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@b.invalid');
  main = commit('one');
  await five('main', 250, { commit: main, tags: { side: 'base' } });
});

describe('one after the other', () => {
  test('a baseline of the newest runs of this commit, as a file that is the same when it is made again', async () => {
    expect(await ci('gate')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no baseline "main" in .*\.joulebook-baseline\.json/),
    });
    const made = await ci('baseline', 'update');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    // 4 s at 250 W are 1000 J, of a thousand tokens.
    expect(made.stdout).toMatch(/^joulebook {2}baseline main: commit [0-9a-f]{12}, 2023-11-14, 5 repeats\n/);
    expect(made.stdout).toMatch(/\n {2}j_per_token {11}1\.00 J per token {2}± 0\.316 %\n/);
    const text = readFileSync(join(repo, FILE), 'utf8');
    expect(text).toContain('"j_per_token": [0.996, 1.002, 1, 1.004, 0.998],\n');
    expect(text).toContain(`"commit": "${main}"`);
    for (const secret of [repo, 'main0', '"h"']) expect(text).not.toContain(secret);
    await ci('baseline', 'update', 'main3', 'main1', 'main0', 'main2', 'main4');
    expect(readFileSync(join(repo, FILE), 'utf8')).toBe(text);
  });

  test('0 where nothing changed, 3 where it needs a tenth more, 0 where that is allowed', async () => {
    expect(await ci('gate')).toMatchObject({ code: 0, stdout: expect.stringContaining('gate: no regression') });
    head = commit('two');
    expect(await ci('gate')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no run of commit HEAD in .*\n {2}meter it first/),
    });
    await five('head', 275, { commit: head, tags: { variant: 'head' } });
    const worse = await ci('gate', '--baseline', 'main');
    expect(worse).toMatchObject({ code: 3, stderr: '' });
    expect(worse.stdout).toMatch(
      /j_per_token \+10\.0 % \(90 %: \+9\.\d % to \+10\.\d %\).*5 \+ 5 repeats: more than 5 % allowed\n/,
    );
    expect((await ci('gate', '--max-increase', '20%')).code).toBe(0);
    const json = JSON.parse((await ci('gate', '--json', '--tag', 'variant=head')).stdout);
    expect(json).toMatchObject({
      schema: 'joulebook/gate/v1',
      verdict: 'regression',
      failed: true,
      candidate: { commit: head },
    });
    expect(json.checks[0]).toMatchObject({ p: 1 / 252, candidate: { repeats: 5 } });
  });

  test('too few repeats: a warning, with --strict 3', async () => {
    const few = await ci('gate', 'head0', 'head1');
    expect(few).toMatchObject({ code: 0, stdout: expect.stringContaining('gate: cannot tell yet') });
    expect(few.stderr).toMatch(/^joulebook: cannot tell yet: 3 more repeats .*\(exit 0; with --strict 3\)\n$/);
    expect((await ci('gate', 'head0', 'head1', '--strict')).code).toBe(3);
  });

  test('2 for what cannot be compared or used, with what would be right', async () => {
    await metered('other', 275, { commit: head, name: 'H200', tags: { gpu: 'H200' } });
    const different = await ci('gate', '--tag', 'gpu=H200');
    expect(different).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hardware: 1 × g in the baseline, 1 × H200 here'),
    });
    expect((await ci('gate', '--tag', 'gpu=H200', '--allow-different')).code).toBe(0);
    expect(await ci('gate', '--max-increase', '5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('such as 5%'),
    });
    expect(await ci('gate', '--metric', 'watts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one of j_per_token'),
    });
    writeFileSync(join(repo, 'newer.json'), '{"schema":"joulebook/baseline/v2","baselines":{}}');
    expect(await ci('gate', '--baseline', 'newer.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('update joulebook'),
    });
    expect(await ci('gate', '--baseline', `${FILE}#nightly`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is main; '),
    });
  });
});

test('notes: the nearest commit before that has one', async () => {
  expect((await ci('baseline', 'update', '--notes', '--commit', main)).code).toBe(0);
  expect(git('notes', '--ref=joulebook', 'list').split(' ')[1]).toBe(main);
  expect(await ci('gate', '--notes', '--tag', 'variant=head')).toMatchObject({ code: 3, stderr: '' });
  const told = `main  ${main.slice(0, 12)}  2023-11-14  5 repeats\n`;
  expect(await ci('baseline', 'list', '--notes')).toMatchObject({ code: 0, stdout: told });
});

test('the guide and the examples of --help, in a repository whose head needs no more', async () => {
  const bin = join(repo, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'joulebook'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(join(bin, 'joulebook'), 0o755);
  const now = commit('three');
  await five('now', 250, { commit: now, tags: { side: 'head' } });
  const guide = readFileSync(join(ROOT, 'docs/guides/ci.md'), 'utf8');
  const lines = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text]) => text!.trim().split('\n'));
  const helps = await Promise.all(
    ['gate', 'baseline update', 'baseline show', 'baseline list'].map((command) => ci(...command.split(' '), '--help')),
  );
  const examples = helps.map(({ stdout }) => /\nExample:\n {2}(.*)\n/.exec(stdout)![1]!);
  expect(lines.length).toBeGreaterThan(6);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, JOULEBOOK_HOME: join(repo, '.joulebook') };
  for (const line of [...lines, ...examples]) {
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: repo, encoding: 'utf8', env });
    expect([line, status, stderr]).toEqual([line, 0, '']);
  }
  const known = new Set(helps.flatMap(({ stdout }) => stdout.match(/--[a-z][a-z-]+/g) ?? []));
  const foreign = ['--quiet', '--log']; // of joulebook run
  expect(
    (guide.match(/--[a-z][a-z-]+/g) ?? []).filter((option) => !known.has(option) && !foreign.includes(option)),
  ).toEqual([]);
});
