import { describe, expect, test } from 'vitest';
import { facetsOf, filtered, filterOf, isFilter, type Row } from './runs-filter.ts';

const NONE = { value: null, why: 'none' } as const;
const row = (id: string, more: Partial<Row> = {}): Row => ({
  ...{ id, name: null, kind: 'run', state: 'finished', started_at_ms: 0, ended_at_ms: 1, duration_s: 1, zone: 'DE' },
  ...{ tags: {}, model: null, stage: null, branch: null, commit: null, command: '', tokens: null, coverage: null },
  ...{ budget: null, currency: null, it_j: NONE, operational_g: NONE, embodied_g: NONE, total_g: NONE, cost: NONE },
  ...{ j_per_token: NONE, g_per_million_tokens: NONE, mean_w: NONE },
  ...more,
});
const rows = [
  row('a', { name: 'llama base', model: 'llama', tags: { project: 'atlas' }, branch: 'main', commit: 'abc' }),
  row('b', { name: 'llama wide', model: 'llama', state: 'failed', tags: { project: 'borea' } }),
  row('c', { name: 'bert base', model: 'bert', tags: { project: 'atlas' }, command: 'python bert.py' }),
];
const found = (query: string) => filtered(rows, filterOf(new URLSearchParams(query))).map(({ id }) => id);

describe('the list', () => {
  test('is whole without a filter', () => {
    expect(found('sort=energy')).toEqual(['a', 'b', 'c']);
    expect(isFilter(filterOf(new URLSearchParams('sort=energy')))).toBe(false);
  });
  test('holds every word, anywhere and in any case', () => {
    expect(found('q=BASE')).toEqual(['a', 'c']);
    expect(found('q=base+project%3Datlas+main')).toEqual(['a']);
    expect(found('q=bert.py')).toEqual(['c']);
    expect(found('q=nothing')).toEqual([]);
  });
  test('has one of the values of each facet', () => {
    expect(found('state=failed')).toEqual(['b']);
    expect(found('model=llama&model=bert&tag.project=atlas')).toEqual(['a', 'c']);
    expect(found('branch=main')).toEqual(['a']);
  });
  test('a value that no run has leaves none', () => {
    expect(found('model=gpt')).toEqual([]);
  });
});

describe('facets', () => {
  const facets = (query: string) =>
    facetsOf(rows, filterOf(new URLSearchParams(query))).map(({ id, values }) => [
      id,
      values.map(({ value, many }) => `${value} ${many}`),
    ]);

  test('are those with two values, the most frequent first', () => {
    expect(facets('')).toEqual([
      ['state', ['finished 2', 'failed 1']],
      ['model', ['llama 2', 'bert 1']],
      ['tag.project', ['atlas 2', 'borea 1']],
    ]);
  });
  test('count what the rest of the filter leaves', () => {
    expect(facets('model=bert')).toEqual([
      ['state', ['finished 1']],
      ['model', ['llama 2', 'bert 1']],
      ['tag.project', ['atlas 1']],
    ]);
  });
  test('a value that was chosen stays to be taken back', () => {
    expect(facets('zone=FR')).toContainEqual(['zone', ['DE 3', 'FR 0']]);
  });
  test('a tag of an odd name is none that every object has', () => {
    expect(found('tag.constructor=x')).toEqual([]);
    expect(facets('tag.constructor=x')).toContainEqual(['tag.constructor', ['x 0']]);
  });
  test('what is another for every run sorts nothing out', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      row(String(i), { tags: { seed: String(i), half: String(i % 2) } }),
    );
    const ids = facetsOf(many, filterOf(new URLSearchParams())).map(({ id }) => id);
    expect(ids).toEqual(['tag.half']);
  });
});
