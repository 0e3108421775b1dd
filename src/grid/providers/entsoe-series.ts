// Turns the time series of an A75 document into rows of generation by type, one for each step of the finest resolution.
//
// The figures are mean power (MW), so a quarter of an hour has the same as its hour.

import * as v from 'valibot';
import type { MixRow } from '../mix.ts';
import type { Span } from '../provider.ts';

const TEXT = v.optional(v.string());
/** TimeSeries as fast-xml-parser gives it, texts alone. */
export const SERIES = v.object({
  'outBiddingZone_Domain.mRID': TEXT,
  'quantity_Measure_Unit.name': v.optional(v.literal('MAW')),
  curveType: v.optional(v.picklist(['A01', 'A03'])),
  MktPSRType: v.object({ psrType: v.string() }),
  Period: v.optional(
    v.array(
      v.object({
        timeInterval: v.object({ start: v.string(), end: v.string() }),
        resolution: v.string(),
        Point: v.optional(v.array(v.object({ position: v.string(), quantity: TEXT })), []),
      }),
    ),
    [],
  ),
});
type Series = v.InferOutput<typeof SERIES>;

/** Mean power of one type over a while, MW. */
export interface Piece extends Span {
  readonly code: string;
  readonly consumed: boolean;
  readonly mw: number;
  readonly step_ms: number;
}

const MINUTE_MS = 60_000;
const RESOLUTIONS: Readonly<Record<string, number>> = {
  PT15M: 15 * MINUTE_MS,
  PT30M: 30 * MINUTE_MS,
  PT60M: 60 * MINUTE_MS,
  PT1H: 60 * MINUTE_MS,
};

/** Pieces inside the span. `bad` makes the fault for what is not as documented. */
export function piecesOf(all: readonly Series[], span: Span, bad: (why: string) => Error): Piece[] {
  return all.flatMap((series, i) =>
    series.Period.flatMap((period, j) => {
      const where = `TimeSeries ${i + 1}, Period ${j + 1}`;
      const start_ms = instant(period.timeInterval.start);
      const end_ms = instant(period.timeInterval.end);
      const step_ms = Object.hasOwn(RESOLUTIONS, period.resolution) ? RESOLUTIONS[period.resolution]! : Number.NaN;
      if (!(end_ms > start_ms)) throw bad(`${where}: its interval is none`);
      if (Number.isNaN(step_ms)) throw bad(`${where}: resolution ${JSON.stringify(period.resolution.slice(0, 20))}`);
      if (start_ms % step_ms !== 0) throw bad(`${where}: it begins within a step`);
      const points = period.Point.map(({ position, quantity }) => ({
        position: whole(position, (end_ms - start_ms) / step_ms, () =>
          bad(`${where}: position ${position.slice(0, 20)}`),
        ),
        mw: power(quantity, () => bad(`${where}: quantity ${quantity?.slice(0, 20)} at position ${position}`)),
      })).sort((a, b) => a.position - b.position);
      return points.flatMap(({ position, mw }, k) => {
        const from_ms = start_ms + (position - 1) * step_ms;
        // Curve A03 leaves out what stays the same; in A01, which is meant where none is named, what is left out is unknown.
        const next = points[k + 1]?.position;
        const until_ms = next === undefined ? end_ms : start_ms + (next - 1) * step_ms;
        const to_ms = series.curveType === 'A03' ? until_ms : Math.min(from_ms + step_ms, until_ms);
        const cut = { from_ms: Math.max(from_ms, span.from_ms), to_ms: Math.min(to_ms, span.to_ms) };
        if (mw === null || cut.to_ms <= cut.from_ms) return [];
        const consumed = series['outBiddingZone_Domain.mRID'] !== undefined;
        return [{ ...cut, code: series.MktPSRType.psrType, consumed, mw, step_ms }];
      });
    }),
  );
}

/** Rows in order of time: generation less consumption, by type. Of two pieces of one type and time the later given counts. */
export function rowsOf(pieces: readonly Piece[]): MixRow[] {
  const step_ms = pieces.reduce((least, piece) => Math.min(least, piece.step_ms), Number.POSITIVE_INFINITY);
  const rows = new Map<number, { readonly given: Map<string, number>; readonly taken: Map<string, number> }>();
  for (const { from_ms, to_ms, code, consumed, mw } of pieces) {
    for (let at = from_ms; at < to_ms; at += step_ms) {
      const row = rows.get(at) ?? { given: new Map(), taken: new Map() };
      rows.set(at, row);
      (consumed ? row.taken : row.given).set(code, mw);
    }
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([from_ms, { given, taken }]) => {
      const by_code = new Map(given);
      for (const [code, mw] of taken) by_code.set(code, (given.get(code) ?? 0) - mw);
      return { from_ms, to_ms: from_ms + step_ms, by_code };
    });
}

/** 2024-03-04T00:00Z */
const instant = (text: string) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z$/.test(text) ? Date.parse(text) : Number.NaN);

function whole(text: string, most: number, bad: () => Error): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw bad();
  return number;
}

function power(text: string | undefined, bad: () => Error): number | null {
  if (text === undefined || text === '') return null;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw bad();
  return number;
}
