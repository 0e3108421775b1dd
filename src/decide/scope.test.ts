import { expect, test } from 'vitest';
import { inScope, scopeOf, scopeText } from './scope.ts';

const run = { name: 'llm-7b', tags: { project: 'llm', team: 'nlp', cluster: 'a' } };

test.each([
  [{}, true, 'all runs'],
  [{ project: 'llm' }, true, 'project llm'],
  [{ project: 'vision' }, false, 'project vision'],
  [{ team: 'nlp' }, true, 'team nlp'],
  [{ tag: 'cluster=a' }, true, 'tag cluster=a'],
  [{ tag: 'cluster=b' }, false, 'tag cluster=b'],
  [{ name: 'llm-*' }, true, 'runs named llm-*'],
  [{ name: 'llm-?b' }, true, 'runs named llm-?b'],
  [{ name: 'llm' }, false, 'runs named llm'],
  [{ name: 'llm.7b' }, false, 'runs named llm.7b'],
])('%j', (texts, counts, words) => {
  const scope = scopeOf(texts);
  expect(inScope(scope, run)).toBe(counts);
  expect(scopeText(scope)).toBe(words);
});

test.each([
  ['*', '', true],
  ['**', 'a', true],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYc!', false],
  ['*ab', 'aab', true],
  ['?', '', false],
  ['?', '\u{1F331}', true],
  ['a+(b)', 'a+(b)', true],
  ['a+(b)', 'aab', false],
])('the pattern %s and the name "%s"', (name, text, like) =>
  expect(inScope(scopeOf({ name }), { name: text, tags: {} })).toBe(like),
);

test('a pattern of many * is told at once for a long name', () => {
  const from = performance.now();
  const long = { name: 'a'.repeat(2000), tags: {} };
  expect(inScope(scopeOf({ name: `${'*a'.repeat(12)}*b` }), long)).toBe(false);
  expect(performance.now() - from).toBeLessThan(1000);
});

test('a value may hold =, and a run without a name is in no pattern', () => {
  expect(scopeOf({ tag: 'a=b=c' })).toEqual({ of: 'tag', tag: 'a', value: 'b=c' });
  expect(inScope(scopeOf({ name: '*' }), { name: null, tags: {} })).toBe(false);
});

test('an imported run is in the project that its tool names', () => {
  const imported = { name: null, tags: { 'codecarbon.project_name': 'llm' } };
  expect(inScope(scopeOf({ project: 'llm' }), imported)).toBe(true);
  expect(inScope(scopeOf({ project: 'llm' }), { ...imported, tags: { ...imported.tags, project: 'x' } })).toBe(false);
});

test.each([
  [{ project: 'a', team: 'b' }, /--project and --team exclude each other/],
  [{ tag: 'a' }, /--tag: "a" cannot be used/],
  [{ name: '' }, /--name is empty/],
])('%j is refused', (texts, problem) => {
  expect(() => scopeOf(texts)).toThrow(problem);
});
