// Values → a line of small bars, for where no picture can be shown.

const BARS = '▁▂▃▄▅▆▇█';

/** The lowest of all groups is the lowest bar, the highest the highest; groups are set apart by " │ ". */
export function sparkline(groups: readonly (readonly number[])[]): string {
  const all = groups.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const bar = (value: number) => BARS[high === low ? 3 : Math.min(7, Math.floor(((value - low) / (high - low)) * 8))]!;
  return groups.map((values) => values.map(bar).join('')).join(' │ ');
}
