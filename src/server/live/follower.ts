// One run as it goes on: what /api/live tells of it, and how its end looked at the moments before.

import { chainOfRun } from '../../app/run-chain.ts';
import { shelfOf } from '../../app/shelf.ts';
import { valuesOf } from '../../app/values.ts';
import { type Course, type CourseLog, createCourseLog } from '../../decide/course-log.ts';
import { reachOf } from '../../decide/expected.ts';
import { courseOf } from '../../grid/course.ts';
import { withPue } from '../../grid/values.ts';
import { type RunEntry, runOf } from '../../ledger/runs.ts';
import { cellsOf } from '../../report/heat-cells.ts';
import { topJson } from '../../top/document.ts';
import { follow } from '../../top/follow.ts';
import type { View } from '../../top/watch.ts';
import type { GridNow, LiveRun } from '../contract/live.ts';

export interface Follower {
  /** Never rejects. */
  look(entry: RunEntry, now_ms: number): Promise<LiveRun>;
  /** What was foreseen at the looks so far. */
  readonly courses: readonly Course[];
}

/** Of the power's history: one a second. */
const STRETCHES = 300;
const HOUR_MS = 3_600_000;
const HOURS_AHEAD = 24;
const GRID_EVERY_MS = 60_000;

export function createFollower(ledger: string, first: RunEntry): Follower {
  const { pue } = valuesOf(shelfOf(ledger), first.record);
  const chain = () => {
    const { series, none } = chainOfRun(ledger, runOf(ledger, first.record.id) ?? first);
    return { series: withPue(series, pue), none };
  };
  const followed = follow(ledger, first, { chain, limits: [] });
  let log: CourseLog | null = null;
  let grid: { readonly at_ms: number; readonly told: GridTold } | null = null;
  return {
    async look(entry, now_ms) {
      const view = await followed.look(entry, now_ms, STRETCHES);
      if (grid === null || Math.abs(now_ms - grid.at_ms) >= GRID_EVERY_MS)
        grid = { at_ms: now_ms, told: gridOf(ledger, entry, now_ms) };
      log ??= createCourseLog(followed.past());
      note(log, view);
      const { schema: _, devices: __, ...told } = topJson(view);
      return { ...told, ...grid.told } as LiveRun;
    },
    get courses() {
      return log?.courses ?? [];
    },
  };
}

function note(log: CourseLog, { at_ms, state, figures, budgets }: View): void {
  if (state !== 'running' && state !== 'paused') return;
  const { energy_j, emissions_g, projection, end_g } = figures;
  const end_j = projection?.end_j ? reachOf(projection.end_j) : null;
  log.add('energy', { at_ms, spent: energy_j, end: end_j });
  log.add('emissions', { at_ms, spent: emissions_g, end: end_g });
  for (const { in_force, spent, end } of budgets)
    if (in_force !== null) log.add(in_force.name, { at_ms: in_force.at_ms, spent, end });
}

type GridTold = Pick<LiveRun, 'grid' | 'no_grid'>;

/** Of the place where it is now; without the PUE. */
function gridOf(ledger: string, entry: RunEntry, now_ms: number): GridTold {
  const from_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS;
  const to_ms = from_ms + HOURS_AHEAD * HOUR_MS;
  const { series, none } = chainOfRun(ledger, entry, { span: { from_ms, to_ms } });
  if (series.length === 0) return { grid: null, no_grid: none ?? 'no intensity is known' };
  // Of a run that was in several places these are of one kind, as chainOfRun has seen to.
  const { edges_ms, which, g_per_kwh } = courseOf(series, from_ms, to_ms);
  const pieces = Array.from(which, (one, i) => ({ one, i })).flatMap(({ one, i }) =>
    one < 0
      ? []
      : [
          {
            ...{ from_ms: edges_ms[i]!, to_ms: edges_ms[i + 1]!, g_per_kwh: g_per_kwh[i]! },
            ...{ quality: series[one]!.quality, series: series[one]! },
          },
        ],
  );
  const now = pieces.find((piece) => piece.from_ms <= now_ms && now_ms < piece.to_ms);
  if (now === undefined) return { grid: null, no_grid: 'no intensity is known for this hour' };
  const { zone, provider, kind, scope, quality } = now.series;
  const cells = cellsOf(pieces, { from_ms, to_ms, cell_ms: HOUR_MS, within: { from_ms, to_ms } });
  const hours = cells.map(({ from_ms, g_per_kwh, quality }): GridNow['hours'][number] => ({
    ...{ from_ms, g_per_kwh, quality },
  }));
  return { grid: { zone, provider, kind, scope, quality, g_per_kwh: now.g_per_kwh, hours }, no_grid: null };
}
