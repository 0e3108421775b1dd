// Runs put onto real grids, with the forecasts that were there at the time: what the emissions were projected to be, by what
// the run had told and by knowing all of its energy beforehand. Both see the same forecast, so that their difference is
// what the projection of the energy costs.
//
// Recorded and made-up runs take minutes or hours; they are stretched to so many hours, power and joules in proportion.

import { reachOf } from '../../src/decide/expected.ts';
import { endOf, restOf } from '../../src/decide/foresight.ts';
import { gridAhead } from '../../src/decide/grid-ahead.ts';
import { createProjector } from '../../src/decide/projection.ts';
import { NOTHING } from '../../src/decide/spent.ts';
import { spread } from '../../src/emissions/operational.ts';
import type { IntensitySeries } from '../../src/grid/series.ts';
import { characterOf, type Forecast } from './intensity-traces.ts';
import type { LoggedRun } from './synthetic-runs.ts';

const HOUR_MS = 3_600_000;
const KNOWN_H = 28 * 24;

export interface CarbonLook {
  readonly kind: string;
  readonly zone: string;
  /** Projected ÷ real − 1, by the run's own log, and with its energy known to the end; null where the log told too little. */
  readonly error: number | null;
  readonly with_energy: number;
  readonly inside: boolean;
}

/** After `share` of the work of a run that takes `hours`, begun at an hour of an issue of a forecast. */
export function carbonLook(
  run: LoggedRun,
  forecast: Forecast,
  { issue, start_h, hours, share }: { issue: number; start_h: number; hours: number; share: number },
): CarbonLook | null {
  const { at_h, actual, forecast: said } = forecast.issues[issue]!;
  const by = (hours * 3600) / run.end_s;
  const begin_ms = (at_h + start_h) * HOUR_MS;
  const at = run.done.findIndex((done) => done >= share * run.total);
  const now_ms = begin_ms + run.s[at]! * by * 1000;
  const { trace } = forecast;
  const from = at_h - trace.from_h - KNOWN_H;
  const known = characterOf(trace.g_per_kwh, from, from + KNOWN_H);
  if (known === null || actual.some(Number.isNaN) || said.some(Number.isNaN)) return null;
  const series = (quality: 'measured' | 'forecast', values: Float64Array): IntensitySeries => ({
    ...{ zone: trace.zone, provider: 'test', kind: 'average', scope: 'direct', quality, source: '', licence: '' },
    ...{ year: null, g_per_kwh: values, from_ms: values.map((_, i) => (at_h + i) * HOUR_MS) },
    to_ms: values.map((_, i) => (at_h + i + 1) * HOUR_MS),
    evidence: { known, ...(quality === 'forecast' ? { lead_h: values.length / 2 } : {}) },
  });
  const [truth, ahead] = [series('measured', actual), series('forecast', said)];
  const grams = (from: number, to: number, what: IntensitySeries) => {
    const times = Float64Array.from([0, ...run.s, run.end_s], (s) => begin_ms + s * by * 1000);
    const joules = [0, ...run.j, run.end_j].map((j) => j * by);
    const parts = { from_ms: times.subarray(from, to), to_ms: times.subarray(from + 1, to + 1) };
    const energy_j = joules.slice(from + 1, to + 1).map((j, i) => j - joules[from + i]!);
    return spread({ ...parts, energy_j }, [begin_ms - HOUR_MS, begin_ms + 1000 * HOUR_MS], [what])[0]!.emissions_g;
  };
  const last = run.s.length + 1;
  const [spent, real] = [grams(0, at + 1, truth), grams(0, last, truth)];
  const projector = createProjector();
  for (let i = 0; i <= at; i++)
    projector.add({ at_ms: begin_ms + run.s[i]! * by * 1000, done: run.done[i]!, energy_j: run.j[i]! * by });
  const projection = projector.at({ at_ms: now_ms, used_j: run.j[at]! * by, total: run.total });
  const rest = projection === null ? null : restOf(projection, { now_ms, until_ms: null });
  const grid = rest === null ? null : gridAhead(rest, [ahead]);
  const standing = { now_ms, own: spent, tokens: null, others: NOTHING, until_ms: null, grid };
  const end = projection === null ? 'nothing' : endOf('emissions', projection, standing);
  const reach = typeof end === 'string' ? null : reachOf(end);
  return {
    ...{ kind: run.kind, zone: trace.name },
    error: reach === null ? null : reach.value / real - 1,
    with_energy: (spent + grams(at + 1, last, ahead)) / real - 1,
    inside: reach !== null && reach.low <= real && real <= reach.high,
  };
}
