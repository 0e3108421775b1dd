// What is said of a run that is held, and how a budget stands.

import { duration } from '../../report/format.ts';
import type { LiveBudget, LiveRun } from '../../server/contract/live.ts';

/** "Paused for 3 min 20 s by lab: 101 % of 2Wh is spent." */
export function pausedText(paused: LiveRun['run']['paused'], at_ms: number): string {
  if (paused === null) return 'It is paused.';
  const by = paused.by.filter((one) => one !== 'run');
  const who = by.length === 0 ? '' : ` by ${by.join(', ')}`;
  const since = duration(Math.max(0, Math.floor((at_ms - paused.since_ms) / 1000)));
  return `Paused for ${since}${who}: ${paused.why}.`;
}

/** By what is spent and by what is foreseen; `unknown` where neither is known. */
export function standsOf({
  spent,
  limit_value,
  overrun,
  in_force,
}: LiveBudget): 'over' | 'at-risk' | 'within' | 'unknown' {
  if (spent !== null && spent >= limit_value) return 'over';
  if (in_force?.standing === 'at-risk' || (overrun !== null && overrun >= 0.5)) return 'at-risk';
  return spent === null ? 'unknown' : 'within';
}

/** Of passing a limit: a chance that is as good as none or certain is told in words. */
export function chanceText(overrun: number): string {
  if (overrun > SURE) return 'it will be passed';
  return overrun < 1 - SURE ? 'it will suffice' : `passed with a chance of ${Math.round(overrun * 100)} %`;
}

const SURE = 0.99;
