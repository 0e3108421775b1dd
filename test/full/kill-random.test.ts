// Fifty kill -9 at random moments, of joulebook alone and of everything: no committed second is lost.

import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/cli.ts';
import { killAfter, WAYS } from '../helpers/kill.ts';

test('50 random kills', async () => {
  let done = 0;
  for (let i = 0; i < 50; i++) {
    await killAfter(
      tempFolder(),
      WAYS[i % WAYS.length]!,
      Math.floor(Math.random() * 750),
      i % 3 === 2 ? 'all' : 'joulebook',
    );
    done++;
  }
  expect(done).toBe(50);
});
