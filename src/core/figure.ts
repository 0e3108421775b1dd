// A value with its error, kept apart by cause, so that a cause shared by two figures cancels in their ratio.
//
// Each cause ("term") has a signed reach of its own: how far the value moves when that cause alone sits at its 5th or
// 95th percentile, exactly, however two figures were multiplied or divided. Different causes are independent and add in
// quadrature (GUM JCGM 100:2008 §5.1, with separate lower and upper reach), in a ratio their logarithms do.

export interface Known {
  readonly value: number;
  /** Cause → movement of the value at the cause's 5th (down) and 95th (up) percentile, in the value's unit. */
  readonly terms: ReadonlyMap<string, Reach>;
  /** Made by dividing by what is not sure: what is left of its causes multiplies. */
  readonly ratio?: true;
}
export interface Unknown {
  readonly value: null;
  readonly why: string;
}
export type Figure = Known | Unknown;

export interface Reach {
  readonly down: number;
  readonly up: number;
}

/** As written in JSON: the 90 % interval, or the reason why there is none. */
export type FigureJson = { value: number; low: number; high: number } | { value: null; why: string };

/** A number as somebody said it, with its 90 % interval where he told one. */
export interface Given {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly source: string;
}

/** As said: without error where no interval was told. */
export const asGiven = ({ value, low = value, high = value }: Given, cause: string): Known =>
  low === value && high === value ? exactly(value) : withBounds(exactly(value), cause, low - value, high - value);

export const unknown = (why: string): Unknown => ({ value: null, why });

/** A value without error. */
export const exactly = (value: number): Known => ({ value, terms: new Map() });

/** A value with relative errors by cause: reach 0.05 means ±5 % at the 90 % level. */
export function withRelative(value: number, causes: Readonly<Record<string, { down: number; up: number }>>): Known {
  const terms = new Map<string, Reach>();
  for (const [cause, { down, up }] of Object.entries(causes)) terms.set(cause, { down: -down * value, up: up * value });
  return { value, terms };
}

/** Adds an absolute error of one cause: low and high are bounds around the same value, in its unit. */
export function withBounds(figure: Known, cause: string, low: number, high: number): Known {
  const terms = new Map(figure.terms);
  const { down, up } = terms.get(cause) ?? NONE;
  terms.set(cause, { down: down + low, up: up + high });
  return { value: figure.value, terms };
}

/** Whether there is a value. */
export function isKnown(figure: Figure): figure is Known {
  return figure.value !== null;
}

/** Sum of two figures of one unit; unknown where either is, with its reason. */
export function plus(a: Known, b: Known): Known;
export function plus(a: Figure, b: Figure): Figure;
export function plus(a: Figure, b: Figure): Figure {
  if (!isKnown(a)) return a;
  if (!isKnown(b)) return b;
  return { value: a.value + b.value, terms: moved(a, b, (x, y) => x + y) };
}

/** Product; relative errors of different causes add in quadrature. Unknown where either is. */
export function times(a: Known, b: Known): Known;
export function times(a: Figure, b: Figure): Figure;
export function times(a: Figure, b: Figure): Figure {
  if (!isKnown(a)) return a;
  if (!isKnown(b)) return b;
  const terms = moved(a, b, (x, y) => x * b.value + a.value * y + x * y);
  return { value: a.value * b.value, terms, ...(a.ratio === true || b.ratio === true ? { ratio: true } : {}) };
}

/** Ratio: what both share cancels, and what is left multiplies. Unknown where the divisor is 0. */
export function over(a: Figure, b: Figure): Figure {
  if (!isKnown(a)) return a;
  if (!isKnown(b)) return b;
  if (b.value === 0) return unknown('nothing to divide by');
  const value = a.value / b.value;
  // A divisor that might be nothing is moved straight on from where it is.
  const terms = moved(a, b, (x, y) => (x - value * y) / (y * b.value > -b.value * b.value ? b.value + y : b.value));
  return { value, terms, ...(b.terms.size === 0 ? {} : { ratio: true }) };
}

/** A figure times an exact number, such as a change of unit. */
export function scaled(a: Known, by: number): Known;
export function scaled(a: Figure, by: number): Figure;
export function scaled(a: Figure, by: number): Figure {
  return times(a, exactly(by));
}

/** Sum of known figures of one unit; exactly 0 for none. */
export function total(figures: Iterable<Known>): Known {
  let value = 0;
  const terms = new Map<string, Reach>();
  for (const figure of figures) {
    value += figure.value;
    for (const [cause, { down, up }] of figure.terms) {
      const held = terms.get(cause) ?? NONE;
      terms.set(cause, { down: held.down + down, up: held.up + up });
    }
  }
  return { value, terms };
}

/** The 90 % interval. Quantities here are never negative, so neither is a lower end of a positive value. */
export function toJson(figure: Figure): FigureJson {
  if (!isKnown(figure)) return { value: null, why: figure.why };
  const { value } = figure;
  const ends = [...figure.terms.values()];
  const below = ends.map(({ down, up }) => -Math.min(down, up, 0));
  const above = ends.map(({ down, up }) => Math.max(down, up, 0));
  if (figure.ratio === true && value > 0) {
    const logarithms = (reaches: readonly number[]) => rootOfSquares(reaches.map((reach) => Math.log1p(reach / value)));
    const least = below.map((reach) => -Math.min(reach, value * (1 - 1e-12)));
    return { value, low: value * Math.exp(-logarithms(least)), high: value * Math.exp(logarithms(above)) };
  }
  const low = value - rootOfSquares(below);
  return { value, low: value >= 0 ? Math.max(0, low) : low, high: value + rootOfSquares(above) };
}

/** Causes by their share of the squared width of the interval, largest first; shares add up to 1. */
export function ranked(figure: Known): { cause: string; share: number }[] {
  const widths = [...figure.terms].map(([cause, { down, up }]) => ({ cause, width: (up - down) ** 2 }));
  const all = widths.reduce((s, { width }) => s + width, 0);
  if (all === 0) return [];
  return widths.map(({ cause, width }) => ({ cause, share: width / all })).sort((a, b) => b.share - a.share);
}

/** Each cause of either by how far it moves the result, of how far it moves both. */
function moved(a: Known, b: Known, by: (x: number, y: number) => number): Map<string, Reach> {
  const terms = new Map<string, Reach>();
  for (const [cause, x] of a.terms) {
    const y = b.terms.get(cause) ?? NONE;
    terms.set(cause, { down: by(x.down, y.down), up: by(x.up, y.up) });
  }
  for (const [cause, { down, up }] of b.terms) {
    if (!a.terms.has(cause)) terms.set(cause, { down: by(0, down), up: by(0, up) });
  }
  return terms;
}

/** Of any number of causes: a sum over runs has tens of thousands. */
const rootOfSquares = (values: readonly number[]): number => Math.sqrt(values.reduce((s, x) => s + x * x, 0));

const NONE: Reach = { down: 0, up: 0 };
