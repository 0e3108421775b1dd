import { describe, expect, test } from 'vitest';
import { type GreenOptions, greenRuleOf } from './green-options.ts';

/** 2026-03-01T10:00Z. */
const T = Date.UTC(2026, 2, 1, 10);
const HOUR = 3_600_000;

describe('when to wait for a greener grid', () => {
  test('nothing said, nothing asked for; a cost of resuming may be that of a move', () => {
    expect(greenRuleOf({}, T)).toBeNull();
    expect(greenRuleOf({ resumeCost: '5min' }, T, { moves: true })).toBeNull();
  });

  test('a deadline alone asks for the greenest hours, at 5 min a resume', () => {
    expect(greenRuleOf({ deadline: '24h' }, T)).toEqual({
      ...{ deadline_ms: T + 24 * HOUR, resume_cost_ms: 300_000, above_g_per_kwh: null, dirtiest_share: null },
    });
    expect(greenRuleOf({ deadline: '2026-03-02T08:00+01:00' }, T)!.deadline_ms).toBe(T + 21 * HOUR);
  });

  test('limits and costs with their units', () => {
    const rule = greenRuleOf({ deadline: '24h', pauseAbove: '300 gCO2e/kWh', pauseDirtiest: '20%' }, T)!;
    expect(rule).toMatchObject({ above_g_per_kwh: 300, dirtiest_share: 0.2 });
    expect(greenRuleOf({ deadline: '24h', pauseAbove: '0.3kgCO2e/kWh' }, T)!.above_g_per_kwh).toBe(300);
    expect(greenRuleOf({ deadline: '24h', resumeCost: '90s' }, T)!.resume_cost_ms).toBe(90_000);
  });

  const wrong: [GreenOptions, RegExp][] = [
    [{ pauseAbove: '300g/kWh' }, /not said until when/],
    [{ resumeCost: '5min' }, /nothing says that the run waits/],
    [{ deadline: 'tomorrow' }, /--deadline: "tomorrow" cannot be used: it is neither/],
    [{ deadline: '2026-03-02T10:00' }, /it is no time with its zone/],
    [{ deadline: '2026-03-02' }, /it is no time with its zone/],
    [{ deadline: '24' }, /--deadline: "24" cannot be used/],
    [{ deadline: '2026-03-01T09:00Z' }, /it is past/],
    [{ deadline: '0h' }, /it is past/],
    [{ deadline: '31d' }, /more than 30 days away/],
    [{ deadline: '24h', pauseAbove: '300' }, /--pause-above: "300" cannot be used/],
    [{ deadline: '24h', pauseDirtiest: '100%' }, /--pause-dirtiest: "100%" cannot be used/],
    [{ deadline: '24h', pauseDirtiest: '20' }, /--pause-dirtiest: "20" cannot be used/],
    [{ deadline: '24h', resumeCost: '5' }, /--resume-cost: "5" cannot be used/],
  ];
  test.each(wrong)('%o is refused', (options, words) => {
    expect(() => greenRuleOf(options, T)).toThrow(words);
  });
});
