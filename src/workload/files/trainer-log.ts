// LLaMA-Factory's trainer_log.jsonl: one JSON object a line, appended as it logs; null stands for what a line has not.

import { isRecord } from '../../core/record.ts';
import { createLines } from './lines.ts';
import { stepsOf } from './names.ts';
import type { FileContext, FileFormat, FileReader, Seen } from './port.ts';

export const trainerLog: FileFormat = { name: 'llama-factory', reading: 'appended', open };

function open({ onStep }: FileContext): FileReader {
  let seen: Seen = { at_ms: 0, old: true };
  let damaged = 0;
  const lines = createLines((line) => {
    if (seen.old) return;
    const record = objectOf(line);
    if (record === null) {
      damaged++;
      return;
    }
    for (const step of stepsOf(told(record), seen.at_ms, { total: numberOf(record.total_steps) })) onStep(step);
  });
  return {
    push(bytes, when) {
      seen = when;
      lines.push(bytes);
    },
    settle() {},
    restart: () => lines.clear(),
    end(at_ms) {
      seen = { ...seen, at_ms };
      lines.end();
    },
    get dropped() {
      return damaged + lines.dropped;
    },
  };
}

/** Without what is said of the whole job; a token count stays 0 where the trainer was not told to count. */
function told({ total_steps: _, total_tokens, ...record }: Record<string, unknown>): Record<string, unknown> {
  return total_tokens === 0 ? record : { ...record, total_tokens };
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;

/** A JSON object in a text; null for anything else. Python's NaN and Infinity, which JSON does not know, become null. */
export function objectOf(text: string): Record<string, unknown> | null {
  try {
    const plain = /NaN|Infinity/.test(text) ? text.replace(/([:,[]\s?)-?(?:NaN|Infinity)\b/g, '$1null') : text;
    const value: unknown = JSON.parse(plain);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
