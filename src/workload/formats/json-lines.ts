// One JSON object a line, alone or after a short prefix such as a time and a level.

import type { LogFormat } from '../step.ts';
import { stepFrom } from './record.ts';

const LONGEST_PREFIX = 200;

export const jsonLines: LogFormat = {
  name: 'json-lines',
  marker: '{',
  parse(line, at_ms) {
    const start = line.indexOf('{');
    const stop = line.lastIndexOf('}');
    if (start < 0 || start > LONGEST_PREFIX || stop < start || line.slice(stop + 1).trim() !== '') return null;
    try {
      // Python's json writes NaN and Infinity, which JSON does not know.
      const text = line.slice(start, stop + 1);
      const record: unknown = JSON.parse(
        /\b(?:NaN|Infinity)\b/.test(text) ? text.replace(/([:,[]\s*)-?(?:NaN|Infinity)\b/g, '$1null') : text,
      );
      return isRecord(record) ? stepFrom(record, at_ms, null) : null;
    } catch {
      return null;
    }
  },
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
