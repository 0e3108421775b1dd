// A wall meter that writes CSV while the run goes on: timestamp and power_w (or energy_j, cumulative), one row a reading.
//
// Rows are taken at the meter's own times, so its clock must be right; a row that cannot be understood is left out, and
// said where no good one came with it.

import { open, stat } from 'node:fs/promises';
import { parseTimestamp, TIME_FORMS } from '../../core/timestamp.ts';
import type { PowerSource } from '../port.ts';
import { type Reading, slowMeter } from './slow-meter.ts';

const LOOK_MS = 1000;
const PATIENCE_MS = 5000;
/** A meter is taken to write so often until its rows tell. */
const USUAL_S = 10;
/** A row that is older when we begin is not of this run's time. */
const FRESH_MS = 120_000;
const BLOCK = 1 << 16;
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

function createRows(file: string) {
  let from = 0;
  let rest = '';
  let header: string[] | null = null;
  let spacing = USUAL_S;
  let last_ms: number | null = null;

  const rowOf = (line: string): Reading | null => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (header === null) {
      header = cells.map((name) => name.replace(/^\uFEFF/, ''));
      if (!header.includes('timestamp') || !(header.includes('power_w') || header.includes('energy_j')))
        throw new Error(
          `${file}: its header must name timestamp and power_w or energy_j (found: ${header.join(', ')})`,
        );
      return null;
    }
    const cell = (name: string) => cells[header!.indexOf(name)] ?? '';
    const at_ms = parseTimestamp(cell('timestamp'));
    const [power_w, energy_j] = [numberOf(cell('power_w')), numberOf(cell('energy_j'))];
    if (at_ms === null) throw new Error(`${file}: ${JSON.stringify(line)}: a timestamp that is ${TIME_FORMS}`);
    if (power_w === null && energy_j === null)
      throw new Error(`${file}: ${JSON.stringify(line)}: no power_w and no energy_j`);
    if (last_ms !== null && at_ms > last_ms) spacing = (at_ms - last_ms) / 1000;
    last_ms = at_ms;
    return { at_ms, power_w, energy_j };
  };

  return {
    spacing_s: () => spacing,
    async next(): Promise<Reading[]> {
      const { size } = await stat(file);
      if (size < from) [from, rest, header] = [0, '', null]; // a new file of its name
      const handle = await open(file, 'r');
      try {
        const block = Buffer.alloc(BLOCK);
        for (let read = -1; read !== 0; from += read) {
          ({ bytesRead: read } = await handle.read(block, 0, BLOCK, from));
          rest += block.toString('utf8', 0, read);
        }
      } finally {
        await handle.close();
      }
      const lines = rest.split('\n');
      rest = lines.pop()!; // a row is whole when its line has ended
      const found: Reading[] = [];
      let bad: unknown = null;
      for (const line of lines.filter((one) => one.trim() !== '')) {
        try {
          const row = rowOf(line.replace(/\r$/, ''));
          if (row !== null && row.at_ms! > Date.now() - FRESH_MS) found.push(row);
        } catch (error) {
          bad = error;
        }
      }
      if (found.length === 0 && bad !== null) throw bad;
      return found;
    },
  };
}

function numberOf(text: string): number | null {
  const value = Number(text);
  return text === '' || !Number.isFinite(value) || value < 0 ? null : value;
}
