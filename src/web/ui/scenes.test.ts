// Drawings, by the places of their shapes as worked out by hand.

import { describe, expect, test } from 'vitest';
import { type BarsOf, barsPlot, barsSentence, categoryAt, sumAt } from './bars-scene.ts';
import type { ChartOf } from './chart-of.ts';
import { airy, chartScene, rangeOf } from './chart-scene.ts';
import { classesOf, classOf, fieldAt, type HeatOf, heatLegend, heatPlot, heatSentence } from './heat-scene.ts';
import { hatch, pathOf, type Scene, type Shape, shifted } from './scene.ts';

type Path = Extract<Shape, { kind: 'path' }>;
const paths = ({ shapes }: Scene): Path[] => shapes.filter((shape) => shape.kind === 'path');
const texts = ({ shapes }: Scene): string[] => shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
const heightOf = ({ pieces }: Path): number =>
  Math.max(...pieces[0]!.map(([, y]) => y)) - Math.min(...pieces[0]!.map(([, y]) => y));

describe('shapes', () => {
  test('hatching stays within its box', () => {
    const { pieces } = hatch({ x: 10, y: 20, w: 30, h: 12 }, 'faint') as Path;
    expect(pieces.length).toBeGreaterThan(3);
    for (const [x, y] of pieces.flat()) expect(x >= 10 && x <= 40 && y >= 20 && y <= 32).toBe(true);
  });
  test('a path is written as SVG has it', () => {
    expect(
      pathOf(
        [
          [
            [0, 1],
            [2.345, 3],
          ],
          [[4, 5]],
        ],
        false,
      ),
    ).toBe('M0 1L2.35 3M4 5');
    expect(
      pathOf(
        [
          [
            [0, 1],
            [2, 3],
          ],
        ],
        true,
      ),
    ).toBe('M0 1L2 3Z');
  });
  test('moves as a whole', () => {
    expect(shifted([{ kind: 'text', at: [1, 2], text: 'a', ink: 'ink' }], [10, 20])).toMatchObject([{ at: [11, 22] }]);
  });
});

describe('a chart', () => {
  const chart: ChartOf = {
    title: 'Power <b>',
    x: { name: 'step', unit: '', values: [0, 1, 2, 3, 4] },
    series: [{ name: 'GPU', unit: 'W', from_zero: true, values: [100, 100, null, 50, 50] }],
    spans: [{ from: -5, to: 1, name: 'warm-up', kind: 'phase' }],
  };
  // The plot is 400 wide from x = 62, and 106 high from y = 34; its axis goes from 0 to 106.
  const scene = chartScene(chart, { width: 478, height: 106, shown: { from: 0, to: 4 } });

  test('has a line that breaks where values are unknown', () => {
    const [line] = paths(scene).filter(({ stroke }) => stroke === 'series-1');
    expect(line!.pieces).toEqual([
      [
        [62, 40],
        [162, 40],
      ],
      [
        [362, 90],
        [462, 90],
      ],
    ]);
  });
  test('shades the part of a phase that is shown', () => {
    const [span] = paths(scene).filter(({ opacity }) => opacity === 0.18);
    expect(span!.pieces[0]).toEqual([
      [62, 34],
      [162, 34],
      [162, 140],
      [62, 140],
    ]);
  });
  test('tells title, units and phases', () => {
    expect(texts(scene)).toEqual(expect.arrayContaining(['Power <b>', 'W', 'GPU (W)', 'warm-up', '100', 'step']));
  });
  test('leaves out what is switched off', () => {
    const without = chartScene(chart, { width: 478, height: 106, shown: { from: 0, to: 4 }, off: new Set(['GPU']) });
    expect(texts(without)).not.toContain('GPU (W)');
  });
  test('holds its steps until the next value', () => {
    const series = [{ ...chart.series[0]!, kind: 'steps' as const, values: [100, 50, null, 50, 50] }];
    const [line] = paths(
      chartScene({ ...chart, series }, { width: 478, height: 106, shown: { from: 0, to: 4 } }),
    ).filter(({ stroke }) => stroke === 'series-1');
    expect(line!.pieces[0]).toEqual([
      [62, 40],
      [162, 40],
      [162, 90],
      [262, 90],
    ]);
  });
  test('an axis reaches over the bands, within the part shown', () => {
    const band = { what: '90 %', low: [0, 90, 0], high: [900, 110, 900] };
    const range = rangeOf([{ name: 'a', unit: 'W', values: [500, 100, 500], band }], [0, 1, 2], { from: 1, to: 1 });
    expect(range).toEqual({ from: 90 - 1.2, to: 110 + 1.2 });
  });
  test('an axis of nothing is one all the same', () => {
    expect(airy(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null)).toEqual({ from: 0, to: 1 });
  });
});

describe('bars', () => {
  const bars: BarsOf = {
    ...{ title: 'Energy', unit: 'kWh', of: 'epoch', categories: ['1', '2'] },
    parts: [
      { name: 'training', values: [4, 2] },
      { name: 'evaluation', values: [1, null] },
    ],
  };
  const barsOf = (scene: Scene, ink: string) => paths(scene).filter(({ fill }) => fill === ink);

  test('are as high as their values', () => {
    const [first, second] = barsOf(barsPlot(bars, { width: 500, height: 300 }), 'series-1');
    expect(heightOf(first!) / heightOf(second!)).toBeCloseTo(2);
  });
  test('an unknown value is hatched, not a bar', () => {
    const scene = barsPlot(bars, { width: 500, height: 300 });
    expect(barsOf(scene, 'series-2')).toHaveLength(1);
    expect(paths(scene).filter(({ opacity }) => opacity === 0.6)).toHaveLength(1);
  });
  test('stand upon each other where stacked', () => {
    const scene = barsPlot({ ...bars, stacked: true }, { width: 500, height: 300 });
    const top = Math.min(...barsOf(scene, 'series-1')[0]!.pieces[0]!.map(([, y]) => y));
    const bottom = Math.max(...barsOf(scene, 'series-2')[0]!.pieces[0]!.map(([, y]) => y));
    expect(bottom).toBeCloseTo(top);
  });
  test('their sum is unknown where a part is', () => {
    expect([sumAt(bars.parts, 0), sumAt(bars.parts, 1)]).toEqual([5, null]);
    expect(barsSentence({ ...bars, stacked: true }, 1)).toBe(
      'epoch 2; training 2.00 kWh; evaluation unknown; together unknown',
    );
  });
  test('are found by their place', () => {
    expect([categoryAt(bars, [60, 9], 500), categoryAt(bars, [490, 9], 500), categoryAt(bars, [20, 9], 500)]).toEqual([
      0,
      1,
      null,
    ]);
  });
});

describe('a heat map', () => {
  const heat: HeatOf = {
    ...{ title: 'Grid', unit: 'gCO2e/kWh', across: 'hour', down: 'zone', columns: ['0', '1'], rows: ['DE', 'FR'] },
    values: [
      [700, 0],
      [null, 350],
    ],
  };
  test('has seven classes of one width', () => {
    const classes = classesOf(heat)!;
    expect(classes).toEqual({ low: 0, step: 100 });
    expect([0, 99, 100, 350, 700].map((value) => classOf(value, classes))).toEqual([1, 1, 2, 4, 7]);
  });
  test('colours each field by its class, and hatches the unknown', () => {
    const fields = paths(heatPlot(heat, { width: 400 }));
    expect(fields.map(({ fill }) => fill)).toEqual(['heat-7', 'heat-1', undefined, 'heat-4']);
  });
  test('of one value alone it has one class', () => {
    const one = { ...heat, values: [[5, 5]] };
    expect(classOf(5, classesOf(one)!)).toBe(4);
  });
  test('fields are found by their place', () => {
    expect(fieldAt(heat, [390, 30], 400)).toEqual({ column: 1, row: 1 });
    expect(fieldAt(heat, [390, 60], 400)).toBeNull();
  });
  test('a field is a sentence', () => {
    expect(heatSentence(heat, { column: 0, row: 1 })).toBe('zone FR, hour 0; unknown');
    expect(heatSentence(heat, { column: 1, row: 1 })).toBe('zone FR, hour 1; 350 gCO2e/kWh');
  });
  test('what is expected is thinner, and told with its note', () => {
    const thin = { name: 'expected', fields: [[false, true]] };
    const apart = { ...heat, rows: ['DE'], values: [[700, 350]], thin, notes: [[null, 'forecast by neso']] };
    const heights = paths(heatPlot(apart, { width: 400 })).map(({ pieces }) => pieces[0]![2]![1] - pieces[0]![1]![1]);
    expect(heights).toEqual([21, 9]);
    expect(heatLegend(apart).at(-1)).toMatchObject({ name: 'thin: expected' });
    expect(heatSentence(apart, { column: 1, row: 0 })).toBe('zone DE, hour 1; 350 gCO2e/kWh; forecast by neso');
  });
  test('a line stands before its column, with its name, and columns are named by one of the steps', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => `${hour}:00`);
    const day: HeatOf = {
      ...heat,
      columns: hours,
      rows: [''],
      values: [hours.map(() => 1)],
      line: { column: 12, name: 'now' },
    };
    const { shapes } = heatPlot({ ...day, every: [1, 6, 12] }, { width: 16 + 240 });
    // The plot begins at 12, and 24 columns of 10 px follow.
    const line = shapes.filter((shape) => shape.kind === 'path').at(-1)!;
    expect(line.pieces[0]!.map(([x]) => x)).toEqual([131.5, 131.5]);
    const texts = shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
    expect(texts.filter((text) => text.endsWith(':00'))).toEqual(['0:00', '6:00', '12:00', '18:00']);
    expect(texts).toContain('now');
  });
});
