// What stands under a figure: how far it may be off, or why it is unknown.

import type { FigureJson } from '../../../core/figure.ts';

/** "90 %: 4.18 – 4.62 kWh"; why it is unknown; nothing of what is exact. */
export function underFigure(of: FigureJson, write: (value: number) => string): string {
  if (of.value === null) return of.why;
  if (of.low === of.value && of.high === of.value) return '';
  const [low, high] = [write(of.low), write(of.high)];
  const unit = / \S+$/.exec(high)?.[0] ?? '';
  return `90 %: ${unit !== '' && low.endsWith(unit) ? low.slice(0, -unit.length) : low} – ${high}`;
}
