import { expect, test } from 'vitest';
import { compared, run } from '../../test/helpers/compare-input.ts';
import { widthOf } from './bar-table.ts';
import { compareText } from './compare-text.ts';
import { change } from './compare-words.ts';

const long = (end: string) => `an experiment with a name that a script made up and nobody would type ${end}`;
const repeats = (by: number) => [run({ w: 90 * by }), run({ w: 100 * by }), run({ w: 110 * by })];

test('rows are no wider than a terminal of 60 or 80, verdicts go below them, and ends of long names stay', () => {
  const made = compared({ [long('0001')]: repeats(1), [long('0002')]: repeats(0.98) });
  for (const columns of [60, 80]) {
    const lines = compareText(made, { columns, color: false, fit: true }).split('\n');
    const table = lines.slice(2, lines.indexOf(''));
    // What is below a row is folded with the rest of the text (cli/fold.ts).
    const wide = table.filter((line) => !line.startsWith('      (') && [...line].length > columns);
    expect([columns, wide]).toEqual([columns, []]);
    expect(table[2]).toMatch(/^ {6}\(.* to .*\) {2}cannot tell yet: \d+ repeats of each would$/);
    expect(lines.find((line) => line.endsWith('change'))).toMatch(/^ +an .*….*0001 +an .*….*0002 +change$/);
  }
  // A pipe's reader may want to search them.
  expect(compareText(made, { columns: 80, color: false })).toContain(`${long('0002')} against ${long('0001')}`);
});

test('letters that are two columns wide leave the columns in line', () => {
  const made = compared({ 基準の実験: [run({})], b: [run({ w: 90 })] });
  const [, head, first] = compareText(made, { columns: 80, color: false, fit: true }).split('\n');
  const endOf = (line: string, mark: string) => widthOf(line.slice(0, line.indexOf(mark) + mark.length));
  // 10 kJ are 2.78 Wh.
  expect(endOf(head!, '実験')).toBe(endOf(first!, '2.78 Wh'));
});

test('a change in percent, and as times where it is very far', () => {
  expect([0.9, 1, 1.25, 230, 1e15].map(change)).toEqual(['−10.0 %', '0 %', '+25.0 %', '× 230', '× 1.0e15']);
});
