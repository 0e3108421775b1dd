// What decisions saved, by hand: a pause, several, one that ended with the run, and a stop.

import { expect, test } from 'vitest';
import { inputOf, series, T0 } from '../../test/helpers/report-input.ts';
import type { EventRow } from '../ledger/records.ts';
import { stepOf } from '../workload/step.ts';
import type { ReportInput } from './build.ts';
import { coreOf } from './core.ts';
import { type DecisionJson, judgedJson, judgedOf } from './decisions.ts';

const MINUTE = 60_000;
const near = (value: number, digits = 9) => expect.closeTo(value, digits);

let number = 0;
const decided = (at_s: number, act: string, facts: EventRow['facts'] = {}): EventRow => ({
  ...{ at_ms: T0 + at_s * 1000, event: 'decision', message: '', writer: 'w' },
  facts: { decision: ++number, act, by: 'run', because: 'x', why: null, inputs: '[]', ...facts },
});
const came = (at_s: number, done = 1): EventRow => ({
  ...{ at_ms: T0 + at_s * 1000, event: 'outcome', message: '', writer: 'w' },
  facts: { decision: number, act: 'x', done, how: 'y', took_ms: 5 },
});
const held = (from_s: number, to_s: number | null): EventRow[] => {
  const at = (s: number, event: string) => ({ at_ms: T0 + s * 1000, event, message: '', writer: 'w' });
  return [at(from_s, 'paused'), ...(to_s === null ? [] : [at(to_s, 'resumed')])];
};

/** W by seconds, and g/kWh by minutes from T0 on. */
function made(watts: readonly number[], minutes: readonly number[], change: (input: ReportInput) => ReportInput) {
  const input = change(inputOf([watts], [], [series([0, ...minutes], MINUTE)]));
  const { basis, all } = coreOf(input);
  return judgedOf({ basis, all }).map(judgedJson);
}
const watts = (...parts: [seconds: number, w: number][]) => parts.flatMap(([s, w]) => Array<number>(s).fill(w));
const gramsAndJoules = ({ saved }: DecisionJson) => [saved?.emissions_g.value, saved?.energy_j.value];

/** g of a minute: 1 kW is 60 kJ, 1/60 kWh. */
const G = (g_per_kwh: number, w = 1000) => ((w * 60) / 3.6e6) * g_per_kwh;

test('a pause from 400 to 200 g/kWh saves the difference, less what was drawn meanwhile, and no joules', () => {
  const events = [decided(60, 'pause'), came(60.2), ...held(60.1, 120), decided(120, 'resume')].map((one) => ({
    ...one,
    at_ms: Math.floor(one.at_ms / 1000) * 1000, // both edges on a second, so that the arithmetic is by hand
  }));
  const [pause, resume] = made(watts([60, 1000], [60, 100], [60, 1000]), [300, 400, 200], (input) => ({
    ...input,
    run: { ...input.run, pue: null },
    events,
  }));
  // Of 1 kW in its third minute: at 400 it would have been 6.667 g, at 200 it was 3.333; 100 W stood at 400: 0.667 g.
  expect(gramsAndJoules(pause!)).toEqual([near(G(400) - G(200) - G(400, 100)), near(-6000)]);
  expect(pause).toMatchObject({ stood: { from_ms: T0 + 60_000, to_ms: T0 + 120_000 }, outcome: { done: true } });
  expect(pause!.saved).toMatchObject({ estimate: false });
  expect(resume!.saved).toBeNull();
});

test('the interval: what sensors and producers are off by moves all of it alike, and the PUE multiplies', () => {
  const events = [decided(60, 'pause'), ...held(60, 120)];
  const run = watts([60, 1000], [60, 0], [60, 1000]);
  const [bare] = made(run, [300, 400, 200], (input) => ({ ...input, events, run: { ...input.run, pue: null } }));
  const [with_pue] = made(run, [300, 400, 200], (input) => ({ ...input, events }));
  const { value, low, high } = bare!.saved!.emissions_g as { value: number; low: number; high: number };
  expect(value).toBeCloseTo(G(200), 9);
  // The sensor of the GPU alone is off by 5 %, and another producer's answer by more: no less than that.
  expect(low / value).toBeLessThan(0.95);
  expect(high / value).toBeGreaterThan(1.05);
  expect(low).toBeGreaterThan(0); // what both worlds share cancels: it is surely a saving
  expect(with_pue!.saved!.emissions_g.value).toBeCloseTo(1.3 * value, 9);
});

test('pauses of one run add up to that of never pausing', () => {
  const events = [decided(60, 'pause'), ...held(60, 120), decided(180, 'pause'), ...held(180, 240)];
  const all = made(watts([60, 1000], [60, 0], [60, 1000], [60, 0], [60, 1000]), [500, 400, 300, 200, 100], (input) => ({
    ...input,
    run: { ...input.run, pue: null },
    events,
  }));
  // Never: 500 + 400 + 300; it was 500 + 300 + 100. The first: (400 + 300) - (300 + 200); the second: 200 - 100.
  expect(all.map((one) => one.saved!.emissions_g.value)).toEqual([near(G(200)), near(G(100))]);
});

test('a stop saves what the projection said was left: an estimate', () => {
  const left = { left_j: 5000, left_j_low: 4000, left_j_high: 7000, left_g: 0.5, left_g_low: 0.4, left_g_high: 0.9 };
  const stopped = (facts: EventRow['facts'], more: EventRow[] = []) =>
    made(watts([60, 1000]), [300], (input) => ({
      ...input,
      state: 'stopped',
      events: [decided(50, 'stop', facts), came(51), ...more],
    }));
  expect(stopped(left)[0]!.saved).toMatchObject({
    ...{ estimate: true, energy_j: { value: 5000, low: 4000, high: 7000 } },
    emissions_g: { value: 0.5, low: near(0.4), high: near(0.9) },
  });
  const [untold] = stopped({});
  expect(untold!.saved).toMatchObject({ energy_j: { value: null, why: 'nobody could tell then what was left' } });
});

test('paused, and stopped before it went on: the stop has what was left, the pause its idle power', () => {
  const [pause, stop] = made(watts([60, 1000], [60, 100]), [300, 400], (input) => ({
    ...input,
    ...{ state: 'stopped', run: { ...input.run, pue: null } },
    events: [
      decided(60, 'pause', { left_j: 9000 }),
      ...held(60, null),
      decided(115, 'stop', { left_j: 8000 }),
      came(116),
    ],
  }));
  expect(gramsAndJoules(pause!)).toEqual([near(-G(400, 100)), near(-6000)]);
  expect(pause!.stood).toEqual({ from_ms: T0 + 60_000, to_ms: null });
  expect(gramsAndJoules(stop!)).toEqual([null, 8000]);
});

test('a job that still stands has saved nothing yet; one that ended so did not do what was left', () => {
  const events = [decided(60, 'pause', { left_j: 9000, left_g: 2 }), ...held(60, null)];
  const as = (state: string) =>
    made(watts([60, 1000], [60, 100]), [300, 400], (input) => ({
      ...input,
      ...{ state, run: { ...input.run, pue: null } },
      writers: input.writers.map((writer) => (state === 'paused' ? { ...writer, end: null } : writer)),
      energy: { ...input.energy, last_ms: new Map([['w', T0 + 120_000]]) },
      events,
    }))[0]!;
  expect(as('paused').saved).toMatchObject({
    emissions_g: { value: null, why: 'the job has not gone on yet' },
    energy_j: { value: near(-6000) },
  });
  expect(as('failed').saved).toMatchObject({
    ...{ estimate: true, energy_j: { value: near(3000) } },
    emissions_g: { value: near(2 - G(400, 100)) },
  });
});

test('warnings, and what could not be done, save nothing', () => {
  const events = [decided(10, 'warn'), decided(20, 'checkpoint'), came(21), decided(30, 'pause'), came(31, 0)];
  const all = made(watts([60, 1000]), [300], (input) => ({ ...input, events }));
  expect(all.map(({ act, saved }) => [act, saved])).toEqual([
    ['warn', null],
    ['checkpoint', null],
    ['pause', null],
  ]);
  expect(made(watts([60, 1000]), [300], (input) => input)).toEqual([]);
});

test('a job that was ended to be started again waited between its segments, and drew nothing of its own', () => {
  const [pause] = made(watts([60, 1000], [60, 0], [60, 1000]), [300, 400, 200], (input) => {
    const [first] = input.writers;
    const end = { ...first!.end!, ended_at_ms: T0 + 60_000, by_budget: 'paused' as const };
    const next = { ...first!, record: { ...first!.record, writer: 'v', started_at_ms: T0 + 120_000 } };
    return {
      ...{ ...input, run: { ...input.run, pue: null }, writers: [{ ...first!, end }, next] },
      events: [decided(58, 'pause'), came(60)],
    };
  });
  expect(pause).toMatchObject({ stood: { from_ms: T0 + 60_000, to_ms: T0 + 120_000 } });
  expect(gramsAndJoules(pause!)).toEqual([near(G(200)), near(0)]);
});

test('an intensity that does not reach is no saving of nothing', () => {
  const events = [decided(60, 'pause'), ...held(60, 120)];
  const [pause] = made(watts([60, 1000], [60, 0], [60, 1000]), [300, 400], (input) => ({ ...input, events }));
  expect(pause!.saved!.emissions_g).toEqual({ value: null, why: 'the intensity is not known for all of the time' });
});

test('a move is held against going on where it was: what was left, at the difference of the two places', () => {
  const zone = (name: string, minutes: readonly number[]) => ({ ...series([0, ...minutes], MINUTE), zone: name });
  const [here, there] = [zone('X', [300, 400, 500, 500]), zone('Y', [100, 100, 50, 60])];
  const [move] = made(watts([60, 1000], [60, 0], [120, 1000]), [], (input) => {
    const [first] = input.writers;
    const end = { ...first!.end!, ended_at_ms: T0 + 60_000, by_budget: 'moved' as const };
    const next = { ...first!, record: { ...first!.record, writer: 'v', started_at_ms: T0 + 120_000 } };
    const clip = (one: typeof here, k: number, n: number) => ({
      ...one,
      from_ms: one.from_ms.slice(k, n),
      to_ms: one.to_ms.slice(k, n),
      g_per_kwh: one.g_per_kwh.slice(k, n),
    });
    return {
      ...{ ...input, run: { ...input.run, pue: null }, writers: [{ ...first!, end }, next] },
      chain: [clip(here, 0, 3), clip(there, 3, 5)],
      places: [
        { from_ms: Number.NEGATIVE_INFINITY, to_ms: T0 + 120_000, chain: [here] },
        { from_ms: T0 + 120_000, to_ms: Number.POSITIVE_INFINITY, chain: [there] },
      ],
      events: [decided(58, 'move'), came(60)],
    };
  });
  // Two minutes of 1 kW: at 400 and 500 it would have been where it was, at 50 and 60 it was.
  expect(gramsAndJoules(move!)).toEqual([near(G(400) + G(500) - G(50) - G(60)), near(0)]);
  expect(move!.saved!.how).toMatch(/^against running on where it was/);
});

test('what is done again after a restart is the price of the wait, not work that was moved', () => {
  const step = (at_s: number, n: number) => ({ ...stepOf(T0 + at_s * 1000, { step: n }), it_j: null });
  const [pause] = made(watts([60, 1000], [60, 0], [120, 1000]), [300, 400, 200, 100], (input) => {
    const [first] = input.writers;
    const end = { ...first!.end!, ended_at_ms: T0 + 60_000, by_budget: 'paused' as const };
    const next = { ...first!, record: { ...first!.record, writer: 'v', started_at_ms: T0 + 120_000 } };
    const steps = [
      ...Array.from({ length: 12 }, (_, i) => step(5 * (i + 1), i + 1)),
      // It begins anew from step 0: the steps up to 12 are done again, and the rest of its time is new work.
      ...Array.from({ length: 24 }, (_, i) => step(120 + 5 * (i + 1), i + 1)),
    ];
    return {
      ...{ ...input, run: { ...input.run, pue: null }, writers: [{ ...first!, end }, next], steps },
      events: [decided(58, 'pause'), came(60)],
    };
  });
  // The minute from 120 s is rework at 200: 1 kW of it is lost. The one from 180 s is new: at 400 it would have been, at 100 it was.
  expect(pause!.stood).toEqual({ from_ms: T0 + 60_000, to_ms: T0 + 120_000 });
  expect(gramsAndJoules(pause!)).toEqual([near(G(400) - G(100) - G(200), 6), near(-60_000, 3)]);
});
