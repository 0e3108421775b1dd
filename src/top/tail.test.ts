import { appendFileSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventIn, rowIn, stepIn } from './rows-in.ts';
import { createTail } from './tail.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-tail-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (second: number, joules: number, device = 'd') =>
  `${JSON.stringify({ device, from_ms: second * 1000, to_ms: second * 1000 + 1000, energy_j: joules, source: 'counter', quality: 'measured' })}\n`;
function tailed() {
  const joules: (number | null)[] = [];
  const steps: (number | null)[] = [];
  const tail = createTail(folder, {
    energy: (one) => joules.push(one.energy_j),
    step: (one) => steps.push(one.step),
    event() {},
  });
  return { tail, joules, steps };
}
const open = (number: number) => join(folder, `energy.00000${number}.open`);

test('each row once, as it comes; half a line waits for its end', async () => {
  const { tail, joules } = tailed();
  await tail.read(); // nothing there yet
  writeFileSync(open(1), row(0, 1) + row(1, 2).slice(0, 20));
  await tail.read();
  await tail.read();
  expect(joules).toEqual([1]);
  appendFileSync(open(1), row(1, 2).slice(20) + row(2, 3));
  await tail.read();
  writeFileSync(open(2), row(3, 4));
  await tail.read();
  expect(joules).toEqual([1, 2, 3, 4]);
});

test('the end of a segment that the next one follows is read first', async () => {
  const { tail, joules } = tailed();
  writeFileSync(open(1), row(0, 1));
  await tail.read();
  appendFileSync(open(1), row(1, 2));
  writeFileSync(open(2), row(2, 3));
  await tail.read();
  unlinkSync(open(1)); // sealed and gone
  appendFileSync(open(2), row(3, 4));
  await tail.read();
  expect(joules).toEqual([1, 2, 3, 4]);
});

test('damaged lines are left out, a damaged Parquet file is named', async () => {
  const { tail, joules } = tailed();
  writeFileSync(open(1), `${row(0, 1)}nonsense\n[1]\n{"device":5}\n${row(1, 2)}`);
  await tail.read();
  renameSync(open(1), join(folder, 'energy.000001.parquet'));
  writeFileSync(join(folder, 'steps.000001.parquet'), 'PAR1');
  await tail.read();
  expect(joules).toEqual([1, 2]);
  expect(tail.broken.toSorted()).toEqual(['energy.000001.parquet', 'steps.000001.parquet']);
});

test('a folder that goes away is no fault', async () => {
  const { tail, joules } = tailed();
  writeFileSync(open(1), row(0, 1));
  await tail.read();
  rmSync(folder, { recursive: true });
  await tail.read();
  expect(joules).toEqual([1]);
});

test('a file of megabytes without a line end is read once, block by block', async () => {
  const { tail, joules } = tailed();
  writeFileSync(open(1), 'x'.repeat(3_000_000));
  await tail.read();
  appendFileSync(open(1), `\n${row(0, 1)}`);
  await tail.read();
  expect(joules).toEqual([1]);
});

test('whatever a line holds, it is a sound row or none', () => {
  const value = fc.anything({ withBigInt: true, maxDepth: 2 });
  const rowLike = fc.record(
    {
      device: value,
      from_ms: value,
      to_ms: value,
      energy_j: value,
      at_ms: value,
      step: value,
      event: value,
      message: value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(value, rowLike), (one) => {
      const energy = rowIn(one);
      if (energy !== null) expect(energy.to_ms).toBeGreaterThan(energy.from_ms);
      if (energy !== null && energy.energy_j !== null) expect(energy.energy_j).toBeGreaterThanOrEqual(0);
      const step = stepIn(one);
      if (step !== null) expect(Number.isFinite(step.at_ms)).toBe(true);
      const event = eventIn(one);
      if (event !== null) expect(typeof event.message).toBe('string');
    }),
  );
});
