// Words such as --deadline 24h, --pause-above 300g/kWh, --pause-dirtiest 20% and --resume-cost 5min → when to wait for a
// greener grid. A deadline alone asks for the greenest hours.

import { usage } from '../core/fault.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import type { GreenRule } from './green.ts';

export interface GreenTexts {
  /** A time with its zone, or a duration from now on. */
  readonly deadline?: string | undefined;
  readonly above?: string | undefined;
  readonly dirtiest?: string | undefined;
  readonly resume_cost?: string | undefined;
}

const UNITS_MS = { s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)$/;
const [MOST_RESUME_MS, MOST_DEADLINE_MS] = [86_400_000, 366 * 86_400_000];
/** Where nothing is said: what the bench was made with. */
const RESUME_MS = 300_000;

/** Null where nothing is asked for. Throws Fault usage. */
export function greenRuleOf(texts: GreenTexts, now_ms: number): GreenRule | null {
  const { deadline, above, dirtiest, resume_cost } = texts;
  if (deadline === undefined) {
    const said = Object.entries({ '--pause-above': above, '--pause-dirtiest': dirtiest, '--resume-cost': resume_cost });
    const [option] = said.find(([, text]) => text !== undefined) ?? [];
    if (option === undefined) return null;
    throw usage(`${option} does not say until when the job may wait`, 'give --deadline too, such as --deadline 24h');
  }
  return {
    ...{ deadline_ms: deadlineOf(deadline, now_ms), resume_cost_ms: resumeOf(resume_cost) },
    ...{ above_g_per_kwh: aboveOf(above), dirtiest_share: shareOf(dirtiest), paused_power_share: 0 },
  };
}

function deadlineOf(text: string, now_ms: number): number {
  const bad = (why: string) =>
    usage(`--deadline: "${text}" cannot be used: ${why}`, 'write 24h, or a time with its zone: 2026-03-02T08:00Z');
  const ms = durationOf(text);
  // Epoch seconds or ms have more digits; fewer are a duration that lacks its unit.
  if (/^\d{1,8}(\.\d+)?$/.test(text.trim())) throw bad('it has no unit');
  const at_ms = ms === null ? parseTimestamp(text.trim()) : now_ms + ms;
  if (at_ms === null) throw bad('it is neither a duration with its unit nor a time with its zone');
  if (at_ms <= now_ms) throw bad('it is past');
  if (at_ms - now_ms > MOST_DEADLINE_MS) throw bad('it is more than a year away');
  return at_ms;
}

function resumeOf(text: string | undefined): number {
  if (text === undefined) return RESUME_MS;
  const ms = durationOf(text);
  if (ms !== null && ms <= MOST_RESUME_MS) return ms;
  throw usage(`--resume-cost: "${text}" cannot be used`, 'write a duration with its unit, from 0s to 24h: 5min, 90s');
}

function aboveOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(k?g)(?:CO2e?)?\/kWh$/.exec(text.trim()) ?? [];
  if (number !== undefined) return Number(number) * (unit === 'kg' ? 1000 : 1);
  throw usage(`--pause-above: "${text}" cannot be used`, 'write an intensity with its unit: 300g/kWh');
}

function shareOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, number] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const share = Number(number) / 100;
  if (share > 0 && share < 1) return share;
  throw usage(`--pause-dirtiest: "${text}" cannot be used`, 'write a share of the time between 0 and 100 %: 20%');
}

function durationOf(text: string): number | null {
  const [, number, unit] = DURATION.exec(text.trim()) ?? [];
  return number === undefined ? null : Math.round(Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}
