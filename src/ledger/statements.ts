// What was said of a run when its account was told anew: history that is shown and compared with, never counted from.

import type { FigureJson } from '../core/figure.ts';
import { createNext, readNumbered, type Sequel } from './numbered.ts';
import { runFolder } from './records.ts';
import { isStatement } from './shapes.ts';

/** An account of emissions as it was said. */
export interface SaidJson {
  readonly operational_g: FigureJson;
  readonly mean_g_per_kwh: number | null;
  readonly zone: string | null;
  readonly pue: number | null;
  /** Of the intensity; null where none is known. */
  readonly kind: string | null;
  readonly scope: string | null;
  readonly parts: readonly PartSaid[];
}

/** By zone, provider and quality. */
export interface PartSaid {
  readonly zone: string;
  readonly provider: string;
  readonly quality: string;
  readonly year: number | null;
  readonly share: number;
  readonly mean_g_per_kwh: number;
}

/** One reason of a change; those of a statement add up to it. */
export interface CauseJson {
  readonly by: 'amendment' | 'grid' | 'segment' | 'joulebook';
  /** In words. */
  readonly what: string;
  /** Null where that cannot be said: an account is unknown, or of another kind or scope. */
  readonly change_g: number | null;
}

/** runs/RUN/statement.NNNNNN.json */
export interface StatementRecord {
  readonly schema: 'joulebook/statement/v1';
  readonly at_ms: number;
  readonly user: string | null;
  readonly version: string;
  /** What was known at these moments is compared. */
  readonly before_as_of_ms: number;
  readonly as_of_ms: number;
  readonly before: SaidJson;
  readonly after: SaidJson;
  readonly change_g: number | null;
  /** Of the value before; null where there is none, or none above 0. */
  readonly change_share: number | null;
  /** Why the two are not to be compared; null where they are. */
  readonly not_comparable: string | null;
  readonly causes: readonly CauseJson[];
}

const STATEMENTS: Sequel<StatementRecord> = {
  stem: 'statement',
  check: (value): value is StatementRecord => isStatement(value),
};

export interface Statements {
  readonly statements: readonly StatementRecord[];
  /** Files that could not be understood, in words. */
  readonly damage: readonly string[];
  /** The number of the last one, 0 where there is none. */
  readonly last: number;
}

/** Those made by `as_of_ms`, in order. */
export function statementsOf(ledger: string, run: string, as_of_ms = Number.POSITIVE_INFINITY): Statements {
  const found = readNumbered(runFolder(ledger, run), STATEMENTS);
  return {
    statements: found.flatMap(({ value }) => (value === null || value.at_ms > as_of_ms ? [] : [value])),
    damage: found.flatMap(({ file, value }) => (value === null ? [`${file} cannot be read`] : [])),
    last: found.at(-1)?.number ?? 0,
  };
}

/**
 * Keeps a statement after the `last` ones; its number, or null where another has been made since. Throws what the file
 * system says.
 */
export function addStatement(
  ledger: string,
  run: string,
  said: { value: StatementRecord; last: number },
): number | null {
  const kept = createNext(runFolder(ledger, run), STATEMENTS, (there) =>
    (there.at(-1)?.number ?? 0) === said.last ? said.value : null,
  );
  return kept?.number ?? null;
}
