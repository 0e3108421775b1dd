// Damaged lines of the fixtures of every log format: whatever comes of them, reading never throws, and what is told is
// finite and not negative. Short in the unit tests, a million long in test/full/fuzz.test.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createStepReader } from '../../src/workload/log-reader.ts';
import type { Step } from '../../src/workload/step.ts';

const FOLDER = resolve(import.meta.dirname, '../../src/workload/formats/fixtures');
const JUNK = [
  'NaN',
  '-1',
  '1e999',
  '"',
  "'",
  '\r',
  '\b',
  ',',
  '{',
  '}',
  '\x1b[2K',
  ':',
  '=',
  '|',
  '/',
  ' [',
  '━',
  '99999999999999999999',
  '\ufffd',
];

/** Every line of every fixture. */
export function fixtureLines(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.log'))
    .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

/** Reads so many damaged lines, a new reader every hundred; returns how many told a step. Throws where one is not sound. */
export function readDamaged(count: number, seed: number): number {
  const lines = fixtureLines();
  const random = randomOf(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  let told = 0;
  let line = '';
  const onStep = (step: Step) => {
    told++;
    const wrong = unsound(step);
    if (wrong !== null) throw new Error(`${wrong} of ${JSON.stringify(line)}: ${JSON.stringify(step)}`);
  };
  let reader = createStepReader(onStep);
  for (let i = 0; i < count; i++) {
    if (i % 100 === 99) reader = createStepReader(onStep);
    line = pick(lines);
    for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
      const at = Math.floor(random() * (line.length + 1));
      const skip = Math.floor(random() * 12);
      const how = random();
      if (how < 0.4) line = line.slice(0, at) + pick(JUNK) + line.slice(at);
      else if (how < 0.7) line = line.slice(0, at) + line.slice(at + skip);
      else if (how < 0.9) line = line.slice(0, at) + pick(lines).slice(0, 40) + line.slice(at + skip);
      else line = line.slice(at);
    }
    reader.push(Buffer.from(`${line}\n`), i);
  }
  reader.end(count);
  return told;
}

/** What is wrong with a step; null: nothing. */
function unsound(step: Step): string | null {
  const { metrics, units, lr, loss, phase: _, told: __, tokens_are, ...counters } = step;
  for (const [name, value] of Object.entries({ ...counters, ...units }))
    if (value !== null && !(Number.isFinite(value) && value >= 0)) return name;
  for (const [name, value] of Object.entries({ ...metrics, lr, loss }))
    if (value !== null && !Number.isFinite(value)) return name;
  for (const name of ['step', 'total', 'rank'] as const)
    if (step[name] !== null && !Number.isSafeInteger(step[name])) return name;
  return (step.tokens === null) === (tokens_are === null) ? null : 'tokens_are';
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
