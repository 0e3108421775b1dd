// A wall meter that writes CSV while the run goes on: timestamp and power_w (or energy_j, cumulative), one row a reading.
//
// Rows are taken at the meter's own times, so its clock must be right; rows that cannot be understood are left out and told.

import { constants, type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { reasonOf } from '../../core/fault.ts';
import { parseTimestamp, TIME_FORMS } from '../../core/timestamp.ts';
import type { PowerSource } from '../port.ts';
import { type Reading, slowMeter } from './slow-meter.ts';

const LOOK_MS = 1000;
const PATIENCE_MS = 5000;
/** A meter is taken to write so often until its rows tell. */
const USUAL_S = 10;
/** A row that is older when we begin is not of this run's time. */
const FRESH_MS = 120_000;
/** Clocks differ by a little; beyond this a row from the future is told. */
const AHEAD_MS = 2000;
const BLOCK = 1 << 16;
/** So much of a long file's end is looked at first: two minutes of rows at 100 Hz fit in it. */
const TAIL = 1 << 20;
/** No row is so long: what has no line ends is not CSV. */
const LONGEST_ROW = 1 << 16;
/** Plug meters of class 1 to 2 (IEC 62053-21: ±1 % to ±2 % at load; cheap ones more at low load): an allowance of ours. */
const GAIN = { down: 0.03, up: 0.03 };

/** One device, the node, from a file that grows. */
export function wallMeterSource({ file }: { readonly file: string }): PowerSource {
  const rows = createRows(file);
  return slowMeter({
    name: 'wall-meter',
    period_ms: LOOK_MS,
    patience_ms: PATIENCE_MS,
    absent: () => null,
    ask: () => rows.next(),
    device: ({ energy_j }) => ({
      ...{ device: 'node', kind: 'node', part: 'node', name: 'wall meter', uuid: '' },
      ...{ source: energy_j === null ? 'polled' : 'counter', charged: true, limit_w: null, gain: GAIN },
      ...{ update_s: rows.spacing_s(), period_s: rows.spacing_s() },
      notes: [`rows of ${file.split('/').pop()} as they are written, at their own times`],
    }),
  });
}

type Cells = (line: string) => string[];

function createRows(file: string) {
  let cellsOf: Cells | null = null;
  let identity = '';
  let from = 0;
  let decoder = new StringDecoder('utf8');
  let rest = '';
  let header: string[] | null = null;
  let spacing = USUAL_S;
  let last_ms: number | null = null;

  const begin = (at: number) => {
    from = at;
    decoder = new StringDecoder('utf8');
    rest = '';
  };
  /** Whole lines that have come since; a long file is begun near its end. */
  const newLines = async (handle: FileHandle): Promise<string[]> => {
    const { size, ino, dev } = await handle.stat();
    if (size < from || identity !== `${dev}:${ino}`) {
      [identity, header] = [`${dev}:${ino}`, null]; // a new file of its name
      begin(0);
    }
    const lines: string[] = [];
    const block = Buffer.alloc(BLOCK);
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, BLOCK, from);
      if (bytesRead === 0) return lines;
      from += bytesRead;
      const parts = (rest + decoder.write(block.subarray(0, bytesRead))).split('\n');
      rest = parts.pop()!; // a row is whole when its line has ended
      if (rest.length > LONGEST_ROW) throw new Error(`${file}: ${rest.length} characters without an end of line`);
      lines.push(...parts.filter((line) => line.trim() !== ''));
      if (header !== null || lines.length === 0) continue;
      identity = ''; // a wrong header is looked at anew each time
      header = headerOf(file, cellsOf!(lines.shift()!));
      identity = `${dev}:${ino}`;
      if (size - from <= TAIL) continue;
      begin(size - TAIL);
      rest = SKIPPED;
      lines.length = 0;
    }
  };
  const rowOf = (line: string): Reading => {
    const cells = cellsOf!(line);
    const cell = (name: string) => cells[header!.indexOf(name)] ?? '';
    const at_ms = parseTimestamp(cell('timestamp'));
    const [power_w, energy_j] = [numberOf(cell('power_w')), numberOf(cell('energy_j'))];
    if (at_ms === null) throw new Error(`a timestamp must be ${TIME_FORMS}`);
    if (power_w === null && energy_j === null) throw new Error('no power_w and no energy_j ≥ 0');
    if (last_ms !== null && at_ms > last_ms) spacing = (at_ms - last_ms) / 1000;
    last_ms = at_ms;
    return { at_ms, power_w, energy_j };
  };

  return {
    spacing_s: () => spacing,
    async next(): Promise<Reading[]> {
      cellsOf ??= await cellReader();
      // Opening a FIFO would wait for its writer, for ever.
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!(await handle.stat()).isFile()) throw new Error(`${file} is not a regular file`);
        return readingsOf(file, await newLines(handle), rowOf);
      } finally {
        await handle.close();
      }
    },
  };
}

/** Stands for the beginning of a row that was not read: the rest of it makes no row, and is not told. */
const SKIPPED = '\0';

/** Rows of this run's time. What could not be understood is told with a good one; rejected where there is none. */
function readingsOf(file: string, lines: readonly string[], rowOf: (line: string) => Reading): Reading[] {
  const found: Reading[] = [];
  let bad = 0;
  let why = '';
  for (const line of lines) {
    if (line.startsWith(SKIPPED)) continue;
    try {
      const row = rowOf(line);
      if (row.at_ms! > Date.now() - FRESH_MS) found.push(row);
    } catch (error) {
      bad++;
      why ||= `${file}: ${JSON.stringify(line.trim().slice(0, 200))}: ${reasonOf(error)}`;
    }
  }
  if (bad > 1) why += `; ${bad - 1} more like it`;
  const ahead_ms = (found.at(-1)?.at_ms ?? 0) - Date.now();
  if (why === '' && ahead_ms > AHEAD_MS)
    why = `${file}: its clock is ahead of this machine's; its rows are taken for the time they come at`;
  if (why === '') return found;
  if (found.length === 0) throw new Error(why);
  return [...found.slice(0, -1), { ...found.at(-1)!, why }];
}

function headerOf(file: string, cells: readonly string[]): string[] {
  const names = cells.map((name) => name.replace(/^\uFEFF/, ''));
  if (names.includes('timestamp') && (names.includes('power_w') || names.includes('energy_j'))) return names;
  throw new Error(`${file}: its header must name timestamp and power_w or energy_j (found: ${names.join(', ')})`);
}

/** Loaded when it is needed: few have a wall meter. */
async function cellReader(): Promise<Cells> {
  const { parse } = await import('csv-parse/sync');
  return (line) => (parse(line, { trim: true, relax_column_count: true })[0] as string[] | undefined) ?? [];
}

function numberOf(text: string): number | null {
  const value = Number(text);
  return text === '' || !Number.isFinite(value) || value < 0 ? null : value;
}
