// Student's t distribution: how far a mean of few values may be off.
//
// The distribution function is a regularised incomplete beta function, by its continued fraction (DLMF 8.17.22,
// https://dlmf.nist.gov/8.17#v) with Lentz's method; quantiles are found by halving, so they are as exact as it is.

/** P(T ≤ t) with `df` degrees of freedom, which need not be whole. NaN for df ≤ 0. */
export function studentCdf(t: number, df: number): number {
  if (!(df > 0) || Number.isNaN(t)) return Number.NaN;
  const tail = betaShare(df / (df + t * t), { a: df / 2, b: 0.5 }) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t that a share p (0..1) lies below; ±∞ at the ends. NaN for df ≤ 0. */
export function studentQuantile(p: number, df: number): number {
  if (!(df > 0) || !(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, df);
  if (p === 1) return Number.POSITIVE_INFINITY;
  // By the upper tail: 1 - p keeps its digits where p is near 1.
  const above = (t: number) => betaShare(df / (df + t * t), { a: df / 2, b: 0.5 }) / 2;
  let high = 1;
  while (above(high) > 1 - p && high < 1e300) high *= 2;
  let low = 0;
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (above(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b). */
function betaShare(x: number, { a, b }: { readonly a: number; readonly b: number }): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, { a: b, b: a });
  const front = a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) - (lnGamma(a) + lnGamma(b) - lnGamma(a + b));
  return Math.exp(front) / fraction(x, { a, b });
}

/** The continued fraction 1 + d1/(1 + d2/(1 + …)). */
function fraction(x: number, { a, b }: { readonly a: number; readonly b: number }): number {
  let [value, c, d] = [1, 1, 0];
  for (let i = 1; i <= 1000; i++) {
    const m = i >> 1;
    const part =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + part * d);
    c = notZero(1 + part / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

const notZero = (x: number): number => (Math.abs(x) < 1e-300 ? 1e-300 : x);

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1), from where it is exact to the last digits, and downwards. */
function lnGamma(x: number): number {
  let product = 1;
  let at = x;
  while (at < 12) product *= at++;
  const r = 1 / (at * at);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188))))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
