// Turns what generators of each kind gave into gCO2e/kWh of the production: shares × cited factors.
//
// A negative figure is consumption (pumping, a plant's own use) and counts nothing. Storage gives back what was generated
// before, and is left out. An instant that lacks a kind reported around it is a hole: its mix would be another one.

import table from '../../data/emission-factors.json' with { type: 'json' };
import { type Answer, type Asked, type Point, type Scope, type Span, tidy, wholeSteps } from './provider.ts';

export type Fuel = keyof typeof table.factors;

/** Generation over [from_ms, to_ms) by the provider's own codes, all in one unit of power or energy. */
export interface MixRow {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly by_code: ReadonlyMap<string, number>;
}

/** What a provider's codes mean; a code that is not there is an unknown fuel. */
export type Codes = Readonly<Record<string, Fuel | 'storage'>>;

/** A kind that was seen so near in time is expected: a feed lags by days, a fuel is given up for good. */
export const EXPECTED_WITHIN_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;

/** The hours to ask for: what is asked, and so long before it that a kind whose feed lags is missed, not taken for none. */
export function hoursBehind(asked: Span): Span {
  const { from_ms, to_ms } = wholeSteps(asked, HOUR_MS);
  return { from_ms: from_ms - EXPECTED_WITHIN_MS, to_ms };
}

/** The answer that rows in order of time make. */
export function mixAnswer(region: string, rows: readonly MixRow[], codes: Codes, asked: Asked): Answer {
  const { points, lacking } = mixPoints(rows, codes, asked.scope);
  return { region, points: tidy(points, asked), issued_at_ms: null, notes: holesNote(rows, lacking, asked) };
}

/** gCO2e/kWh of one mix; null where nothing is generated. */
export function mixIntensity(row: MixRow, codes: Codes, scope: Scope): number | null {
  let sum = 0;
  let grams = 0;
  for (const [code, given] of row.by_code) {
    const fuel = fuelOf(code, codes);
    if (fuel === 'storage' || given <= 0) continue;
    sum += given;
    grams += given * table.factors[fuel][scope];
  }
  return sum > 0 ? grams / sum : null;
}

/** Points of rows in order of time, and for each row the codes for lack of which it has none. */
export function mixPoints(rows: readonly MixRow[], codes: Codes, scope: Scope) {
  const lacking = lackingOf(rows, codes);
  const points: Point[] = [];
  for (const [i, row] of rows.entries()) {
    if (lacking[i]!.length > 0) continue;
    const g_per_kwh = mixIntensity(row, codes, scope);
    if (g_per_kwh !== null) points.push({ from_ms: row.from_ms, to_ms: row.to_ms, g_per_kwh, quality: 'measured' });
  }
  return { points, lacking };
}

/** For each row the codes that it lacks. */
function lackingOf(rows: readonly MixRow[], codes: Codes): string[][] {
  const all = new Set(rows.flatMap(({ by_code }) => [...by_code.keys()]));
  const lacking = rows.map((): string[] => []);
  for (const code of [...all].sort()) {
    if (fuelOf(code, codes) === 'storage') continue;
    const near = rows.map(() => false);
    const mark = (order: readonly number[]) => {
      let seen_ms = Number.NaN;
      for (const i of order) {
        if (rows[i]!.by_code.has(code)) seen_ms = rows[i]!.from_ms;
        else if (Math.abs(rows[i]!.from_ms - seen_ms) <= EXPECTED_WITHIN_MS) near[i] = true;
      }
    };
    const order = rows.map((_, i) => i);
    mark(order);
    mark(order.reverse());
    for (const [i, is] of near.entries()) if (is) lacking[i]!.push(code);
  }
  return lacking;
}

const fuelOf = (code: string, codes: Codes): Fuel | 'storage' =>
  Object.hasOwn(codes, code) ? codes[code]! : 'unknown';

/** A sentence on the holes inside a span; none where there are none. */
export function holesNote(
  rows: readonly MixRow[],
  lacking: readonly (readonly string[])[],
  { from_ms, to_ms }: Span,
): string[] {
  const inside = rows.flatMap((row, i) =>
    row.to_ms > from_ms && row.from_ms < to_ms && lacking[i]!.length > 0 ? [lacking[i]!] : [],
  );
  if (inside.length === 0) return [];
  const kinds = [...new Set(inside.flat())].sort().join(', ');
  const count = inside.length === 1 ? '1 piece is' : `${inside.length} pieces are`;
  return [`${count} left out: not every kind of generation is reported there (${kinds})`];
}
