// Numbers in text: 1.376514E+01, 7,282, 13.99%, 9.46GiB(64.99%), 34.2ms, nan.
//
// Logs are mostly numbers, so short ones are worked out digit by digit: up to 15 digits times or by a power of ten up to
// 22 is exact before its one rounding, as Number() is. Longer ones and thousands are left to it.

const NUMBER = /[+-]?(?:(?:\d{1,3}(?:,\d{3}(?!\d))+|\d{1,400})(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,4})?/y;
const TENS = Array.from({ length: 23 }, (_, n) => 10 ** n);
const MOST_DIGITS = 15;
const MOST_TENS = 22;

let end = 0;

/** The number that begins at `at`, after blanks, and where it ends; null for nan, inf, words and nothing. */
export function numberAt(text: string, at: number): { readonly value: number; readonly end: number } | null {
  const value = valueAt(text, at);
  return value === null ? null : { value, end };
}

/** The number that begins at `at`, after blanks; null for nan, inf, words and nothing. */
export function valueAt(text: string, at: number): number | null {
  const from = afterBlanks(text, at);
  const value = signedAt(text, from);
  // A comma before digits may be of thousands.
  const whole = value !== null && !(text.charCodeAt(end) === 0x2c && isDigit(text.charCodeAt(end + 1)));
  return whole ? value : (thousandsAt(text, from) ?? anyAt(text, from));
}

/** The number that begins at `from`, of which commas are no part; null where there is none. See numberEnd. */
export function decimalAt(text: string, from: number): number | null {
  const value = signedAt(text, from);
  if (value !== null) return value;
  let to = from;
  while (isDecimal(text.charCodeAt(to))) to++;
  end = to;
  const long = to === from || text.charCodeAt(from) === 0x2b ? Number.NaN : Number(text.slice(from, to));
  return Number.isNaN(long) ? null : long;
}

/** Where the number that was read last ends. */
export const numberEnd = (): number => end;

/** The number a value begins with; null where it begins with none. */
export const leadingNumber = (text: string): number | null => valueAt(text, 0);

/** Digits in threes, 7,282, and nothing behind them that belongs to the number; null for others. */
function thousandsAt(text: string, from: number): number | null {
  let to = from;
  while (to < from + 4 && isDigit(text.charCodeAt(to))) to++;
  if (to === from || to === from + 4) return null;
  let value = digitsOf(text, from, to);
  while (text.charCodeAt(to) === 0x2c && isDigit(text.charCodeAt(to + 3)) && !isDigit(text.charCodeAt(to + 4))) {
    if (!isDigit(text.charCodeAt(to + 1)) || !isDigit(text.charCodeAt(to + 2))) break;
    value = 1000 * value + digitsOf(text, to + 1, to + 4);
    to += 4;
  }
  const next = text.charCodeAt(to);
  if (next === 0x2e || next === 0x65 || next === 0x45 || to - from > MOST_DIGITS) return null;
  end = to;
  return value;
}

function digitsOf(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (text.charCodeAt(at) - 0x30);
  return value;
}

function anyAt(text: string, from: number): number | null {
  NUMBER.lastIndex = from;
  if (!NUMBER.test(text)) return null;
  end = NUMBER.lastIndex;
  const digits = text.slice(from, end);
  const value = Number(digits.includes(',') ? digits.replaceAll(',', '') : digits);
  return Number.isFinite(value) ? value : null;
}

/** The index of the first sign from `from` on that is no space. */
export function afterBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 0x20) at++;
  return at;
}

function signedAt(text: string, from: number): number | null {
  if (text.charCodeAt(from) !== 0x2d) return shortAt(text, from);
  const value = shortAt(text, from + 1);
  return value === null ? null : -value;
}

/** Null for what is not as short as that, number or not. */
function shortAt(text: string, from: number): number | null {
  let at = from;
  let value = 0;
  let code = text.charCodeAt(at);
  while (isDigit(code)) {
    value = value * 10 + (code - 0x30);
    code = text.charCodeAt(++at);
  }
  let digits = at - from;
  if (digits === 0) return null;
  let tens = 0;
  if (code === 0x2e) {
    code = text.charCodeAt(++at);
    while (isDigit(code)) {
      value = value * 10 + (code - 0x30);
      digits++;
      tens--;
      code = text.charCodeAt(++at);
    }
  }
  if (code === 0x65 || code === 0x45) {
    const power = powerAt(text, at + 1);
    if (power === null) return null;
    tens += power;
    at = end;
  }
  if (digits > MOST_DIGITS || tens > MOST_TENS || tens < -MOST_TENS) return null;
  end = at;
  return tens < 0 ? value / TENS[-tens]! : value * TENS[tens]!;
}

/** The power of ten that begins at `from`, of one or two digits; null for another. */
function powerAt(text: string, from: number): number | null {
  const sign = text.charCodeAt(from);
  const start = sign === 0x2b || sign === 0x2d ? from + 1 : from;
  let at = start;
  let power = 0;
  while (at < start + 3 && isDigit(text.charCodeAt(at))) power = power * 10 + (text.charCodeAt(at++) - 0x30);
  if (at === start || at === start + 3) return null;
  end = at;
  return sign === 0x2d ? -power : power;
}

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Digits, signs, points and the e before a power. */
const isDecimal = (code: number): boolean =>
  isDigit(code) || code === 0x2d || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b;
