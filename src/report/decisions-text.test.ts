// Decisions in words and as CSV.

import { expect, test } from 'vitest';
import { exactly, type Figure, unknown, withBounds } from '../core/figure.ts';
import { decisionLogCsv, decisionLogJson, decisionLogText } from './decision-log.ts';
import type { Judged } from './decisions.ts';
import { judgedJson } from './decisions.ts';
import { decisionLines, decisionText, savedSum, savedText, sumText } from './decisions-text.ts';

const AT = Date.UTC(2026, 2, 2, 10);
const judged = (emissions_g: Figure, energy_j: Figure, estimate = false): Judged => ({
  decision: {
    ...{ at_ms: AT, writer: 'w', decision: 1, act: 'pause', by: ['lab'], because: '412 g/kWh now', why: null },
    ...{ budgets: [], grid: null, left: { energy: null, emissions: null }, outcome: null },
  },
  stood: { from_ms: AT, to_ms: AT + 7_200_000 },
  saved: { emissions_g, energy_j, estimate, how: '' },
});
const around = (value: number, by: number, cause: string) => withBounds(exactly(value), cause, -by, by);

test('a pause that saved grams and cost joules', () => {
  const one = judged(around(160, 30, 'grid'), exactly(-360_000));
  expect(decisionText(judgedJson(one))).toBe(
    '2026-03-02T10:00:00Z pause for 2 h 0 min: 412 g/kWh now (budget lab); saved 160 gCO2e (90 %: 130 gCO2e – 190 gCO2e), cost 100 Wh',
  );
});

test('what stands, or ended so, has not gone on', () => {
  const json = judgedJson({ ...judged(exactly(0), exactly(-5)), stood: { from_ms: AT, to_ms: null } });
  expect(decisionText(json)).toMatch(/ pause \(it has not gone on\): 412 /);
});

test('what cost both, what is not known, and what is nothing', () => {
  const text = (one: Judged) => savedText(judgedJson(one).saved!);
  expect(text(judged(around(-10, 20, 'grid'), exactly(-100)))).toBe(
    'cost 10.0 gCO2e (90 %: −10.0 gCO2e – 30.0 gCO2e) and 100 J',
  );
  expect(text(judged(unknown('no zone is known'), exactly(-100)))).toBe(
    'saved an unknown amount (no zone is known), cost 100 J',
  );
  expect(text(judged(exactly(5), exactly(100), true))).toBe('saved 5.00 gCO2e and 100 J (estimate)');
  expect(text(judged(exactly(0), exactly(0)))).toBe('saved nothing');
  expect(text(judged(unknown('x'), unknown('x'), true))).toBe('saved an unknown amount (x)');
});

test('an order that was not carried out says why', () => {
  const { decision } = judged(exactly(0), exactly(0));
  const outcome = { at_ms: AT, done: false, how: 'a process is another user’s', took_ms: 5000 };
  const json = judgedJson({ decision: { ...decision, outcome }, stood: null, saved: null });
  expect(decisionText(json)).toBe(
    '2026-03-02T10:00:00Z pause: 412 g/kWh now (budget lab); not done: a process is another user’s',
  );
});

test('sums: errors of one cause add up, those of different causes do not; stops apart; unknown ones are counted', () => {
  const sum = savedSum([
    judged(around(100, 3, 'grid'), exactly(-10)),
    judged(around(50, 3, 'grid'), exactly(-10)),
    judged(around(50, 8, 'other grid'), exactly(0)),
    judged(unknown('x'), exactly(0)),
    judged(exactly(7), exactly(900), true),
    { saved: null },
  ]);
  // 3 + 3 of one grid, 8 of another: √(6² + 8²) = 10.
  expect(sum).toEqual({
    ...{ emissions_g: { value: 200, low: 190, high: 210 }, energy_j: { value: -20, low: -20, high: -20 } },
    ...{ estimated_g: { value: 7, low: 7, high: 7 }, estimated_j: { value: 900, low: 900, high: 900 } },
    ...{ of: 5, unknown: 1 },
  });
  expect(sumText(sum)).toEqual([
    'pauses and moves saved 200 gCO2e (90 %: 190 gCO2e – 210 gCO2e), cost 20.0 J',
    'stops saved 7.00 gCO2e and 900 J (estimate)',
    'what 1 of these 5 decisions saved is not all known',
  ]);
  expect(sumText(savedSum([{ saved: null }]))).toEqual([]);
});

test('a report tells the latest five, and where the others are', () => {
  const all = Array.from({ length: 7 }, () => judged(exactly(1), exactly(0)));
  const lines = decisionLines({ decisions: all.map(judgedJson), saved: savedSum(all), run: 'r1' });
  expect(lines[0]).toBe('2 before these: joulebook budget log --run r1');
  expect(lines).toHaveLength(1 + 2 * 5 + 1);
  expect(lines.slice(1, 3)).toEqual([
    '2026-03-02T10:00:00Z pause for 2 h 0 min: 412 g/kWh now (budget lab)',
    '  saved 1.00 gCO2e',
  ]);
  expect(lines.at(-1)).toBe('pauses and moves saved 7.00 gCO2e');
  expect(decisionLines({ decisions: [], saved: savedSum([]), run: 'r1' })).toEqual([]);
});

test('the log: newest last, whatever the order of runs; control characters of a name are none', () => {
  const late = judged(exactly(1), exactly(0));
  const early = { ...late, decision: { ...late.decision, at_ms: AT - 60_000, because: 'a,"b"' } };
  const made = decisionLogJson(
    [
      { ...late, run: { id: 'r2', name: null } },
      { ...early, run: { id: 'r1', name: 'x\u001b[31m' } },
    ],
    [],
  );
  expect(made.decisions.map(({ run }) => run)).toEqual(['r1', 'r2']);
  const text = decisionLogText(made, { color: false });
  expect(text.split('\n').map((line) => line.split('  ')[0])).toEqual([
    'x [31m',
    '',
    'r2',
    '',
    'pauses and moves saved 2.00 gCO2e',
    '',
  ]);
  const [header, first] = decisionLogCsv(made).split('\r\n');
  expect(first).toContain('"a,""b"""');
  expect(header!.split(',').indexOf('saved_g')).toBeGreaterThan(0);
  expect(decisionLogText(decisionLogJson([], []), { color: false })).toBe('nothing was decided\n');
});
