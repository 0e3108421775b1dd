// Which of some words was meant by one that is none of them, by how few letters differ.

/** Letters that are looked at: no name that is meant is longer. */
const LONGEST = 64;
/** A wrong first letter is less likely than another, in letters. */
const FIRST_LETTER = 0.5;

export interface Near {
  readonly word: string;
  /** Letters that differ. */
  readonly off: number;
}

/** The nearest first. */
export const byDistance = (words: readonly string[], wanted: string): Near[] =>
  words
    .map((word) => ({ word, off: distance(word.slice(0, LONGEST), wanted.slice(0, LONGEST)) + firstOf(word, wanted) }))
    .sort((a, b) => a.off - b.off);

const firstOf = (word: string, wanted: string): number => (word[0] === wanted[0] ? 0 : FIRST_LETTER);

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
