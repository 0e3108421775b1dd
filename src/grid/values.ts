// A fact that changes with time and is no intensity: a PUE, a price. And what it does to an intensity: their product over
// time, so that energy joined with the product is exact at the breakpoints of both.

import type { IntensitySeries } from './series.ts';

/** Half-open pieces in order of time, without overlap; what lies in none is not known. */
export interface ValueSeries {
  readonly from_ms: ArrayLike<number>;
  readonly to_ms: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  /** The file's name. */
  readonly source: string;
}

/** As a series that energy can be joined with: J × value instead of grams. */
export function asSeries({ from_ms, to_ms, value, source }: ValueSeries): IntensitySeries {
  return {
    ...{ zone: '', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured' },
    ...{ from_ms: Float64Array.from(from_ms), to_ms: Float64Array.from(to_ms), g_per_kwh: Float64Array.from(value) },
    ...{ source, licence: '', year: null },
  };
}

/** The product over time, known where both are: with a PUE, grams for each kWh of IT energy. */
export function weighted(series: IntensitySeries, by: ValueSeries): IntensitySeries {
  const [from, to, product]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0, k = 0; i < series.from_ms.length && k < by.from_ms.length; ) {
    const begin = Math.max(series.from_ms[i]!, by.from_ms[k]!);
    const end = Math.min(series.to_ms[i]!, by.to_ms[k]!);
    if (begin < end) {
      from.push(begin);
      to.push(end);
      product.push(series.g_per_kwh[i]! * by.value[k]!);
    }
    if (series.to_ms[i]! <= by.to_ms[k]!) i++;
    else k++;
  }
  return {
    ...series,
    ...{ from_ms: Float64Array.from(from), to_ms: Float64Array.from(to), g_per_kwh: Float64Array.from(product) },
  };
}

/** A chain in grams for each kWh of IT energy, of a PUE that changes with time; as it is where there is none. */
export const withPue = (chain: readonly IntensitySeries[], pue: ValueSeries | null): readonly IntensitySeries[] =>
  pue === null ? chain : chain.map((series) => weighted(series, pue));
