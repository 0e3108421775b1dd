// Any other log: lines of text, in whichever of the formats that are known on stdout too.

import { createStepReader } from '../log-reader.ts';
import type { FileContext, FileFormat, FileReader } from './port.ts';

export const text: FileFormat = { name: 'text', reading: 'appended', open };

/** Ends a line that will not be finished: its file was truncated or replaced. */
const LINE_END = Buffer.from('\n');

function open({ onStep, lines = 'auto' }: FileContext): FileReader & { readonly format: string | null } {
  const reader = createStepReader(onStep, { format: lines });
  return {
    push: (bytes, { at_ms }) => reader.push(bytes, at_ms),
    settle() {},
    restart: (at_ms) => reader.push(LINE_END, at_ms),
    end: (at_ms) => reader.end(at_ms),
    get dropped() {
      return reader.dropped;
    },
    get format() {
      return reader.format;
    },
  };
}
