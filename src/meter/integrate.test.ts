import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIntegrator, type IntegratorOptions } from './integrate.ts';
import type { Piece } from './pieces.ts';
import { createRowMaker } from './rows.ts';

type In = { at_ms: number; energy_j: number | null; power_w: number | null };

const OPTIONS: IntegratorOptions = { from_ms: 0, period_s: 0.1, limit_w: null, gauge: 'instant' };
const power = (at_ms: number, power_w: number): In => ({ at_ms, energy_j: null, power_w });
const count = (at_ms: number, energy_j: number, power_w: number | null = null): In => ({ at_ms, energy_j, power_w });
const every = (ms: number, to: number) => Array.from({ length: Math.round(to / ms) + 1 }, (_, i) => i * ms);

function integrate(samples: readonly In[], to_ms: number, options: Partial<IntegratorOptions> = {}) {
  const integrator = createIntegrator({ ...OPTIONS, ...options });
  integrator.until(to_ms);
  const pieces = [...samples.flatMap((sample) => integrator.push(sample)), ...integrator.end(to_ms)];
  return { pieces, findings: integrator.findings(), total: pieces.reduce((s, p) => s + (p.energy_j ?? 0), 0) };
}

function expectTiling(pieces: readonly Piece[], from: number, to: number) {
  expect(pieces[0]!.from_ms).toBe(from);
  expect(pieces[pieces.length - 1]!.to_ms).toBe(to);
  for (let i = 1; i < pieces.length; i++) expect(pieces[i]!.from_ms).toBe(pieces[i - 1]!.to_ms);
}

describe('polled power', () => {
  test("constant 300 W for 10 s is 3000 J (Zeus' polling gives 0)", () => {
    expect(
      integrate(
        every(100, 10_000).map((at) => power(at, 300)),
        10_000,
      ).total,
    ).toBeCloseTo(3000, 9);
  });

  // The step happens within one sampling interval: a trapezoid is off by at most half of it, 600 W × 0.05 s = 30 J.
  test.each([
    ['700 W for 1 s, then 100 W for 9 s is 1600 J (Zeus: 400)', (t: number) => (t < 1000 ? 700 : 100), 1600],
    ['100 W for 9 s, then 700 W for 1 s is 1600 J (Zeus: 3600)', (t: number) => (t < 9000 ? 100 : 700), 1600],
  ])('%s', (_, watts, joules) => {
    const { total } = integrate(
      every(100, 10_000).map((at) => power(at, watts(at))),
      10_000,
    );
    expect(Math.abs(total - joules)).toBeLessThanOrEqual(30 + 1e-9);
  });

  test('a window of 0.2 s keeps its edges (Zeus: −50 %)', () => {
    const samples = [-50, 50, 150, 250].map((at) => power(at, 500));
    expect(integrate(samples, 200).total).toBeCloseTo(100, 9);
  });

  test('a mean since the last read is a rectangle', () => {
    const samples = [power(0, 0), power(100, 50), power(200, 150)];
    expect(integrate(samples, 200, { gauge: 'mean-since-last' }).total).toBeCloseTo(20, 9);
  });

  test('a gap over three periods is estimated, bounded by the limit, and said', () => {
    const samples = [power(0, 300), power(100, 300), power(2100, 300), power(2200, 300)];
    const { pieces, total } = integrate(samples, 2200, { limit_w: 700 });
    const gap = pieces.find((p) => p.state === 'estimated')!;
    expect(gap).toMatchObject({ from_ms: 100, to_ms: 2100, why: 'too-far-apart', low_j: 0 });
    expect(gap.energy_j).toBeCloseTo(600, 9);
    expect(gap.high_j).toBeCloseTo(1400, 9);
    expect(total).toBeCloseTo(660, 9);
  });

  test('power that alternates from sample to sample is flagged, a slow sine is not', () => {
    const fast = integrate(
      every(100, 10_000).map((at) => power(at, (at / 100) % 2 === 0 ? 700 : 150)),
      10_000,
    );
    expect(fast.findings.roughness).toBeGreaterThan(1);
    const slow = integrate(
      every(100, 10_000).map((at) => power(at, 400 + 250 * Math.sin(at / 800))),
      10_000,
    );
    expect(slow.findings.roughness).toBeLessThan(0.1);
  });
});

describe('counters', () => {
  test('a counter that restarts loses at most one interval and is a reset (CodeCarbon: −711 kWh)', () => {
    const samples = every(100, 10_000).map((at) =>
      count(at, at < 5000 ? 2_560_000_000 + at * 0.3 : (at - 5000) * 0.3, 300),
    );
    const { pieces, findings, total } = integrate(samples, 10_000, { limit_w: 700 });
    expect(findings.resets).toBe(1);
    const reset = pieces.find((p) => p.why === 'counter-reset')!;
    expect(reset.to_ms - reset.from_ms).toBe(100);
    expect(reset.energy_j).toBeCloseTo(30, 6);
    expect(reset.high_j).toBeCloseTo(70, 6);
    expect(total).toBeCloseTo(3000, 4);
  });

  test('an unreadable counter is missing, never zero, and the counter fills the hole (CodeCarbon: 262 343 J for 200 J)', () => {
    const samples = every(100, 2000).map((at) =>
      at > 500 && at < 1500 ? { at_ms: at, energy_j: null, power_w: null } : count(at, 1000 + at * 0.1),
    );
    const { pieces, total } = integrate(samples, 2000);
    expect(total).toBeCloseTo(200, 6);
    expect(pieces.filter((p) => p.state === 'filled')).toMatchObject([
      { from_ms: 500, to_ms: 1500, why: 'unreadable' },
    ]);
  });

  test('a window between two changes of the counter is cut in proportion', () => {
    const samples = [count(-100, 0), count(0, 30), count(100, 60), count(200, 90)];
    expect(integrate(samples, 150, { from_ms: 50 }).total).toBeCloseTo(30, 9);
  });

  test('a counter that stands at zero while power flows gives way to power (DCGM #171)', () => {
    const { total, findings } = integrate(
      every(100, 10_000).map((at) => count(at, 0, 300)),
      10_000,
    );
    expect(findings.stalls).toBeGreaterThan(0);
    expect(total).toBeCloseTo(3000, 6);
  });

  test('a counter that moves every 2 s counts once: what was integrated meanwhile is in its next rise', () => {
    // 300 W; the counter shows the last even second. Live (10 Hz), and scraped every 15 s from one that moves every 30 s.
    const slow = (every_ms: number, at: number) => count(at, Math.floor(at / every_ms) * every_ms * 0.3, 300);
    const live = integrate(
      every(100, 8000).map((at) => slow(2000, at)),
      8000,
    );
    expect(live.total).toBeCloseTo(2400, 6);
    expect(live.findings.stalls).toBe(0);
    const scraped = integrate(
      every(15_000, 600_000).map((at) => slow(30_000, at)),
      600_000,
      { period_s: 15 },
    );
    expect(scraped.total).toBeCloseTo(180_000, 6);
    // Compared from the first change on, at 30 s: 570 s.
    expect([scraped.findings.counter_j, scraped.findings.polled_j]).toEqual([
      expect.closeTo(171_000, 6),
      expect.closeTo(171_000, 6),
    ]);
  });

  test('a slow counter that last moved before the window does not bring that energy in', () => {
    // Window from 0; the counter last moved at −1.5 s and moves at 0.5, 2.5, … s: 300 W for 8 s are 2400 J.
    const shown = (at: number) => count(at, 1000 + Math.floor((at + 1500) / 2000) * 600, 300);
    const samples = every(100, 8400).map((at) => shown(at - 200));
    expect(integrate(samples, 8000).total).toBeCloseTo(2400, 6);
  });

  test('a gap while a slow counter stands still: its next rise is believed, and nothing is lost', () => {
    // 600 W, the counter moves every 2 s; no reading for 0.8 s while it stands.
    const samples = every(100, 40_200)
      .map((at) => at - 100)
      .filter((at) => at <= 7900 || at >= 8800)
      .map((at) => count(at, 1000 + Math.floor((at + 1100) / 2000) * 1200, 600));
    const { total, pieces } = integrate(samples, 40_000, { limit_w: 700 });
    expect(total).toBeCloseTo(24_000, 6);
    expect(pieces.filter((p) => p.state !== 'measured').map((p) => p.why)).toEqual(['too-far-apart']);
  });

  test('a slow counter without power is believed: it has had all the time since its last move', () => {
    const samples = every(100, 20_200).map((at) => count(at - 100, Math.floor((at + 1400) / 3000) * 2040));
    const { total, pieces } = integrate(samples, 20_000, { limit_w: 700 });
    // The last move is seen at 19.5 s; what follows is estimated from its 680 W.
    expect(pieces.filter((p) => p.state !== 'measured')).toMatchObject([{ from_ms: 19_500, energy_j: 340 }]);
    expect(Math.abs(total - 13_600)).toBeLessThanOrEqual(2 * 2040); // 680 W; one update at each edge
  });

  test('a counter that dips is not booked at the power limit', () => {
    const samples = every(100, 10_000).map((at, k) => count(at, 1e6 + 30 * k - (k === 50 ? 31 : 0), 300));
    const { pieces } = integrate(samples, 10_000, { limit_w: 700 });
    const dip = pieces.find((p) => p.why === 'counter-reset')!;
    expect([dip.low_j, dip.energy_j, dip.high_j]).toEqual([0, expect.closeTo(30, 6), expect.closeTo(70, 6)]);
  });

  test('polled power that reads too high while the counter stands is paid back by its next rises', () => {
    // The counter says 100 W, polled power 200 W; the counter moves every 2 s.
    const samples = every(100, 20_000).map((at) => count(at, Math.floor(at / 2000) * 200, 200));
    const { total, pieces } = integrate(samples, 20_000);
    expect(Math.abs(total - 2000)).toBeLessThanOrEqual(400); // what the last stall is ahead
    for (const piece of pieces) expect(piece.energy_j!).toBeGreaterThanOrEqual(0);
  });

  test('an implausible jump is bounded, not believed', () => {
    const samples = every(100, 1000).map((at) => count(at, at >= 500 ? at * 0.3 + 1e12 : at * 0.3, 300));
    const { pieces, total } = integrate(samples, 1000, { limit_w: 700 });
    expect(pieces.some((p) => p.why === 'implausible')).toBe(true);
    expect(total).toBeLessThan(400);
  });

  test('polled power shapes the inside of a counted piece, the counter says how much', () => {
    const samples = [count(0, 0, 100), count(50, 0, 100), count(100, 0, 300), count(150, 30, 300)];
    const { pieces, total } = integrate(samples, 150);
    expect(total).toBeCloseTo(30, 9);
    // Trapezoids 5, 10, 15 of 30: the counter agrees, so each piece is its trapezoid.
    expect(pieces.map((p) => p.energy_j)).toEqual([5, 10, 15].map((j) => expect.closeTo(j, 9)));
  });
});

describe('edges', () => {
  test('nothing read at all is unknown, not zero', () => {
    const { pieces } = integrate([], 5000);
    expect(pieces).toMatchObject([{ from_ms: 0, to_ms: 5000, energy_j: null, state: 'unknown', why: 'never-read' }]);
  });

  test('a late first reading is a bounded, labelled head', () => {
    const { pieces, total } = integrate(
      every(100, 3000)
        .slice(10)
        .map((at) => power(at, 200)),
      3000,
      { limit_w: 500 },
    );
    expect(pieces[0]).toMatchObject({
      from_ms: 0,
      to_ms: 1000,
      state: 'estimated',
      why: 'late-first-reading',
      low_j: 0,
    });
    expect(pieces[0]!.high_j).toBeCloseTo(500, 9);
    expect(total).toBeCloseTo(600, 9);
  });

  test('a late first reading of a counter that has not moved yet waits for its first rise', () => {
    const samples = [count(10_000, 5), count(11_000, 5), count(12_000, 205)];
    const { pieces } = integrate(samples, 12_000, { period_s: 1 });
    expect(pieces[0]).toMatchObject({ from_ms: 0, to_ms: 10_000, state: 'estimated', energy_j: 1000, low_j: 0 });
  });

  test('a sensor that falls silent leaves a bounded, labelled tail', () => {
    const { pieces } = integrate(
      every(100, 1000).map((at) => power(at, 200)),
      3000,
      { limit_w: 500 },
    );
    expect(pieces[pieces.length - 1]).toMatchObject({
      from_ms: 1000,
      to_ms: 3000,
      state: 'estimated',
      why: 'no-last-reading',
    });
  });
});

const gaps = fc.array(fc.double({ min: 1, max: 900, noNaN: true }), { minLength: 2, maxLength: 60 });
const start = fc.double({ min: -500, max: 500, noNaN: true });

describe('properties', () => {
  test('pieces tile the window and conserve what the counter counted, whatever the times', () => {
    fc.assert(
      fc.property(
        gaps,
        start,
        fc.array(fc.double({ min: 0, max: 800, noNaN: true }), { minLength: 60, maxLength: 60 }),
        (steps, first, watts) => {
          let at = first - 1000;
          let energy = 1e6;
          const samples = [count(at, energy)];
          steps.forEach((step, i) => {
            at += step;
            energy += (watts[i]! * step) / 1000 + 0.001;
            samples.push(count(at, energy));
          });
          const from = samples[0]!.at_ms;
          const { pieces, total } = integrate(samples, at, { from_ms: from });
          expectTiling(pieces, from, at);
          expect(Math.abs(total - (energy - 1e6))).toBeLessThan(1e-6 * Math.max(1, total));
        },
      ),
    );
  });

  test('any samples: pieces tile, no energy is negative or beyond its bounds, rows add up to pieces', () => {
    const sample = fc.record({
      energy_j: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true })),
      power_w: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
    });
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 50 }),
        gaps,
        start,
        fc.option(fc.constant(700)),
        (values, steps, first, limit_w) => {
          let at = first;
          const samples = values.map((value, i) => {
            at += steps[i % steps.length]!;
            return { at_ms: at, ...value };
          });
          const to = Math.max(1, Math.round(at + 200));
          const { pieces, total } = integrate(samples, to, { limit_w });
          expectTiling(pieces, 0, to);
          for (const piece of pieces) {
            if (piece.energy_j === null) continue;
            expect(piece.energy_j).toBeGreaterThanOrEqual(0);
            expect(piece.low_j).toBeLessThanOrEqual(piece.energy_j + 1e-6);
            expect(piece.high_j).toBeGreaterThanOrEqual(piece.energy_j - 1e-6);
          }
          const maker = createRowMaker({ device: 'gpu-0', source: 'counter' });
          const rows = [...pieces.flatMap((piece) => maker.push(piece)), ...maker.flush()];
          const sum = rows.reduce((s, row) => s + (row.energy_j ?? 0), 0);
          expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
          for (const row of rows) {
            const grain = row.quality === 'measured' ? 1000 : 3_600_000;
            expect(Math.floor(row.from_ms / grain)).toBe(Math.floor((row.to_ms - 1) / grain));
          }
        },
      ),
    );
  });

  test('twice the power is twice the energy', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 3, maxLength: 40 }), (watts) => {
        const to = (watts.length - 1) * 100;
        const once = integrate(
          watts.map((w, i) => power(i * 100, w)),
          to,
        ).total;
        const twice = integrate(
          watts.map((w, i) => power(i * 100, 2 * w)),
          to,
        ).total;
        expect(twice).toBeCloseTo(2 * once, 6);
      }),
    );
  });
});
