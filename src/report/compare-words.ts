// Words of a comparison that its text, its Markdown and its front share.

import { FIGURES } from './compare-figures.ts';
import type { ComparisonJson, ContrastJson } from './compare-model.ts';
import { duration, energy, mass, percent, three, volume } from './format.ts';

export const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

/** A value as people read it, by its unit. */
export function written(value: number, unit: string): string {
  if (unit === 'J') return energy(value);
  if (unit === 'gCO2e') return mass(value);
  if (unit === 'L') return volume(value);
  if (unit === 's') return duration(value);
  return `${three(value)} ${unit}`.trim();
}

/** Smaller changes are not told in words. */
const LEAST = 1e-6;

export const isNothing = (share: number): boolean => Math.abs(share) < LEAST;

/** "−10.0 %": how far b lies from a. */
export function change(ratio: number): string {
  const share = ratio - 1;
  if (isNothing(share)) return '0 %';
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}

/** "−10.0 %  (90 %: −12.1 % to −7.9 %)", or why there is none. */
export function changeText({ ratio }: Pick<ContrastJson, 'ratio'>): string {
  if (ratio.value === null) return '';
  const { value, low, high } = ratio;
  if (Math.abs(high / low - 1) < 1e-9) return change(value);
  return `${change(value)}  (${change(low)} to ${change(high)})`;
}

export function verdictText({
  verdict,
  repeats,
  spread,
}: Pick<ContrastJson, 'verdict' | 'repeats' | 'spread'>): string {
  if (verdict === null) return '';
  if (verdict === 'same') return 'no difference';
  if (verdict === 'not-comparable') return 'not comparable';
  // Whether it holds for the next is not seen in one run each.
  if (verdict !== 'cannot-tell') return spread === 'none' ? `${verdict}, of these runs` : verdict;
  return repeats.each === null ? 'cannot tell yet' : `cannot tell yet: ${repeats.each} repeats of each would`;
}

/** The figures that are told: those known of either side, and what was asked for. */
export function toldFigures({ figures }: Pick<ComparisonJson, 'figures'>): ToldFigure[] {
  return Object.entries(figures)
    .filter(([name, { a, b }]) => a.value !== null || b.value !== null || name === 'target_j')
    .map(([name, one]) => ({ name, label: FIGURES[name]!.label, one }));
}

export interface ToldFigure {
  readonly name: string;
  readonly label: string;
  readonly one: ContrastJson;
}
