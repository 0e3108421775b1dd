// A difference of two products → the parts of it that each factor makes, which add up to it without a rest.
//
// The additive log-mean Divisia index, LMDI-I (B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide",
// Energy Policy 33, 2005, 867–871): the part of a factor is L(b, a) · ln(factor of b ÷ factor of a).

/** The logarithmic mean, (x - y) ÷ ln(x ÷ y); x where both are the same. For x, y > 0. */
export function logMean(x: number, y: number): number {
  return x === y ? x : (x - y) / logRatio(x, y);
}

/** ln(to ÷ from), each > 0: exact also where the two are nearly the same. */
export function logRatio(to: number, from: number): number {
  const apart = (to - from) / from;
  return Math.abs(apart) < 0.1 ? Math.log1p(apart) : Math.log(to / from);
}

/**
 * Parts of b's product less a's, by the names of their factors; what rounding leaves goes to the largest part. Null unless all
 * factors are above 0: of nothing there is no ratio.
 */
export function decomposed<K extends string>(
  a: Readonly<Record<K, number>>,
  b: Readonly<Record<K, number>>,
): { readonly difference: number; readonly weight: number; readonly parts: Readonly<Record<K, number>> } | null {
  const names = Object.keys(a) as K[];
  if (names.some((name) => !(a[name] > 0 && b[name] > 0))) return null;
  const product = (of: Readonly<Record<K, number>>) => names.reduce((all, name) => all * of[name], 1);
  const [from, to] = [product(a), product(b)];
  const weight = logMean(to, from);
  const parts = Object.fromEntries(names.map((name) => [name, weight * logRatio(b[name], a[name])])) as Record<
    K,
    number
  >;
  const difference = to - from;
  const largest = names.reduce((x, y) => (Math.abs(parts[y]) > Math.abs(parts[x]) ? y : x));
  const others = names.reduce((sum, name) => (name === largest ? sum : sum + parts[name]), 0);
  // Where nothing changed nothing is left, and a factor that did not change has no part.
  if (parts[largest] !== 0) parts[largest] = difference - others;
  return { difference, weight, parts };
}
