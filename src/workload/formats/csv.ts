// A table with a header that names a step and a loss or an epoch, as Lightning's CSVLogger, Keras' CSVLogger and own
// scripts write it. Once such a header is seen, lines of as many columns are its rows.

import type { LogFormat } from '../step.ts';
import { meaningOf } from './names.ts';
import { stepFrom } from './record.ts';

const MOST_COLUMNS = 200;
const HEADER = /^["\w][\w ./()"'%-]{0,60}(?:,[\w ./()"'%-]{0,60}){1,200}\s{0,4}$/;

export const csv: LogFormat = {
  name: 'csv',
  trust: 'record',
  markers: ['loss', 'Loss'],
  open(watch) {
    let columns: readonly string[] | null = null;
    return ({ text, at_ms }) => {
      if (!text.includes(',') || text.includes('{')) return null;
      const cells = text.length > 8192 ? [] : text.trim().split(',', MOST_COLUMNS);
      if (columns === null || cells.length !== columns.length) {
        if (!HEADER.test(text) || !isHeader(cells)) return null;
        columns = cells.map(nameOf);
        watch(',');
        return null;
      }
      const record: Record<string, string> = {};
      columns.forEach((name, i) => {
        const cell = cells[i]!.trim();
        if (cell !== '') record[name] = cell;
      });
      const { phase: _, ...numbers } = record; // the one column that holds words
      return Object.values(numbers).some((cell) => Number.isNaN(Number(cell)) && !/^-?(?:nan|inf)/i.test(cell))
        ? null
        : stepFrom(record, at_ms);
    };
  },
};

/** Known names are written with capitals too. */
function nameOf(cell: string): string {
  const name = cell.trim().replaceAll('"', '');
  return meaningOf(name.toLowerCase()) === undefined ? name : name.toLowerCase();
}

function isHeader(cells: readonly string[]): boolean {
  const roles = cells.map((cell) => meaningOf(nameOf(cell))?.role);
  return roles.includes('step') && cells.some((cell) => /loss/i.test(cell));
}
