// Tables as a terminal shows them: widths of letters are those of Unicode's EastAsianWidth.txt, looked up by hand.

import { describe, expect, test } from 'vitest';
import { barTable, type TableRow, widthOf } from './bar-table.ts';
import { clean } from './format.ts';

const options = (columns: number, utf8 = true) => ({ columns, color: false, utf8 });
const HEAD = ['', 'runs', 'energy'];
const row = (name: string, bar?: number): TableRow => ({
  cells: [name, '12', '345 kWh'],
  ...(bar === undefined ? {} : { bar }),
});

describe('columns of a text', () => {
  test.each([
    ['abc', 3],
    ['中文', 4],
    ['ひらがな、カタカナ。', 20],
    ['ｶﾀｶﾅ', 4], // half-width forms
    ['ＡＢ￥', 6],
    ['한글', 4],
    ['\u1112\u1161\u11ab', 2], // 한 in its three parts
    ['e\u0301a\u0308', 2],
    ['ğüş – ½ …', 9],
    ['🚀', 2],
    ['a\u200bb', 2],
  ])('%s has %i', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});

describe('a table', () => {
  const names = [
    '短い',
    'モデルの学習とその評価のための長いプロジェクト名',
    'cafe\u0301 – re\u0301entrainement',
    'x'.repeat(90),
    'ｶﾀｶﾅ',
  ];

  test.each([60, 80, 160])(
    'of %i columns has no wider line, its figures stand below each other, and bars by their shares',
    (columns) => {
      const rows = names.map((name, i) => row(name, (names.length - i) / names.length));
      const lines = barTable(HEAD, rows, options(columns));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      const ends = lines.slice(1).map((line) => widthOf(line.slice(0, line.indexOf('345 kWh'))));
      expect(new Set(ends).size).toBe(1);
      const bars = lines.slice(1).map((line) => widthOf(/[█▏▎▍▌▋▊▉]+$/.exec(line)![0]));
      expect(bars[0]).toBeGreaterThanOrEqual(6);
      expect(bars[0]).toBeLessThanOrEqual(40);
      expect(bars).toEqual(bars.toSorted((a, b) => b - a));
    },
  );

  test('a long name is cut with …, short ones never; nothing is cut where there is room', () => {
    const [, first, cut] = barTable(HEAD, [row('短い'), row('学'.repeat(40))], options(60));
    expect(first).toMatch(/^ {2}短い +12 {2}345 kWh$/);
    expect(cut).toMatch(/^ {2}学+… +12 {2}345 kWh$/);
    expect(barTable(HEAD, [row('学'.repeat(40))], options(160))[1]).toContain('学'.repeat(40));
  });

  test('bars in eighths, or # where the terminal has no such letters; none of nothing', () => {
    const bars = (utf8: boolean) =>
      barTable(HEAD, [row('all', 1), row('half', 0.5), row('none', 0), row('total')], options(80, utf8)).map(
        (line) => line.split('345 kWh')[1] ?? '',
      );
    // 2 + 5 + 2 + 4 + 2 + 7 + 2 columns leave 56, of which bars take 40.
    expect(bars(true).slice(1)).toEqual([`  ${'█'.repeat(40)}`, `  ${'█'.repeat(20)}`, '', '']);
    expect(bars(false).slice(1)).toEqual([`  ${'#'.repeat(40)}`, `  ${'#'.repeat(20)}`, '', '']);
  });

  test('a name of several lines, or one that steers a terminal, is one line', () => {
    expect(clean('a\n\tb\u001b[31mc')).toBe('a b [31mc');
  });
});
