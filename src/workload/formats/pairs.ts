// Names and values on lines of text, as the programs print them: between bars, after commas, word by word.
//
// A unit or percentage right behind a number is left off: the metric keeps the name and number that the line shows.

import { type Name, nameAt, SLOTS, standsAt } from './names.ts';
import { afterBlanks, numberEnd, valueAt } from './numbers.ts';

/** The line up to where the next record begins, for two that came on one line: the first is told, and not mixed. */
export function firstOnly(text: string, beginning: string, from: number): string {
  const next = text.indexOf(beginning, from);
  return next < 0 ? text : text.slice(0, next);
}

export type TextFields = Record<string, number | null>;

/** Names and values in the order of the line: cheaper to make than an object, whose names would be hashed. */
export class Pairs {
  readonly names: Name[] = [];
  readonly values: (number | string | null)[] = [];

  add(name: Name, value: number | string | null): void {
    this.names.push(name);
    this.values.push(value);
  }
  has(name: string): boolean {
    return this.names.some(({ text }) => text === name);
  }
}

/** As an object, of numbers alone; of a name that comes twice the last value counts. */
export function fieldsOf({ names, values }: Pairs): TextFields {
  const fields: TextFields = {};
  for (let i = 0; i < names.length; i++) {
    const value = values[i]!;
    fields[names[i]!.text] = typeof value === 'string' ? null : value;
  }
  return fields;
}

/** The fields whose value is known. */
export function known(fields: Readonly<TextFields>): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const name in fields) if (fields[name] != null) metrics[name] = fields[name];
  return metrics;
}

/**
 * Fields of `name: value | name: value |`, as Megatron-LM and NeMo print them; a value that is no number is null, so that
 * its name is still known.
 */
export function pipeFields(text: string, from: number, pairs = new Pairs()): Pairs {
  let at = from;
  let colon = -1;
  let before = 0;
  while (at < text.length) {
    at = afterBlanks(text, at);
    let name = afterBar[before];
    if (name !== undefined && isSign(text, at + name.text.length) && standsAt(text, at, name)) {
      colon = at + name.text.length;
    } else {
      const bar = indexOr(text, '|', at);
      if (colon < at) colon = indexOr(text, ': ', at);
      if (colon === at || colon >= bar) {
        at = bar + 1;
        continue;
      }
      name = nameAt(text, at, colon);
      if (name.text.length <= LONGEST_NAME) afterBar[before] = name;
    }
    const value = valueAt(text, colon + 1);
    pairs.add(name, value);
    before = name.slot;
    at = value === null ? colon : afterBlanks(text, numberEnd());
    if (text.charCodeAt(at) !== BAR) at = indexOr(text, '|', at);
    at++;
  }
  return pairs;
}

/** What came last behind a name of this slot: it mostly comes again, and is compared first. */
const afterBar: (Name | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
const afterWord: (Name | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
const BAR = 0x7c;

const isSign = (text: string, at: number): boolean => text.charCodeAt(at) === 0x3a && text.charCodeAt(at + 1) === 0x20;

function indexOr(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** Fields of `name=value, name=value` or `name: value, name: value`; of a list the first number. */
export function commaFields(text: string, from: number, sign: '=' | ': '): TextFields {
  const fields: TextFields = {};
  let start = from;
  let at = text.indexOf(sign, from);
  while (at >= 0) {
    const before = text.slice(Math.max(start, at - LONGEST_NAME), at);
    const name = before.slice(before.lastIndexOf(',') + 1).trim();
    const value = at + sign.length;
    const bracket = text.charCodeAt(value) === 0x5b || text.charCodeAt(value) === 0x28 ? 1 : 0; // [ and (
    if (name !== '') fields[name] = valueAt(text, value + bracket);
    start = value;
    at = text.indexOf(sign, value);
  }
  return fields;
}

/** Fields of `name: value  name: value`; names are one word. */
export function wordFields(text: string, from: number): Pairs {
  const pairs = new Pairs();
  let before = 0;
  let at = text.indexOf(':', from);
  while (at >= 0) {
    const place = { from, end: at, before };
    const name = learntWord(text, place) ?? wordBefore(text, place);
    if (name !== null) {
      pairs.add(name, valueAt(text, at + 1));
      before = name.slot;
    }
    at = text.indexOf(':', at + 1);
  }
  return pairs;
}

const LONGEST_NAME = 60;

interface Place {
  readonly from: number;
  readonly end: number;
  /** The slot of the name before. */
  readonly before: number;
}
function learntWord(text: string, { from, end, before }: Place): Name | null {
  const name = afterWord[before];
  if (name === undefined) return null;
  const start = end - name.text.length;
  if (start < from || !standsAt(text, start, name)) return null;
  return start > from && isWord(text.charCodeAt(start - 1)) ? null : name;
}

function wordBefore(text: string, { from, end, before }: Place): Name | null {
  let start = end;
  while (start > from && end - start < LONGEST_NAME && isWord(text.charCodeAt(start - 1))) start--;
  if (start === end) return null;
  const name = nameAt(text, start, end);
  afterWord[before] = name;
  return name;
}

/** Letters, digits, and _ / . - @ ( ) % within names such as train/loss and data_loading(%). */
const isWord = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x2d && code <= 0x39) ||
  code === 0x5f ||
  code === 0x40 ||
  code === 0x25 ||
  code === 0x28 ||
  code === 0x29;
