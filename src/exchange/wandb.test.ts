// The framing of a W&B run file at the edges of its blocks, read by a reader of its own and by the one for logs.

import { expect, test } from 'vitest';
import { recordsOf } from '../../test/helpers/wandb-records.ts';
import { wandb } from '../workload/files/wandb.ts';
import { framed } from './wandb.ts';

const BLOCK = 32_768;
const HEADS = 7 + 7; // of the file and of the first record
const FILL = BLOCK - HEADS;

/** A first record that leaves so many bytes of its block, and others behind it. */
const CASES = [0, 1, 6, 7, 8, 9, 100].flatMap((left) =>
  [[], [0], [1], [BLOCK - 7], [BLOCK - 6], [3 * BLOCK, 5]].map((more) => [left, [FILL - left, ...more]] as const),
);

test.each(CASES)('%d bytes left of a block: records of %j bytes are read as they were', (_, sizes) => {
  const records = sizes.map((size, i) => Buffer.alloc(size, i + 1));
  const bytes = framed(records);
  expect(recordsOf(bytes).map((record) => record.length)).toEqual(sizes);
  expect(Buffer.concat(recordsOf(bytes)).equals(Buffer.concat(records))).toBe(true);
  const reader = wandb.open({ from: 0, started_ms: 0, onStep: () => {} } as never);
  for (let at = 0; at < bytes.length; at += 1000)
    reader.push(bytes.subarray(at, at + 1000), { at_ms: 0, old: true } as never);
  expect(reader.dropped).toBe(0);
});
