// Texts kept beside commits as git notes, and the little else that is asked of git. Nothing is sent anywhere.

import { execFileSync } from 'node:child_process';
import { fault, reasonOf } from '../core/fault.ts';

/** refs/notes/joulebook. */
const REF = 'joulebook';
/** Of the history, so many commits are looked at. */
const MOST_COMMITS = 10_000;

/** The repository's top folder; null outside one, or without git. */
export function topFolder(cwd: string): string | null {
  try {
    return asked(['rev-parse', '--show-toplevel'], cwd).trim() || null;
  } catch {
    return null;
  }
}

/** The note of a commit; null where it has none. `commit` is a hash. */
export function noteOf(commit: string, cwd: string): string | null {
  try {
    return asked(['notes', `--ref=${REF}`, 'show', commit], cwd);
  } catch {
    return null;
  }
}

/** Notes of HEAD and the commits before it, the nearest first. Throws Fault git-failed. */
export function notesUpTo(cwd: string): { readonly commit: string; readonly text: string }[] {
  const noted = new Set(
    lines(git('notes list', ['notes', `--ref=${REF}`, 'list'], cwd)).map((line) => line.split(' ')[1]),
  );
  if (noted.size === 0) return [];
  const history = lines(git('rev-list', ['rev-list', `--max-count=${MOST_COMMITS}`, 'HEAD'], cwd));
  return history.filter((commit) => noted.has(commit)).map((commit) => ({ commit, text: noteOf(commit, cwd) ?? '' }));
}

/** Puts a text in the place of a commit's note, under refs/notes/REF. Throws Fault git-failed. */
export function writeNote(commit: string, text: string, { cwd, ref = REF }: { cwd: string; ref?: string }): void {
  git('notes add', ['notes', `--ref=${ref}`, 'add', '--force', '--file=-', commit], cwd, text);
}

/** What git answers. Throws Fault git-failed with git's own words. */
function git(what: string, args: readonly string[], cwd: string, input = ''): string {
  try {
    return asked(args, cwd, input);
  } catch (cause) {
    const { stderr } = cause as { readonly stderr?: string };
    const why = gitWhy(cause) ?? reasonOf(cause);
    const hint = isForeign(why)
      ? OWN
      : /identity|user\.|empty ident/i.test(stderr ?? '')
        ? 'say who writes the note: git config user.name NAME; git config user.email ADDRESS'
        : 'call it inside a git repository that has a commit';
    throw fault('git-failed', { facts: { what, why, hint }, cause });
  }
}

/** Git's own words of what went wrong; null where it said nothing, or could not be run. */
export function gitWhy(cause: unknown): string | null {
  const stderr = (cause as { readonly stderr?: unknown }).stderr ?? '';
  const line = lines(String(stderr)).find((one) => /^(fatal|error):/.test(one));
  return line === undefined ? null : line.replace(/^fatal: /, '');
}

/** The repository is somebody else's, as in containers of CI, and git refuses to read it. */
export const isForeign = (why: string): boolean => why.includes('dubious ownership');
export const OWN = 'say that you trust it: git config --global --add safe.directory FOLDER';

const asked = (args: readonly string[], cwd: string, input = ''): string =>
  execFileSync('git', args, { cwd, input, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 });

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
