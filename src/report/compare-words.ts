// Words of a comparison that its text, its Markdown and its front share.

import { isOfSome } from '../emissions/contrast.ts';
import { FIGURES } from './compare-figures.ts';
import type { ComparisonJson, ContrastJson, PairedJson } from './compare-model.ts';
import { duration, energy, mass, percent, three, volume } from './format.ts';

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

/** From here on times are read more easily than percents. */
const MANY = 100;

/** "−10.0 %": how far b lies from a; "× 230" where that is very far. */
export function change(ratio: number): string {
  const share = ratio - 1;
  if (isNothing(share)) return '0 %';
  if (ratio >= MANY) return `× ${ratio < 1e6 ? three(ratio) : ratio.toExponential(1).replace('+', '')}`;
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}

/** "−10.0 %  (90 %: −12.1 % to −7.9 %)", or why there is none. */
export function changeText({ ratio }: Pick<ContrastJson, 'ratio'>): string {
  if (ratio.value === null) return '';
  const reach = reachText({ ratio });
  return reach === '' ? change(ratio.value) : `${change(ratio.value)}  ${reach}`;
}

/** "(−12.1 % to −7.9 %)"; nothing where there is no width. */
export function reachText({ ratio }: Pick<ContrastJson, 'ratio'>): string {
  if (ratio.value === null || Math.abs(ratio.high / ratio.low - 1) < 1e-9) return '';
  return `(${change(ratio.low)} to ${change(ratio.high)})`;
}

/** The verdict in words, with the repeats that would settle one that cannot be told. */
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

/** "step by step (60 rows of the logs in pairs): −12.6 % per step, better"; nothing where steps are not paired. */
export function pairedText(paired: PairedJson): string[] {
  if (paired.rows === null) return [];
  const { ratio, difference_j, rows } = paired;
  const joules = difference_j.value ?? 0;
  const apart = `${joules < 0 ? '−' : '+'}${written(Math.abs(joules), 'J')}`;
  const told = ratio.value === null ? apart : changeText({ ratio });
  const words = verdictText({ ...paired, repeats: { each: null, why: '' } });
  return [`step by step (${rows} rows of the logs in pairs): ${told} per step, ${words}`];
}

/** The figures that are told: those that any run knows, and what was asked for. */
export function toldFigures({ figures }: Pick<ComparisonJson, 'figures'>): ToldFigure[] {
  return Object.entries(figures)
    .filter(([name, { a, b }]) => [a, b].some((side) => side.value !== null || isOfSome(side)) || name === 'target_j')
    .map(([name, one]) => ({ name, label: FIGURES[name]!.label, one }));
}

export interface ToldFigure {
  readonly name: string;
  readonly label: string;
  readonly one: ContrastJson;
}
