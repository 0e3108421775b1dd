// The causes of a figure's error as people read them: those of one name are one row, with the hint of the widest.

import { type Figure, isKnown, type Known, ranked } from '../core/figure.ts';
import type { Cause } from '../emissions/errors.ts';
import type { ReportJson } from './model.ts';

/** Widest first; shares add up to 1. */
export function uncertaintyOf(figure: Known, causes: ReadonlyMap<string, Cause>): ReportJson['uncertainty'] {
  const rows = new Map<string, { from: string; share: number; hint: string }>();
  for (const { cause, share } of ranked(figure)) {
    const { label = cause, hint = '' } = causes.get(cause) ?? {};
    const held = rows.get(label);
    if (held === undefined) rows.set(label, { from: label, share, hint });
    else held.share += share;
  }
  return [...rows.values()].sort((a, b) => b.share - a.share);
}

/** The same of each line of an account, by its name; lines that are not known are left out. */
export const uncertaintyBy = (lines: Readonly<Record<string, Figure>>, causes: ReadonlyMap<string, Cause>) =>
  Object.fromEntries(
    Object.entries(lines).flatMap(([line, figure]) => (isKnown(figure) ? [[line, uncertaintyOf(figure, causes)]] : [])),
  );
