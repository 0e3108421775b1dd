// Which runs are listed: those that hold every word of a text, and have one of the values chosen of each facet.
//
// The filter is the address's query: ?q=llama&state=finished&state=failed&tag.project=atlas.

import type { RunRow } from '../../server/contract/runs.ts';

type Figures = 'it_j' | 'operational_g' | 'embodied_g' | 'total_g' | 'cost' | 'j_per_token' | 'g_per_million_tokens';
type Own = 'id' | 'name' | 'kind' | 'state' | 'started_at_ms' | 'ended_at_ms' | 'duration_s' | 'zone' | 'tags';
type Said = 'model' | 'stage' | 'tokens' | 'coverage' | 'currency' | 'budget';

/** What the list tells of a run. */
export interface Row extends Pick<RunRow, Own | Said | Figures | 'mean_w'> {
  readonly command: string;
  readonly branch: string | null;
  /** Its first digits. */
  readonly commit: string | null;
}

export interface Filter {
  readonly text: string;
  /** Facet → the values chosen; none chosen: all. */
  readonly facets: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Facet {
  readonly id: string;
  readonly name: string;
  /** Values with how many runs have them, among those that the rest of the filter leaves; the most frequent first. */
  readonly values: readonly { readonly value: string; readonly many: number; readonly chosen: boolean }[];
}

const TAG = 'tag.';
/** Tags with more keys than that are found by the text. */
const MOST_TAGS = 6;
/** What is another for most runs, such as a seed, sorts nothing out once it has more values than that. */
const MOST_VALUES = 20;

const OWN: readonly { readonly id: string; readonly name: string; readonly of: (row: Row) => string | null }[] = [
  { id: 'state', name: 'State', of: ({ state }) => state },
  { id: 'model', name: 'Model', of: ({ model }) => model },
  { id: 'stage', name: 'Stage', of: ({ stage }) => stage },
  { id: 'branch', name: 'Branch', of: ({ branch }) => branch },
  { id: 'kind', name: 'Kind', of: ({ kind }) => kind },
  { id: 'zone', name: 'Zone', of: ({ zone }) => zone },
  { id: 'budget', name: 'Budget', of: ({ budget }) => budget },
];

type Of = (row: Row) => string | null;

function facetOf(id: string): Of {
  const own = OWN.find((one) => one.id === id);
  if (own !== undefined) return own.of;
  const key = id.slice(TAG.length);
  return ({ tags }) => (Object.hasOwn(tags, key) ? tags[key]! : null);
}

export function filterOf(query: URLSearchParams): Filter {
  const facets = new Map<string, ReadonlySet<string>>();
  for (const id of new Set(query.keys()))
    if (id.startsWith(TAG) || OWN.some((one) => one.id === id)) facets.set(id, new Set(query.getAll(id)));
  return { text: query.get('q') ?? '', facets };
}

export const isFilter = ({ text, facets }: Filter): boolean => text.trim() !== '' || facets.size > 0;

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

const haystacks = new WeakMap<Row, string>();
function haystack(row: Row): string {
  const before = haystacks.get(row);
  if (before !== undefined) return before;
  const tags = Object.entries(row.tags).map(([key, value]) => `${key}=${value}`);
  const parts = [row.name, row.id, row.state, row.model, row.stage, row.branch, row.commit, row.zone];
  const made = [...parts, ...tags, row.command].filter(Boolean).join('\n').toLowerCase();
  haystacks.set(row, made);
  return made;
}

/** Every word is in it. */
const says = (row: Row, wanted: readonly string[]): boolean =>
  wanted.length === 0 || wanted.every((word) => haystack(row).includes(word));

/** Has a chosen value of each facet, but of the one left out. */
function has(facets: Filter['facets'], but?: string): (row: Row) => boolean {
  const asked = [...facets].filter(([id]) => id !== but).map(([id, values]) => ({ of: facetOf(id), values }));
  return (row) =>
    asked.every(({ of, values }) => {
      const value = of(row);
      return value !== null && values.has(value);
    });
}

export function filtered(rows: readonly Row[], filter: Filter): readonly Row[] {
  if (!isFilter(filter)) return rows;
  const wanted = words(filter.text);
  const fits = has(filter.facets);
  return rows.filter((row) => fits(row) && says(row, wanted));
}

/** Those by which the list can be made shorter: with two values or more, or chosen. */
export function facetsOf(rows: readonly Row[], { text, facets }: Filter): Facet[] {
  const wanted = words(text);
  const said = rows.filter((row) => says(row, wanted));
  return namesOf(rows, facets).flatMap(({ id, name }) => {
    const of = facetOf(id);
    const chosen = facets.get(id) ?? new Set<string>();
    if (chosen.size === 0 && !sortsOut(rows, of)) return [];
    const many = new Map<string, number>([...chosen].map((value) => [value, 0]));
    const fits = has(facets, id);
    for (const row of said) {
      const value = of(row);
      if (value !== null && fits(row)) many.set(value, (many.get(value) ?? 0) + 1);
    }
    const values = [...many].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return [{ id, name, values: values.map(([value, many]) => ({ value, many, chosen: chosen.has(value) })) }];
  });
}

/** The runs' own, then the tags that most runs have, and those that were chosen. */
function namesOf(rows: readonly Row[], facets: Filter['facets']) {
  const keys = new Map<string, number>();
  for (const { tags } of rows) for (const key of Object.keys(tags)) keys.set(key, (keys.get(key) ?? 0) + 1);
  const most = [...keys].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_TAGS);
  const chosen = [...facets.keys()].filter((id) => id.startsWith(TAG)).map((id) => id.slice(TAG.length));
  const tags = new Set([...most.map(([key]) => key), ...chosen]);
  return [...OWN, ...[...tags].map((key) => ({ id: `${TAG}${key}`, name: key }))];
}

function sortsOut(rows: readonly Row[], of: Of): boolean {
  const values = rows.map(of).filter((value) => value !== null);
  const different = new Set(values).size;
  return different > 1 && (different <= MOST_VALUES || different <= values.length / 2);
}
