// The decisions of many runs as one list (joulebook/budget-log/v1): the document, text and CSV.

import colors from 'picocolors';
import type { FigureJson } from '../core/figure.ts';
import { type DecisionJson, type Judged, judgedJson } from './decisions.ts';
import { below, decisionTexts, type SavedSum, savedSum, sumText } from './decisions-text.ts';
import { csvField } from './files.ts';
import { clean } from './format.ts';
import type { Warning } from './model.ts';

/** A decision, and whose it was. */
export interface LoggedJson extends DecisionJson {
  readonly run: string;
  readonly run_name: string | null;
}

export interface DecisionLogJson {
  readonly schema: 'joulebook/budget-log/v1';
  /** By time, newest last. */
  readonly decisions: readonly LoggedJson[];
  readonly saved: SavedSum;
  readonly warnings: readonly Warning[];
}

export interface Logged extends Judged {
  readonly run: { readonly id: string; readonly name: string | null };
}

export function decisionLogJson(all: readonly Logged[], warnings: readonly Warning[]): DecisionLogJson {
  const sorted = all.toSorted((a, b) => a.decision.at_ms - b.decision.at_ms);
  return {
    schema: 'joulebook/budget-log/v1',
    decisions: sorted.map((one) => ({ run: one.run.id, run_name: one.run.name, ...judgedJson(one) })),
    ...{ saved: savedSum(sorted), warnings },
  };
}

/** A line each, and the sum. */
export function decisionLogText(
  { decisions, saved, warnings }: DecisionLogJson,
  { color }: { color: boolean },
): string {
  const { bold, dim } = colors.createColors(color);
  if (decisions.length === 0 && warnings.length === 0) return 'nothing was decided\n';
  const lines = [
    ...decisions.flatMap((one) => {
      const [first, ...others] = below(decisionTexts(one));
      return [`${bold(clean(one.run_name ?? one.run))}  ${first}`, ...others];
    }),
    ...(decisions.filter((one) => one.saved !== null).length > 1 ? sumText(saved) : []),
    ...warnings.map(({ message }) => dim(clean(message))),
  ];
  return `${lines.join('\n')}\n`;
}

/** RFC 4180: a row each, with the budget that asked first. */
export function decisionLogCsv({ decisions }: DecisionLogJson): string {
  const rows = decisions.map(rowOf);
  const names = Object.keys(rowOf(NOBODY));
  return [names.join(','), ...rows.map((row) => names.map((name) => csvField(row[name])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
}

/** Has the columns of every row. */
const NOBODY: LoggedJson = {
  ...{ run: '', run_name: null, at_ms: 0, writer: null, decision: 0, act: 'warn', by: [], because: null, why: null },
  ...{ budgets: [], grid: null, left: { energy: null, emissions: null }, outcome: null, stood: null, saved: null },
};

function rowOf(one: LoggedJson): Record<string, unknown> {
  const { run, run_name, at_ms, act, by, because, why, budgets, grid, left, outcome, stood, saved } = one;
  const first = budgets.find(({ budget }) => budget === by[0]);
  const ends = (name: string, figure: FigureJson | { value: number; low: number; high: number } | null | undefined) => {
    const known = figure == null || figure.value === null ? null : figure;
    return { [name]: known?.value, [`${name}_low`]: known?.low, [`${name}_high`]: known?.high };
  };
  return {
    ...{ run, run_name, at_ms, act, by: by.join(' '), because, why },
    ...{ budget: first?.budget, limit: first?.limit, share: first?.share, overrun: first?.overrun },
    ...ends('spent', first?.spent),
    ...ends('end', first?.end),
    ...{ zone: grid?.zone, provider: grid?.provider, g_per_kwh: grid?.g_per_kwh },
    forecast_issued_ms: grid?.forecast?.issued_ms,
    ...ends('left_j', left.energy),
    ...ends('left_g', left.emissions),
    ...{ done: outcome?.done, how: outcome?.how, took_ms: outcome?.took_ms },
    ...{ stood_from_ms: stood?.from_ms, stood_to_ms: stood?.to_ms },
    ...ends('saved_g', saved?.emissions_g),
    ...ends('saved_j', saved?.energy_j),
    estimate: saved?.estimate,
  };
}
