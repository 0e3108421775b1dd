// Windows that the program named itself (`with joulebook.window("eval")`) as rows, one for each path of names.
//
// They nest and overlap, and some time is in none, so unlike every other division they do not add up to the run.

import { type Cell, spread } from '../emissions/operational.ts';
import type { ReportInput } from './build.ts';
import type { ReportRow } from './model.ts';
import type { reachOf } from './step-energy.ts';
import { timeline } from './timeline.ts';
import { type WindowUse, windowsOf } from './window-events.ts';

/** Rows by path, in order of their first beginning; `overhead` as for rowsBy, `reach` gives the interval of a part. */
export function windowRows(
  input: ReportInput,
  overhead: number | null,
  reach: ReturnType<typeof reachOf>,
): ReportRow[] {
  const windows = windowsOf(input.events).sort((a, b) => a.from_ms - b.from_ms);
  if (windows.length === 0) return [];
  const used = usedBetween(input, windows);
  const known = input.energy.charged.energy_j.length > 0;
  const rows = new Map<string, ReportRow & { count: number; duration_s: number; energy_j: number | null }>();
  for (const { path, from_ms, to_ms } of windows) {
    const row = rows.get(path) ?? {
      ...{ window: path, from_ms, to_ms, count: 0, duration_s: 0, energy_j: known ? 0 : null },
      ...{
        emissions_g: overhead === null ? null : 0,
        tokens: null,
        low_j: null,
        high_j: null,
        other_j: null,
        j_per_token: null,
      },
    };
    const { energy_j, emissions_g } = used(from_ms, to_ms);
    row.count++;
    row.to_ms = Math.max(row.to_ms!, to_ms);
    row.duration_s += (to_ms - from_ms) / 1000;
    if (row.energy_j !== null) row.energy_j += energy_j;
    if (row.emissions_g !== null) row.emissions_g += emissions_g * overhead!;
    rows.set(path, row);
  }
  // Each time that a window was open has edges of its own.
  const interval = ({ energy_j, duration_s, count }: { energy_j: number | null; duration_s: number; count: number }) =>
    energy_j === null ? {} : reach(energy_j, duration_s / count);
  return [...rows.values()].map((row) => ({ ...row, ...interval(row) }));
}

/** Energy and emissions between any two edges of the windows, by one pass over the run. */
function usedBetween(input: ReportInput, windows: readonly WindowUse[]) {
  const inner = [...new Set(windows.flatMap(({ from_ms, to_ms }) => [from_ms, to_ms]))].sort((a, b) => a - b);
  // What lies before the first edge or after the last would count into the first or last cell.
  const edges = [Number.NEGATIVE_INFINITY, ...inner, Number.POSITIVE_INFINITY];
  const sums: Used[] = [{ energy_j: 0, emissions_g: 0 }];
  for (const { energy_j, emissions_g } of spread(timeline(input), edges, input.chain)) {
    const before = sums[sums.length - 1]!;
    sums.push({ energy_j: before.energy_j + energy_j, emissions_g: before.emissions_g + emissions_g });
  }
  const place = new Map(edges.map((at, i) => [at, i]));
  return (from_ms: number, to_ms: number): Used => {
    const [from, to] = [sums[place.get(from_ms)!]!, sums[place.get(to_ms)!]!];
    return { energy_j: to.energy_j - from.energy_j, emissions_g: to.emissions_g - from.emissions_g };
  };
}

type Used = Pick<Cell, 'energy_j' | 'emissions_g'>;
