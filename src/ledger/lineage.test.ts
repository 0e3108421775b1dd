import { expect, test } from 'vitest';
import { ancestorsOf, familyOf } from './lineage.ts';

interface One {
  readonly id: string;
  readonly model?: string;
  readonly parent?: string;
}
const ledger = (...runs: One[]) => new Map(runs.map((run) => [run.id, run]));
const run = (id: string, model: string | null, parent?: string): One => ({
  ...{ id, ...(model === null ? {} : { model }) },
  ...(parent === undefined ? {} : { parent }),
});

test.each([
  ['none', { a: undefined }, 'a', []],
  ['the nearest first', { a: undefined, b: 'a', c: 'b' }, 'c', ['b', 'a']],
  ['one that is not there any more ends them', { b: 'gone', c: 'b' }, 'c', ['b']],
  ['a circle ends too', { a: 'c', b: 'a', c: 'b' }, 'c', ['b', 'a']],
  ['itself', { a: 'a' }, 'a', []],
])('ancestors: %s', (_, parents, id, ids) => {
  const all = ledger(...Object.entries(parents).map(([one, parent]) => run(one, null, parent)));
  expect(ancestorsOf(all.get(id)!, all).map((one) => one.id)).toEqual(ids);
});

/** Group of runs by model, and whom a base is shared with; of a base's runs those whose id does not begin with "use" made it. */
function family(model: string, ...runs: One[]) {
  const { own, bases } = familyOf(model, ledger(...runs), (all) => all.filter(({ id }) => !id.startsWith('use')));
  const ids = (some: readonly One[]) =>
    some
      .map(({ id }) => id)
      .sort()
      .join(' ');
  return [ids(own), ...bases.map((base) => [base.model, ids(base.runs), base.shared_with.join(' ')])];
}

test('a model’s own runs, and what names no model above them', () => {
  expect(family('m', run('data', null), run('a', 'm', 'data'), run('b', 'm'), run('x', 'other'))).toEqual(['a b data']);
});

test('a base: all that made it, not its use; shared with the other models that came of it', () => {
  const runs = [
    ...[
      run('crawl', null),
      run('try', 'base'),
      run('pre', 'base', 'crawl'),
      run('use-1', 'base'),
      run('sft', 'chat', 'pre'),
    ],
    ...[run('sft2', 'code', 'pre'), run('dpo', 'chat', 'sft'), run('far', 'tiny', 'sft2')],
  ];
  expect(family('chat', ...runs)).toEqual(['dpo sft', ['base', 'crawl pre try', 'code tiny']]);
  expect(family('base', ...runs)).toEqual(['crawl pre try use-1']); // its children are not in it
  expect(family('tiny', ...runs)).toEqual(['far', ['code', 'sft2', ''], ['base', 'crawl pre try', 'chat code']]);
});

test('a run above that was use of the base led to the child all the same', () => {
  expect(family('small', run('use-1', 'big'), run('pre', 'big'), run('distil', 'small', 'use-1'))).toEqual([
    'distil',
    ['big', 'pre use-1', ''],
  ]);
});

test('a circle between models: each run once', () => {
  const runs = [run('a', 'm', 'b'), run('b', 'n', 'a')];
  expect(family('m', ...runs)).toEqual(['a', ['n', 'b', '']]);
});
