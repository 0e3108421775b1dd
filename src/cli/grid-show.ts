// How what is known of a grid is shown: as text with its heat strip, as JSON, as a file for --intensity.

import { gridJson, type Known, type KnownPoint } from '../app/grid-known.ts';
import { minuteOf } from '../core/timestamp.ts';
import type { Span } from '../grid/provider.ts';
import { meanOver } from '../grid/stretches.ts';
import { three } from '../report/format.ts';
import { heatStrip } from '../report/heat-strip.ts';
import { stripOptions } from './color.ts';
import { print, warn } from './say.ts';

export interface ShowOptions {
  json?: boolean;
  csv?: boolean;
}

const HOUR_MS = 3_600_000;
/** Longer spans are told by stretches of one provider and quality. */
const VALUES_MS = 48 * HOUR_MS;

/** joulebook/grid/v1, a CSV, or text with a heat strip; warnings go to stderr. */
export function show(known: Known, { json, csv }: ShowOptions): void {
  for (const warning of known.warnings) warn(warning);
  if (json === true) print(JSON.stringify(gridJson(known), null, 2));
  else if (csv === true) asFile(known);
  else {
    const strip = heatStrip(known.points, known, stripOptions(process.stdout));
    for (const line of [...strip, '', ...rows(known), `  ${summary(known)}`]) print(line);
  }
}

/** What was told, as told: means over years or weeks would come back as if somebody had told them. */
function asFile({ points, kind, scope, zone }: Known): void {
  const told = points.filter(({ quality }) => quality !== 'climatology' && quality !== 'annual');
  print('timestamp,end,gco2e_per_kwh,quality,kind,scope,zone');
  for (const { from_ms, to_ms, g_per_kwh, quality } of told)
    print(`${iso(from_ms)},${iso(to_ms)},${g_per_kwh},${quality},${kind},${scope},${zone}`);
  const left = points.length - told.length;
  if (left > 0)
    process.stderr.write(
      `joulebook: ${left} ${left === 1 ? 'stretch' : 'stretches'} of climatology or annual means ${left === 1 ? 'is' : 'are'} left out: a file holds what was told\n`,
    );
}

function rows(known: Known): string[] {
  const { points, holes, from_ms, to_ms } = known;
  const values = to_ms - from_ms <= VALUES_MS;
  const lines = [
    ...(values ? points.map(valueLine) : stretchLines(points)),
    ...holes.map((hole) => ({
      from_ms: hole.from_ms,
      text: `  ${minuteOf(hole.from_ms)}  unknown until ${minuteOf(hole.to_ms)}`,
    })),
  ];
  return lines.sort((a, b) => a.from_ms - b.from_ms).map(({ text }) => text);
}

interface Line {
  readonly from_ms: number;
  readonly text: string;
}

const valueLine = ({ from_ms, g_per_kwh, quality, provider }: KnownPoint): Line => ({
  from_ms,
  text: `  ${minuteOf(from_ms)}  ${three(g_per_kwh).padStart(6)} g/kWh  ${quality.padEnd(11)}  ${provider}`,
});

function stretchLines(points: readonly KnownPoint[]): Line[] {
  const groups: KnownPoint[][] = [];
  for (const point of points) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    const goesOn =
      before?.to_ms === point.from_ms && before.quality === point.quality && before.provider === point.provider;
    if (goesOn) group!.push(point);
    else groups.push([point]);
  }
  return groups.map((group) => {
    const [first, last] = [group[0]!, group.at(-1)!];
    const span: Span = { from_ms: first.from_ms, to_ms: last.to_ms };
    const mean = meanOver(group, span).mean_g_per_kwh!;
    const what = `${three(mean).padStart(6)} g/kWh  ${first.quality.padEnd(11)}  ${first.provider}`;
    return { from_ms: span.from_ms, text: `  ${minuteOf(span.from_ms)} to ${minuteOf(span.to_ms)}  ${what}` };
  });
}

function summary({ mean_g_per_kwh, coverage, kind, scope, basis, sources, provider }: Known): string {
  const mean =
    mean_g_per_kwh === null
      ? 'nothing is known of that time'
      : `mean ${three(mean_g_per_kwh)} g/kWh, ${(100 * coverage).toFixed(0)} % of the time`;
  const told = sources.map(
    (one) =>
      `${one.provider}${one.year === null ? '' : ` ${one.year}`}${one.licence === '' ? '' : ` (${one.licence})`}`,
  );
  const by = told.length > 0 ? told.join(', ') : (provider ?? 'nobody');
  return `${mean}; ${kind}, ${scope}${basis === null ? '' : `, of ${basis}`}; ${by}`;
}

/** An instant for people, who do not ask for seconds. */
const iso = (at_ms: number): string => new Date(at_ms).toISOString().replace(/:00\.000Z$/, 'Z');
