// Rows → those that are asked for, in the order that is asked for, a page at a time (pure).
//
// Where a page ends is told by its last row's own key, not by a number: what comes or goes meanwhile moves nothing. Unknown
// comes last in either order.

import { fault } from '../../core/fault.ts';
import type { RunRowJson } from '../../report/run-row.ts';
import type { RunsAsked } from '../contract/runs.ts';

type Key = string | number | null;
type Sort = NonNullable<RunsAsked['sort']>;

export interface Page {
  readonly runs: readonly RunRowJson[];
  readonly of: number;
  readonly next: string | null;
}

/** Throws Fault usage for a cursor that is none, or of another sorting. */
export function pageOf(rows: readonly RunRowJson[], asked: RunsAsked): Page {
  const { sort = 'started_at_ms', limit = 1000, after } = asked;
  const order = asked.order ?? (sort === 'started_at_ms' ? 'desc' : 'asc');
  const compare = comparing(order === 'asc' ? 1 : -1);
  const placed = rows
    .filter(fits(asked))
    .map((row): Placed => ({ row, key: keyOf(row, sort), id: row.id }))
    .sort(compare);
  const last = after === undefined ? null : cursorIn(after, `${sort} ${order}`);
  const from = last === null ? 0 : firstAfter(placed, (one) => compare(one, last) > 0);
  const page = placed.slice(from, from + limit);
  const more = from + limit < placed.length;
  return {
    runs: page.map(({ row }) => row),
    of: placed.length,
    next: more ? cursorOf(page.at(-1)!, `${sort} ${order}`) : null,
  };
}

interface Place {
  readonly key: Key;
  readonly id: string;
}
interface Placed extends Place {
  readonly row: RunRowJson;
}

export function keyOf(row: RunRowJson, sort: Sort): Key {
  if (sort === 'branch' || sort === 'commit') return row.git?.[sort] ?? null;
  const value = row[sort];
  return typeof value === 'object' && value !== null ? value.value : value;
}

function comparing(sign: 1 | -1): (a: Place, b: Place) => number {
  return (a, b) => {
    if (a.key === null || b.key === null) {
      if (a.key !== b.key) return a.key === null ? 1 : -1;
    } else if (a.key !== b.key) return a.key < b.key ? -sign : sign;
    return a.id === b.id ? 0 : a.id < b.id ? -sign : sign;
  };
}

/** Where the first one is that `is`, in a list that is not, and from somewhere on is. */
function firstAfter<T>(all: readonly T[], is: (one: T) => boolean): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(all[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const cursorOf = ({ key, id }: Place, how: string): string =>
  Buffer.from(JSON.stringify([how, key, id])).toString('base64url');

function cursorIn(text: string, how: string): Place {
  try {
    const [of, key, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [unknown, Key, unknown];
    if (of === how && typeof id === 'string' && (key === null || ['string', 'number'].includes(typeof key)))
      return { key, id };
  } catch {
    // said below
  }
  const hint = 'give what `next` of the page before says, with the same sort and order';
  throw fault('usage', { facts: { problem: 'after: this is not where a page of this sorting ended', hint } });
}

const OWN = ['state', 'kind', 'model', 'stage', 'zone', 'budget'] as const;

function fits(asked: RunsAsked): (row: RunRowJson) => boolean {
  const { q = '', since_ms = Number.NEGATIVE_INFINITY, until_ms = Number.POSITIVE_INFINITY } = asked;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const own = OWN.flatMap((name) => (asked[name] === undefined ? [] : [{ name, values: new Set<Key>(asked[name]) }]));
  const branches = asked.branch && new Set(asked.branch);
  const tags = tagsIn(asked);
  return (row) =>
    row.started_at_ms >= since_ms &&
    row.started_at_ms < until_ms &&
    own.every(({ name, values }) => values.has(row[name])) &&
    (branches?.has(row.git?.branch ?? '') ?? true) &&
    [...tags].every(([key, values]) => Object.hasOwn(row.tags, key) && values.has(row.tags[key]!)) &&
    (words.length === 0 || says(row, words));
}

/** Key → values, of which one is to be met. Throws Fault usage. */
function tagsIn({ tag = [], project }: RunsAsked): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>(project === undefined ? [] : [['project', new Set(project)]]);
  for (const one of tag) {
    const at = one.indexOf('=');
    if (at < 1) {
      const problem = `tag: "${one}" names no tag and value`;
      throw fault('usage', { facts: { problem, hint: 'write it as in tag=project=atlas' } });
    }
    const [key, value] = [one.slice(0, at), one.slice(at + 1)];
    wanted.set(key, (wanted.get(key) ?? new Set()).add(value));
  }
  return wanted;
}

function says(row: RunRowJson, words: readonly string[]): boolean {
  const tags = Object.entries(row.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [row.name, row.id, row.state, row.model, row.stage, row.git?.branch, row.git?.commit, row.zone];
  const text = [...parts, ...tags, ...row.command].filter(Boolean).join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
