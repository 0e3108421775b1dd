// Which runs are listed: those that hold every word of a text, and have one of the values chosen of each facet.
//
// The filter is the address's query: ?q=llama&state=finished&state=failed&tag.project=atlas.

import type { FigureJson } from '../../core/figure.ts';
import type { RunRow } from '../../server/contract/runs.ts';

/** What the list may tell besides; a server that does not know it yet leaves it out. */
export interface Row extends RunRow {
  readonly command?: readonly string[];
  readonly model?: string | null;
  readonly stage?: string | null;
  readonly git?: { readonly branch: string; readonly commit: string } | null;
  readonly operational_g?: FigureJson;
  readonly embodied_g?: FigureJson;
  readonly j_per_token?: FigureJson;
  readonly g_per_million_tokens?: FigureJson;
  readonly cost?: FigureJson;
  readonly currency?: string | null;
  readonly tokens?: number | null;
  readonly coverage?: number | null;
  readonly mean_w?: FigureJson;
  readonly budget?: string | null;
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
  { id: 'model', name: 'Model', of: ({ model }) => model ?? null },
  { id: 'stage', name: 'Stage', of: ({ stage }) => stage ?? null },
  { id: 'branch', name: 'Branch', of: ({ git }) => git?.branch ?? null },
  { id: 'kind', name: 'Kind', of: ({ kind }) => kind },
  { id: 'zone', name: 'Zone', of: ({ zone }) => zone },
  { id: 'budget', name: 'Budget', of: ({ budget }) => budget ?? null },
];

const facetValue = (id: string, row: Row): string | null =>
  id.startsWith(TAG) ? (row.tags[id.slice(TAG.length)] ?? null) : (OWN.find((one) => one.id === id)?.of(row) ?? null);

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
  const parts = [row.name, row.id, row.state, row.model, row.stage, row.git?.branch, row.git?.commit, row.zone];
  const made = [...parts, ...tags, ...(row.command ?? [])].filter(Boolean).join('\n').toLowerCase();
  haystacks.set(row, made);
  return made;
}

/** `but`: a facet that is left out of the filter. */
function fits(
  row: Row,
  filter: { readonly wanted: readonly string[] } & Pick<Filter, 'facets'>,
  but?: string,
): boolean {
  for (const [id, values] of filter.facets) {
    if (id === but) continue;
    const value = facetValue(id, row);
    if (value === null || !values.has(value)) return false;
  }
  if (filter.wanted.length === 0) return true;
  const text = haystack(row);
  return filter.wanted.every((word) => text.includes(word));
}

export function filtered(rows: readonly Row[], { text, facets }: Filter): readonly Row[] {
  const wanted = words(text);
  return wanted.length === 0 && facets.size === 0 ? rows : rows.filter((row) => fits(row, { wanted, facets }));
}

/** Those by which the list can be made shorter: with two values or more, or chosen. */
export function facetsOf(rows: readonly Row[], { text, facets }: Filter): Facet[] {
  const wanted = words(text);
  const keys = new Map<string, number>();
  for (const { tags } of rows) for (const key of Object.keys(tags)) keys.set(key, (keys.get(key) ?? 0) + 1);
  const tags = [...keys].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_TAGS);
  const all = [...OWN, ...tags.map(([key]) => ({ id: `${TAG}${key}`, name: key }))];
  return all.flatMap(({ id, name }) => {
    const chosen = facets.get(id) ?? new Set<string>();
    const many = new Map<string, number>([...chosen].map((value) => [value, 0]));
    const ever = new Set<string>();
    let had = 0;
    for (const row of rows) {
      const value = facetValue(id, row);
      if (value === null) continue;
      ever.add(value);
      had += 1;
      if (fits(row, { wanted, facets }, id)) many.set(value, (many.get(value) ?? 0) + 1);
    }
    if (chosen.size === 0 && (ever.size < 2 || (ever.size > MOST_VALUES && ever.size > had / 2))) return [];
    const values = [...many].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return [{ id, name, values: values.map(([value, many]) => ({ value, many, chosen: chosen.has(value) })) }];
  });
}
