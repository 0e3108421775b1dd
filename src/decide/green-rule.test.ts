import { describe, expect, test } from 'vitest';
import { greenRuleOf } from './green-rule.ts';

/** 2026-03-01T10:00Z. */
const T = Date.UTC(2026, 2, 1, 10);
const HOUR = 3_600_000;

describe('when to wait for a greener grid', () => {
  test('nothing said, nothing asked for', () => {
    expect(greenRuleOf({}, T)).toBeNull();
  });

  test('a deadline alone asks for the greenest hours, at 5 min a resume', () => {
    expect(greenRuleOf({ deadline: '24h' }, T)).toEqual({
      ...{ deadline_ms: T + 24 * HOUR, resume_cost_ms: 300_000, above_g_per_kwh: null, dirtiest_share: null },
      paused_power_share: 0,
    });
    expect(greenRuleOf({ deadline: '2026-03-02T08:00+01:00' }, T)!.deadline_ms).toBe(T + 21 * HOUR);
    expect(greenRuleOf({ deadline: '1.5 d' }, T)!.deadline_ms).toBe(T + 36 * HOUR);
  });

  test('limits and costs with their units', () => {
    const rule = greenRuleOf({ deadline: '24h', above: '0.3 kgCO2e/kWh', dirtiest: '20%', resume_cost: '90s' }, T)!;
    expect(rule).toMatchObject({ above_g_per_kwh: 300, dirtiest_share: 0.2, resume_cost_ms: 90_000 });
    expect(greenRuleOf({ deadline: '24h', above: '300g/kWh' }, T)!.above_g_per_kwh).toBe(300);
    expect(greenRuleOf({ deadline: '24h', resume_cost: '5min' }, T)!.resume_cost_ms).toBe(300_000);
  });

  const wrong: [Parameters<typeof greenRuleOf>[0], RegExp][] = [
    [{ above: '300g/kWh' }, /--pause-above does not say until when the job may wait/],
    [{ resume_cost: '5min' }, /--resume-cost does not say/],
    [{ deadline: 'tomorrow' }, /--deadline: "tomorrow" cannot be used: it is neither/],
    [{ deadline: '2026-03-01T09:00Z' }, /it is past/],
    [{ deadline: '24' }, /--deadline: "24" cannot be used: it has no unit/],
    [{ deadline: '0h' }, /it is past/],
    [{ deadline: '400d' }, /more than a year away/],
    [{ deadline: '24h', above: '300' }, /--pause-above: "300" cannot be used/],
    [{ deadline: '24h', dirtiest: '0.2' }, /--pause-dirtiest: "0.2" cannot be used/],
    [{ deadline: '24h', dirtiest: '100%' }, /--pause-dirtiest/],
    [{ deadline: '24h', resume_cost: '5' }, /--resume-cost: "5" cannot be used/],
  ];
  test.each(wrong)('%o is refused', (texts, words) => {
    expect(() => greenRuleOf(texts, T)).toThrow(words);
  });
});
