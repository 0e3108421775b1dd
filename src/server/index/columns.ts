// All rows as columns, as small as they can be told: a number once a run instead of a name with it, reasons by their number.

import { FIGURES, type RunRowJson } from '../../report/run-row.ts';
import type { FigureColumn, RunsTable } from '../contract/runs.ts';

const COMMIT = 12;
const COMMAND = 200;

export function columnsOf(rows: readonly RunRowJson[]): Pick<RunsTable, 'runs' | 'reasons' | 'columns'> {
  const reasons = new Map<string, number>();
  const numberOf = (why: string): number => {
    const number = reasons.get(why) ?? reasons.size;
    reasons.set(why, number);
    return number;
  };
  const of = <T>(told: (row: RunRowJson) => T): T[] => rows.map(told);
  const figures = Object.fromEntries(FIGURES.map((name) => [name, figureColumn(rows, name, numberOf)]));
  return {
    runs: rows.length,
    columns: {
      ...{ id: of(({ id }) => id), name: of(({ name }) => name), kind: of(({ kind }) => kind) },
      ...{ state: of(({ state }) => state), started_at_ms: of(({ started_at_ms }) => started_at_ms) },
      ended_at_ms: of(({ ended_at_ms }) => ended_at_ms),
      duration_s: of(({ duration_s }) => Math.round(duration_s * 1000) / 1000),
      ...{ zone: of(({ zone }) => zone), model: of(({ model }) => model), stage: of(({ stage }) => stage) },
      ...{
        branch: of(({ git }) => git?.branch ?? null),
        commit: of(({ git }) => git?.commit.slice(0, COMMIT) ?? null),
      },
      command: of(({ command }) => command.join(' ').slice(0, COMMAND)),
      ...{ tags: of(({ tags }) => ({ ...tags })), tokens: of(({ tokens }) => tokens) },
      coverage: of(({ coverage }) => (coverage === null ? null : digits(coverage, 6))),
      ...{ currency: of(({ currency }) => currency), budget: of(({ budget }) => budget) },
      ...(figures as Record<(typeof FIGURES)[number], FigureColumn>),
    },
    reasons: [...reasons.keys()],
  };
}

function figureColumn(
  rows: readonly RunRowJson[],
  name: (typeof FIGURES)[number],
  numberOf: (why: string) => number,
): FigureColumn {
  const told = rows.map((row) => row[name]);
  const value = told.map((figure) => (figure.value === null ? null : digits(figure.value, 6)));
  // A bound never lies on the other side of its rounded value.
  const low = told.map((f, i) => (f.value === null ? null : Math.min(bound(f.low, f.value), value[i]!)));
  const high = told.map((f, i) => (f.value === null ? null : Math.max(bound(f.high, f.value), value[i]!)));
  const why = told.map((figure) => (figure.value === null ? numberOf(figure.why) : null));
  return { value, low, high, ...(why.every((one) => one === null) ? {} : { why }) };
}

/** Of a value without error it is the value. */
const bound = (at: number, value: number): number => (at === value ? digits(at, 6) : digits(at, 4));

const digits = (value: number, many: number): number => Number(value.toPrecision(many));
