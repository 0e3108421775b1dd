// Whose use counts: what is said of it → a scope, its words, and whether a run is in it.

import { usage } from '../core/fault.ts';
import type { Scope } from './budget.ts';

/** What is said of a budget's runs; at most one. */
export interface ScopeTexts {
  readonly project?: string | undefined;
  readonly team?: string | undefined;
  /** name=value */
  readonly tag?: string | undefined;
  readonly name?: string | undefined;
}

/** All runs where nothing is said. Throws Fault usage. */
export function scopeOf({ project, team, tag, name }: ScopeTexts): Scope {
  const said = Object.entries({ project, team, tag, name }).filter(([, text]) => text !== undefined);
  if (said.length > 1)
    throw usage(
      `${said.map(([key]) => `--${key}`).join(' and ')} exclude each other`,
      'set a budget for each: all of those that a run is in hold',
    );
  const [[key, text] = ['all', '']] = said;
  if (key === 'all') return { of: 'all' };
  if (text === '') throw usage(`--${key} is empty`, 'name whose use counts, or leave it away: all runs do then');
  if (key === 'name') return { of: 'name', pattern: text! };
  if (key !== 'tag') return { of: 'tag', tag: key, value: text! };
  const at = text!.indexOf('=');
  if (at < 1) throw usage(`--tag: "${text}" cannot be used`, 'write a tag as name=value');
  return { of: 'tag', tag: text!.slice(0, at), value: text!.slice(at + 1) };
}

/** "all runs", "project llm", "tag cluster=a", "runs named llm-*". */
export function scopeText(scope: Scope): string {
  if (scope.of === 'run') return 'this run';
  if (scope.of === 'all') return 'all runs';
  if (scope.of === 'name') return `runs named ${scope.pattern}`;
  const { tag, value } = scope;
  return tag === 'project' || tag === 'team' ? `${tag} ${value}` : `tag ${tag}=${value}`;
}

/** What of a run tells whether it is in a scope. */
export interface InScope {
  readonly name: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Whether a run's use counts. Of a run's own budget it does: whose it is its keeper knows. */
export function inScope(scope: Scope, { name, tags }: InScope): boolean {
  if (scope.of === 'run' || scope.of === 'all') return true;
  if (scope.of === 'name') return name !== null && isLike(scope.pattern, name);
  return (tags[scope.tag] ?? (scope.tag === 'project' ? tags[FOREIGN_PROJECT] : undefined)) === scope.value;
}

/** A project as an imported run has it: joulebook total counts it so too. */
const FOREIGN_PROJECT = 'codecarbon.project_name';

/**
 * Whether a name is of a pattern: * is any text, ? one letter, all else is meant as it stands. Only the last * is ever tried
 * anew, so it takes at most name × pattern steps; a regular expression of ten * took minutes.
 */
function isLike(pattern: string, name: string): boolean {
  const [wanted, given] = [[...pattern], [...name]];
  let [at, from, star, kept] = [0, 0, -1, 0];
  while (from < given.length) {
    if (wanted[at] === '*') {
      [star, kept] = [at, from];
      at++;
    } else if (wanted[at] === '?' || wanted[at] === given[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      kept++; // the last * takes one letter more
      [at, from] = [star + 1, kept];
    } else return false;
  }
  return wanted.slice(at).every((one) => one === '*');
}
