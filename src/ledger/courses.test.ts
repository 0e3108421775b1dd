import { mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gpu, runRecord, second, writerOf } from '../../test/helpers/ledger.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { compactSegment } from './compact.ts';
import { type Course, type Courses, coursesOf, layersOf, type Stretches } from './courses.ts';
import { energyFiles, nothingSeen, sealedOf } from './energy-files.ts';
import { type Engine, openEngine } from './engine.ts';
import { gapsIn } from './gap-course.ts';
import { blocksIn, makeBlocks } from './rollup.ts';
import { runOf } from './runs.ts';
import { createRun } from './writer.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

interface Made {
  readonly ledger: string;
  readonly cache: string;
}

/** A run of one writer with these rows: so many sealed segments, the last one open. */
async function made(segments: readonly (readonly EnergyRow[])[]): Promise<Made> {
  const root = mkdtempSync(join(tmpdir(), 'joulebook-courses-'));
  const [ledger, cache] = [join(root, 'ledger'), join(root, 'cache')];
  createRun(ledger, runRecord('r'));
  const writer = writerOf(ledger, 'r', 'w', [gpu(0, 'a'), gpu(1, 'b')]);
  writer.end({
    schema: 'joulebook/end/v1',
    ended_at_ms: 0,
    exit_code: 0,
    signal: null,
    work: { lines_dropped: 0, format: null },
  });
  for (const [i, rows] of segments.entries()) {
    const file = join(writer.folder, `energy.${String(i + 1).padStart(6, '0')}.open`);
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    if (i + 1 < segments.length) await compactSegment(engine, file);
  }
  return { ledger, cache };
}

async function rolled({ ledger, cache }: Made) {
  const [writer] = runOf(ledger, 'r')!.writers;
  await makeBlocks(engine, cache, writer!, sealedOf(writer!, nothingSeen()).sealed);
}

const filesOf = ({ ledger, cache }: Made, with_rollups = true) =>
  energyFiles(engine, runOf(ledger, 'r')!, { seen: nothingSeen(), cache: with_rollups ? cache : null });

async function ask(made: Made, asked: Stretches, with_rollups = true): Promise<Courses> {
  return coursesOf(engine, await filesOf(made, with_rollups), asked);
}

const sum = (values: Iterable<number>) => [...values].reduce((s, value) => s + value, 0);
const course = (courses: Courses, identity: string): Course => courses.of.get(identity)!;

/** Rows that tile from 0 on, as a meter makes them: seconds and parts of them, gaps of any length cut at whole hours. */
const tiling = fc
  .array(
    fc.record({
      ms: fc.oneof(
        { weight: 8, arbitrary: fc.constant(1000) },
        fc.integer({ min: 1, max: 999 }),
        fc.integer({ min: 10_000, max: 9_000_000 }),
      ),
      w: fc.double({ min: 0, max: 700, noNaN: true }),
      known: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((pieces) => {
    const rows: EnergyRow[] = [];
    let at = 0;
    for (const { ms, w, known } of pieces) {
      const gap = ms > 1000;
      const unit = gap ? 3_600_000 : 1000;
      for (const end = at + ms; at < end; ) {
        const to = Math.min(end, (Math.floor(at / unit) + 1) * unit);
        const energy_j = gap && !known ? null : (w * (to - at)) / 1000;
        rows.push({
          ...{ device: 'gpu-0', from_ms: at, to_ms: to, energy_j, source: 'counter' },
          ...(gap
            ? { min_w: null, max_w: null, why: 'too-far-apart', quality: known ? 'estimated' : 'unknown' }
            : { min_w: w * 0.9, max_w: w * 1.1, quality: 'measured' }),
          ...(gap && known ? { low_j: energy_j! * 0.5, high_j: energy_j! * 2 } : {}),
        } as EnergyRow);
        at = to;
      }
    }
    return rows;
  });

const zoom = fc.record({
  a: fc.double({ min: 0, max: 1, noNaN: true }),
  b: fc.double({ min: 0, max: 1, noNaN: true }),
  width_ms: fc.constantFrom(
    1000,
    2000,
    10_000,
    20_000,
    60_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    86_400_000,
    null,
  ),
});

test('at every zoom energy is that of the rows, no peak is lost, and nothing lies outside', async () => {
  await fc.assert(
    fc.asyncProperty(
      tiling,
      fc.integer({ min: 1, max: 4 }),
      fc.array(zoom, { minLength: 3, maxLength: 3 }),
      async (rows, parts, zooms) => {
        const each = Math.ceil(rows.length / parts);
        const segments = Array.from({ length: parts }, (_, i) => rows.slice(i * each, (i + 1) * each)).filter(
          (one) => one.length > 0,
        );
        const run = await made([...segments, []]);
        await rolled(run);
        const end = rows.at(-1)!.to_ms;
        for (const { a, b, width_ms } of zooms) {
          const [from_ms, to_ms] = [Math.floor(Math.min(a, b) * end), Math.ceil(Math.max(a, b) * end)];
          if (from_ms === to_ms || (width_ms !== null && (to_ms - from_ms) / width_ms > 20_000)) continue;
          const told = course(await ask(run, { from_ms, to_ms, width_ms }), 'a');
          // By hand: the part of each row inside, and the peak of each row that reaches in.
          const inside = rows.filter((row) => row.to_ms > from_ms && row.from_ms < to_ms);
          const share = (row: EnergyRow) =>
            (Math.min(to_ms, row.to_ms) - Math.max(from_ms, row.from_ms)) / (row.to_ms - row.from_ms);
          const energy = sum(inside.map((row) => (row.energy_j ?? 0) * share(row)));
          expect(Math.abs(sum(told.energy_j) - energy)).toBeLessThanOrEqual(1e-9 * Math.max(1, energy));
          expect(sum(told.there_ms)).toBeCloseTo(to_ms - from_ms, 3);
          expect(sum(told.known_ms)).toBeCloseTo(
            sum(inside.map((row) => (row.energy_j === null ? 0 : (row.to_ms - row.from_ms) * share(row)))),
            3,
          );
          const most = Math.max(...inside.map(({ max_w }) => max_w ?? -1));
          expect(Math.max(...[...told.max_w].map((w) => (Number.isNaN(w) ? -1 : w)))).toBe(most);
          const whole = inside.filter(({ quality }) => quality === 'estimated');
          expect(sum(told.up_j)).toBeCloseTo(sum(whole.map((row) => (row.high_j! - row.energy_j!) * share(row))), 6);
        }
      },
    ),
    { numRuns: 30 },
  );
}, 120_000);

describe('a day of two GPUs', () => {
  const DAY_S = 86_400;
  /** Of second s, W. */
  const power = (s: number, device: number) => 100 + (s % 600) + 50 * device;
  let run: Made;
  beforeAll(async () => {
    const all = Array.from({ length: DAY_S }, (_, s) => [
      second('gpu-0', s, power(s, 0)),
      second('gpu-1', s, power(s, 1)),
    ]);
    // One second that draws more than all others: 04:07:13 of gpu-1.
    all[14_833] = [all[14_833]![0]!, second('gpu-1', 14_833, 9000)];
    const segments = Array.from({ length: 16 }, (_, i) => all.slice(i * 5500, (i + 1) * 5500).flat());
    run = await made(segments);
    await rolled(run);
  }, 60_000);

  test('roll-ups tell what rows tell', async () => {
    for (const width_ms of [10_000, 60_000, 300_000, 3_600_000]) {
      const asked = { from_ms: 1_234_567, to_ms: 80_000_001, width_ms };
      const [fast, slow] = [await ask(run, asked), await ask(run, asked, false)];
      for (const identity of ['a', 'b'])
        for (const name of ['energy_j', 'there_ms', 'seen_ms', 'known_ms', 'min_w', 'max_w'] as const) {
          const [x, y] = [course(fast, identity)[name], course(slow, identity)[name]];
          expect(x.length).toBe(y.length);
          for (let i = 0; i < x.length; i++)
            expect(Math.abs(x[i]! - y[i]!)).toBeLessThanOrEqual(1e-9 * Math.abs(y[i]!));
        }
    }
  });

  test('one second that stands out is seen from afar', async () => {
    const told = course(await ask(run, { from_ms: 0, to_ms: DAY_S * 1000, width_ms: 3_600_000 }), 'b');
    expect(told.max_w[4]).toBe(9000);
    expect(Math.max(...[...told.max_w].filter((_, i) => i !== 4))).toBe(749); // 100 + 599 + 50
    // 6 times 0 + … + 599, and 150 W throughout; the second stands in place of 150 + 433 J.
    expect(told.energy_j[3]).toBe(6 * ((599 * 600) / 2) + 3600 * 150);
    expect(told.energy_j[4]! - told.energy_j[3]!).toBeCloseTo(9000 - (150 + (14_833 % 600)), 6);
  });

  test('a roll-up of a file that changed since is not used', async () => {
    const [writer] = runOf(run.ledger, 'r')!.writers;
    const { sealed } = sealedOf(writer!, nothingSeen());
    expect(blocksIn(run.cache, writer!, sealed, new Map()).length).toBe(1);
    const file = sealed[3]!.path;
    utimesSync(file, 1, 1);
    const changed = sealedOf(writer!, nothingSeen()).sealed;
    expect(blocksIn(run.cache, writer!, changed, new Map())).toEqual([]);
    await rolled(run); // and it is made anew, in the place of the old one
    expect(blocksIn(run.cache, writer!, changed, new Map()).length).toBe(1);
    expect(readdirSync(join(run.cache, 'series')).length).toBe(1);
  });
});

test('gaps are told as they were, across files and roll-ups', async () => {
  const gap = (device: string, s: number, to_s: number, quality: 'unknown' | 'filled') =>
    second(device, s, 0, {
      to_ms: to_s * 1000,
      energy_j: quality === 'unknown' ? null : 5,
      min_w: null,
      max_w: null,
      quality,
      why: 'unreadable',
    });
  const run = await made([
    [second('gpu-0', 0, 1), gap('gpu-0', 1, 3, 'unknown'), second('gpu-1', 0, 1)],
    [gap('gpu-0', 3, 7, 'unknown'), second('gpu-0', 7, 1), gap('gpu-0', 8, 9, 'filled')],
    [gap('gpu-1', 1, 2, 'unknown')],
  ]);
  await rolled(run);
  const { gaps, left_out } = await gapsIn(engine, await filesOf(run), { from_ms: 0, to_ms: 60_000, most: 10 });
  expect(left_out).toBe(0);
  expect(gaps.map(({ device, from_ms, to_ms, state }) => [device, from_ms, to_ms, state])).toEqual([
    ['gpu-0', 1000, 7000, 'unknown'],
    ['gpu-1', 1000, 2000, 'unknown'],
    ['gpu-0', 8000, 9000, 'filled'],
  ]);
  const few = await gapsIn(engine, await filesOf(run), { from_ms: 2000, to_ms: 8500, most: 1 });
  expect(few.gaps.map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual([[3000, 7000]]);
  expect(few.left_out).toBe(2);
});

test('two writers of one device at the same time count once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'joulebook-courses-'));
  const ledger = join(root, 'ledger');
  createRun(ledger, runRecord('r'));
  for (const [name, from, to] of [
    ['w1', 0, 20],
    ['w2', 10, 30],
  ] as const) {
    const writer = writerOf(ledger, 'r', name, [gpu(0, 'a')]);
    for (let s = from; s < to; s++) writer.append('energy', second('gpu-0', s, 100));
    writer.flush();
  }
  const told = await ask({ ledger, cache: root }, { from_ms: 0, to_ms: 40_000, width_ms: 10_000 });
  expect([...course(told, 'a').energy_j]).toEqual([1000, 1000, 1000, 0]);
  expect([...course(told, 'a').there_ms]).toEqual([10_000, 10_000, 10_000, 0]);
  expect([...told.shared]).toEqual(['a']);
});

test('coarse roll-ups tell the middle, finer ones and rows its edges', () => {
  expect(
    layersOf({ from_ms: 5, to_ms: 3_700_000, width_ms: 3_600_000 }).map(({ level_ms, from_ms, to_ms }) => [
      level_ms,
      from_ms,
      to_ms,
    ]),
  ).toEqual([
    [null, 5, 10_000],
    [10_000, 10_000, 300_000],
    [300_000, 300_000, 1_800_000],
    [1_800_000, 1_800_000, 3_600_000],
    [10_000, 3_600_000, 3_700_000],
  ]);
  expect(layersOf({ from_ms: 0, to_ms: 9000, width_ms: 1000 })).toEqual([{ from_ms: 0, to_ms: 9000, level_ms: null }]);
});
