// A total by month and something else → bars of months, stacked by that; and what can be measured of it.

import { energy, mass, three } from '../../report/format.ts';
import type { SumOf, TotalJson, TotalRow, TotalSums } from '../../report/total.ts';
import type { BarsOf } from '../ui/bars-scene.ts';
import type { Value } from '../ui/chart-of.ts';
import { energyUnit, inUnit, massUnit, type Unit } from '../ui/units.ts';

export type AnySum = SumOf<'known_j'> | SumOf<'known_g'> | SumOf<'known'>;

export interface Measure {
  readonly id: string;
  readonly name: string;
  readonly of: (sums: TotalSums) => AnySum | null;
  readonly write: (value: number) => string;
  readonly unitOf: (values: readonly Value[]) => Unit;
}

const MEASURES: readonly Measure[] = [
  { id: 'energy', name: 'Energy', of: ({ energy_j }) => energy_j, write: energy, unitOf: energyUnit },
  { id: 'emissions', name: 'Emissions', of: ({ total_g }) => total_g, write: mass, unitOf: massUnit },
  { id: 'operational', name: 'Operational', of: ({ operational_g }) => operational_g, write: mass, unitOf: massUnit },
];

/** Those that can be told of a total: of money one for each currency. */
export const measuresOf = ({ total }: TotalJson): Measure[] => [
  ...MEASURES,
  ...Object.keys(total.cost).map(
    (currency): Measure => ({
      ...{ id: `cost ${currency}`, name: `Cost (${currency})`, of: ({ cost }) => cost[currency] ?? null },
      ...{ write: (value) => `${three(value)} ${currency}`, unitOf: () => ({ unit: currency, of: 1 }) },
    }),
  ),
];

/** What is known of a sum, in its own unit. */
export function knownIn(sum: AnySum): number {
  if (sum.value !== null) return sum.value;
  return 'known_j' in sum ? sum.known_j : 'known_g' in sum ? sum.known_g : sum.known;
}

/** What a row is called. */
export function rowName({ kind, key }: Pick<TotalRow, 'kind' | 'key'>, by: string | null): string {
  if (kind === 'runs') return by === null ? 'all runs' : (key ?? `(no ${by})`);
  return key === null ? kind : `${key} ${kind}`;
}

/** More parts are told together: there are eight colours, and as many can be told apart. */
const MOST_PARTS = 7;

/** `total` is by month and `by`; by null: by month alone. Null: no month is told. */
export function monthBars(total: TotalJson, by: string | null, measure: Measure): BarsOf | null {
  const rows = total.rows.flatMap((row) => {
    const month = /^\d{4}-\d{2}/.exec(row.key ?? '')?.[0];
    return month === undefined ? [] : [{ month, part: partOf(row, by), sum: measure.of(row) }];
  });
  if (rows.length === 0) return null;
  const months = monthsFrom(rows.map(({ month }) => month));
  const sums = new Map<string, Map<string, number>>();
  const open = new Set<string>();
  for (const { month, part, sum } of rows) {
    if (sum === null || sum.value === null) open.add(month);
    const of = sums.get(part) ?? new Map<string, number>();
    sums.set(part, of.set(month, (of.get(month) ?? 0) + (sum === null ? 0 : knownIn(sum))));
  }
  const size = (of: ReadonlyMap<string, number>) => [...of.values()].reduce((a, b) => a + b, 0);
  const parts = mostOf([...sums].sort((a, b) => size(b[1]) - size(a[1])));
  const unit = measure.unitOf(months.map((month) => parts.reduce((sum, [, of]) => sum + (of.get(month) ?? 0), 0)));
  return {
    title: `${measure.name} by month${by === null ? '' : ` and ${by}`}`,
    ...{ unit: unit.unit, of: 'month', categories: months, stacked: true },
    parts: [
      ...parts.map(([name, of]) => ({
        ...{
          name,
          values: inUnit(
            months.map((month) => of.get(month) ?? 0),
            unit,
          ),
        },
        write: (value: number) => measure.write(value * unit.of),
      })),
      ...(open.size === 0
        ? []
        : [
            {
              hatched: true,
              name: 'not all is known',
              values: months.map((month) => (open.has(month) ? null : 0)),
              write: () => 'all is known',
            },
          ]),
    ],
  };
}

const partOf = ({ kind, key }: TotalRow, by: string | null): string =>
  kind !== 'runs' ? kind : by === null ? 'runs' : (key ?? '').slice('2026-01, '.length);

type Part = readonly [name: string, of: ReadonlyMap<string, number>];

function mostOf(sorted: readonly Part[]): readonly Part[] {
  if (sorted.length <= MOST_PARTS) return sorted;
  const others = new Map<string, number>();
  for (const [, of] of sorted.slice(MOST_PARTS - 1))
    for (const [month, value] of of) others.set(month, (others.get(month) ?? 0) + value);
  return [...sorted.slice(0, MOST_PARTS - 1), [`${sorted.length - MOST_PARTS + 1} others`, others]];
}

/** All months from the first to the last: one of which nothing was metered is a gap that is seen. */
function monthsFrom(found: readonly string[]): string[] {
  const sorted = found.toSorted();
  const number = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
  const [first, last] = [number(sorted[0]!), number(sorted.at(-1)!)];
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = first + i;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  });
}
