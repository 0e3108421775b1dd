// The causes of error a figure can carry: how far each reaches, where that is from, and what would narrow it.
//
// Reaches are relative, 5th to 95th percentile; docs/methodology.md gives the derivations and citations.

import type { Reach } from '../core/figure.ts';
import type { IntensityPart } from '../grid/series.ts';

export interface Cause {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

/** One systematic error of a kind of sensor: fully correlated over time and between sensors of that kind. */
export function sensorCause(kind: string, source: string): Cause {
  const model = source === 'model';
  return {
    id: `sensor:${kind}:${source}`,
    label: `${kind} ${model ? 'power model' : `power sensor (${source})`}`,
    hint: model
      ? `${MODELLED[kind] ?? kind} is modelled, not measured: a sensor would narrow this most`
      : 'calibrate against a wall meter to narrow this',
  };
}

const MODELLED: Readonly<Record<string, string>> = {
  ...{ gpu: 'the GPU', 'cpu-package': 'the CPU', dram: 'memory', 'host-other': 'the rest of the server' },
};

export const GAPS: Cause = {
  id: 'gaps',
  label: 'time that was not observed',
  hint: 'see the gaps in the report: what kept the sensor from being read?',
};
export const EDGES: Cause = {
  id: 'edges',
  label: "the counter's update step at the run's edges",
  hint: 'longer runs make this small',
};
export const DISAGREEMENT: Cause = {
  id: 'disagreement',
  label: 'counter and polled power disagree',
  hint: 'compare with a wall meter: one of the two sensors is wrong',
};
export const ALIASING: Cause = {
  id: 'aliasing',
  label: 'power that changes faster than it is sampled',
  hint: 'sample faster with --interval, or use hardware with an energy counter',
};
export const PACE: Cause = {
  id: 'pace',
  label: 'power between the readings of a slow meter',
  hint: 'longer runs make this small',
};
export const CUT: Cause = {
  id: 'cut',
  label: 'how a device was cut in time or shared out',
  hint: 'meter the work as a run of its own, on devices that nobody else uses',
};
/** The cause of an intensity's error; its quality decides what would narrow it. */
export function intensityCause(quality: IntensityPart['quality']): Cause {
  return { id: 'grid-intensity', label: 'grid intensity', hint: NARROWER[quality] };
}

/** A country's mean in place of that of its part. */
export const COUNTRY_FOR_PART: Cause = {
  id: 'grid-area',
  label: "the country's mean in place of its part's",
  hint: "parts of a country differ severalfold: give the zone's own series with --intensity FILE or joulebook grid sync",
};
/**
 * 5th and 95th percentile of a part's mean ÷ its country's, Electricity Maps 2025, of 126 parts of 13 countries: 0.145 and 1.77. Of
 * islands whose country's key is its mainland all lie above it, 14 of 15 zones by up to 6.2 times (docs/methodology.md).
 */
const PART = { down: 0.855, up: 0.77 };
const ISLAND = { down: 0, up: 5.2 };

/** Relative reach of a country's mean that stands in for a part of it. */
export const countryReach = (part: string): Reach => (/^(ES|FR|PT)-/.test(part) ? ISLAND : PART);

const NARROWER: Record<IntensityPart['quality'], string> = {
  annual: 'an annual mean hides the hour: give the hourly series with --intensity FILE or joulebook grid sync',
  climatology: 'a usual course hides this day: give the measured series with --intensity FILE or joulebook grid sync',
  forecast:
    'a forecast is replaced by what came: give the measured series with --intensity FILE or joulebook grid sync',
  estimated: 'estimated hours are revised: give the measured series with --intensity FILE or joulebook grid sync',
  measured: 'producers of one zone differ: a consumption-based series of the same zone, with imports, is nearest',
};
