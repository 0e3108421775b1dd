// What a run has come to so far, from its rows of energy and its steps as they are written: what flows now, what was
// used, how fast the work goes and where it will end. The ledger is the record; this is for people who watch.
//
// Bounded memory: sums, the last row of each device, the quarter hours of two days, the latest steps. What is not known is null.

import type { Reach } from '../decide/budget.ts';
import { reachOf } from '../decide/expected.ts';
import { endOf, restOf, type Standing } from '../decide/foresight.ts';
import { type Flow, type GridAhead, gridAhead } from '../decide/grid-ahead.ts';
import { type GridSeen, gridSeen } from '../decide/grid-seen.ts';
import type { Projection } from '../decide/projection.ts';
import { NOTHING } from '../decide/spent.ts';
import { spread } from '../emissions/operational.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { RunRecord, StepRow } from '../ledger/records.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { cumulativeAt, type Declared } from '../workload/work.ts';
import { createJobAhead, type Goal, type Steps } from './job-ahead.ts';

/** Figures of the moment. Energy is that of the charged devices, before PUE; emissions are with it, where it is known. */
export interface Figures {
  /** Null where no charged device tells. */
  readonly power_w: number | null;
  readonly energy_j: number | null;
  /** Some of the time of a charged device is not known: energy and emissions are at least that. */
  readonly partial: boolean;
  /** Null without an intensity for all of the energy. */
  readonly emissions_g: number | null;
  readonly step: number | null;
  readonly total: number | null;
  readonly tokens_per_s: number | null;
  readonly j_per_token: number | null;
  readonly phase: string | null;
  readonly projection: Projection | null;
  /** Emissions of the whole job at the intensity known for the time that is left; its interval holds pace and intensity. */
  readonly end_g: Reach | null;
  /** Emissions of what is left; null where the projection or an intensity is not known. */
  readonly grid: GridAhead | null;
}

export type { Steps } from './job-ahead.ts';

export interface StepWindow extends Steps {
  add(row: StepRow): void;
}

/** Keeps the latest steps, and ever fewer of those before, in bounded memory. */
export function createStepWindow(): StepWindow {
  let before: StepRow[] = [];
  let rows: StepRow[] = [];
  let total: number | null = null;
  return {
    add(row) {
      total = row.total ?? total;
      rows.push(row);
      if (rows.length < 2 * RECENT_STEPS) return;
      before.push(...rows.slice(0, -RECENT_STEPS));
      rows = rows.slice(-RECENT_STEPS);
      while (before.length > RECENT_STEPS) before = before.filter((_, i) => i % 2 === 0);
    },
    get rows() {
      return before.length === 0 ? rows : [...before, ...rows];
    },
    get total() {
      return total;
    },
  };
}

export interface DeviceFigures {
  /** Mean W of its newest row; null where it is unknown, or the row is old. */
  readonly power_w: number | null;
  /** J; null where none is known. */
  readonly energy_j: number | null;
  readonly observed_ms: number;
  readonly unknown_ms: number;
}

/** What an account needs of a row. */
export type LiveRow = Pick<EnergyRow, 'device' | 'from_ms' | 'to_ms' | 'energy_j' | 'quality'>;

export interface LiveAccount {
  row(row: LiveRow): void;
  /** `charged` names the devices that count; `steps` are the latest ones, by time: of them all the projection is made. */
  figures(charged: ReadonlySet<string>, now_ms: number, steps: Steps): Figures;
  /** Emissions of energy to come, by what is known of the grid now; null where that is not all of it. */
  ahead(flow: Flow): GridAhead | null;
  /** How dirty the grid is now, and its forecast as it stands. */
  grid(now_ms: number): GridSeen | null;
  device(name: string, now_ms: number): DeviceFigures;
  /** The job was held for so long, up to now, and drew so much: it is spent, but no pace. */
  paused(pause: { readonly s: number; readonly energy_j: number }): void;
  /** Another chain counts from now on, and for the last two days too. */
  learn(chain: readonly IntensitySeries[]): void;
}

interface Stretch {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
}

interface Counted {
  /** J whose intensity is known. */
  readonly known_j: number;
  readonly emissions_g: number;
}

interface Use {
  last: LiveRow;
  energy_j: number | null;
  emissions_g: number;
  /** J whose intensity is known. */
  known_j: number;
  /** By the quarter hours of the last two days, to be counted again when more is known of the grid. */
  readonly lately: Map<number, Stretch & Counted>;
  observed_ms: number;
  unknown_ms: number;
}

const QUARTER_MS = 900_000;
const LATELY = 192;
const RECENT_STEPS = 400;
/** Paces are of this much time at most, so that they follow what goes on now. */
const RECENT_MS = 600_000;
/** A device is silent when its newest row is older than a few of its rows, and than this. */
const SILENT_MS = 15_000;
const SILENT_ROWS = 4;

/** An account; `pue` null counts IT energy alone, as the report does. The goal is what people say of the whole job. */
export function createLiveAccount(
  first: readonly IntensitySeries[],
  { pue, work = {}, goal }: Pick<RunRecord, 'pue' | 'work'> & { readonly goal?: Goal },
): LiveAccount {
  const uses = new Map<string, Use>();
  const factor = pue ?? 1;
  const job = createJobAhead(work, goal);
  let chain = first;
  let began_ms: number | null = null;
  const counted = ({ from_ms, to_ms, energy_j }: Stretch): Counted => {
    if (chain.length === 0) return { known_j: 0, emissions_g: 0 };
    const [cell] = spread({ from_ms: [from_ms], to_ms: [to_ms], energy_j: [energy_j] }, [from_ms, to_ms], chain);
    return { known_j: cell!.known_j, emissions_g: cell!.emissions_g * factor };
  };

  const powerOf = ({ last }: Use, now_ms: number): number | null => {
    const age = now_ms - last.to_ms;
    if (age > Math.max(SILENT_MS, SILENT_ROWS * (last.to_ms - last.from_ms))) return null;
    return last.energy_j === null ? null : (last.energy_j * 1000) / (last.to_ms - last.from_ms);
  };

  return {
    row(row) {
      const { device, from_ms, to_ms, energy_j } = row;
      let use = uses.get(device);
      if (use === undefined) {
        use = {
          last: row,
          energy_j: null,
          emissions_g: 0,
          known_j: 0,
          observed_ms: 0,
          unknown_ms: 0,
          lately: new Map(),
        };
        uses.set(device, use);
      }
      if (to_ms >= use.last.to_ms) use.last = row;
      began_ms = Math.min(began_ms ?? from_ms, from_ms);
      if (row.quality === 'measured' || row.quality === 'filled') use.observed_ms += to_ms - from_ms;
      if (energy_j === null) {
        use.unknown_ms += to_ms - from_ms;
        return;
      }
      use.energy_j = (use.energy_j ?? 0) + energy_j;
      const { known_j, emissions_g } = counted({ from_ms, to_ms, energy_j });
      use.known_j += known_j;
      use.emissions_g += emissions_g;
      const quarter = Math.floor(from_ms / QUARTER_MS);
      const held = use.lately.get(quarter);
      use.lately.set(quarter, {
        from_ms: Math.min(held?.from_ms ?? from_ms, from_ms),
        to_ms: Math.max(held?.to_ms ?? to_ms, to_ms),
        energy_j: (held?.energy_j ?? 0) + energy_j,
        known_j: (held?.known_j ?? 0) + known_j,
        emissions_g: (held?.emissions_g ?? 0) + emissions_g,
      });
      if (use.lately.size > LATELY) use.lately.delete(use.lately.keys().next().value!);
    },
    learn(other) {
      chain = other;
      for (const use of uses.values()) {
        for (const [quarter, stretch] of use.lately) {
          const again = counted(stretch);
          use.known_j += again.known_j - stretch.known_j;
          use.emissions_g += again.emissions_g - stretch.emissions_g;
          use.lately.set(quarter, { ...stretch, ...again });
        }
      }
    },
    figures(charged, now_ms, told) {
      const { rows, total } = told;
      const counted = [...uses].flatMap(([name, use]) => (charged.has(name) ? [use] : []));
      const powers = counted.map((use) => powerOf(use, now_ms));
      const known = counted.flatMap(({ energy_j }) => (energy_j === null ? [] : [energy_j]));
      const energy_j = known.length === 0 ? null : known.reduce((s, j) => s + j, 0);
      const accounted = counted.reduce((s, { known_j }) => s + known_j, 0);
      const whole = energy_j !== null && chain.length > 0 && accounted >= energy_j * (1 - 1e-9);
      const emissions_g = whole ? counted.reduce((s, use) => s + use.emissions_g, 0) : null;
      const last = rows.findLast(({ step, phase }) => step !== null && phase !== 'eval') ?? null;
      const { tokens_per_s, j_per_token } = pacesOf(
        rows.filter(({ at_ms }) => at_ms >= now_ms - RECENT_MS),
        work,
      );
      const projection = job.at(told, { now_ms, began_ms, used_j: energy_j });
      const rest = projection === null ? null : restOf(projection, { now_ms, until_ms: null });
      const grid = rest === null ? null : gridAhead(rest, chain, factor);
      return {
        power_w: powers.some((w) => w !== null) ? powers.reduce<number>((s, w) => s + (w ?? 0), 0) : null,
        energy_j,
        partial: counted.some(({ unknown_ms }) => unknown_ms > 0),
        ...{ emissions_g, step: last?.step ?? null, total, tokens_per_s, j_per_token },
        phase: rows.at(-1)?.phase ?? null,
        projection,
        end_g: endOfGrams(projection, { now_ms, own: emissions_g, ...ALONE, grid }),
        grid,
      };
    },
    paused: job.paused,
    ahead: (flow) => gridAhead(flow, chain, factor),
    grid: (now_ms) => gridSeen(chain, now_ms),
    device(name, now_ms) {
      const use = uses.get(name);
      if (use === undefined) return { power_w: null, energy_j: null, observed_ms: 0, unknown_ms: 0 };
      const { energy_j, observed_ms, unknown_ms } = use;
      return { power_w: powerOf(use, now_ms), energy_j, observed_ms, unknown_ms };
    },
  };
}

/** Of this run, and of all of it. */
const ALONE = { tokens: null, others: NOTHING, until_ms: null } as const;

function endOfGrams(projection: Projection | null, standing: Standing): Reach | null {
  const end = projection === null ? null : endOf('emissions', projection, standing);
  return end === null || typeof end === 'string' ? null : reachOf(end);
}

function pacesOf(recent: readonly StepRow[], work: Declared) {
  const used = new Map(recent.map(({ at_ms, it_j }) => [at_ms, it_j]));
  const points = cumulativeAt(recent, work).map((point) => ({ ...point, energy_j: used.get(point.at_ms) ?? null }));
  const told = points.filter(({ tokens }) => tokens !== null);
  const [first, last] = [told[0], told.at(-1)];
  const tokens = first === undefined ? 0 : last!.tokens! - first.tokens!;
  const ms = first === undefined ? 0 : last!.at_ms - first.at_ms;
  const [from, to] = [first?.energy_j ?? null, last?.energy_j ?? null];
  return {
    tokens_per_s: tokens > 0 && ms > 0 ? (tokens * 1000) / ms : null,
    j_per_token: tokens > 0 && from !== null && to !== null ? (to - from) / tokens : null,
  };
}
