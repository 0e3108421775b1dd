import { expect, test } from 'vitest';
import { folded, foldedFor } from './fold.ts';

test('a sentence is broken at its words, a little further in', () => {
  expect(folded('  one two three four five six seven eight nine ten\nshort\n', 40)).toBe(
    '  one two three four five six seven\n    eight nine ten\nshort\n',
  );
});

test('the text of a label goes on below itself, as often as it takes', () => {
  const text = '  note        aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk';
  expect(folded(text, 40)).toBe(
    [
      '  note        aaaa bbbb cccc dddd eeee',
      `${' '.repeat(14)}ffff gggg hhhh iiii jjjj`,
      `${' '.repeat(14)}kkkk`,
    ].join('\n'),
  );
});

test('a row that is too wide for its padding alone loses that', () => {
  const row = '  energy  10.2 J  11.4 J  +11.8 %                      worse';
  expect(folded(row, 48)).toBe('  energy  10.2 J  11.4 J  +11.8 %  worse');
  expect(folded(row, 80)).toBe(row);
});

test('what is numbered goes on below its text', () => {
  expect(folded('  1. failed runs: up to 447 J of all that was used', 40)).toBe(
    '  1. failed runs: up to 447 J of all\n     that was used',
  );
});

test('a row of a table is broken between columns where these lie in its right half', () => {
  expect(folded('  energy  10.2 J  11.4 J  +11.8 %  worse, of these runs', 48)).toBe(
    '  energy  10.2 J  11.4 J  +11.8 %\n          worse, of these runs',
  );
});

test('colours take no room, and a word that is too long stays whole', () => {
  const line = `  \x1b[1mnote\x1b[22m ${'a'.repeat(33)}`; // 40 letters
  expect(folded(line, 40)).toBe(line);
  expect(folded(`  see ${'x'.repeat(60)} there`, 40)).toBe(`  see\n    ${'x'.repeat(60)}\n    there`);
});

test('only a terminal folds', () => {
  const text = 'word '.repeat(20);
  expect(foldedFor(text, { columns: 40 })).toBe(text);
  expect(foldedFor(text, { isTTY: true, columns: 40 }).split('\n').length).toBe(3);
  expect(foldedFor(text, { isTTY: true })).toBe(text);
});
