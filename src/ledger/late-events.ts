// An event of a writer that has ended, such as a decision while its job waits to be started again: a segment of its own beside the
// others, there whole or not at all, so that no file is touched that may be being sealed.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createOnce } from './durable.ts';
import { type EventRow, SEGMENT, segmentName } from './records.ts';

/** Only for whoever the writer was. Throws what the file system says. */
export function addLateEvent(folder: string, row: EventRow): void {
  const numbers = readdirSync(folder).flatMap((name) => {
    const [, table, number] = SEGMENT.exec(name) ?? [];
    return table === 'events' ? [Number(number)] : [];
  });
  let number = Math.max(0, ...numbers) + 1;
  while (!createOnce(join(folder, `${segmentName('events', number)}.open`), `${JSON.stringify(row)}\n`)) number++;
}
