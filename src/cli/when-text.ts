// The outlook as text: a bar for each start, low where the load would be clean, and what the best start saves.

import colors from 'picocolors';
import { minuteOf } from '../core/timestamp.ts';
import type { ComparedZone, LeftOut } from '../emissions/compare.ts';
import type { Start, Window } from '../emissions/starts.ts';
import { mass, percent, three } from '../report/format.ts';

export interface WhenJson extends Window {
  readonly schema: 'joulebook/grid-when/v1';
  readonly now_ms: number;
  readonly duration_s: number;
  /** IT energy of the load; null where it was not given. */
  readonly energy_j: number | null;
  readonly pue: number | null;
  readonly against: Start & { readonly zone: string };
  readonly best: Start & { readonly zone: string };
  /** Null where the energy is not known. */
  readonly saved_g: number | null;
  readonly saved_share: number;
  readonly zones: readonly (WhenZone | LeftOut)[];
}

export interface WhenZone extends Omit<ComparedZone, 'saved_g'> {
  readonly saved_g: number | null;
  readonly kind: string;
  readonly scope: string;
  readonly providers: readonly string[];
  /** Every start at which the mean may bend: between two of them it is a straight line. */
  readonly starts: readonly Start[];
}

const BARS = '▁▂▃▄▅▆▇█';
/** Less than this is not worth an hour's wait. */
const LITTLE = 0.005;

/** `drawn` has the means of each zone from evenly spaced starts over the window; null where one is not known. */
export function whenText(when: WhenJson, drawn: readonly (readonly (number | null)[])[], color: boolean): string {
  const { bold } = colors.createColors(color);
  const values = drawn.flat().filter((g) => g !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = Math.max(...when.zones.map(({ zone }) => zone.length), 4);
  const out = when.zones.map((zone, i) => {
    const name = `  ${zone.zone.padEnd(width)}  `;
    if (zone.at_ms === null) return `${name}left out: ${zone.why}`;
    if (zone.coverage === 0) return `${name}${three(zone.g_per_kwh)} g/kWh at any hour: only its annual mean is known`;
    return `${name}${bars(drawn[i]!, { low, high, color })}  ${bestOf(zone)}`;
  });
  if (values.length > 0) out.push(axis(when, width, drawn[0]!.length), legend(when, low, high));
  return `${[...out, bold(sentence(when))].join('\n')}\n`;
}

function bars(means: readonly (number | null)[], scale: { low: number; high: number; color: boolean }): string {
  const { green, yellow, red } = colors.createColors(scale.color);
  const span = scale.high - scale.low;
  return means
    .map((g) => {
      if (g === null) return '·';
      const height = span > 0 ? (g - scale.low) / span : 0;
      const bar = BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))]!;
      return height < 1 / 3 ? green(bar) : height < 2 / 3 ? yellow(bar) : red(bar);
    })
    .join('');
}

/** What is neither expected nor given is named: a usual course is no forecast. */
function bestOf({ at_ms, g_per_kwh, parts }: WhenZone): string {
  const others = parts.filter(({ quality }) => quality === 'climatology' || quality === 'estimated');
  const basis = others.map(({ quality, share }) => (share > 0.9995 ? quality : `${percent(share)} ${quality}`));
  return `best ${three(g_per_kwh)} g/kWh from ${minuteOf(at_ms)}${basis.length === 0 ? '' : ` (${basis.join(', ')})`}`;
}

/** The window's beginning, middle and end beneath the bars. */
function axis({ from_ms, to_ms }: Window, width: number, columns: number): string {
  const [first, middle, last] = [from_ms, (from_ms + to_ms) / 2, to_ms].map((at) => minuteOf(at).slice(5));
  const gap = Math.floor((columns - first!.length - middle!.length - last!.length) / 2);
  return `${' '.repeat(width + 4)}${first}${' '.repeat(gap)}${middle}${' '.repeat(gap)}${last}`;
}

function legend({ duration_s, zones }: WhenJson, low: number, high: number): string {
  const told = zones.flatMap((zone) => (zone.at_ms === null ? [] : [zone]));
  const { kind, scope } = told[0]!;
  const providers = [...new Set(told.flatMap((zone) => zone.providers))].join(', ');
  const load = `means of ${after(duration_s * 1000)} by their start`;
  return `  ▁ ${three(low)} to █ ${three(high)} g/kWh: ${load}; ${kind} ${scope}, ${providers}`;
}

function sentence({ against, best, saved_share, saved_g, now_ms, zones }: WhenJson): string {
  const [here, there] = [against.zone || 'this zone', best.zone || 'this zone'];
  const first = against.at_ms === now_ms ? 'now' : `at ${minuteOf(against.at_ms)}, the first start that is known,`;
  const from = `starting ${first} in ${here} (${three(against.g_per_kwh)} g/kWh)`;
  if (saved_share < LITTLE) return `Nothing is cleaner than ${from}.`;
  const moved = best.zone === against.zone ? '' : ` in ${there}`;
  const wait = best.at_ms - now_ms < 60_000 ? 'now' : `at ${minuteOf(best.at_ms)}, in ${after(best.at_ms - now_ms)}`;
  const grams = saved_g === null ? '' : ` (${mass(saved_g)})`;
  const level = zones.some((zone) => zone.zone === best.zone && zone.at_ms !== null && zone.coverage === 0);
  return `Start${moved} ${wait}: ${percent(saved_share)}${grams} less than ${from}${level ? ', by its annual mean' : ''}.`;
}

function after(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [h, min] = [Math.floor(minutes / 60), minutes % 60];
  return [...(h > 0 ? [`${h} h`] : []), ...(min > 0 || h === 0 ? [`${min} min`] : [])].join(' ');
}
