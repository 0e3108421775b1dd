// The sentences with which a report ends: the same run at another hour or in another zone, and what it would have saved.

import { minuteOf } from '../core/timestamp.ts';
import type { ComparedZone, ZoneStart } from '../emissions/compare.ts';
import type { Hindsight } from '../emissions/hindsight.ts';
import type { Start } from '../emissions/starts.ts';
import { mass, percent, three } from './format.ts';

/** Less than this is not worth an hour's wait. */
const LITTLE = 0.005;

/** One sentence for the run's own zone, and one for each zone that was named. */
export function counterfactual({ started, cleanest, zones }: Hindsight): string[] {
  const [own, ...others] = zones as [ComparedZone, ...ZoneStart[]];
  const better = `${at(cleanest)} it would have been ${difference(own)}${basis(own)}`;
  const same = own.coverage > 0 ? ': no other start within a day that the series covers was cleaner' : '';
  const first = own.saved_share < LITTLE ? `${at(started)}${same}` : `${at(started)}; ${better}`;
  return [first, ...others.map((zone) => elsewhere(zone, started))];
}

function elsewhere(zone: ZoneStart, started: Start): string {
  if (zone.at_ms === null) return `${zone.zone} is left out: ${zone.why}`;
  const when = zone.coverage === 0 ? `at ${three(zone.g_per_kwh)} g/kWh` : at(zone);
  const moved = zone.at_ms === started.at_ms && zone.coverage > 0 ? ', at the same time' : '';
  return `in ${zone.zone} ${when}${moved} it would have been ${difference(zone)}${basis(zone)}`;
}

const at = ({ at_ms, g_per_kwh }: Start): string => `${minuteOf(at_ms)} at ${three(g_per_kwh)} g/kWh`;

function difference({ saved_share, saved_g }: ComparedZone): string {
  if (Math.abs(saved_share) < LITTLE) return 'the same';
  if (saved_share > 0) return `${percent(saved_share)} cleaner: ${mass(saved_g)} less`;
  return `${percent(-saved_share)} dirtier: ${mass(-saved_g)} more`;
}

/** What was not measured is named: an annual mean or a usual course is no hour that was. */
function basis({ parts }: ComparedZone): string {
  const other = parts.filter(({ quality }) => quality !== 'measured');
  const named = other.map(({ quality, year, share }) => {
    const what = year === null ? quality : `${quality} ${year}`;
    return share > 0.9995 ? what : `${percent(share)} ${what}`;
  });
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}
