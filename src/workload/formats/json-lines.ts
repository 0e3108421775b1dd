// One JSON object a line, alone or after a short prefix such as a time and a level.

import { isRecord } from '../../core/record.ts';
import type { LogFormat } from '../step.ts';
import { afterBlanks } from './numbers.ts';
import { stepFrom } from './record.ts';

const LONGEST_PREFIX = 200;

export const jsonLines: LogFormat = {
  name: 'json-lines',
  trust: 'record',
  markers: ['{'],
  open:
    () =>
    ({ text, at_ms }) => {
      const start = text.indexOf('{');
      const stop = text.lastIndexOf('}');
      if (start < 0 || start > LONGEST_PREFIX || stop < start || text.slice(stop + 1).trim() !== '') return null;
      if (!startsObject(text, start)) return null;
      try {
        // Python's json writes NaN and Infinity, which JSON does not know.
        const object = text.slice(start, stop + 1);
        const odd = object.includes('NaN') || object.includes('Infinity');
        const record: unknown = JSON.parse(
          odd ? object.replace(/([:,[]\s{0,20})-?(?:NaN|Infinity)\b/g, '$1null') : object,
        );
        return isRecord(record) ? stepFrom(record, at_ms) : null;
      } catch {
        return null;
      }
    },
};

/** A failed parse costs ten times a look at the first key. */
function startsObject(text: string, start: number): boolean {
  return text.charCodeAt(afterBlanks(text, start + 1)) === 0x22; // "
}
