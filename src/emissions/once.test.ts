import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestOf, type Part, type Piece, type Reading, sharedOut, type Use } from './once.ts';

const reading = (owner: string, energy_j: number | null, more: Partial<Reading> = {}): Reading => ({
  ...{ owner, monitor: false, claim: 'whole', energy_j, ms: 1000, unknown_ms: 0, estimated_ms: 0 },
  ...more,
});
const monitor = (energy_j: number | null, use?: Use): Reading =>
  reading('m', energy_j, { monitor: true, claim: null, ...(use === undefined ? {} : { use }) });
const seen = (idle_j: number, users: readonly (readonly [number | null, number])[]): Use => ({
  ...{ idle_j, idle_down_j: 0, idle_up_j: 0, users: new Map(users) },
});
const one = (...readings: Reading[]): Part => ({ readings, inner: [] });
const told = (pieces: readonly Piece[]) =>
  pieces
    .filter(({ energy_j }) => energy_j > 0)
    .map(({ whose, of, energy_j }) => [
      whose.kind === 'unattributed' ? `uid ${whose.uid}` : whose.kind === 'run' ? of.owner : 'idle',
      Math.round(energy_j * 1e9) / 1e9,
    ]);

test('the time of a wall meter is shared out by joules among what it holds: no more than there was', () => {
  const node = {
    readings: [reading('r', 500)],
    inner: [one(reading('r', 100, { claim: null })), one(reading('b', 200))],
  };
  const ms = (owner: string) => sharedOut([node]).reduce((s, { of, ms }) => s + (of.owner === owner ? ms : 0), 0);
  // Of the GPU of 200 J, which both are charged with, each has 100: so 400 of r's 500 J, and half of b's device.
  expect([ms('r'), ms('b')]).toEqual([800, 500]);
});

describe('one device', () => {
  test('who metered it whole has it, by the reading of the monitor', () => {
    expect(told(sharedOut([one(monitor(100, seen(40, [[7, 60]])), reading('r', 97))]))).toEqual([['r', 100]]);
  });

  test('several have it by what each measured there', () => {
    expect(told(sharedOut([one(monitor(100), reading('a', 99), reading('b', 33))]))).toEqual([
      ['a', 75],
      ['b', 25],
    ]);
    expect(told(sharedOut([one(reading('a', 100), reading('b', 100))]))).toEqual([
      ['a', 50],
      ['b', 50],
    ]);
  });

  test('a record of a fifth of the time claims a fifth', () => {
    const use = seen(30, [[7, 70]]);
    expect(told(sharedOut([one(monitor(100, use), reading('r', 20, { ms: 200 }))]))).toEqual([
      ['r', 20],
      ['idle', 24],
      ['uid 7', 56],
    ]);
  });

  test('without runs: idle, users, and what nobody looked at', () => {
    expect(told(sharedOut([one(monitor(100, seen(40, [[7, 30]])))]))).toEqual([
      ['idle', 40],
      ['uid 7', 30],
      ['uid null', 30],
    ]);
  });

  test('a share that is a run is taken from its own user, and what is more from all', () => {
    const use = seen(40, [
      [7, 45],
      [8, 15],
    ]);
    const share = (energy_j: number) => reading('cut', energy_j, { claim: 'share', share_of: 'user:7' });
    expect(told(sharedOut([one(monitor(100, use), share(45))]))).toEqual([
      ['cut', 45],
      ['idle', 40],
      ['uid 8', 15],
    ]);
    expect(told(sharedOut([one(monitor(100, use), share(56))]))).toEqual([
      ['cut', 56],
      ['idle', 32],
      ['uid 8', 12],
    ]);
    const nobody = reading('cut', 30, { claim: 'share', share_of: 'nobody' });
    expect(told(sharedOut([one(monitor(100, use), nobody)]))).toEqual([
      ['cut', 30],
      ['idle', 10],
      ['uid 7', 45],
      ['uid 8', 15],
    ]);
  });

  test('the best known counts: measured before estimated, then the monitor’s; none of the unknown ones', () => {
    const estimated = reading('m', 90, { monitor: true, claim: null, estimated_ms: 300 });
    expect(told(sharedOut([one(estimated, reading('r', 97))]))).toEqual([['r', 97]]);
    expect(bestOf([reading('b', 1), reading('a', 2), reading('c', null)])!.owner).toBe('a');
    expect(bestOf([monitor(null), reading('r', null)])).toBeNull();
  });

  test('unknown time is not left out: it is the runs’ that claim the device, else the monitor’s', () => {
    const times = (...readings: Reading[]) =>
      sharedOut([one(...readings)]).map(({ whose, of, by, energy_j, share, ms }) => [
        whose.kind,
        of.owner,
        by.owner,
        energy_j,
        share,
        ms,
      ]);
    expect(times(monitor(null), reading('r', null))).toEqual([['run', 'r', 'r', 0, 1, 1000]]);
    expect(times(reading('a', null), reading('b', null))).toEqual([
      ['run', 'a', 'a', 0, 0.5, 500],
      ['run', 'b', 'b', 0, 0.5, 500],
    ]);
    expect(times(monitor(null))).toEqual([['unattributed', 'm', 'm', 0, 1, 1000]]);
    // In a wall meter that is known it is in that reading.
    const wall = { readings: [monitor(100)], inner: [one(monitor(null))] };
    expect(sharedOut([wall]).map(({ energy_j }) => energy_j)).toEqual([100]);
  });

  test('idle power that lies off is somebody’s more or less', () => {
    const use = { ...seen(40, [[7, 60]]), idle_down_j: -40, idle_up_j: 10 };
    const reaches = sharedOut([one(monitor(100, use))]).map(({ down_j, up_j }) => [down_j, up_j]);
    expect(reaches.slice(0, 2)).toEqual([
      [-40, 10],
      [40, -10],
    ]);
  });
});

describe('a wall meter', () => {
  const node = (...inner: Part[]): Part => ({ readings: [monitor(500)], inner });

  test('holds what runs metered inside; its rest goes as its parts do', () => {
    const cpu = one(monitor(100, seen(25, [[7, 75]])));
    // 500 − 300 − 100 = 100 of fans and the like, by 1 : 3.
    expect(told(sharedOut([node(one(monitor(300), reading('r', 290)), cpu)]))).toEqual([
      ['r', 300],
      ['idle', 25],
      ['uid 7', 75],
      ['idle', 25],
      ['uid 7', 75],
    ]);
  });

  test('that a run is charged with is the run’s, but for what another metered inside', () => {
    const gpu = one(reading('a', 100), reading('b', 300));
    const made = sharedOut([{ readings: [reading('a', 500)], inner: [gpu] }]);
    // Of the 300 J of the GPU that b metered best by name is a's 100: both were there, by 100 and 300.
    expect(told(made)).toEqual([
      ['a', 25],
      ['b', 75],
      ['a', 400],
    ]);
  });

  test('is never less than its parts together', () => {
    const parts = [one(monitor(400, seen(400, []))), one(monitor(600, seen(0, [[7, 600]])))];
    expect(told(sharedOut([node(...parts)]))).toEqual([
      ['idle', 200],
      ['uid 7', 300],
    ]);
  });
});

/** No meter tells 5e-324 J, and what such numbers are divided by is no longer a number. */
const joules = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }));
const readings = fc.tuple(
  fc.option(fc.record({ energy_j: joules, idle: fc.double({ min: 0, max: 1, noNaN: true }), user: joules })),
  fc.array(
    fc.record({
      ...{ energy_j: fc.option(joules), owner: fc.constantFrom('a', 'b', 'c'), ms: fc.integer({ min: 1, max: 1000 }) },
      ...{ share: fc.boolean(), unknown_ms: fc.constantFrom(0, 100) },
    }),
    { maxLength: 3 },
  ),
);
const device = readings.map(([m, all]): Reading[] => {
  const runs = [...new Map(all.map((run) => [run.owner, run])).values()];
  return [
    ...(m === null
      ? []
      : [monitor(m.energy_j, seen(m.energy_j * m.idle, [[7, Math.min(m.user, m.energy_j * (1 - m.idle))]]))]),
    ...runs.map(({ owner, energy_j, ms, share, unknown_ms }) =>
      reading(owner, energy_j, {
        ms,
        unknown_ms,
        claim: share ? 'share' : 'whole',
        ...(share ? { share_of: 'user:7' } : {}),
      }),
    ),
  ];
});
const parts = fc.array(
  fc.record({
    readings: device,
    inner: fc.array(
      device.map((some): Part => one(...some)),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

test('pieces add up to the best readings, none is negative, and runs have none of what they did not meter', () => {
  const known = ({ readings, inner }: Part): number =>
    bestOf(readings)?.energy_j ?? inner.reduce((s, part) => s + known(part), 0);
  fc.assert(
    fc.property(parts, (all) => {
      const pieces = sharedOut(all);
      const sum = pieces.reduce((s, { energy_j }) => s + energy_j, 0);
      const whole = all.reduce((s, part) => s + known(part), 0);
      expect(Math.abs(sum - whole)).toBeLessThanOrEqual(1e-9 * Math.max(1, whole));
      for (const { energy_j, ms, whose, of } of pieces) {
        expect(energy_j).toBeGreaterThanOrEqual(0);
        expect(ms).toBeGreaterThanOrEqual(0);
        if (whose.kind === 'run') expect(of.claim).not.toBeNull();
      }
    }),
    { numRuns: 500 },
  );
});
