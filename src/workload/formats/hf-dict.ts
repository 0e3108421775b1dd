// Python's print of a flat dictionary, as Hugging Face's Trainer logs: {'loss': 2.3, 'epoch': 0.16}, floats as strings
// in 5.x, no step key. A progress bar on the same line (12/400 [) tells the step where one is drawn.

import type { LogFormat } from '../step.ts';
import { stepFrom } from './record.ts';

// Lines come from anywhere: digits are bounded, and only where a bar can stand is one looked for.
const PROGRESS = /(?<!\d)(\d{1,12})\/\d{1,12} \[/g;
const LONGEST_BAR = 200;
const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))|(-?(?:nan|inf)|None|True|False)|(?:tensor|np\.float\d*|array)\((-?[\d.e+-]{1,40})[^)]{0,200}\))\s*/iy;

export const hfDict: LogFormat = {
  name: 'hf-dict',
  marker: '{',
  parse(line, at_ms) {
    const start = line.lastIndexOf("{'");
    if (start < 0) return null;
    const record = readDict(line, start);
    if (record === null) return null;
    let progress: number | null = null;
    for (const match of line.slice(Math.max(0, start - LONGEST_BAR), start).matchAll(PROGRESS))
      progress = Number(match[1]);
    return stepFrom(record, at_ms, progress);
  },
};

function readDict(line: string, start: number): Record<string, unknown> | null {
  const record: Record<string, unknown> = {};
  let at = start + 1;
  for (;;) {
    const key = token(line, at);
    if (key === null || typeof key.value !== 'string' || line[key.end] !== ':') return null;
    const value = token(line, key.end + 1);
    if (value === null) return null;
    record[key.value] = value.value;
    at = value.end;
    if (line[at] === ',') at++;
    while (line[at] === ' ') at++;
    // Inside another dictionary it is somebody's configuration, not a record.
    if (line[at] === '}') return /^\s*[},]/.test(line.slice(at + 1)) ? null : record;
    if (line[at - 1] !== ',' && line[at - 1] !== ' ') return null;
  }
}

function token(line: string, at: number): { value: string | number | null; end: number } | null {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(line);
  if (match === null) return null;
  const [, single, double, number, word, wrapped] = match;
  const text = single ?? double;
  const value =
    text !== undefined
      ? text.replace(/\\(.)/g, '$1')
      : number !== undefined
        ? Number(number)
        : wrapped !== undefined
          ? Number(wrapped)
          : null;
  return { value: word === undefined ? value : null, end: TOKEN.lastIndex };
}
