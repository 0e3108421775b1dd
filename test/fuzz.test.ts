import { test } from 'vitest';
import { fuzz, PROPERTIES } from './helpers/fuzz.ts';

test.each([...Object.keys(PROPERTIES), 'ledgers'])('damaged %s', (name) => fuzz(name, 200));
