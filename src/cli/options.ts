// Values of options with their units, and clear words when they are wrong.

import type { Setting } from '../app/settings.ts';
import { fault } from '../core/fault.ts';
import { parseTimestamp, TIME_FORMS } from '../core/timestamp.ts';

const usage = (option: string, value: string, hint: string) =>
  fault('usage', { facts: { problem: `${option}: "${value}" cannot be used`, hint } });

/** "100ms", "1s", "2m" or "2min", "6h", "7d" → ms. */
export function durationMs({ text, from }: Setting, least: number, most: number): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)$/.exec(text.trim());
  const hint = `write a duration with its unit, between ${least} ms and ${most / 1000} s: 100ms, 1s`;
  if (match === null) throw usage(from, text, hint);
  const ms =
    Number(match[1]) *
    { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[
      match[2] as 'ms' | 's' | 'm' | 'min' | 'h' | 'd'
    ];
  if (ms < least || ms > most) throw usage(from, text, hint);
  return ms;
}

/** "1.2", or with its 90 % interval "1.2:1.15-1.3": numbers from 1 to 10, the PUE within. Throws Fault usage. */
export function pueOf({ text, from }: Setting): { pue: number; pue_low?: number; pue_high?: number } {
  const [, number, low, high] = /^([^:]+)(?::([^:-]+)-([^:-]+))?$/.exec(text.trim()) ?? [];
  const [pue, pue_low, pue_high] = [number, low ?? number, high ?? number].map(Number) as [number, number, number];
  if (!(pue_low >= 1 && pue_low <= pue && pue <= pue_high && pue_high <= 10)) {
    const hint =
      'a PUE is facility energy over IT energy: a number from 1 to 10, such as 1.2, or with its 90 % interval';
    throw usage(from, text, `${hint} 1.2:1.15-1.3`);
  }
  return low === undefined ? { pue } : { pue, pue_low, pue_high };
}

/** "0.12EUR/kWh" → price per kWh. */
export function priceOf({ text, from }: Setting): { per_kwh: number; currency: string } {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Z]{3})\/(k|M)?Wh$/.exec(text.trim());
  if (match === null) throw usage(from, text, 'write a price with currency and unit: 0.12EUR/kWh');
  const per = { k: 1, M: 1e-3, '': 1000 }[(match[3] ?? '') as 'k' | 'M' | ''];
  return { per_kwh: Number(match[1]) * per, currency: match[2]! };
}

/** "350W", "1.2kW" → W; above 0. Throws Fault usage. */
export function wattsOf({ text, from }: Setting, more = ''): number {
  const match = /^(\d+(?:\.\d+)?)\s*(k?)W$/.exec(text.trim());
  const watts = match === null ? 0 : Number(match[1]) * (match[2] === 'k' ? 1000 : 1);
  if (!(watts > 0)) throw usage(from, text, `write a power with its unit, such as 80W${more}`);
  return watts;
}

/** "20kWh", "1.5MWh", "500Wh", "3MJ" → J; above 0. Throws Fault usage. */
export function joulesOf({ text, from }: Setting): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kMG]?)(Wh|J)$/.exec(text.trim());
  const prefix = { '': 1, k: 1e3, M: 1e6, G: 1e9 }[(match?.[2] ?? '') as '' | 'k' | 'M' | 'G'];
  const joules = match === null ? 0 : Number(match[1]) * prefix * (match[3] === 'Wh' ? 3600 : 1);
  if (!(joules > 0)) throw usage(from, text, 'write an energy with its unit, such as 20kWh');
  return joules;
}

/** ["team=a"] → { team: "a" }; the last of a name wins. Throws Fault usage. */
export function tagsOf(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usage(option, pair, 'write a tag as name=value');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A finite number above 0. Throws Fault usage. */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw usage(option, text, 'give a number above 0');
  return value;
}

/** A whole number from least to most. Throws Fault usage. */
export function count(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw usage(option, text, `give a whole number from ${least} to ${most}`);
}

/** One of the allowed words. Throws Fault usage that lists them. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  if (!allowed.includes(text as T)) throw usage(option, text, `one of ${allowed.join(', ')}`);
  return text as T;
}

/** Epoch ms of a time on the command line; null where none is given. Throws Fault usage. */
export function timeOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const at_ms = parseTimestamp(text);
  if (at_ms !== null) return at_ms;
  const facts = { problem: `${option}: "${text}" is ${TIME_FORMS}`, hint: 'write a time such as 2024-05-01T13:00Z' };
  throw fault('usage', { facts });
}
