// Turns rows of a file into series, one for each quality: in order, without overlap, with holes where rows are missing.
//
// A row without an end holds until the next one. Where the rows have a usual spacing and the next is more than half a
// spacing late, the row holds for the usual spacing only: what is missing is not known, and is not what was before.

import { basename } from 'node:path';
import { type Bad, badIn, type FileRow, type FileRows, type Quality } from './file-table.ts';
import type { IntensitySeries } from './series.ts';

export interface IntensityFile {
  /** Of one zone, kind and scope, the best quality first; never none. */
  readonly series: readonly IntensitySeries[];
  /** What was made of the columns, in sentences. */
  readonly columns: readonly string[];
  /** What is missing, what looks wrong: sentences that belong to every account made with it. */
  readonly notes: readonly string[];
}

const HOUR_MS = 3_600_000;
/** A step that comes so often in a row is one of its own, not a lack of rows. */
const OWN_STEP = 4;
const BEST_FIRST: readonly Quality[] = ['measured', 'estimated', 'forecast'];
/** Coal plants of old: a grid's mean is beneath. */
const DIRTIEST_G_PER_KWH = 1300;
/** Beneath the lifecycle of wind and nuclear power (11, 12 g/kWh): a grid's mean is above. */
const CLEANEST_G_PER_KWH = 2;

export interface Ordered {
  /** In order of time, each told once. */
  readonly unique: readonly FileRow[];
  /** The end of each. */
  readonly to_ms: readonly number[];
  /** What was found on the way, in sentences. */
  readonly said: readonly string[];
}

/** Rows in order with their ends. Throws Fault file-bad for rows that overlap or contradict each other. */
export function orderedRows(file: string, { rows, place }: Pick<FileRows, 'rows' | 'place'>): Ordered {
  const bad = badIn(file, place);
  const said: string[] = [];
  const sorted = inOrder(rows, place, said);
  const unique = withoutDoubles(sorted, { bad, place, said });
  const to_ms = endsOf(unique, said);
  for (const [i, row] of unique.entries()) {
    const next = unique[i + 1];
    if (next !== undefined && to_ms[i]! > next.from_ms)
      throw bad(
        `it begins at ${iso(next.from_ms)}, before the end of ${place} ${row.at} at ${iso(to_ms[i]!)}`,
        'rows that do not overlap: one value per time',
        next.at,
      );
  }
  return { unique, to_ms, said };
}

/** Throws Fault file-bad for rows that overlap, contradict each other, or are plainly in another unit. */
export function seriesOfRows(file: string, { rows, about, place, columns, notes }: FileRows): IntensityFile {
  const bad = badIn(file, place);
  const { unique, to_ms, said: found } = orderedRows(file, { rows, place });
  const said = [...notes, ...unitNotes(unique, { ...about, place, bad }), ...found];
  const empty = unique.filter(({ g_per_kwh }) => g_per_kwh === null).length;
  if (empty === unique.length) throw bad('no row has a value', 'gCO2e per kWh in at least one row');
  if (empty > 0) said.push(`${empty} ${empty === 1 ? 'row has' : 'rows have'} no value: nothing is taken for them`);
  const name = basename(file);
  const source = about.source === undefined ? name : `${name} (${about.source})`;
  const series = BEST_FIRST.flatMap((quality): IntensitySeries[] => {
    const mine = [...unique.keys()].filter((i) => unique[i]!.quality === quality && unique[i]!.g_per_kwh !== null);
    if (mine.length === 0) return [];
    return [
      {
        ...{ zone: about.zone, provider: about.provider ?? 'file', kind: about.kind, scope: about.scope, quality },
        from_ms: Float64Array.from(mine, (i) => unique[i]!.from_ms),
        to_ms: Float64Array.from(mine, (i) => to_ms[i]!),
        g_per_kwh: Float64Array.from(mine, (i) => unique[i]!.g_per_kwh!),
        ...{ source, licence: about.licence ?? '', year: null },
      },
    ];
  });
  const named = (notes: readonly string[]) => notes.map((note) => `${name}: ${note}`);
  return { series, columns: named(columns), notes: named(said) };
}

function inOrder(rows: readonly FileRow[], place: string, said: string[]): readonly FileRow[] {
  const early = rows.findIndex(({ from_ms }, i) => i > 0 && from_ms < rows[i - 1]!.from_ms);
  if (early < 0) return rows;
  said.push(`the rows are not in order of time (first in ${place} ${rows[early]!.at}): sorted`);
  return [...rows].sort((a, b) => a.from_ms - b.from_ms || a.at - b.at);
}

/** Of rows that say the same of the same time one is enough. */
function withoutDoubles(
  sorted: readonly FileRow[],
  { bad, place, said }: { bad: Bad; place: string; said: string[] },
): readonly FileRow[] {
  const unique = sorted.filter((row, i) => {
    const before = sorted[i - 1];
    if (before === undefined || before.from_ms !== row.from_ms) return true;
    if (before.g_per_kwh === row.g_per_kwh && before.to_ms === row.to_ms && before.quality === row.quality)
      return false;
    const told = ({ g_per_kwh, to_ms, quality }: FileRow) =>
      `${g_per_kwh ?? 'no value'}${to_ms === null ? '' : ` until ${iso(to_ms)}`}, ${quality}`;
    throw bad(
      `the time of ${place} ${before.at} (${iso(row.from_ms)}) comes again with another value (${told(before)}; ${told(row)})`,
      'one value per time; where clocks are set back in autumn, times need their offset',
      row.at,
    );
  });
  const doubles = sorted.length - unique.length;
  if (doubles > 0) said.push(`${doubles} ${doubles === 1 ? 'row comes' : 'rows come'} twice: counted once`);
  return unique;
}

/** Values that no grid has are those of another unit; throws where that is certain. */
function unitNotes(
  rows: readonly FileRow[],
  { kind, scope, place, bad }: FileRows['about'] & { place: string; bad: Bad },
): string[] {
  const high = rows.find(({ g_per_kwh }) => (g_per_kwh ?? 0) > DIRTIEST_G_PER_KWH);
  if (high !== undefined)
    return [
      `${high.g_per_kwh} g/kWh (${place} ${high.at}) is more than coal plants give: are these lbs/MWh? Then multiply by 0.45359237`,
    ];
  const most = rows.reduce((a, { g_per_kwh }) => Math.max(a, g_per_kwh ?? 0), 0);
  if (most === 0 || most >= CLEANEST_G_PER_KWH) return [];
  const words = `all values are below ${CLEANEST_G_PER_KWH} (the highest is ${most}): these look like kg/kWh or t/MWh`;
  if (kind === 'average' && scope === 'lifecycle')
    throw bad(words, 'gCO2e per kWh: multiply by 1000; where it is true of direct emissions, say scope direct');
  return [`${words}, which would be multiplied by 1000`];
}

/** The end of each row. */
function endsOf(rows: readonly FileRow[], said: string[]): number[] {
  const steps = rows.slice(1).map(({ from_ms }, i) => from_ms - rows[i]!.from_ms);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? HOUR_MS;
  const clear = steps.filter((step) => alike(step, usual)).length > steps.length / 2;
  const holes: string[] = [];
  const ends = rows.map(({ from_ms, to_ms }, i) => {
    if (to_ms !== null) return to_ms;
    const step = steps[i];
    if (step === undefined) return from_ms + usual;
    if (!clear || step <= 1.5 * usual || runAt(steps, i) >= OWN_STEP) return from_ms + step;
    holes.push(`${iso(from_ms + usual)} to ${iso(from_ms + step)}`);
    return from_ms + usual;
  });
  if (holes.length > 0) {
    const more = holes.length === 1 ? '' : `, and ${holes.length - 1} more`;
    said.push(`rows are missing: nothing is taken for ${holes[0]}${more}`);
  }
  return ends;
}

const alike = (a: number, b: number) => Math.abs(a - b) <= b / 100;

/** How many steps of its length stand together with step i; counted to OWN_STEP. */
function runAt(steps: readonly number[], i: number): number {
  let count = 1;
  for (let k = i - 1; k >= 0 && count < OWN_STEP && alike(steps[k]!, steps[i]!); k--) count++;
  for (let k = i + 1; k < steps.length && count < OWN_STEP && alike(steps[k]!, steps[i]!); k++) count++;
  return count;
}

const iso = (at_ms: number) => new Date(at_ms).toISOString().replace(/:00\.000Z$/, 'Z');
