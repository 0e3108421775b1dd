// What a datasheet tells of a data set, counted in its tables.

import { JOULES_PER_KWH } from '../core/units.ts';
import type { Counts, Facts, GridSource } from '../exchange/dataset/datasheet.ts';
import type { Cell, Row, TableName } from '../exchange/dataset/tables.ts';

interface About {
  readonly relative: boolean;
  readonly left_out: readonly { readonly why: string }[];
  /** J that runs counted twice between them. */
  readonly shared_j: number;
}

/** The facts of the small tables. */
export function factsOf(
  tables: Readonly<Record<TableName, readonly Row[]>>,
  { relative, left_out, shared_j }: About,
): Omit<Facts, 'about' | 'purpose' | 'rows'> {
  const { runs, segments, devices, accounts, intensity_parts } = tables;
  const told = (line: string) => accounts.filter((row) => row.line === line);
  const known = told('it_j').flatMap(({ run, value }) => (value === null ? [] : [{ run, value: Number(value) }]));
  const among = new Set(known.map(({ run }) => run));
  const cuts = new Set(runs.filter(({ cut_of }) => among.has(cut_of ?? '')).map(({ run }) => run));
  const it_j = known.filter(({ run }) => !cuts.has(run)).reduce((sum, { value }) => sum + value, 0) - shared_j;
  const starts = runs.map(({ started_at_ms }) => Number(started_at_ms));
  const ends = runs.map(({ ended_at_ms }) => Number(ended_at_ms));
  const least = starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = ends.reduce((a, b) => Math.max(a, b), 0);
  return {
    span: relative ? null : [least, most],
    run_hours: total(runs, 'duration_s') / 3600,
    it_kwh: it_j / JOULES_PER_KWH,
    states: counts(runs.map(({ state }) => state)),
    zones: counts(runs.map(({ zone }) => zone ?? 'not known')),
    hosts: new Set(segments.map(({ host }) => host)).size,
    hardware: counts([
      ...new Map(devices.filter((row) => row.hardware !== null).map((row) => [row.device_id, row.hardware])).values(),
    ]),
    energy_sources: counts(devices.filter(({ charged }) => charged).map(({ source }) => source)),
    coverage: total(runs, 'coverage') / runs.length,
    unknown: { energy: unknownIn(told('it_j')), emissions: unknownIn(told('operational_g')) },
    grid: gridOf(intensity_parts),
    left_out: counts(left_out.map(({ why }) => why)),
  };
}

const total = (rows: readonly Row[], name: string): number => rows.reduce((sum, row) => sum + Number(row[name]), 0);
const unknownIn = (rows: readonly Row[]): number => rows.filter(({ value }) => value === null).length;

function counts(values: readonly (Cell | undefined)[]): Counts {
  const seen = new Map<string, number>();
  for (const value of values) seen.set(String(value), (seen.get(String(value)) ?? 0) + 1);
  return [...seen].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function gridOf(parts: readonly Row[]): GridSource[] {
  const found = new Map<string, { readonly row: Row; readonly runs: Set<Cell> }>();
  for (const row of parts) {
    const key = JSON.stringify([row.provider, row.source, row.licence, row.quality, row.given]);
    const known = found.get(key) ?? { row, runs: new Set() };
    known.runs.add(row.run!);
    found.set(key, known);
  }
  return [...found.values()].map(({ row, runs }) => ({
    ...{ provider: String(row.provider), source: String(row.source), licence: String(row.licence) },
    ...{ quality: String(row.quality), runs: runs.size, given: row.given === true },
  }));
}
