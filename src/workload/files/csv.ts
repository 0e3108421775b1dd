// Metrics as CSV with a header that names step or epoch: Lightning's metrics.csv, Keras' CSVLogger, or one's own.
//
// Some writers append, others write the whole file anew at each flush or when a column is added. So rows are counted:
// what is read again up to the row told last is not told again, unless its first row is another one, or the file stays
// shorter than it was: then it is a new log.

import { parse } from 'csv-parse/sync';
import { parseTimestamp } from '../../core/timestamp.ts';
import type { Step } from '../step.ts';
import { createLines } from './lines.ts';
import { nameOf, stepsOf } from './names.ts';
import { type FileContext, type FileFormat, type FileReader, type Seen, timeOf } from './port.ts';

export const csv: FileFormat = { name: 'csv', reading: 'table', open };

const DELIMITERS = [',', '\t', ';'];
const TIMES = ['timestamp', 'time', 'wall_time', 'datetime', 'date'];
/** A file that was begun anew and is still shorter after so long is a new log, not one being written again. */
const REWRITE_MS = 1000;
/** Rows kept until that is known. */
const MOST_HELD = 10_000;

interface Header {
  readonly names: readonly string[];
  readonly delimiter: string;
}

/** Whether a file that begins with this line is read as a table of steps. */
export function isHeader(line: string): boolean {
  return headerOf(line) !== null;
}

function headerOf(line: string): Header | null {
  if (!/step|iter|epoch/i.test(line) || line.includes('{')) return null;
  for (const delimiter of DELIMITERS) {
    const names = cellsOf(line, delimiter)?.map((name) => name.trim());
    if (names === undefined || names.length < 2) continue;
    if (names.some((name) => name.length > 200 || (name !== '' && Number.isFinite(Number(name))))) return null;
    if (names.some((name) => ['step', 'epoch'].includes(nameOf(name).name))) return { names, delimiter };
  }
  return null;
}

function cellsOf(line: string, delimiter: string): string[] | undefined {
  try {
    return parse(line, { delimiter, relax_quotes: true, bom: true, relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}

function open({ path, started_ms, onStep }: FileContext): FileReader {
  let seen: Seen = { at_ms: 0, old: true };
  let header: Header | null = null;
  let row = 0;
  let told = 0;
  let first: string | null = null;
  let epochFrom0 = false;
  let begun_ms: number | null = null;
  let held: Step[] = [];
  let ended = false;
  let damaged = 0;

  const take = (line: string) => {
    if (header === null) {
      header = headerOf(line);
      if (header === null) damaged++;
      return;
    }
    row++;
    if (seen.old) told = row;
    if (seen.old && row > 1) return; // unparsed: the rows of before the run may be many
    const cells = cellsOf(line, header.delimiter);
    const again = cells !== undefined && Number.isNaN(Number(cells[0])) ? headerOf(line) : null;
    if (again !== null) header = again;
    else if (cells === undefined || cells.length > header.names.length) damaged++;
    else if (ended && cells.length < header.names.length)
      damaged++; // a number may be cut
    else rowOf(recordOf(header.names, cells));
  };
  const rowOf = (record: Record<string, string>) => {
    if (row === 1) begin(record);
    if (seen.old) return;
    const steps = stepsIn(record);
    if (row > told) {
      told = row;
      held = [];
      for (const step of steps) onStep(step);
    } else if (row === told) held = [];
    else if (held.length < MOST_HELD) held.push(...steps);
  };
  const begin = (record: Record<string, string>) => {
    const text = JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (text !== first && !seen.old) told = 0;
    first = text;
    const named = Object.entries(record).map(([name, value]) => [nameOf(name).name, value]);
    const { step, epoch } = Object.fromEntries(named);
    epochFrom0 = step === undefined && Number(epoch) === 0;
  };
  const stepsIn = (record: Record<string, string>): Step[] => {
    const time = TIMES.map((name) => parseTimestamp(record[name] ?? '')).find((at) => at !== null);
    const at_ms = time === undefined ? seen.at_ms : timeOf(time, started_ms, seen.at_ms);
    if (at_ms === null) return [];
    const values = Object.fromEntries(Object.entries(record).filter(([name]) => !TIMES.includes(name)));
    if (isLightning(path, values)) {
      const { epoch: _, ...others } = values;
      return stepsOf(others, at_ms, { step: numberOf(values.step, 1) });
    }
    return stepsOf(values, at_ms).map((step) =>
      epochFrom0 && step.epoch !== null ? { ...step, epoch: step.epoch + 1 } : step,
    );
  };
  const tellHeld = (at_ms: number) => {
    if (held.length === 0 || begun_ms === null || at_ms - begun_ms <= REWRITE_MS) return;
    told = row;
    for (const step of held) onStep(step);
    held = [];
  };
  const lines = createLines(take);
  return {
    push(bytes, when) {
      seen = when;
      lines.push(bytes);
    },
    settle: tellHeld,
    restart(at_ms) {
      tellHeld(at_ms);
      held = [];
      lines.clear();
      header = null;
      row = 0;
      begun_ms = at_ms;
    },
    end(at_ms) {
      seen = { ...seen, at_ms };
      ended = true;
      lines.end();
      tellHeld(Number.POSITIVE_INFINITY);
    },
    get dropped() {
      return damaged + lines.dropped;
    },
  };
}

/** Cells that are not empty, by their names. */
function recordOf(names: readonly string[], cells: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [i, cell] of cells.entries()) {
    const name = names[i] ?? '';
    if (name !== '' && cell.trim() !== '') record[name] = cell.trim();
  }
  return record;
}

/** Lightning counts steps from 0, and beside them numbers the epoch in progress, which does not tell how many are done. */
const isLightning = (path: string, record: Record<string, string>): boolean =>
  /(?:^|[/\\])metrics\.csv$/.test(path) && 'step' in record && 'epoch' in record;

function numberOf(text: string | undefined, plus: number): number | null {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value + plus : null;
}
