// Python's print of a flat dictionary, as Hugging Face's Trainer logs: {'loss': 2.3, 'epoch': 0.16}, floats as strings
// in 5.x, no step key. A progress bar on the same line, else the stream's last, tells the step where one is drawn.
// TRL, ms-swift ('global_step/max_steps': '10/400'), LLaMA-Factory and Axolotl print the same with names of their own.

import type { LogFormat, Step } from '../step.ts';
import { nameAt } from './names.ts';
import { afterBlanks, decimalAt, numberEnd } from './numbers.ts';
import { Pairs } from './pairs.ts';
import { RUNTIME, stepFrom, stepFromPairs } from './record.ts';

const TOKEN =
  /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))|(-?(?:nan|inf)|None|True|False)|(?:tensor|np\.float\d*|array)\((-?[\d.e+-]{1,40})[^)]{0,200}\))\s*/iy;

export const hfDict: LogFormat = {
  name: 'hf-dict',
  trust: 'record',
  markers: ['{', '<'],
  open() {
    let before: Step | null = null;
    return ({ text, at_ms, bars }) => {
      const start = lastOf(text, "{'");
      if (start < 0) return null;
      const stop = lastOf(text, '}');
      if (inProse(text, stop + 1)) return null;
      const pairs = simpleDict(text, start, stop);
      const record = pairs ?? asJson(text, start, stop) ?? readDict(text, start);
      if (record === null) return null;
      const step = record instanceof Pairs ? stepFromPairs(record, at_ms, { bars }) : stepFrom(record, at_ms, { bars });
      if (step === null || repeats(step, before)) return null;
      before = step;
      return step;
    };
  },
};

/** A summary that follows a record that has told all it tells. */
function repeats({ step, loss, tokens, epoch, metrics }: Step, before: Step | null): boolean {
  if (step !== null || loss !== null || before === null || metrics[RUNTIME] === undefined) return false;
  return tokens === before.tokens && epoch === before.epoch;
}

/** lastIndexOf is not native as indexOf is: where there are few, each is found sooner from the front. */
function lastOf(text: string, sign: string): number {
  let last = -1;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) last = at;
  return last;
}

/** Most dictionaries, of plain names, numbers and strings alone, whose } is the line's last; null for any other. */
function simpleDict(text: string, start: number, stop: number): Pairs | null {
  if (text.includes('\\') || text.charCodeAt(afterBlanks(text, stop + 1)) === COMMA) return null;
  const pairs = new Pairs();
  let at = start + 1;
  while (text.charCodeAt(at) === QUOTE) {
    const close = text.indexOf("'", at + 1);
    if (close < 0 || text.charCodeAt(close + 1) !== COLON) return null;
    const from = afterBlanks(text, close + 2);
    const end = text.charCodeAt(from) === QUOTE ? text.indexOf("'", from + 1) : -1;
    const value = end < 0 ? decimalAt(text, from) : text.slice(from + 1, end);
    if (value === null) return null;
    pairs.add(nameAt(text, at + 1, close), value);
    at = end < 0 ? numberEnd() : end + 1;
    if (at === stop) return pairs;
    if (text.charCodeAt(at) !== COMMA) return null;
    at = afterBlanks(text, at + 1);
  }
  return null;
}

const QUOTE = 0x27;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Of the others most are JSON but for their quotes; null where this one is not. */
function asJson(line: string, start: number, stop: number): Record<string, unknown> | null {
  const text = line.slice(start, stop + 1);
  if (stop < start || text.includes('"') || text.includes('\\') || ODD.test(text)) return null;
  try {
    return JSON.parse(text.replaceAll("'", '"'));
  } catch {
    return null;
  }
}

/** Behind a record stands nothing, or the bar; behind a dictionary in a sentence, the sentence. */
function inProse(text: string, end: number): boolean {
  return end < text.length && PROSE.test(text.slice(end));
}

const PROSE = /^[ .,;:]{0,20}[A-Za-z]/;

/** What Python writes and JSON does not know, so that it is not tried in vain. */
const ODD = /: ?(?:-?nan|-?inf|None|True|False|tensor|np\.|array)/;

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
