import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { GitRecord, RunRecord } from '../ledger/records.ts';
import { commitNamed, ofGit } from './commits.ts';

let folder: string;
let first: string;
const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
const runOf = (state: GitRecord | null) => ({ git: state }) as RunRecord;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-commits-'));
  git('init', '-q', '-b', 'trunk');
  const commit = ['-c', 'user.name=A', '-c', 'user.email=a@b.invalid', 'commit', '-q', '--allow-empty', '-m'];
  git(...commit, 'one');
  first = git('rev-parse', 'HEAD');
  git(...commit, 'two');
  git('tag', 'v1', first);
});

test('a commit by what git knows it by, or by the beginning of its hash where there is no repository', () => {
  for (const name of ['HEAD~1', 'trunk^', 'v1']) expect(commitNamed(name, folder)).toBe(first);
  expect(commitNamed('ABCD12', tmpdir())).toBe('abcd12');
});

test('a repository of somebody else says so, and what helps', () => {
  // What git does where the folder is another user's, as in a container of CI.
  process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1';
  try {
    expect(() => commitNamed('HEAD', folder)).toThrow(/dubious ownership/);
  } finally {
    delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
  }
});

test.each(['nothing', '--help', 'v1:file', 'abc', ''])('"%s" is no commit', (rev) => {
  expect(() => commitNamed(rev, folder)).toThrow(/git knows no such commit here/);
});

test('the runs of a commit, of a branch, of both', () => {
  const on = (commit: string, branch: string) => runOf({ commit, branch, dirty: false });
  const runs = [on(first, 'trunk'), on(first, 'side'), on('f'.repeat(40), 'trunk'), runOf(null)];
  const chosen = (asked: Parameters<typeof ofGit>[0]) => runs.map(ofGit(asked, folder));
  expect(chosen({})).toEqual([true, true, true, true]);
  expect(chosen({ commit: 'v1' })).toEqual([true, true, false, false]);
  expect(chosen({ branch: 'trunk' })).toEqual([true, false, true, false]);
  expect(chosen({ commit: first.slice(0, 7), branch: 'side' })).toEqual([false, true, false, false]);
});
