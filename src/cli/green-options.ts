// --pause-above, --pause-dirtiest, --deadline and --resume-cost → when a run waits for a greener grid.

import { usage } from '../core/fault.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import type { GreenRule } from '../decide/green.ts';
import { durationMs } from './options.ts';

/** As the command line gives them. */
export interface GreenOptions {
  pauseAbove?: string;
  pauseDirtiest?: string;
  deadline?: string;
  resumeCost?: string;
}

const DAY_MS = 86_400_000;
const MOST_MS = 30 * DAY_MS;
const YEAR_MS = 366 * DAY_MS;

/** Null: it waits for none. A cost of resuming may be that of a move. Throws Fault usage. */
export function greenRuleOf(
  options: GreenOptions,
  now_ms: number,
  { moves = false }: { readonly moves?: boolean } = {},
): Omit<GreenRule, 'paused_power_share'> | null {
  const { pauseAbove, pauseDirtiest, deadline, resumeCost } = options;
  if (pauseAbove === undefined && pauseDirtiest === undefined && deadline === undefined) {
    if (resumeCost === undefined || moves) return null;
    throw usage('--resume-cost: nothing says that the run waits', 'give --deadline too, such as --deadline 24h');
  }
  if (deadline === undefined)
    throw usage('it is not said until when the run may wait', 'give --deadline too, such as --deadline 24h');
  return {
    deadline_ms: deadlineOf(deadline, now_ms),
    resume_cost_ms: durationMs({ text: resumeCost ?? '5min', from: '--resume-cost' }, 0, DAY_MS),
    above_g_per_kwh: pauseAbove === undefined ? null : aboveOf(pauseAbove),
    dirtiest_share: pauseDirtiest === undefined ? null : shareOf(pauseDirtiest),
  };
}

/** "24h" from now, or a time. */
function deadlineOf(text: string, now_ms: number): number {
  const no = (why: string) =>
    usage(`--deadline: "${text}" cannot be used: ${why}`, 'a time to come, such as 24h or 2026-05-01T13:00Z');
  if (/^\d{4}-\d\d-\d\d/.test(text) && parseTimestamp(text) === null)
    throw no('it is no time with its zone, such as Z or +01:00');
  const at_ms =
    parseTimestamp(text) ?? (/^\d/.test(text) ? now_ms + durationMs({ text, from: '--deadline' }, 0, YEAR_MS) : null);
  if (at_ms === null) throw no('it is neither a time nor a duration');
  if (at_ms <= now_ms) throw no('it is past');
  if (at_ms > now_ms + MOST_MS) throw no('it is more than 30 days away');
  return at_ms;
}

function aboveOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(k?g)(?:CO2e?)?\/kWh$/.exec(text.trim()) ?? [];
  if (Number(number) > 0) return Number(number) * (unit === 'kg' ? 1000 : 1);
  throw usage(`--pause-above: "${text}" cannot be used`, 'write an intensity with its unit, such as 300g/kWh');
}

function shareOf(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw usage(`--pause-dirtiest: "${text}" cannot be used`, 'write a share of the time, such as 20%');
}
