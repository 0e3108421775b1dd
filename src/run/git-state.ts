// The repository that a run starts in → its commit, branch, remote, and which changes were not committed. Never fails, and
// all of it together takes no longer than it is given: what git had not told by then is left out.
//
// Changes of tracked files alone: a working tree may hold a million files that nobody tracks.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { redactText } from '../core/redact.ts';
import type { GitRecord } from '../ledger/records.ts';

/** More than this is not hashed, bytes. */
const LARGEST_DIFF = 32 << 20;
/** So that the same changes have the same hash whatever the user's configuration says of how a diff is to look. */
const PLAIN = [
  ...['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--binary', '--full-index', '--unified=3'],
  ...['--src-prefix=a/', '--dst-prefix=b/', '--diff-algorithm=myers', '--submodule=short'],
];

/** Null outside a repository, before its first commit, or where git takes longer than `most_ms`. */
export async function gitState(cwd: string, most_ms: number): Promise<GitRecord | null> {
  const until_ms = performance.now() + most_ms;
  const git = (...args: readonly string[]) => asked(args, { cwd, most_ms: until_ms - performance.now() });
  const [status, config] = await Promise.all([
    git('status', '--porcelain=v2', '--branch', '--untracked-files=no'),
    git('config', '-z', '--get-regexp', String.raw`^(remote\..*\.url|branch\..*\.remote)$`),
  ]);
  const told = status?.toString() ?? '';
  const commit = /^# branch\.oid ([0-9a-f]+)/m.exec(told)?.[1];
  if (commit === undefined) return null;
  const head = /^# branch\.head (.+)$/m.exec(told)?.[1] ?? '';
  const branch = (head === DETACHED && branchInCi(commit, process.env)) || head;
  const dirty = /^[12u] /m.test(told);
  const remote = config === null ? null : remoteOf(config.toString(), branch);
  const state = { commit, branch, dirty, ...(remote === null ? {} : { remote }) };
  if (!dirty) return state;
  // Without this git would write its index anew, which is the user's.
  const diff = await git('-c', 'diff.autoRefreshIndex=false', 'diff', ...PLAIN, 'HEAD', '--');
  return { ...state, diff_hash: diff === null ? null : hashOf(diff) };
}

const DETACHED = '(detached)';

/**
 * CI checks out a commit, not a branch: which one it is of GitHub Actions and GitLab CI tell, if this is that commit (their
 * documents' variables of default environment and predefined variables).
 */
export function branchInCi(commit: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.GITHUB_SHA === commit)
    return env.GITHUB_HEAD_REF || (env.GITHUB_REF_TYPE === 'branch' ? env.GITHUB_REF_NAME : undefined);
  if (env.CI_COMMIT_SHA === commit) return env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME || env.CI_COMMIT_BRANCH;
  return undefined;
}

/** SHA-256 of a diff. A file that was touched but not changed has a head there and nothing below it: it does not count. */
function hashOf(diff: Buffer): string {
  const changes = diff
    .toString('latin1')
    .split(/^(?=diff --git )/m)
    .filter((file) => file.indexOf('\n') < file.length - 1);
  return createHash('sha256').update(changes.join(''), 'latin1').digest('hex');
}

/** The branch's own remote, else origin, else the only one there is. */
function remoteOf(config: string, branch: string): string | null {
  const values = new Map<string, string>();
  for (const line of config.split('\0')) {
    const [key = '', value] = line.split(/\n([\s\S]*)/);
    if (value !== undefined && !values.has(key)) values.set(key, value);
  }
  const urls = [...values].filter(([key]) => key.startsWith('remote.'));
  const named = (name: string | undefined) => (name === undefined ? undefined : values.get(`remote.${name}.url`));
  const only = urls.length === 1 ? urls[0]![1] : undefined;
  const url = named(values.get(`branch.${branch}.remote`)) ?? named('origin') ?? only;
  return url === undefined ? null : withoutCredentials(url);
}

/**
 * The address of a remote without what gives access to it; a user of ssh stays, as it is a part of the address. Null where
 * it is none that can be taken apart.
 */
export function withoutCredentials(address: string): string | null {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(address)) {
    if (!URL.canParse(address)) return null;
    const url = new URL(address);
    const user = /ssh/.test(url.protocol) ? url.username : '';
    const known = url.username !== '' || url.password !== '';
    // Whatever stands behind ? or # is no part of where it is; an @ that is left may be of a password with a slash.
    url.username = url.password = url.search = url.hash = '';
    if (known && url.pathname.includes('@')) return null;
    return redactText(url.href).replace('://', user === '' ? '://' : `://${user}@`);
  }
  return redactText(address.replace(/^([^/:]*):[^/]*@/, '$1@'));
}

/** What git prints; null where it fails, prints too much or takes too long. */
function asked(
  args: readonly string[],
  { cwd, most_ms }: { readonly cwd: string; readonly most_ms: number },
): Promise<Buffer | null> {
  if (most_ms <= 0) return Promise.resolve(null);
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' };
  const options = { cwd, timeout: Math.ceil(most_ms), env, maxBuffer: LARGEST_DIFF, encoding: 'buffer' as const };
  return new Promise((resolve) => {
    try {
      execFile('git', args, options, (error, stdout) => resolve(error === null ? stdout : null));
    } catch {
      resolve(null);
    }
  });
}
