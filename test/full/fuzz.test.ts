// The same properties, long, from another seed each day: a failure prints the seed and the smallest case.

import { expect, test } from 'vitest';
import { fuzz, PROPERTIES } from '../helpers/fuzz.ts';
import { readDamaged } from '../helpers/log-lines.ts';

const seed = Math.floor(Date.now() / 86_400_000);
test.each([...Object.keys(PROPERTIES), 'ledgers'])(`damaged %s, seed ${seed}`, (name) => fuzz(name, 5000, seed));

test(`a million damaged log lines, seed ${seed}`, () => {
  expect(readDamaged(1_000_000, seed)).toBeGreaterThan(100_000);
});
