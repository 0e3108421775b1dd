import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, type GreenMemory, type GreenRule, type GreenSight, greenNow, NEW_GREEN } from './green.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
/** 2026-03-01T10:00Z. */
const T = Date.UTC(2026, 2, 1, 10);
const RULE: GreenRule = {
  ...{ deadline_ms: T + 24 * HOUR, resume_cost_ms: 5 * MINUTE, above_g_per_kwh: null, dirtiest_share: null },
  paused_power_share: 0,
};
const exact = (s: number) => ({ value: s, low: s, high: s });

/** Seen at T: an hour of work is left, 10 kW, and these hours from T on. */
const seen = (hours: readonly number[], more: Partial<GreenSight> = {}): GreenSight => ({
  ...{ now_ms: T, paused: false, left_s: exact(3600), power_w: 10_000, issued_ms: null },
  ...{ hours: { from_h: T / HOUR, g_per_kwh: hours } },
  ...more,
});
const day = (g: number) => new Array<number>(24).fill(g);
const asked = (rule: Partial<GreenRule>, sight: GreenSight, memory = NEW_GREEN): Answer =>
  greenNow({ ...RULE, ...rule }, memory, sight).answer;

describe('for the greenest hours', () => {
  test('by hand: it waits for the clean hour, and says what that saves', () => {
    // 10 kWh at 412 is 4120 g. From 13:00: 5 min at 180 is 150 g, then 55 min at 180 and 5 min at 300: 1650 + 250.
    const hours = [412, 412, 412, 180, 300, ...day(300)];
    const { go, until_ms, saves, why } = asked({}, seen(hours));
    expect([go, until_ms]).toEqual(['pause', T + 3 * HOUR]);
    expect(saves!.emissions_g).toBeCloseTo(4120 - 150 - 1650 - 250, 6);
    expect(saves!.share).toBeCloseTo((4120 - 2050) / 4120, 9);
    expect(why).toBe('412 g/kWh now, 189 g/kWh expected at 13:00 UTC: saves 2.1 kgCO2e (50 %)');
  });

  test('a pause that is still to come is told', () => {
    const { go, until_ms, why } = asked({}, seen([100, 500, 100, ...day(100)], { left_s: exact(5400) }));
    expect([go, until_ms]).toEqual(['run', T + HOUR]);
    // 1.5 h: 100 + 250 through; 100 + 50 + 1/12 × 100 with the pause: 191.67 of 350 saved, of 10 kW 1.917 kg.
    expect(why).toBe('100 g/kWh now, 500 g/kWh expected while it pauses from 11:00 UTC on: saves 1.9 kgCO2e (55 %)');
  });

  test('a flat grid, one without any emissions, and little differences are run through', () => {
    for (const hours of [day(300), day(0), day(300).map((g, i) => (i === 0 ? g : g - 2))])
      expect(asked({}, seen(hours)).go).toBe('run');
  });

  test('what stands goes on where waiting longer saves nothing', () => {
    expect(asked({}, seen(day(300), { paused: true })).go).toBe('run');
    expect(asked({}, seen([300, 100, ...day(100)], { paused: true })).go).toBe('pause');
  });

  test('power while paused can make a pause too dear', () => {
    // One hour: waiting for 4 h at 300 and half the power is 600, beside 108 to run: more than 300.
    const hours = [300, 300, 300, 300, 100, ...day(100)];
    expect(asked({}, seen(hours)).go).toBe('pause');
    expect(asked({ paused_power_share: 0.5 }, seen(hours)).go).toBe('run');
  });

  test('nobody waits for hours of which nothing is expected', () => {
    // 11:00 is known to be cleaner, and half an hour of work fits into it.
    expect(asked({}, seen([300, 200], { left_s: exact(1800) })).go).toBe('pause');
    expect(asked({}, seen([300])).go).toBe('run');
    expect(asked({}, seen([300, 300, Number.NaN, Number.NaN])).go).toBe('run');
  });

  test('without the time left, this hour or time to wait it runs, and says why', () => {
    const clean = [300, 100, ...day(100)];
    expect(asked({}, seen(clean, { left_s: null })).why).toBe('how long it still takes is not known yet');
    const open = { value: 3600, low: 3600, high: Number.POSITIVE_INFINITY };
    expect(asked({}, seen(clean, { left_s: open })).go).toBe('run');
    expect(asked({}, seen([Number.NaN, 1])).why).toBe('how dirty the grid is now is not known');
    const { why } = asked({}, seen(clean, { left_s: exact(24 * 3600) }));
    expect(why).toBe('no time to wait before the deadline at 2026-03-02 10:00 UTC');
    // By the upper end of the time that is left: 23 h 55 min.
    const wide = { value: 3600, low: 3600, high: 23 * 3600 + 55 * 60 };
    expect(asked({}, seen(clean, { left_s: wide })).go).toBe('run');
  });

  test('the answer holds for its slot, unless another forecast comes', () => {
    const first = greenNow(RULE, NEW_GREEN, seen([300, 100, ...day(100)], { issued_ms: 1 }));
    expect(first.answer.go).toBe('pause');
    const later = { now_ms: T + MINUTE, paused: true };
    const kept = greenNow(RULE, first.memory, seen(day(100), { ...later, issued_ms: 1 }));
    expect(kept.answer).toEqual(first.answer);
    expect(greenNow(RULE, first.memory, seen(day(100), { ...later, issued_ms: 2 })).answer.go).toBe('run');
    const next = greenNow(RULE, kept.memory, seen(day(100), { paused: true, now_ms: T + 5 * MINUTE, issued_ms: 1 }));
    expect(next.answer.go).toBe('run');
  });

  test('a job of a week within a month is planned in longer slots', () => {
    const month = Array.from({ length: 720 }, (_, hour) => (hour % 24 < 12 ? 400 : 100));
    const rule = { deadline_ms: T + 720 * HOUR };
    const { go, saves } = asked(rule, seen(month, { left_s: exact(168 * 3600) }));
    expect(go).toBe('pause');
    // 168 h in clean halves of days: 14 resumes of 5 min at 100 beside 168 h at 100; through 168 h at 250.
    expect(saves!.share).toBeCloseTo(1 - (168 * 100 + (14 * 100) / 12) / (168 * 250), 2);
  });
});

describe('by a limit of the user', () => {
  const hours = [350, 320, 290, 310, ...day(280)];

  test('above so many g/kWh it pauses until the grid is expected below', () => {
    const { go, until_ms, why } = asked({ above_g_per_kwh: 300 }, seen(hours));
    expect([go, until_ms]).toEqual(['pause', T + 2 * HOUR]);
    // 10 kWh at 350, against 55 + 5 min at 290 and 5 min at 310.
    expect(why).toBe('350 g/kWh now, above 300 g/kWh until 12:00 UTC: saves 342 gCO2e (9.8 %)');
    expect(asked({ above_g_per_kwh: 350 }, seen(hours)).go).toBe('run');
  });

  test('it holds also where it saves nothing', () => {
    const { go, why } = asked({ above_g_per_kwh: 300 }, seen([301, 300, ...day(300)]));
    expect(go).toBe('pause');
    // 301 against 65 min at 300: 325.
    expect(why).toBe('301 g/kWh now, above 300 g/kWh until 11:00 UTC: costs 240 gCO2e (8.0 %) more');
  });

  test('a stretch no longer than a resume is run through', () => {
    const late = { now_ms: T + 2 * HOUR - 5 * MINUTE };
    expect(asked({ above_g_per_kwh: 300 }, seen(hours, late)).go).toBe('run');
    expect(asked({ above_g_per_kwh: 300 }, seen(hours, { ...late, paused: true })).go).toBe('pause');
  });

  test('always above: it waits until the deadline leaves no time', () => {
    // 24 h, less 1 h of work, 5 min of a resume and the minute that is kept.
    const { go, until_ms, why } = asked({ above_g_per_kwh: 10 }, seen(day(300)));
    expect([go, until_ms]).toEqual(['pause', T + 22 * HOUR + 54 * MINUTE]);
    // A resume of 5 min more than the hour: a twelfth.
    expect(why).toBe(
      '300 g/kWh now, above 10 g/kWh, waiting at most until 2026-03-02 08:54 UTC: costs 250 gCO2e (8.3 %) more',
    );
  });

  test('the dirtiest share of the time', () => {
    // Of 24 h the dirtiest 20 % are 4.8 h: of these five the last is not wholly in it.
    const five = [...[500, 510, 520, 530, 540], ...new Array<number>(19).fill(200)];
    const at = (hour: number) => asked({ dirtiest_share: 0.2 }, seen(five, { now_ms: T + hour * HOUR }), first).go;
    const first: GreenMemory = { ...NEW_GREEN, from_ms: T };
    expect([0, 1, 2, 3, 4, 5].map(at)).toEqual(['run', 'pause', 'pause', 'pause', 'pause', 'run']);
    expect(asked({ dirtiest_share: 0.2 }, seen(day(300))).go).toBe('run');
  });
});

test('the dirtiest share of the time is no more, though each hour is dirtier than all that were expected', () => {
  let [memory, paused, stood_ms] = [NEW_GREEN, false, 0];
  for (let now_ms = T; now_ms < T + 20 * HOUR; now_ms += 10 * MINUTE) {
    const hour = Math.floor((now_ms - T) / HOUR);
    const hours = day(0).map((_, i) => (i <= hour ? 300 + 20 * i : 200));
    const made = greenNow({ ...RULE, dirtiest_share: 0.2 }, memory, seen(hours, { now_ms, paused }));
    memory = made.memory;
    paused = made.answer.go === 'pause';
    if (paused) stood_ms += 10 * MINUTE;
  }
  // 4.8 h of 24, by looks of 10 min.
  expect(stood_ms).toBe(290 * MINUTE);
});

describe('whatever the grid does', () => {
  const g = fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constant(0), fc.constant(Number.NaN));
  const world = fc.record({
    truth: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 30, maxLength: 30 }),
    expected: fc.array(g, { maxLength: 30 }),
    work_min: fc.integer({ min: 1, max: 600 }),
    spare_min: fc.integer({ min: -60, max: 600 }),
    resume_min: fc.integer({ min: 0, max: 30 }),
    above: fc.option(fc.integer({ min: 0, max: 900 })),
    share: fc.option(fc.constantFrom(0, 0.2, 0.5, 1)),
    begin_min: fc.nat({ max: 59 }),
  });

  /** Plays a job a look a minute; a resume takes its time, and the work that is left is known. */
  function play(one: typeof world extends fc.Arbitrary<infer W> ? W : never) {
    const begin = T + one.begin_min * MINUTE;
    const rule: GreenRule = {
      ...{ deadline_ms: begin + (one.work_min + one.spare_min) * MINUTE, resume_cost_ms: one.resume_min * MINUTE },
      ...{ above_g_per_kwh: one.above, dirtiest_share: one.share, paused_power_share: 0 },
    };
    let [memory, paused, left, resuming, worked, pauses] = [NEW_GREEN, false, one.work_min, 0, 0, 0];
    let now = begin;
    for (; left > 0; now += MINUTE) {
      const known = one.truth.map((was, i) => (T + i * HOUR <= now ? was : (one.expected[i] ?? Number.NaN)));
      const sight = seen(known, { now_ms: now, paused, left_s: exact((left + resuming) * 60) });
      const made = greenNow(rule, JSON.parse(JSON.stringify(memory)), sight);
      expect(made).toEqual(greenNow(rule, memory, sight));
      memory = made.memory;
      if (made.answer.go === 'pause') {
        if (!paused) pauses++;
        paused = true;
        continue;
      }
      if (paused) resuming = one.resume_min;
      paused = false;
      if (resuming > 0) resuming--;
      else [left, worked] = [left - 1, worked + 1];
    }
    return { end: now, rule, worked, pauses };
  }

  test('a deadline that can be met is met, and all work is done', () => {
    fc.assert(
      fc.property(world, (one) => {
        const { end, rule, worked } = play(one);
        expect(worked).toBe(one.work_min);
        if (one.spare_min >= 0) expect(end).toBeLessThanOrEqual(rule.deadline_ms);
        else expect(end).toBe(T + (one.begin_min + one.work_min) * MINUTE); // it never waits then
      }),
      { numRuns: 60 },
    );
  });

  test('a flat grid is run through without a pause', () => {
    fc.assert(
      fc.property(world, fc.nat({ max: 900 }), (one, level) => {
        const flat = new Array<number>(30).fill(level);
        const { pauses } = play({
          ...one,
          truth: flat,
          expected: flat,
          above: null,
          share: one.share === 1 ? 0.5 : one.share,
        });
        expect(pauses).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('with a true forecast it pauses once for each dirty stretch that it cannot wait out at once', () => {
    // 4 h in 8 h 20 min: hour 0, 3 and 4 less a resume, and from 7 on 5 + 65 min. One pause until 7 would end at 10:05.
    const truth = [100, 500, 500, 100, 100, 500, 500, ...new Array<number>(23).fill(100)];
    const job = { work_min: 240, spare_min: 260, resume_min: 5, begin_min: 0 };
    const { pauses } = play({ ...job, truth, expected: truth, above: null, share: null });
    expect(pauses).toBe(2);
  });
});
