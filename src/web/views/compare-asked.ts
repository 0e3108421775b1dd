// What is compared, as the address says it: ?runs=A&runs=B (or runs=A,B), or groups by tag, ?group=lr=1&group=lr=2; with a target
// (loss=2.5) and what a front is of (quality=loss), as joulebook compare takes them. The first is what the others are set against.

import type { Row } from './runs-filter.ts';

type Named = Pick<Row, 'id' | 'name' | 'tags'>;

export interface Asked {
  readonly runs: readonly string[];
  readonly groups: readonly string[];
  readonly target: string | null;
  readonly quality: string | null;
}

export function askedOf(query: URLSearchParams): Asked {
  const all = (name: string) => query.getAll(name).filter((text) => text !== '');
  const runs = all('runs')
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '');
  return {
    ...{ runs: [...new Set(runs)], groups: [...new Set(all('group'))] },
    ...{ target: query.get('target') || null, quality: query.get('quality') || null },
  };
}

export const sidesOf = ({ runs, groups }: Asked): readonly string[] => (groups.length > 0 ? groups : runs);

/** Of the API; null: there are not two sides yet. */
export function pathOf(asked: Asked): string | null {
  const { runs, groups, target, quality } = asked;
  if (sidesOf(asked).length < 2) return null;
  const query = new URLSearchParams();
  for (const group of groups) query.append('group', group);
  if (groups.length === 0) for (const run of runs) query.append('runs', run);
  if (target !== null) query.set('target', target);
  if (quality !== null) query.set('quality', quality);
  return `/api/compare?${query}`;
}

/** As parts of the address's query. */
export const partsOf = ({ runs, groups, target, quality }: Asked) => ({ runs, group: groups, target, quality });

/** What tags say of runs: each name with its values, those first that tell most runs apart; names that all runs share are none. */
export function tagsOf(rows: readonly Named[]): { readonly name: string; readonly values: readonly string[] }[] {
  const found = new Map<string, Map<string, number>>();
  for (const { tags } of rows)
    for (const [name, value] of Object.entries(tags)) {
      const values = found.get(name) ?? new Map<string, number>();
      found.set(name, values.set(value, (values.get(value) ?? 0) + 1));
    }
  return [...found]
    .filter(([, values]) => values.size > 1)
    .map(([name, values]) => ({
      ...{ name, many: [...values.values()].reduce((a, b) => a + b, 0) },
      values: [...values].sort((a, b) => b[1] - a[1]).map(([value]) => value),
    }))
    .sort((a, b) => b.many - a.many)
    .map(({ name, values }) => ({ name, values }));
}

const MOST = 40;

/** Runs that hold every word of a text, the newest first, without those that are chosen already. */
export function found<T extends Named>(rows: readonly T[], text: string, chosen: readonly string[]): readonly T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ({ id, name, tags }: Named) => {
    const all = `${name ?? ''} ${id} ${Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return rows.filter((row) => !chosen.includes(row.id) && has(row)).slice(0, MOST);
}
