import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIntegrator, type IntegratorOptions } from './integrate.ts';

// Intel's package counter: (2^32 − 1) × 2^-14 J; AMD's: (2^32 − 1) × 2^-16 J. As powercap shows them, in J.
const INTEL_J = 262_143.32885;
const AMD_J = 65_532.610987;
const OPTIONS: IntegratorOptions = { from_ms: 0, period_s: 0.1, limit_w: 270, gauge: 'instant', wraps_at_j: INTEL_J };
const count = (at_ms: number, energy_j: number | null) => ({ at_ms, energy_j, power_w: null });
const every = (ms: number, to: number) => Array.from({ length: Math.round(to / ms) + 1 }, (_, i) => i * ms);

function integrate(samples: readonly ReturnType<typeof count>[], options: Partial<IntegratorOptions> = {}) {
  const integrator = createIntegrator({ ...OPTIONS, from_ms: samples[0]!.at_ms, ...options });
  const to_ms = samples[samples.length - 1]!.at_ms;
  integrator.until(to_ms);
  const pieces = [...samples.flatMap((sample) => integrator.push(sample)), ...integrator.end(to_ms)];
  const sum = (of: (piece: (typeof pieces)[number]) => number) => pieces.reduce((s, piece) => s + of(piece), 0);
  return {
    pieces,
    findings: integrator.findings(),
    total: sum((p) => p.energy_j ?? 0),
    low: sum((p) => p.low_j),
    // Of a stretch without any energy a report allows up to the limit.
    high: sum((p) =>
      p.state === 'unknown' ? (options.limit_w ?? OPTIONS.limit_w!) * ((p.to_ms - p.from_ms) / 1000) : p.high_j,
    ),
    whys: pieces.flatMap((p) => (p.why === null ? [] : [p.why])),
  };
}

/** What the counter shows after `used_j` in all, from `start_j` on. */
const shown = (used_j: number, start_j = 0, range_j = INTEL_J) => (start_j + used_j) % range_j;

describe('a counter that begins again when its range is full', () => {
  test('one wrap is seen through, to the joule', () => {
    // 200 W for 10 s from 1000 J below the top: 2000 J, wrapping after 5 s.
    const samples = every(100, 10_000).map((at) => count(at, shown(at * 0.2, INTEL_J - 1000)));
    const { total, whys, findings } = integrate(samples);
    expect(total).toBeCloseTo(2000, 6);
    expect([whys, findings.resets]).toEqual([[], 0]);
  });

  test('an unreadable read next to a wrap loses nothing (CodeCarbon: 262 343 J for 200 J)', () => {
    // 100 W for 2 s, one look without a value at 1 s; the counter wraps at 1.05 s.
    const samples = every(100, 2000).map((at) => count(at, at === 1000 ? null : shown(at * 0.1, INTEL_J - 105)));
    const { total, low, high, whys } = integrate(samples);
    expect(total).toBeCloseTo(200, 6);
    expect([low, high]).toEqual([expect.closeTo(200, 6), expect.closeTo(200, 6)]);
    expect(whys).toEqual([]);
  });

  test('several wraps within a hold-up are a gap with bounds, not a guess (CodeCarbon: 113 570 J for 900 000 J)', () => {
    // 250 W for 1 h = 900 000 J = 3 × 262 143.33 + 113 570.01; 250 W were seen for 1 s before. At most 270 W × 3600 s and
    // thrice that for a second are 972 kJ and a half: three ranges more than the 113 570 J, not four.
    const before = every(100, 1000).map((at) => count(at, at * 0.25));
    const samples = [...before, count(3_601_000, shown(900_250))];
    const { pieces, total, low, high } = integrate(samples);
    const gap = pieces.find((p) => p.why === 'wrapped-unseen')!;
    expect(gap).toMatchObject({ from_ms: 1000, to_ms: 3_601_000, state: 'estimated' });
    expect(gap.low_j).toBeCloseTo(113_570.01345, 4);
    expect(gap.high_j).toBeCloseTo(900_000, 4);
    expect(gap.energy_j).toBeCloseTo(900_000, 4);
    expect(total).toBeCloseTo(900_250, 4);
    expect(low).toBeLessThan(high);
  });

  test('read every second, the same hour is exact', () => {
    const samples = every(1000, 3_600_000).map((at) => count(at, shown(at * 0.25)));
    const { total, whys } = integrate(samples, { period_s: 1 });
    expect(total).toBeCloseTo(900_000, 3);
    expect(whys).toEqual([]);
  });

  test('a rise over a long hold-up may hide a whole range', () => {
    // 1000 s at up to 270 W can use 270 kJ: 5000 J are shown, but a range more is possible.
    const { pieces } = integrate([count(0, 0), count(100, 20), count(1_000_100, 5020)]);
    expect(pieces[pieces.length - 1]).toMatchObject({ state: 'estimated', why: 'wrapped-unseen' });
    expect(pieces[pieces.length - 1]!.low_j).toBeCloseTo(5000, 6);
    expect(pieces[pieces.length - 1]!.high_j).toBeCloseTo(5000 + INTEL_J, 4);
  });

  test('a hold-up too short for a range is filled by the counter, across a wrap too', () => {
    // 900 s × 270 W = 243 kJ, below the range.
    const { pieces, total } = integrate([
      count(0, 200_000),
      count(100, 200_020),
      count(900_100, shown(180_020, 200_000)),
    ]);
    expect(total).toBeCloseTo(180_020, 4);
    expect(pieces[pieces.length - 1]).toMatchObject({ state: 'filled', why: 'too-far-apart' });
  });

  test('a fall that cannot be a wrap is a reset, bounded by the limit', () => {
    // 50 000 J, then 10 J a tenth of a second later: a wrap would be 212 153 J.
    const samples = every(100, 2000).map((at) => count(at, at < 1000 ? 50_000 + at * 0.1 : 10 + (at - 1000) * 0.1));
    const { pieces, findings, total } = integrate(samples);
    expect(findings.resets).toBe(1);
    const reset = pieces.find((p) => p.why === 'counter-reset')!;
    expect([reset.low_j, reset.energy_j, reset.high_j]).toEqual([10, 10, 27].map((j) => expect.closeTo(j, 6)));
    expect(total).toBeCloseTo(200, 6);
  });

  test.each([
    ['up', 90_000],
    ['down', 3000],
  ])('another counter in its place, %s: the jump is not energy', (_, origin) => {
    const samples = every(100, 2000).map((at) => count(at, (at < 1000 ? 5000 : origin) + at * 0.1));
    for (const limit_w of [270, null]) {
      const { total, pieces } = integrate(samples, { limit_w });
      expect(total).toBeCloseTo(200, 6);
      expect(pieces.filter((p) => p.state === 'estimated').length).toBe(1);
    }
  });

  test("without a limit a package is taken to reach 1 kW: AMD's range is sure for a minute", () => {
    const amd = { limit_w: null, wraps_at_j: AMD_J };
    const start = [count(0, 60_000), count(100, 60_028)];
    // 280 W for 60 s from 60 028 J: 16 800 J, across the wrap. In 60 s 1 kW cannot go round.
    const short = integrate([...start, count(60_100, shown(16_828, 60_000, AMD_J))], amd);
    expect(short.total).toBeCloseTo(16_828, 4);
    expect(short.pieces[1]).toMatchObject({ state: 'filled' });
    // In 100 s it can.
    const long = integrate([...start, count(100_100, shown(28_028, 60_000, AMD_J))], amd);
    expect(long.pieces[1]).toMatchObject({ state: 'estimated', why: 'wrapped-unseen' });
  });

  test('the bound of the edges does not grow with a hold-up: the counter never stood still', () => {
    const samples = [...every(100, 1000), ...every(100, 1000).map((at) => at + 60_000)].map((at) =>
      count(at, at * 0.1),
    );
    expect(integrate(samples, { holds_s: 0.001 }).findings.edge_j).toBeLessThanOrEqual(2 * 100 * 0.1);
  });
});

describe('properties', () => {
  const LIMIT_W = 300;
  const RANGE_J = 60;
  const trace = fc.record({
    start_j: fc.double({ min: 0, max: RANGE_J - 1e-9, noNaN: true }),
    steps: fc.array(
      fc.record({
        // A tenth of a second as a rule, now and then a hold-up in which the counter may go round many times.
        ms: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 100 }) }, fc.integer({ min: 101, max: 5000 })),
        power_w: fc.double({ min: 0.01, max: LIMIT_W, noNaN: true }),
        readable: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
      }),
      { minLength: 2, maxLength: 60 },
    ),
  });
  type Trace = { start_j: number; steps: readonly { ms: number; power_w: number; readable: boolean }[] };
  function sampled({ start_j, steps }: Trace, range_j: number) {
    let [at, used] = [0, 0];
    const samples = [count(0, start_j)];
    steps.forEach(({ ms, power_w, readable }, i) => {
      at += ms;
      used += (power_w * ms) / 1000;
      const seen = readable || i === steps.length - 1;
      samples.push(count(at, seen ? (start_j + used) % range_j : null));
    });
    return { samples, used };
  }

  test('whatever the power and the hold-ups, the truth is within the bounds, and pieces tile', () => {
    fc.assert(
      fc.property(trace, (any) => {
        const { samples, used } = sampled(any, RANGE_J);
        const { pieces, low, high, total } = integrate(samples, { limit_w: LIMIT_W, wraps_at_j: RANGE_J });
        const slack = 1e-6 * Math.max(1, used);
        expect(low).toBeLessThanOrEqual(used + slack);
        expect(high).toBeGreaterThanOrEqual(used - slack);
        expect(total).toBeGreaterThanOrEqual(low - slack);
        expect(total).toBeLessThanOrEqual(high + slack);
        for (let i = 1; i < pieces.length; i++) expect(pieces[i]!.from_ms).toBe(pieces[i - 1]!.to_ms);
        expect(pieces[0]!.from_ms).toBe(0);
        expect(pieces[pieces.length - 1]!.to_ms).toBe(samples[samples.length - 1]!.at_ms);
      }),
      { numRuns: 2000 },
    );
  });

  test('where no hold-up could hide a wrap the value is exact, wraps and unreadable looks included', () => {
    fc.assert(
      fc.property(trace, (any) => {
        // 61 steps of 5 s at 300 W are 91.5 kJ: below the range of 100 kJ, so that no hold-up can hide one.
        const range_j = 100_000;
        const { samples, used } = sampled({ ...any, start_j: (any.start_j / RANGE_J) * range_j }, range_j);
        const { total, low, high } = integrate(samples, { limit_w: LIMIT_W, wraps_at_j: range_j });
        for (const value of [total, low, high]) expect(Math.abs(value - used)).toBeLessThan(1e-6 * Math.max(1, used));
      }),
    );
  });
});
