// Which of a ledger's files another machine may send, and what each of them has to hold.
//
// Only these names lead anywhere; whatever else is asked for is no file of a ledger.

import { isRecord } from '../core/record.ts';
import { parseText } from './kept.ts';
import { SEGMENT, type TableName } from './records.ts';
import {
  isAmendment,
  isDevices,
  isEnd,
  isInForce,
  isMove,
  isMoveStep,
  isPaused,
  isRun,
  isStatement,
  isWriter,
} from './shapes.ts';
import { isRow } from './tables.ts';

/** once: created and never changed; whole: replaced whole; rows: grows by whole lines; sealed: Parquet, when all of it is here. */
export type Sendable =
  | { readonly kind: 'once' | 'whole'; readonly fits: (text: string) => boolean }
  | { readonly kind: 'rows' | 'sealed'; readonly table: TableName };

const json =
  (check: (value: unknown) => boolean, key?: string, named?: string) =>
  (text: string): boolean => {
    const value = parseText<Record<string, unknown>>(text, check);
    return text.endsWith('}\n') && value !== null && (key === undefined || value[key] === named);
  };

/** A file in a run's own folder; null: no such file can be sent. */
export function runFile(name: string, run: string): Sendable | null {
  if (name === 'run.json') return { kind: 'once', fits: json(isRun, 'id', run) };
  if (/^amend\.\d{6}\.json$/.test(name)) return { kind: 'once', fits: json(isAmendment) };
  if (/^statement\.\d{6}\.json$/.test(name)) return { kind: 'once', fits: json(isStatement) };
  if (/^move\.\d{6}\.json$/.test(name)) return { kind: 'once', fits: json(isMove) };
  if (/^move\.\d{6}\.(stopped|submitted|taken)\.json$/.test(name)) return { kind: 'once', fits: json(isMoveStep) };
  return null;
}

/** A file in a writer's folder; null: no such file can be sent. */
export function writerFile(name: string, writer: string): Sendable | null {
  if (name === 'writer.json') return { kind: 'once', fits: json(isWriter, 'writer', writer) };
  if (name === 'end.json') return { kind: 'once', fits: json(isEnd) };
  if (name === 'devices.json') return { kind: 'whole', fits: json(isDevices) };
  if (name === 'paused.json') return { kind: 'whole', fits: json(isPaused) };
  if (name === 'in-force.json') return { kind: 'whole', fits: json(isInForce) };
  const [, table, , form] = /^.{1,24}$/.test(name) ? (SEGMENT.exec(name) ?? []) : [];
  if (table === undefined) return null;
  return { kind: form === 'open' ? 'rows' : 'sealed', table: table as TableName };
}

/** A file that is kept by its hash (kept.ts). */
export const keptFits: (text: string) => boolean = json(isRecord);

/** The first line, counted from 1, that is no row of the table; null: all are, and the last one is whole. */
export function wrongLine(table: TableName, text: string): number | null {
  if (allRows(table, text)) return null;
  let line = 0;
  for (let from = 0; from < text.length; ) {
    line++;
    const end = text.indexOf('\n', from);
    if (end < 0 || parseText(text.slice(from, end), (value) => isRow(table, value)) === null) return line;
    from = end + 1;
  }
  return null;
}

/** Whether each line is a row, all parsed at once: half the time. A newline that stands elsewhere than between rows makes their number another. */
function allRows(table: TableName, text: string): boolean {
  if (!text.endsWith('\n')) return text === '';
  const rows = parseText<unknown[]>(`[${text.replaceAll('}\n{', '},{')}]`, Array.isArray);
  return rows !== null && rows.length === text.split('\n').length - 1 && rows.every((row) => isRow(table, row));
}
