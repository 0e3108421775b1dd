// What a comparison's charts show: the parts of the difference, the loss along the energy, the front.

import { FIGURES } from '../../report/compare-figures.ts';
import type { ComparisonJson, CurveJson, EffectJson, FrontJson } from '../../report/compare-model.ts';
import { isNothing, written } from '../../report/compare-words.ts';
import { mass, three } from '../../report/format.ts';
import type { BarsOf } from '../ui/bars-scene.ts';
import type { ChartOf, Value } from '../ui/chart-of.ts';
import { energyUnit, inUnit, massUnit } from '../ui/units.ts';

/** "+12.0 gCO2e". */
export const signedMass = (grams: number): string =>
  grams === 0 ? '0 gCO2e' : `${grams < 0 ? '−' : '+'}${mass(Math.abs(grams))}`;

/** A part of which nothing is left but rounding is none. */
export const partText = ({ share, part_g }: EffectJson): string =>
  part_g.value === null ? part_g.why : signedMass(isNothing(share) ? 0 : part_g.value);

const NOTHING = { value: 0, low: 0, high: 0 };

/** The parts of the difference in operational emissions; null where it cannot be taken apart. */
export function causesBars({ at_equal_grid: equal, a, b }: ComparisonJson): BarsOf | null {
  if (equal.difference_g === null) return null;
  const { effects, difference_g } = equal;
  const parts = effects.map(({ share, part_g }) => (isNothing(share) ? NOTHING : part_g));
  const known = (pick: 'value' | 'low' | 'high') => [
    ...parts.map((part): Value => (part.value === null ? null : part[pick])),
    difference_g,
  ];
  const unit = massUnit(known('value'));
  return {
    title: `What makes ${b} differ from ${a}`,
    ...{ unit: unit.unit, of: 'cause', categories: [...effects.map(({ effect }) => effect), 'together'] },
    parts: [
      {
        ...{ name: 'difference', values: inUnit(known('value'), unit) },
        band: { what: '90 %', low: inUnit(known('low'), unit), high: inUnit(known('high'), unit) },
        write: (value) => signedMass(value * unit.of),
      },
    ],
  };
}

/**
 * The metric along the energy used. Sides were logged at other energies: between two of its own logged points a side's line is
 * straight, and before and after them it is not known.
 */
export function curvesChart(curves: readonly CurveJson[]): ChartOf | null {
  if (curves.length === 0) return null;
  const sorted = curves.map(({ points, ...more }) => ({
    ...{ ...more, points: points.toSorted((a, b) => a.energy_j - b.energy_j) },
  }));
  const xs = [...new Set(sorted.flatMap(({ points }) => points.map(({ energy_j }) => energy_j)))].sort((a, b) => a - b);
  const unit = energyUnit(xs);
  const [{ metric }] = curves as readonly [CurveJson];
  return {
    title: `${metric} along the energy used`,
    x: { name: 'energy', unit: unit.unit, values: xs.map((x) => x / unit.of) },
    series: sorted.map(({ label, points }) => ({
      name: label,
      unit: metric,
      values: alongLine(points, xs),
      write: three,
    })),
  };
}

/** Linear between points, null beyond them; both rising. */
function alongLine(points: CurveJson['points'], xs: readonly number[]): Value[] {
  let at = 0;
  return xs.map((x) => {
    while (at + 1 < points.length && points[at + 1]!.energy_j <= x) at += 1;
    const [before, after] = [points[at], points[at + 1]];
    if (before === undefined || x < before.energy_j) return null;
    if (x === before.energy_j) return before.value;
    if (after === undefined) return null;
    const share = (x - before.energy_j) / (after.energy_j - before.energy_j);
    return before.value + share * (after.value - before.value);
  });
}

/** What the front can be drawn against: every objective but the quality. */
export const costsOf = ({ objectives, quality }: FrontJson): string[] =>
  objectives.map(({ name }) => name).filter((name) => name !== quality);

/** The points of a front: the quality against one cost. */
export function frontChart(front: FrontJson, cost: string): ChartOf {
  const { quality, objectives } = front;
  const points = front.points.toSorted((a, b) => a.values[cost]! - b.values[cost]!);
  const { unit } = objectives.find(({ name }) => name === cost)!;
  const scaled = scaledOf(
    unit,
    points.map(({ values }) => values[cost]!),
  );
  const pick = (wanted: (point: FrontJson['points'][number]) => boolean) =>
    points.map((point) => (wanted(point) ? point.values[quality]! : null));
  const series = [
    { name: 'on the front', values: pick(({ on_front, knee }) => on_front && !knee), ink: 2 },
    { name: 'the knee', values: pick(({ knee }) => knee), ink: 1 },
    { name: 'beaten', values: pick(({ on_front }) => !on_front), ink: 7 },
  ].filter(({ values }) => values.some((value) => value !== null));
  return {
    title: `${quality} against ${costName(cost)}`,
    x: { name: costName(cost), ...scaled, names: points.map(({ label }) => label) },
    series: series.map((one) => ({ ...one, unit: quality, kind: 'points' as const, write: three })),
  };
}

export const costName = (name: string): string => FIGURES[name]?.label ?? name;

/** Values in the unit that suits them. */
function scaledOf(unit: string, values: readonly number[]): { unit: string; values: readonly number[] } {
  const suited = unit === 'J' ? energyUnit(values) : unit === 'gCO2e' ? massUnit(values) : { unit, of: 1 };
  return { unit: suited.unit, values: values.map((value) => value / suited.of) };
}

/** A value of the front as the CLI writes it. */
export const frontValue = ({ quality, objectives }: FrontJson, name: string, value: number): string =>
  name === quality ? three(value) : written(value, objectives.find((one) => one.name === name)!.unit);
