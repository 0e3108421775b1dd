// Sides with a quality and costs → those that no other beats in everything, and the knee of quality against energy.

import { isKnown } from '../core/figure.ts';
import { meanOf } from '../emissions/contrast.ts';
import { type Costs, dominatedBy, kneeOf } from '../emissions/pareto.ts';
import { lowerIsBetter } from '../emissions/to-target.ts';
import { FIGURES } from './compare-figures.ts';
import type { FrontJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';

/** Energy, carbon, time and money: those that are known of every side, and that nothing keeps from being compared. */
const COSTS = ['it_j', 'operational_g', 'duration_s', 'cost'] as const;

export interface Judged {
  readonly label: string;
  readonly runs: readonly ComparedRun[];
}

/** `withheld` are figures in which the sides cannot be compared. */
export function frontOf(sides: readonly Judged[], quality: string, withheld: ReadonlySet<string>): FrontJson {
  const valued = sides.flatMap((side) => {
    const values = side.runs.map((run) => run.quality);
    if (values.some((value) => value === null)) return [];
    return [{ ...side, quality: values.reduce<number>((s, value) => s + value!, 0) / values.length }];
  });
  const missing = sides.filter((side) => !valued.some(({ label }) => label === side.label));
  const left_out = missing.map(({ label }) => ({
    label,
    why: `no ${quality} was logged, and no tag of that name is a number`,
  }));
  const costOf = ({ runs }: Judged, name: string) => {
    const mean = meanOf(runs.map(({ figures }) => figures[name]!));
    return isKnown(mean) ? mean.value : null;
  };
  const costs = COSTS.filter((name) => !withheld.has(name) && valued.every((side) => costOf(side, name) !== null));
  // Sides of two currencies have no cost here: it is withheld.
  const currency = valued.flatMap(({ runs }) => runs[0]?.account.report.currency ?? [])[0] ?? '';
  const better = lowerIsBetter(quality) ? 'lower' : 'higher';
  const sign = better === 'lower' ? 1 : -1;
  const points = valued.map((side): Costs => [sign * side.quality, ...costs.map((name) => costOf(side, name)!)]);
  const by = dominatedBy(points);
  const front = points.flatMap((point, i) => (by[i] === null ? [{ i, point }] : []));
  // The knee is of quality against energy: of those on the front some may be there for their time or money alone.
  const two = front.map(({ point }) => point.slice(0, 2));
  const bent = dominatedBy(two).flatMap((winner, k) => (winner === null ? [k] : []));
  const knee = costs[0] === 'it_j' ? kneeOf(bent.map((k) => two[k]!)) : null;
  const kneeAt = knee === null ? null : front[bent[knee]!]!.i;
  return {
    quality,
    objectives: [
      { name: quality, unit: '', better },
      ...costs.map((name) => ({
        name,
        unit: name === 'cost' ? currency : FIGURES[name]!.unit,
        better: 'lower' as const,
      })),
    ],
    points: valued.map((side, i) => ({
      label: side.label,
      values: { [quality]: side.quality, ...Object.fromEntries(costs.map((name, k) => [name, points[i]![k + 1]!])) },
      on_front: by[i] === null,
      dominated_by: by[i] === null ? null : valued[by[i]!]!.label,
      knee: i === kneeAt,
    })),
    left_out,
  };
}
