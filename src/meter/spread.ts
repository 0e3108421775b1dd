// How a signal varies from sample to sample: smooth, or faster than it is sampled.

/** Welford's running variance beside von Neumann's mean square successive difference (1941). */
export function createSpread() {
  let n = 0;
  let mean = 0;
  let squares = 0;
  let steps = 0;
  let last: number | null = null;
  let most = 0;
  return {
    add(value: number) {
      n++;
      const off = value - mean;
      mean += off / n;
      squares += off * (value - mean);
      if (last !== null) steps += (value - last) ** 2;
      last = value;
      most = Math.max(most, value);
    },
    max: () => most,
    result: () => ({
      roughness: n > 2 && squares > 0 ? steps / (n - 1) / (2 * (squares / (n - 1))) : 0,
      swing: n > 2 && mean > 0 ? Math.sqrt(squares / (n - 1)) / mean : 0,
      samples: n,
    }),
  };
}
