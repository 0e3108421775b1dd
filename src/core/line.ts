// A straight line through points that follow each other in time, with how far it may be off.
//
// Ordinary least squares. Neighbouring residuals of a power series resemble each other, so plain standard errors would
// be too small: these are Newey and West's (Econometrica 55, 1987), with Bartlett weights, the truncation 1.3 √n that
// Lazarus, Lewis, Stock and Watson advise (J. Bus. Econ. Stat. 36, 2018) and its fixed-b critical value.

/** y = a + b x, about the mean of x: there level and slope are nearly independent. */
export interface Line {
  readonly n: number;
  readonly mean_x: number;
  readonly mean_y: number;
  readonly slope: number;
  /** Variance of the level at mean_x, of the slope, and their covariance; long-run, so correlation in time is inside. */
  readonly var_level: number;
  readonly var_slope: number;
  readonly covariance: number;
  /** Standard deviation of the residuals, and the share of the variance of y that the line explains, 0..1. */
  readonly residual: number;
  readonly r2: number;
  /** How many standard errors a 90 % interval reaches on either side. */
  readonly critical: number;
}

/**
 * The line through (x[i], y[i]), i in the order of time. Null for fewer than 3 points or where x does not vary.
 */
export function fitLine(x: readonly number[], y: readonly number[]): Line | null {
  const n = x.length;
  if (n < 3) return null;
  const mean_x = mean(x);
  const mean_y = mean(y);
  const dx = x.map((value) => value - mean_x);
  const sxx = dot(dx, dx);
  if (!(sxx > 0)) return null;
  const slope = dot(dx, y) / sxx;
  const rest = y.map((value, i) => value - mean_y - slope * dx[i]!);
  const truncation = Math.min(n, 1.3 * Math.sqrt(n));
  const moved = rest.map((e, i) => e * dx[i]!);
  const all = y.reduce((sum, value) => sum + (value - mean_y) ** 2, 0);
  const unexplained = dot(rest, rest);
  return {
    ...{ n, mean_x, mean_y, slope },
    var_level: longRun(rest, rest, truncation) / n ** 2,
    var_slope: longRun(moved, moved, truncation) / sxx ** 2,
    covariance: longRun(rest, moved, truncation) / (n * sxx),
    residual: Math.sqrt(unexplained / (n - 2)),
    r2: all > 0 ? 1 - unexplained / all : 1,
    critical: criticalValue(truncation / n),
  };
}

/** The line at x, and the half width of the 90 % interval of the line itself and of one further point there. */
export function lineAt(
  line: Line,
  x: number,
): { readonly value: number; readonly line: number; readonly point: number } {
  const off = x - line.mean_x;
  const variance = Math.max(0, line.var_level + 2 * off * line.covariance + off ** 2 * line.var_slope);
  return {
    value: line.mean_y + line.slope * off,
    line: line.critical * Math.sqrt(variance),
    point: line.critical * Math.sqrt(variance + line.residual ** 2),
  };
}

/** Half width of the 90 % interval of the slope. */
export const slopeReach = (line: Line): number => line.critical * Math.sqrt(line.var_slope);

/** Σ u v over all pairs closer in time than the truncation, those further apart weighing less. */
function longRun(u: readonly number[], v: readonly number[], truncation: number): number {
  let total = dot(u, v);
  for (let lag = 1; lag < truncation; lag++) {
    let pairs = 0;
    for (let i = lag; i < u.length; i++) pairs += u[i]! * v[i - lag]! + u[i - lag]! * v[i]!;
    total += (1 - lag / truncation) * pairs;
  }
  return total;
}

/**
 * 95th percentile of the t statistic for a truncation of b = truncation / n, Bartlett weights (Kiefer and Vogelsang,
 * "A new asymptotic theory for heteroskedasticity-autocorrelation robust tests", Econometric Theory 21, 2005, table 1).
 */
function criticalValue(b: number): number {
  return 1.6449 + 2.1859 * b + 0.3142 * b ** 2 - 0.3427 * b ** 3;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(u: readonly number[], v: readonly number[]): number {
  return u.reduce((sum, value, i) => sum + value * v[i]!, 0);
}
