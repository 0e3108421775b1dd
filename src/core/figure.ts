// A value with its error, kept apart by cause, so that a cause shared by two figures cancels in their ratio.
//
// Each cause ("term") has a signed reach of its own: how far the value moves when that cause sits at its 5th
// or 95th percentile. Different causes are independent and add in quadrature; one cause adds linearly with
// itself (first-order propagation, GUM JCGM 100:2008 §5.1, with separate lower and upper reach).

export interface Known {
  readonly value: number;
  /** Cause → movement of the value at the cause's 5th (down) and 95th (up) percentile, in the value's unit. */
  readonly terms: ReadonlyMap<string, Reach>;
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
  return plus(figure, { value: 0, terms: new Map([[cause, { down: low, up: high }]]) });
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
  return { value: a.value + b.value, terms: merge(a, b, 1, 1) };
}

/** Product; relative errors of different causes add in quadrature, unknown where either is. */
export function times(a: Known, b: Known): Known;
export function times(a: Figure, b: Figure): Figure;
export function times(a: Figure, b: Figure): Figure {
  if (!isKnown(a)) return a;
  if (!isKnown(b)) return b;
  return { value: a.value * b.value, terms: merge(a, b, b.value, a.value) };
}

/** Ratio; unknown where the divisor is 0. */
export function over(a: Figure, b: Figure): Figure {
  if (!isKnown(a)) return a;
  if (!isKnown(b)) return b;
  if (b.value === 0) return unknown('nothing to divide by');
  return { value: a.value / b.value, terms: merge(a, b, 1 / b.value, -a.value / (b.value * b.value)) };
}

/** A figure times an exact number, such as a change of unit. */
export function scaled(a: Known, by: number): Known;
export function scaled(a: Figure, by: number): Figure;
export function scaled(a: Figure, by: number): Figure {
  return times(a, exactly(by));
}

/** Sum of known figures of one unit; exactly 0 for none. */
export function total(figures: Iterable<Known>): Known {
  let all = exactly(0);
  for (const figure of figures) all = plus(all, figure);
  return all;
}

/** The 90 % interval. Quantities here are never negative, so neither is a lower end of a positive value. */
export function toJson(figure: Figure): FigureJson {
  if (!isKnown(figure)) return { value: null, why: figure.why };
  let below = 0;
  let above = 0;
  for (const { down, up } of figure.terms.values()) {
    below += Math.min(down, up, 0) ** 2;
    above += Math.max(down, up, 0) ** 2;
  }
  const low = figure.value - Math.sqrt(below);
  return {
    value: figure.value,
    low: figure.value >= 0 ? Math.max(0, low) : low,
    high: figure.value + Math.sqrt(above),
  };
}

/** Causes by their share of the squared width of the interval, largest first; shares add up to 1. */
export function ranked(figure: Known): { cause: string; share: number }[] {
  const widths = [...figure.terms].map(([cause, { down, up }]) => ({ cause, width: (up - down) ** 2 }));
  const all = widths.reduce((s, { width }) => s + width, 0);
  if (all === 0) return [];
  return widths.map(({ cause, width }) => ({ cause, share: width / all })).sort((a, b) => b.share - a.share);
}

function merge(a: Known, b: Known, factorA: number, factorB: number): Map<string, Reach> {
  const terms = new Map<string, Reach>();
  const add = (from: Known, factor: number) => {
    for (const [cause, { down, up }] of from.terms) {
      const before = terms.get(cause) ?? { down: 0, up: 0 };
      terms.set(cause, { down: before.down + down * factor, up: before.up + up * factor });
    }
  };
  add(a, factorA);
  add(b, factorB);
  return terms;
}
