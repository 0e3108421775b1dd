// A run's series as charts on one axis of time: power by device, the grid's intensity, and what came together so far.
//
// Phases but training are shaded; where a device was not observed is hatched.

import { duration, energy, mass, three } from '../../../report/format.ts';
import type { Series as RunSeries } from '../../../server/contract/series.ts';
import type { ChartOf, Series, Span, Value } from '../../ui/chart-of.ts';
import { energyUnit, inUnit, massUnit, type Unit } from '../../ui/units.ts';
import { gapWords } from './gap-words.ts';
import { phaseWords } from './phase-words.ts';

type Power = NonNullable<RunSeries['power']>;
type DevicePower = Power['devices'][number];
type Sum = NonNullable<RunSeries['energy']>;

/** Colours there are. */
const MOST_LINES = 8;
/** Bands of more devices hide each other. */
const MOST_BANDS = 3;
const MOST_GAP_NAMES = 3;

export const charged = (series: RunSeries): DevicePower[] =>
  (series.power?.devices ?? []).filter((device) => device.charged);

/** Each of the charged devices, at most eight: those with the most energy. */
export function powerByDevice(series: RunSeries): ChartOf {
  const all = charged(series);
  const drawn = new Set([...all].sort((a, b) => sumOf(b.energy_j) - sumOf(a.energy_j)).slice(0, MOST_LINES));
  const hosts = new Set(all.map(({ host }) => host));
  const lines = all
    .filter((device) => drawn.has(device))
    .map((device): Series => {
      const name = hosts.size > 1 ? `${device.host} ${device.device}` : device.device;
      return powerLine(name, device, drawn.size <= MOST_BANDS);
    });
  return { title: 'Power by device', ...overStretches(series, lines) };
}

/** How many charged devices are not drawn. */
export const notDrawn = (series: RunSeries): number =>
  Math.max(0, charged(series).length - MOST_LINES) + (series.power?.left_out ?? 0);

export function powerTogether(series: RunSeries): ChartOf {
  const { power } = series;
  const lines = power === undefined ? [] : [powerLine('all devices', power.total, true)];
  return { title: 'Power of all devices', ...overStretches(series, lines) };
}

type Course = Pick<Power['total'], 'min_w' | 'mean_w' | 'max_w'>;

const powerLine = (name: string, { min_w, mean_w, max_w }: Course, banded: boolean): Series => ({
  ...{ name, unit: 'W', kind: 'steps', from_zero: true, values: held(mean_w) },
  ...(banded && { band: { low: held(min_w), high: held(max_w), what: 'least – most' } }),
});

/** Values that hold over their stretches: the last one up to the end. */
const held = (values: readonly Value[]): Value[] => (values.length === 0 ? [] : [...values, values.at(-1)!]);

function overStretches(series: RunSeries, lines: readonly Series[]): Omit<ChartOf, 'title'> {
  const { from_ms, to_ms } = series.stretches;
  const values = from_ms.length === 0 ? [] : [...from_ms, to_ms.at(-1)!];
  return { x: { name: 'time', unit: '', time: true, values }, series: lines, spans: spansOf(series) };
}

export function spansOf({ spans }: Pick<RunSeries, 'spans'>): Span[] {
  const phases = (spans?.phases ?? []).filter(({ phase }) => phase !== 'train');
  const gaps = (spans?.gaps ?? []).filter(({ state }) => state !== 'filled');
  const whys = new Set(gaps.map(({ why }) => why));
  const nameOf = (why: string) => (whys.size > MOST_GAP_NAMES ? 'not observed' : `not observed: ${gapWords(why)}`);
  return [
    ...phases.map(({ phase, from_ms, to_ms }): Span => {
      const { name, ink } = phaseWords(phase);
      return { from: from_ms, to: to_ms, name, kind: 'phase', ink };
    }),
    ...gaps.map(({ from_ms, to_ms, why }): Span => ({ from: from_ms, to: to_ms, name: nameOf(why), kind: 'unknown' })),
  ];
}

/** What a point of the charts stands for, in words. */
export const stretchText = ({ stretch_ms }: Pick<RunSeries, 'stretch_ms'>): string => duration(stretch_ms / 1000);

export function intensityOver({ intensity }: RunSeries): ChartOf {
  const title = 'Grid intensity';
  const x = { name: 'time', unit: '', time: true };
  if (intensity === undefined || intensity.from_ms.length === 0) return { title, x: { ...x, values: [] }, series: [] };
  const { from_ms, to_ms, g_per_kwh, min_g_per_kwh, max_g_per_kwh } = intensity;
  const merged = g_per_kwh.some((value, i) => min_g_per_kwh[i] !== value || max_g_per_kwh[i] !== value);
  const line: Series = {
    ...{ name: 'intensity', unit: 'gCO2e/kWh', kind: 'steps', from_zero: true, ink: 2, values: held(g_per_kwh) },
    write: (value) => `${three(value)} gCO2e/kWh`,
    ...(merged && { band: { low: held(min_g_per_kwh), high: held(max_g_per_kwh), what: 'least – most' } }),
  };
  return { title, x: { ...x, values: [...from_ms, to_ms.at(-1)!] }, series: [line] };
}

/** "DE, measured average lifecycle, ENTSO-E": what the intensity is told by. */
export function intensityText({ intensity }: RunSeries): string {
  if (intensity === undefined) return '';
  const { kind, scope, parts, part, why } = intensity;
  const told = parts
    .filter((_, i) => part.includes(i))
    .map(({ zone, quality, year, source }) =>
      [zone, `${quality}${year === null ? '' : ` ${year}`}`, kind, scope, source].filter(Boolean).join(' '),
    );
  return told.length === 0 ? '' : [...new Set(told), ...(why === null ? [] : [`unknown in part: ${why}`])].join('; ');
}

/** Energy since the run began, with its interval. */
export const energySoFar = (series: RunSeries): ChartOf =>
  soFar(series, { title: 'Energy so far', of: series.energy, unitOf: energyUnit, write: energy, ink: 0 });

/** Emissions of operation since the run began, with their interval. */
export const emissionsSoFar = (series: RunSeries): ChartOf =>
  soFar(series, { title: 'Emissions so far', of: series.emissions, unitOf: massUnit, write: mass, ink: 1 });

interface SumLook {
  readonly title: string;
  readonly of: Sum | undefined;
  readonly unitOf: (values: readonly Value[]) => Unit;
  readonly write: (value: number) => string;
  readonly ink: number;
}

function soFar({ stretches }: RunSeries, { title, of, unitOf, write, ink }: SumLook): ChartOf {
  const values = stretches.from_ms.length === 0 ? [] : [stretches.from_ms[0]!, ...stretches.to_ms];
  const x = { name: 'time', unit: '', time: true, values };
  if (of === undefined || of.value.every((one) => one === null)) return { title, x, series: [] };
  const unit = unitOf(of.value);
  const from = (first: number | undefined, rest: readonly Value[]) => inUnit([first ?? null, ...rest], unit);
  const { value, low, high, before } = of;
  const line: Series = {
    ...{ name: 'so far', unit: unit.unit, ink, from_zero: true, values: from(before?.value, value) },
    band: { low: from(before?.low, low), high: from(before?.high, high), what: '90 %' },
    write: (one) => write(one * unit.of),
  };
  return { title, x, series: [line] };
}

const sumOf = (values: readonly Value[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0);

/** The training loss over the energy that it took, as far as both are known. */
export function lossOverEnergy({ steps }: RunSeries): ChartOf {
  const title = 'Loss against energy';
  const places = (steps?.it_j ?? []).flatMap((joules, i) =>
    joules !== null && (steps!.loss.last[i] ?? null) !== null ? [i] : [],
  );
  const joules = places.map((i) => steps!.it_j[i]!);
  const unit = energyUnit(joules);
  const x = { name: 'energy', unit: unit.unit, values: inUnit(joules, unit) as number[] };
  if (places.length === 0) return { title, x, series: [] };
  const of = (course: readonly Value[]) => places.map((i) => course[i] ?? null);
  const { last, min, max } = steps!.loss;
  const merged = places.some((i) => min[i] !== max[i]);
  const line: Series = {
    ...{ name: 'loss', unit: '', ink: 3, values: of(last), write: three },
    ...(merged && { band: { low: of(min), high: of(max), what: 'least – most' } }),
  };
  return { title, x, series: [line] };
}
