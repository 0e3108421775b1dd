// Texts broken by hand.

import { describe, expect, test } from 'vitest';
import { paragraph } from './paragraph.ts';

describe('a paragraph', () => {
  test('is broken at blanks, later lines below the text, blanks in a line as they are', () => {
    expect(paragraph('one  two three four', { head: '  1. ', columns: 14 })).toEqual([
      '  1. one  two',
      '     three',
      '     four',
    ]);
    expect(paragraph('one  two', { head: '', columns: 8 })).toEqual(['one  two']);
  });

  test('is not broken at a no-break space', () => {
    expect(paragraph('about 90\u00a0%', { head: '', columns: 9 })).toEqual(['about', '90 %']);
  });

  test('wide letters have two columns, and a word that is too wide has a line of its own', () => {
    expect(paragraph('学習 学習 a', { head: '', columns: 9 })).toEqual(['学習 学習', 'a']);
    expect(paragraph('a incomprehensible b', { head: '', columns: 5 })).toEqual(['a', 'incomprehensible', 'b']);
    expect(paragraph('', { head: '  ', columns: 5 })).toEqual(['  ']);
  });
});
