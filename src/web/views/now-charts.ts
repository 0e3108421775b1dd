// What goes on in a run → its charts: power of the last minutes; what was used so far and is expected by the end, as a fan with
// its interval, against the limits; and how that end looked before.

import type { Course } from '../../decide/course-log.ts';
import { energy, mass, three, volume } from '../../report/format.ts';
import type { GridNow, LiveBudget, LiveRun } from '../../server/contract/live.ts';
import type { ChartOf, Series, Value } from '../ui/chart-of.ts';
import type { HeatOf } from '../ui/heat-scene.ts';
import { energyUnit, inUnit, massUnit, type Unit } from '../ui/units.ts';

/** What a fan is of: the energy or emissions of a run with the limits on them, or a budget that others use too. */
export interface Subject {
  /** As in the address: energy, emissions, or a budget's name. */
  readonly id: string;
  /** For people: "Emissions", "Budget lab". */
  readonly name: string;
  readonly measure: string;
  readonly currency: string | null;
  readonly spent: Value;
  readonly end: Reach | null;
  readonly limits: readonly { readonly name: string; readonly value: number }[];
}

interface Reach {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** An amount in the unit of a measure, in words. */
export function amountText(measure: string, value: number, currency: string | null): string {
  if (measure === 'energy') return energy(value);
  if (measure === 'emissions') return mass(value);
  if (measure === 'water') return volume(value);
  const unit = { j_per_token: 'J/token', g_per_million_tokens: 'gCO2e per 1M tokens' }[measure] ?? currency ?? '';
  return `${three(value)} ${unit}`.trim();
}

/** What can be shown of a run, the budgets in force first. */
export function subjectsOf({ it_j, operational_g, end, budgets }: LiveRun): Subject[] {
  const own = budgets.filter((one) => isOwn(one) && (one.measure === 'energy' || one.measure === 'emissions'));
  const limitsOn = (measure: string) =>
    own.flatMap((one) => (one.measure === measure ? [{ name: `limit ${one.limit}`, value: one.limit_value }] : []));
  const value = end?.operational_g ?? null;
  const end_g =
    value === null ? null : { value, low: end!.operational_low_g ?? value, high: end!.operational_high_g ?? value };
  const runs: Subject[] = [
    {
      ...{ id: 'emissions', name: 'Emissions', measure: 'emissions', currency: null, spent: operational_g, end: end_g },
      limits: limitsOn('emissions'),
    },
    {
      ...{ id: 'energy', name: 'Energy', measure: 'energy', currency: null, spent: it_j, end: end?.it_j ?? null },
      limits: limitsOn('energy'),
    },
  ];
  const shared = budgets.flatMap((one): Subject[] => {
    if (one.in_force === null || own.includes(one)) return [];
    const { measure, currency, spent, end, limit, limit_value } = one;
    const limits = [{ name: `limit ${limit}`, value: limit_value }];
    const name = isOwn(one) ? `Budget ${limit}` : `Budget ${one.in_force.name}`;
    return [{ id: one.in_force.name, name, measure, currency, spent, end, limits }];
  });
  const limited = ({ limits }: Subject) => Number(limits.length > 0);
  const known = ({ spent }: Subject) => Number(spent !== null);
  return [...runs, ...shared].sort((a, b) => limited(b) - limited(a) || known(b) - known(a));
}

const isOwn = ({ in_force }: LiveBudget): boolean => in_force?.scope === 'this run' && in_force.period === 'all time';

/** W of the last minutes. */
export function powerChart({ at_ms, history }: LiveRun): ChartOf {
  const { power_w, span_s } = history;
  const step_ms = (span_s * 1000) / Math.max(1, power_w.length);
  const begin = power_w.findIndex((w) => w !== null);
  const values = begin < 0 ? [] : power_w.slice(begin);
  return {
    title: 'Power',
    x: {
      ...{ name: 'time', unit: '', time: true },
      values: values.map((_, i) => Math.round(at_ms - (power_w.length - begin - i - 1) * step_ms)),
    },
    series: [{ name: 'power', unit: 'W', kind: 'steps', from_zero: true, values }],
  };
}

/** What was used by each moment, and from now on what is expected until the end. */
export function fanChart(subject: Subject, course: Course | undefined, run: LiveRun): ChartOf {
  const { at_ms, end } = run;
  const past = (course?.at_ms ?? []).filter((at) => at < at_ms);
  const end_ms = end === null || subject.end === null ? null : at_ms + end.left_s.value * 1000;
  const values = [...past, at_ms, ...(end_ms === null || end_ms <= at_ms ? [] : [end_ms])];
  const ahead = values.length - past.length === 2;
  const unit = unitOf(subject, [
    ...[subject.spent, subject.end?.high ?? null],
    ...subject.limits.map(({ value }) => value),
  ]);
  const put = (of: readonly Value[]) => inUnit(of, unit);
  const before = past.map(() => null);
  const expected = (pick: (reach: Reach) => number): Value[] => [...before, subject.spent, pick(subject.end!)];
  const write = (value: number) => amountText(subject.measure, value * unit.of, subject.currency);
  const base = { unit: unit.unit, from_zero: true, write };
  const series: Series[] = [
    {
      ...base,
      name: 'so far',
      ink: 0,
      values: put(padded([...past.map((_, i) => course!.spent[i] ?? null), subject.spent], values)),
    },
    ...(ahead
      ? [
          {
            ...{ ...base, name: 'expected', ink: 1, dashed: true, values: put(expected(({ value }) => value)) },
            band: { what: '90 %', low: put(expected(({ low }) => low)), high: put(expected(({ high }) => high)) },
          },
        ]
      : []),
    ...subject.limits.map(({ name, value }, i) => ({
      ...{ ...base, name, ink: 5 + i, dashed: true, values: put(values.map(() => value)) },
    })),
  ];
  return { title: `${subject.name} so far and to the end`, x: { name: 'time', unit: '', time: true, values }, series };
}

/** How the end looked at moments before. */
export function foreseenChart(subject: Subject, course: Course): ChartOf {
  const unit = unitOf(subject, [...course.end_high, ...subject.limits.map(({ value }) => value)]);
  const put = (of: readonly Value[]) => inUnit(of, unit);
  const write = (value: number) => amountText(subject.measure, value * unit.of, subject.currency);
  const base = { unit: unit.unit, from_zero: true, write };
  return {
    title: `The end as it was foreseen: ${subject.name.toLowerCase()}`,
    x: { name: 'time', unit: '', time: true, values: course.at_ms },
    series: [
      {
        ...{ ...base, name: 'expected at the end', ink: 1, values: put(course.end) },
        band: { what: '90 %', low: put(course.end_low), high: put(course.end_high) },
      },
      ...subject.limits.map(({ name, value }, i) => ({
        ...{ ...base, name, ink: 5 + i, dashed: true, values: put(course.at_ms.map(() => value)) },
      })),
    ],
  };
}

const padded = (values: readonly Value[], to: readonly unknown[]): Value[] => to.map((_, i) => values[i] ?? null);

function unitOf({ measure, currency }: Subject, values: readonly Value[]): Unit {
  if (measure === 'energy') return energyUnit(values);
  if (measure === 'emissions') return massUnit(values);
  const unit = { j_per_token: 'J/token', g_per_million_tokens: 'gCO2e per 1M tokens', water: 'l' }[measure];
  return { unit: unit ?? currency ?? '', of: 1 };
}

/** The coming hours of the zones of some runs. */
export function gridHeat(grids: readonly GridNow[]): HeatOf {
  const columns = grids[0]?.hours.map(({ from_ms }) => new Date(from_ms).toISOString().slice(11, 16)) ?? [];
  return {
    ...{ title: 'The coming hours', unit: 'gCO2e/kWh', across: 'hour (UTC)', down: 'zone', columns },
    rows: grids.map(({ zone }) => zone),
    values: grids.map(({ hours }) => hours.map(({ g_per_kwh }) => g_per_kwh)),
    notes: grids.map(({ hours }) => hours.map(({ quality }) => quality)),
    every: [1, 2, 3, 6],
  };
}

/** Of several runs each zone once. */
export function gridsOf(runs: readonly LiveRun[]): GridNow[] {
  const zones = new Map(runs.flatMap(({ grid }) => (grid === null ? [] : [[grid.zone, grid] as const])));
  return [...zones.values()];
}
