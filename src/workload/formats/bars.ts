// Finds progress bars on lines and says what they count.
//
// A bar is `12/400 [` after at most a description, a percentage and blocks. A name such as Map, Tokenizing or Loading
// makes it somebody else's; without any name it may be the job's, but nothing says so: it then only lends its number to
// records that have none (bar-tracker.ts).

import type { Bar } from '../step.ts';
import { isDigit } from './numbers.ts';

/** Longer lines are no bar: a search back from a bracket ends there. */
const LONGEST_BAR = 600;
const INSIDE = /^(?:\d{1,3} days?, )?[\d:?]{1,12}(?:<(?:\d{1,4} days?, )?[\d:?]{1,12})?(?:, *)?(.*)$/s;
const RATE =
  /^ *([\d.,]{1,20}|\?) ?([kKMG]?)([A-Za-z]{0,20})\/s(?:, ?|$)|^ *([\d.,]{1,20}|\?) ?s\/([A-Za-z]{1,20})(?:, ?|$)/;

/** The last bar on the line, or null. */
export function barOn(line: string): Bar | null {
  if (!mayHold(line)) return null;
  let at = line.lastIndexOf(' [');
  for (let tries = 0; at > 0 && tries < 8; tries++) {
    const bar = barAt(line, at);
    if (bar !== null) return bar;
    at = line.lastIndexOf(' [', at - 1);
  }
  return null;
}

/** A look for `4 [` from the front is native; a search from the back is not, and costs more than all else on most lines. */
function mayHold(line: string): boolean {
  let at = line.indexOf('[');
  while (at >= 0 && !(line.charCodeAt(at - 1) === 0x20 && isDigit(line.charCodeAt(at - 2))))
    at = line.indexOf('[', at + 1);
  return at >= 0;
}

function barAt(line: string, bracket: number): Bar | null {
  const total = digitsBefore(line, bracket);
  if (total === null || line.charCodeAt(total.from - 1) !== 0x2f) return null; // "/"
  const n = digitsBefore(line, total.from - 1);
  const close = line.indexOf(']', bracket);
  if (n === null || close < 0 || close - bracket > LONGEST_BAR * 4) return null;
  const inside = INSIDE.exec(line.slice(bracket + 2, close));
  if (inside === null) return null;
  const rest = inside[1] ?? '';
  const rate = RATE.exec(rest);
  const { n: done, total: all } = { n: n.value, total: total.value };
  if (done > all) return null;
  const unit = rate === null ? null : rate[5] !== undefined ? rate[5] : `${rate[2]}${rate[3]}`;
  const desc = descBefore(line, n.from);
  return {
    desc,
    n: done,
    total: all,
    unit,
    postfix: rate === null ? rest : rest.slice(rate[0].length),
    end: close + 1,
  };
}

function digitsBefore(line: string, end: number): { value: number; from: number } | null {
  let from = end;
  while (from > 0 && end - from < 13 && isDigit(line.charCodeAt(from - 1))) from--;
  return from === end || end - from > 12 ? null : { value: Number(line.slice(from, end)), from };
}

/** The words before the percentage and the blocks; '' where there are none but times and numbers. */
function descBefore(line: string, end: number): string {
  const before = line.slice(Math.max(0, end - LONGEST_BAR), end);
  const percent = before.lastIndexOf('%');
  let words = percent < 0 ? before : before.slice(0, percent);
  words = words.replace(/\d{1,3}$/, '').trimEnd();
  while (words.endsWith(':')) words = words.slice(0, -1).trimEnd();
  return /[A-Za-z\u0080-\uffff]/.test(words) ? words.trim() : '';
}

const UNITS = new Set(['it', 'its', 'batch', 'batches', 'ba', 'step', 'steps', 'iter', 'iters', 'update', 'updates']);
const TRAINING = /\b(?:(?:pre|fine-?tune?-?)?train(?:ing)?|epochs?|steps?|iter(?:ation)?s?)\b/i;
const EVALUATION = /\b(?:eval(?:uat\w*|s)?|val(?:id\w*)?|test(?:ing)?)\b/i;
const OTHER =
  /token|load|sav|split|generat|map|prepar|cach|pack|download|fetch|compil|convert|filter|shard|data ?set|preproc|process|sampl|merg|quant|export|writ|read|copy|upload|extract|build|sanity/i;

export type Purpose = 'training' | 'evaluation' | 'unnamed' | 'other';

/** What a bar counts, as its name, its unit and what it shows tell. */
export function purposeOf({ desc, unit, postfix }: Bar): Purpose {
  if (unit !== null && !UNITS.has(unit)) return 'other';
  if (desc !== '' && OTHER.test(desc.replace(/data ?loader/i, ''))) return 'other';
  if (EVALUATION.test(desc)) return 'evaluation';
  if (TRAINING.test(desc) || /\bloss\b|_loss=/.test(postfix)) return 'training';
  return desc === '' ? 'unnamed' : 'other';
}
