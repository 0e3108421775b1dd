// What a score is for: so many of a thing. "1000-tokens" and "million-tokens" are units of their own, and no arithmetic takes
// one for the other.
//
// Grams are divided by a count in one place, which takes the count with what was counted and gives the score with its unit.
// The examples of SCI for AI (commit 4b7c0f7, §9.1.3, §9.2.2 and §9.2.3) are off by factors of 10 to 1000 for want of that.

import { type Figure, isKnown, scaled, unknown } from '../core/figure.ts';

export interface FunctionalUnit {
  /** As it is written: million-tokens. */
  readonly name: string;
  /** What is counted: tokens. */
  readonly of: string;
  /** How many of it are one unit: 1e6. */
  readonly each: number;
}

/** How many of what there were; null with the reason where nobody knows. */
export type Count = { readonly of: string } & (
  | { readonly count: number }
  | { readonly count: null; readonly why: string }
);

/** R as JSON: `count` units, each of them so many of a thing. */
export interface RJson {
  readonly unit: string;
  readonly of: string;
  readonly each: number;
  readonly count: number | null;
}

/** g for each unit, with the unit. */
export interface Score {
  readonly r: RJson;
  readonly g: Figure;
}

const LOT_OF = /^(?:(\d+(?:\.\d+)?(?:e\d+)?|thousand|million|billion|trillion)[- ])?(.+)$/;
const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();
const WORDS = { thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12 };

/**
 * The unit of "tokens", "token", "million-tokens", "1000-tokens", "1e15-FLOP"; `things` are what may be counted. Null for what
 * is none of them.
 */
export function unitOf(text: string, things: readonly string[]): FunctionalUnit | null {
  const [, lot, what] = LOT_OF.exec(text.trim()) ?? [];
  const of = things.find((thing) => [thing, `${thing}s`, thing.replace(/s$/, '')].some((one) => same(one, what)));
  const each = lot === undefined ? 1 : (WORDS[lot as keyof typeof WORDS] ?? Number(lot));
  return of !== undefined && each > 0 && Number.isFinite(each) ? { name: nameOf(each, of), of, each } : null;
}

/** A thousand tokens have one name, however they were written. */
function nameOf(each: number, of: string): string {
  const word = Object.entries(WORDS).find(([, size]) => size === each && size > 1000)?.[0];
  const number = each < 1e6 ? String(each) : each.toExponential().replace('+', '');
  return each === 1 ? of : `${word ?? number}-${of}`;
}

/** Grams by what was counted, for each unit. Throws RangeError where something else was counted. */
export function perUnit(grams: Figure, counted: Count, { name, of, each }: FunctionalUnit): Score {
  if (counted.of !== of) throw new RangeError(`${counted.of} were counted, not ${of}`);
  const r = { unit: name, of, each, count: counted.count === null ? null : counted.count / each };
  if (!isKnown(grams)) return { r, g: grams };
  if (counted.count === null) return { r, g: unknown(counted.why) };
  return { r, g: counted.count > 0 ? scaled(grams, each / counted.count) : unknown(`no ${of} were counted`) };
}
