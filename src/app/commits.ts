// Which runs are of a commit or a branch, as the repository that they started in was then.

import { execFileSync } from 'node:child_process';
import { reasonOf, usage } from '../core/fault.ts';
import type { RunRecord } from '../ledger/records.ts';
import { gitWhy, isForeign, OWN } from './git-notes.ts';

export interface OfGit {
  /** The beginning of a commit's hash, or what git in the working directory knows one by: HEAD~2, v1.0, main. */
  readonly commit?: string | undefined;
  readonly branch?: string | undefined;
}

/** What tells the runs that are meant. Throws Fault usage for a commit that git does not know here. */
export function ofGit({ commit, branch }: OfGit, cwd: string): (record: RunRecord) => boolean {
  const begin = commit === undefined ? '' : commitNamed(commit, cwd);
  return ({ git }) =>
    (commit === undefined || git?.commit.startsWith(begin) === true) &&
    (branch === undefined || git?.branch === branch);
}

/** The hash of a commit, or its beginning where that is what was given. Throws Fault usage. */
export function commitNamed(rev: string, cwd: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(rev)) return rev.toLowerCase();
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`];
    const hash = execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();
    if (/^[0-9a-f]{40,64}$/.test(hash)) return hash;
  } catch (cause) {
    const none = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = gitWhy(cause);
    if (why !== null && isForeign(why)) throw usage(`--commit "${rev}": ${why}`, OWN, cause);
    throw unknownCommit(rev, none ? `git cannot be run: ${reasonOf(cause)}` : 'git knows no such commit here', cause);
  }
  throw unknownCommit(rev, 'git knows no such commit here');
}

const unknownCommit = (rev: string, why: string, cause?: unknown) =>
  usage(
    `--commit "${rev}": ${why}`,
    'give the beginning of its hash (four digits or more), or a name in a repository that has it, such as HEAD',
    cause,
  );
