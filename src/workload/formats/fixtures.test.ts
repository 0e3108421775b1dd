// Every format against a log of typical and of nasty lines, worked out by hand: NAME.expected.json lists the lines that
// tell something, with what is known of each; all others must tell nothing. Control characters stand in the logs as such.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDamaged } from '../../../test/helpers/log-lines.ts';
import { createStepReader, FORMAT_NAMES } from '../log-reader.ts';
import { type Step, stepOf } from '../step.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.log'))
  .map((file) => file.slice(0, -'.log'.length));
const bytesOf = (name: string) => readFileSync(join(FOLDER, `${name}.log`));

/** The steps, each with the number of its line as its time. */
function byLine(log: Buffer): { steps: Step[]; format: string | null } {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step));
  log
    .toString('latin1')
    .split('\n')
    .forEach((line, i) => {
      reader.push(Buffer.from(`${line}\n`, 'latin1'), i + 1);
    });
  reader.end(0);
  return { steps, format: reader.format };
}

function inChunks(log: Buffer, sizes: readonly number[]): Step[] {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step));
  let at = 0;
  for (let i = 0; at < log.length; i++) {
    const size = sizes[i % sizes.length]!;
    reader.push(log.subarray(at, at + size), 7);
    at += size;
  }
  reader.end(7);
  return steps;
}

describe.each(NAMES)('%s', (name) => {
  const log = bytesOf(name);

  test('tells what was worked out by hand', () => {
    const expected: ({ line: number } & Partial<Step>)[] = JSON.parse(
      readFileSync(join(FOLDER, `${name}.expected.json`), 'utf8'),
    );
    const { steps, format } = byLine(log);
    expect(steps).toEqual(expected.map(({ line, ...known }) => stepOf(line, known)));
    if (FORMAT_NAMES.includes(name)) expect(format).toBe(name);
  });

  test('tells the same in any chunks', () => {
    const whole = inChunks(log, [log.length]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(inChunks(log, sizes)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });
});

test('20,000 damaged lines: nothing is thrown, and what is told is finite and not negative', () => {
  expect(readDamaged(20_000, 1)).toBeGreaterThan(2000);
});

// With a pattern that is quadratic in the length of a line, any of them takes minutes.
test('a megabyte of what a pattern might trip over takes no time', () => {
  const parts = [
    "{'",
    '{"',
    '1/2 [',
    ' [',
    '1',
    '1,',
    'iteration 1/1 |',
    'loss: ',
    'a=',
    ': ',
    '━',
    '- ',
    '\b',
    '\x1b[',
    '\x1b]',
    'step ',
  ];
  for (const part of parts) {
    for (const size of [16_000, 1_000_000]) {
      const steps: Step[] = [];
      const reader = createStepReader((step) => steps.push(step));
      reader.push(Buffer.from(`loss | ${part.repeat(size / part.length)}\n{"step":77,"loss":1}\n`), 1);
      expect([part, steps.at(-1)?.step]).toEqual([part, 77]);
    }
  }
});
