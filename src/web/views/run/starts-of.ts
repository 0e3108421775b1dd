// "Had it started at …": the same run at every half-hour around its start, on the intensity as it was.

import { mass, percent, three } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';
import type { Starts as StartsJson } from '../../../server/contract/starts.ts';
import { type ChartOf, timeText } from '../../ui/chart-of.ts';
import { inUnit, massUnit } from '../../ui/units.ts';

/** What the report itself says of it, in a sentence. */
export function startsText({ hindsight }: Pick<ReportJson['emissions'], 'hindsight'>): string {
  if (hindsight === null)
    return 'No other start can be compared: the intensity of the hours around it is not known, or is one value for all of them.';
  const { started, zones } = hindsight;
  const [own] = zones;
  const began = `It started ${clock(started.at_ms)} at ${three(started.g_per_kwh)} gCO2e/kWh`;
  if (own === undefined || own.at_ms === null || own.saved_share < LITTLE)
    return `${began}: no other start within a day was cleaner.`;
  const { at_ms, g_per_kwh, saved_share, saved_g } = own;
  return `${began}. Had it started ${clock(at_ms)} at ${three(g_per_kwh)} gCO2e/kWh, it would have been ${percent(saved_share)} cleaner: ${mass(saved_g)} less.`;
}

/** Less is not worth an hour's wait. */
const LITTLE = 0.005;
const clock = (at_ms: number): string => `${timeText(at_ms).slice(0, 16)} UTC`;

export const noteOf = ({ starts }: StartsJson): string =>
  starts.some(({ emissions_g }) => emissions_g === null)
    ? 'Emissions of operation by when it had started. Hatched: the intensity is not known for all of the run from there.'
    : 'Emissions of operation by when it had started.';

export function startsOver({ started, starts }: StartsJson): ChartOf {
  const known = starts.some(({ emissions_g }) => emissions_g !== null);
  const unit = massUnit(starts.map(({ emissions_g }) => emissions_g));
  const write = (value: number) => mass(value * unit.of);
  const values = starts.map(({ at_ms }) => at_ms);
  const grams = inUnit(
    starts.map(({ emissions_g }) => emissions_g),
    unit,
  );
  return {
    title: 'Had it started at …',
    x: { name: 'start', unit: '', time: true, values },
    series: known
      ? [
          { name: 'emissions', unit: unit.unit, ink: 1, values: grams, write },
          {
            ...{ name: 'as it was', unit: unit.unit, ink: 0, kind: 'points', write },
            values: values.map((at, i) => (at === started.at_ms ? grams[i]! : null)),
          },
        ]
      : [],
  };
}
