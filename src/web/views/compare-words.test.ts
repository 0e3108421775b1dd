import { expect, test } from 'vitest';
import type { ComparisonJson, ContrastJson, CurveJson } from '../../report/compare-model.ts';
import type { RunRow } from '../../server/contract/runs.ts';
import { askedOf, found, pathOf, sidesOf, tagsOf } from './compare-asked.ts';
import { curvesChart } from './compare-charts.ts';
import { headlinesOf, reasonsOf, scaleOf, sentenceOf } from './compare-verdict.ts';

const figure = (verdict: ContrastJson['verdict'], ratio = 0.8): ContrastJson => ({
  ...{ unit: 'J', a: { value: 1, low: 1, high: 1 }, b: { value: 1, low: 1, high: 1 }, verdict },
  ...{ difference: { value: 0, low: 0, high: 0 }, ratio: { value: ratio, low: ratio - 0.1, high: ratio + 0.1 } },
  ...{ spread: 'both', repeats: { each: null, why: 'settled' } },
});
const comparison = (figures: Record<string, ContrastJson>): ComparisonJson => ({
  ...{ a: 'base', b: 'wide', figures, flags: [], paired: { rows: null, why: '' }, differences: [] },
  at_equal_grid: { difference_g: null, why: '' },
});

test('the sentence puts what is settled first, and leaves open what is open', () => {
  const all = {
    it_j: figure('better'),
    total_g: figure('better'),
    duration_s: figure('worse'),
    cost: figure('cannot-tell'),
  };
  expect(sentenceOf(comparison(all))).toBe(
    'wide is better in energy and emissions, worse in time. Of cost it cannot be told yet.',
  );
  expect(sentenceOf(comparison({ it_j: figure('cannot-tell') }))).toBe(
    'Whether wide or base is better in energy cannot be told yet.',
  );
  expect(sentenceOf(comparison({ it_j: figure(null) }))).toBe(
    'Nothing is known of both base and wide that could be compared.',
  );
});

test('of emissions the total is told, the operational ones where there is none', () => {
  const names = (figures: Record<string, ContrastJson>) => headlinesOf(comparison(figures)).map(({ name }) => name);
  expect(names({ total_g: figure('better'), operational_g: figure('worse') })).toEqual(['total_g']);
  expect(names({ total_g: figure(null), operational_g: figure('worse') })).toEqual(['operational_g']);
});

test('the scale holds 0 and every interval, and no more than a whole to either side', () => {
  const told = (ratio: number) => [{ name: 'it_j', label: '', one: figure('better', ratio) }];
  expect(scaleOf(told(0.8))).toEqual({ low: expect.closeTo(-0.3), high: 0 });
  expect(scaleOf(told(40))).toEqual({ low: 0, high: 1 });
});

test('the address is asked for as the CLI takes it', () => {
  const path = (query: string) => pathOf(askedOf(new URLSearchParams(query)));
  expect(path('runs=a,b')).toBe('/api/compare?runs=a&runs=b');
  expect(path('runs=a&runs=b&runs=a&target=loss%3D2.5&quality=')).toBe('/api/compare?runs=a&runs=b&target=loss%3D2.5');
  expect(path('runs=a&runs=a')).toBeNull();
  expect(path('group=lr%3D1,host%3Dx&group=lr%3D2')).toBe('/api/compare?group=lr%3D1%2Chost%3Dx&group=lr%3D2');
  expect(sidesOf(askedOf(new URLSearchParams('runs=a&group=lr%3D1')))).toEqual(['lr=1']);
});

test('runs are found by every word, and tags that tell none apart are none', () => {
  const row = (id: string, tags: Record<string, string>) => ({ id, name: null, tags }) as unknown as RunRow;
  const rows = [row('a', { lr: '1', lab: 'x' }), row('b', { lr: '2', lab: 'x' }), row('c', { lr: '2', lab: 'x' })];
  expect(found(rows, 'LR=2', ['b']).map(({ id }) => id)).toEqual(['c']);
  expect(tagsOf(rows)).toEqual([{ name: 'lr', values: ['2', '1'] }]);
});

test('a curve is straight between its own points, and unknown before and after them', () => {
  const curve = (label: string, points: readonly (readonly [number, number])[]): CurveJson => ({
    ...{ label, metric: 'loss', points: points.map(([energy_j, value]) => ({ energy_j, value })) },
  });
  const chart = curvesChart([
    curve('a', [
      [7200, 4],
      [3600, 8],
      [14400, 2],
    ]),
    curve('b', [
      [5400, 1],
      [7200, 0],
    ]),
  ])!;
  expect(chart.x).toMatchObject({ unit: 'Wh', values: [1, 1.5, 2, 4] });
  expect(chart.series.map(({ values }) => values)).toEqual([
    [8, 6, 4, 2],
    [null, 1, 0, null],
  ]);
  expect(curvesChart([])).toBeNull();
});

test('why figures are unknown or open is told once for all that it is of', () => {
  const dark = { ...figure(null), a: { value: null, why: 'no zone is known' } } as ContrastJson;
  const open = { ...figure('cannot-tell'), repeats: { each: null, why: 'one run each' } } as ContrastJson;
  const figures = { it_j: open, operational_g: dark, total_g: dark, duration_s: figure('same') };
  expect(reasonsOf(comparison(figures))).toEqual([
    'IT energy: cannot tell: one run each',
    'operational and total: unknown: no zone is known',
  ]);
});
