// The same properties, long, from another seed each day: a failure prints the seed and the smallest case.

import { test } from 'vitest';
import { fuzz, PROPERTIES } from '../helpers/fuzz.ts';

const seed = Math.floor(Date.now() / 86_400_000);
test.each([...Object.keys(PROPERTIES), 'ledgers'])(`damaged %s, seed ${seed}`, (name) => fuzz(name, 5000, seed));
