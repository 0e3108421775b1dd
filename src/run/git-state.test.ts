import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { branchInCi, gitState, withoutCredentials } from './git-state.ts';

const LONG_MS = 20_000;
let folder: string;
const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-git-'));
  git('init', '-q', '-b', 'trunk');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@b.invalid');
  writeFileSync(join(folder, 'train.py'), 'print(1)\n');
  git('add', '.');
  git('commit', '-qm', 'one');
});

describe('the repository that a run starts in', () => {
  test('its commit, its branch, and nothing changed', async () => {
    const commit = git('rev-parse', 'HEAD').trim();
    writeFileSync(join(folder, 'untracked'), 'x');
    expect(await gitState(folder, LONG_MS)).toEqual({ commit, branch: 'trunk', dirty: false });
  });

  test('what was changed has the SHA-256 of its diff, whatever the configuration says of how diffs look', async () => {
    appendFileSync(join(folder, 'train.py'), 'print(2)\n');
    const [old, now] = ['print(1)\n', 'print(1)\nprint(2)\n'].map((text) =>
      createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex'),
    );
    const diff = [
      'diff --git a/train.py b/train.py',
      `index ${old}..${now} 100644`,
      ...['--- a/train.py', '+++ b/train.py', '@@ -1 +1,2 @@', ' print(1)', '+print(2)', ''],
    ].join('\n');
    const diff_hash = createHash('sha256').update(diff).digest('hex');
    expect(await gitState(folder, LONG_MS)).toMatchObject({ dirty: true, diff_hash });
    for (const [name, value] of [
      ['diff.noprefix', 'true'],
      ['color.ui', 'always'],
      ['diff.context', '0'],
      ['diff.external', 'false'],
    ])
      git('config', name!, value!);
    expect(await gitState(folder, LONG_MS)).toMatchObject({ diff_hash });
  });

  test('a file that was touched but not changed counts for nothing, and the index is left alone', async () => {
    writeFileSync(join(folder, 'other.py'), 'x\n');
    git('add', '.');
    git('commit', '-qm', 'two');
    appendFileSync(join(folder, 'train.py'), 'more\n');
    const before = await gitState(folder, LONG_MS);
    utimesSync(join(folder, 'other.py'), 1, 1);
    const index = join(folder, '.git', 'index');
    const [at, held] = [statSync(index).mtimeMs, readFileSync(index)];
    expect(await gitState(folder, LONG_MS)).toEqual(before);
    expect([statSync(index).mtimeMs, readFileSync(index).equals(held)]).toEqual([at, true]);
  });

  test('the remote of the branch, else origin', async () => {
    git('remote', 'add', 'origin', 'https://bob:hunter2@example.invalid/a.git');
    expect((await gitState(folder, LONG_MS))?.remote).toBe('https://example.invalid/a.git');
    git('remote', 'add', 'fork', 'git@example.invalid:me/a.git');
    git('config', 'branch.trunk.remote', 'fork');
    expect((await gitState(folder, LONG_MS))?.remote).toBe('git@example.invalid:me/a.git');
  });

  test.each(['status', 'diff'])('a git whose %s hangs is waited for no longer than was said', async (hangs) => {
    appendFileSync(join(folder, 'train.py'), 'more\n');
    const bin = mkdtempSync(join(tmpdir(), 'jb-bin-'));
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\ncase " $* " in *" ${hangs} "*) sleep 20 ;; esac\nexec ${real} "$@"\n`;
    writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `${bin}:${path}`;
    try {
      const started = performance.now();
      const state = await gitState(folder, 1000);
      expect(performance.now() - started).toBeLessThan(10_000);
      if (hangs === 'status') expect(state).toBeNull();
      else expect(state).toMatchObject({ branch: 'trunk', dirty: true, diff_hash: null });
    } finally {
      process.env.PATH = path;
    }
  });

  test('no repository, no time and no commit are no state', async () => {
    expect(await gitState(tmpdir(), LONG_MS)).toBeNull();
    expect(await gitState(folder, 0)).toBeNull();
    const empty = mkdtempSync(join(tmpdir(), 'jb-git-'));
    execFileSync('git', ['init', '-q'], { cwd: empty });
    expect(await gitState(empty, LONG_MS)).toBeNull();
  });
});

test.each([
  [{ GITHUB_SHA: 'c1', GITHUB_HEAD_REF: 'feature', GITHUB_REF_NAME: '7/merge', GITHUB_REF_TYPE: 'branch' }, 'feature'],
  [{ GITHUB_SHA: 'c1', GITHUB_HEAD_REF: '', GITHUB_REF_NAME: 'main', GITHUB_REF_TYPE: 'branch' }, 'main'],
  [{ GITHUB_SHA: 'c1', GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' }, undefined],
  [{ GITHUB_SHA: 'c2', GITHUB_HEAD_REF: 'feature' }, undefined],
  [{ CI_COMMIT_SHA: 'c1', CI_COMMIT_BRANCH: 'main' }, 'main'],
  [{ CI_COMMIT_SHA: 'c1', CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'feature' }, 'feature'],
  [{}, undefined],
])('the branch of a commit that CI checked out: %j', (env, branch) => {
  expect(branchInCi('c1', env)).toBe(branch);
});

describe('the address of a remote', () => {
  test.each([
    ['https://github.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://ghp_0123456789abcdefghijABCD@github.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://oauth2:secret@gitlab.example/a/b.git', 'https://gitlab.example/a/b.git'],
    ['https://user:p@ss@host.example/a', 'https://host.example/a'],
    ['https://user:p/ss@host.example/a', null],
    ['https://host.example/a?private_token=abc#pat=x', 'https://host.example/a'],
    ['https://bob:p@ss/w:rd@host.example/a', null],
    ['bob@corp:secret@host.example:a/b.git', 'bob@corp@host.example:a/b.git'],
    ['ssh://git@host.example:2222/a.git', 'ssh://git@host.example:2222/a.git'],
    ['ssh://git:secret@host.example/a.git', 'ssh://git@host.example/a.git'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['bob:secret@host.example:a/b.git', 'bob@host.example:a/b.git'],
    ['../b.git', '../b.git'],
    ['codecommit::eu-west-1://profile@repo', 'codecommit::eu-west-1://[redacted]@repo'],
  ])('%s', (address, bare) => {
    expect(withoutCredentials(address)).toBe(bare);
  });
});
