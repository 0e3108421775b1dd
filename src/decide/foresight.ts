// A projection of time and energy → what a budget's measure comes to, how likely its limit is passed, and when.
//
// Emissions follow the grid over the hours that are left (grid-ahead.ts); water and money go on per joule as they did so
// far. A ratio may still fall: what is spent of it is not the least that it can come to.

import type { Limit, Measure, Reach, Sight } from './budget.ts';
import { chanceAbove, type Expected, reachOf, scaled } from './expected.ts';
import type { Flow, GridAhead } from './grid-ahead.ts';
import type { Projection } from './projection.ts';
import { isRatio, PER, type Spent } from './spent.ts';

/** How a budget and its run stand. */
export interface Standing {
  readonly now_ms: number;
  /** What this run has spent: J, g, l or money, of a ratio what is divided; null: not known. */
  readonly own: number | null;
  /** Of this run so far; null: none are told. Asked for ratios. */
  readonly tokens: number | null;
  /** What else counts toward the budget. */
  readonly others: Spent;
  /** Where the period ends before the run may: what comes later does not count. Null: never. */
  readonly until_ms: number | null;
  /** Emissions of what is left (of `restOf`); null: not known. Asked for emissions and their ratio. */
  readonly grid: GridAhead | null;
}

export type Foresight = Pick<Sight, 'end' | 'overrun' | 'crosses_ms' | 'why'>;

/** What the run will still use, until it ends or the period does: the flow to ask the grid about. Null where nobody can tell. */
export function restOf(projection: Projection, when: When): Flow | null {
  const { left_s, end_j, used_j } = projection;
  if (end_j === null || used_j === null) return null;
  const part = partOfRest(projection, when);
  const to_ms = when.now_ms + Math.max(1, left_s.value * 1000 * part);
  return { from_ms: when.now_ms, to_ms, energy_j: Math.max(0, end_j.value - used_j) * part };
}

/** What the run is still to use by its projection, J and g; null each: not known. `end_g` is of the whole job, as what was emitted is. */
export function leftOf(
  projection: Projection | null,
  emissions: { readonly end_g: Reach | null; readonly own_g: number | null },
): { readonly energy: Reach | null; readonly emissions: Reach | null } {
  const { end_j = null, used_j = null } = projection ?? {};
  const { end_g, own_g } = emissions;
  return {
    energy: end_j === null || used_j === null ? null : lessBy(reachOf(end_j), used_j),
    emissions: end_g === null || own_g === null ? null : lessBy(end_g, own_g),
  };
}

function lessBy({ value, low, high }: Reach, by: number): Reach {
  const less = (one: number) => Math.max(0, one - by);
  return { value: less(value), low: less(low), high: less(high) };
}

/** How much of what is left lies before the end of the period, 0..1: work, time and energy alike. */
function partOfRest({ left_s }: Projection, { now_ms, until_ms }: When): number {
  if (until_ms === null || !(left_s.value > 0)) return 1;
  return Math.min(1, Math.max(0, until_ms - now_ms) / (left_s.value * 1000));
}

type When = Pick<Standing, 'now_ms' | 'until_ms'>;

/** What is known of the end of a budget; nothing is where the projection, what is spent or the grid is not. */
export function foresee(
  limit: Pick<Limit, 'measure' | 'value'>,
  projection: Projection | null,
  standing: Standing,
): Foresight {
  const end = projection === null ? NO_PROJECTION : endOf(limit.measure, projection, standing);
  if (typeof end === 'string') return { end: null, overrun: null, crosses_ms: null, why: end };
  return {
    end: reachOf(end),
    overrun: chanceAbove(end, limit.value),
    crosses_ms: crossing(limit, { end, projection: projection!, standing }),
    why: null,
  };
}

const NO_PROJECTION =
  'the log has not told enough yet: three stretches of steps and how many there will be (--total-steps and its like say it)';
const NO_ENERGY = 'the energy of its steps is not known';
const NO_GRID = 'no intensity is known for all of the time that is left';
const NOT_SPENT = 'what is spent is not known';
const NO_TOKENS = 'no tokens are told yet';

/** The measure at the end, what others spent included; a text where that is not known. */
export function endOf(measure: Measure, projection: Projection, standing: Standing): Expected | string {
  const per = PER[measure];
  if (per !== undefined && standing.tokens === null) return NO_TOKENS;
  const own = ownEnd(measure, projection, standing);
  if (typeof own === 'string') return own;
  const { others } = standing;
  const end: Expected = {
    value: own.value + others.value,
    down: own.down + Math.max(0, others.value - others.low),
    up: own.up + Math.max(0, others.high - others.value),
    least: own.least + others.value,
  };
  if (per === undefined) return end;
  const tokens = (others.tokens ?? 0) + tokensAtEnd(projection, standing);
  return tokens > 0 ? scaled(end, per / tokens) : NO_TOKENS;
}

/** J, g, l or money of this run at the end. */
function ownEnd(measure: Measure, projection: Projection, standing: Standing): Expected | string {
  const { own, grid } = standing;
  const { end_j, used_j } = projection;
  const rest = restOf(projection, standing);
  if (rest === null || end_j === null || used_j === null) return NO_ENERGY;
  if (own === null) return NOT_SPENT;
  const part = partOfRest(projection, standing);
  const off = { down: end_j.down * part, up: end_j.up * part };
  const by = (per_j: number): Expected => ({
    ...{ value: own + rest.energy_j * per_j, down: off.down * per_j, up: off.up * per_j, least: own },
  });
  switch (measure) {
    case 'energy':
    case 'j_per_token':
      return by(1);
    case 'water':
    case 'money':
      return used_j > 0 ? by(own / used_j) : NOT_SPENT;
    case 'emissions':
    case 'g_per_million_tokens':
      return grid === null ? NO_GRID : withGrid({ own, rest, off, grid });
  }
}

/** Tokens go with the work, and those of this run with its own. */
function tokensAtEnd(projection: Projection, standing: Standing): number {
  const { own_share: share } = projection;
  const rest = restOf(projection, standing);
  if (standing.tokens === null || rest === null || !(share > 0)) return 0;
  return (standing.tokens * (share + (1 - share) * partOfRest(projection, standing))) / share;
}

/** How much energy and how clean it is are two causes of error: they add in quadrature. */
function withGrid({
  own,
  rest,
  off,
  grid,
}: {
  own: number;
  rest: Flow;
  off: { down: number; up: number };
  grid: GridAhead;
}): Expected {
  const per_j = rest.energy_j > 0 ? grid.emissions_g / rest.energy_j : 0;
  return {
    value: own + grid.emissions_g,
    down: Math.hypot(off.down * per_j, grid.down_g),
    up: Math.hypot(off.up * per_j, grid.up_g),
    least: own,
  };
}

/** When the expected course passes the limit; now where it is passed. Null: it does not, or it is a ratio. */
function crossing(
  { measure, value: limit }: Pick<Limit, 'measure' | 'value'>,
  { end, projection, standing }: { end: Expected; projection: Projection; standing: Standing },
): number | null {
  if (isRatio(measure)) return null;
  const spent = standing.own! + standing.others.value;
  const rest = restOf(projection, standing)!;
  if (spent > limit) return standing.now_ms;
  if (end.value <= limit) return null;
  const course =
    measure === 'emissions'
      ? standing.grid!.course.map(({ at_ms, emissions_g }) => ({ at_ms, amount: emissions_g }))
      : [
          { at_ms: rest.from_ms, amount: 0 },
          { at_ms: rest.to_ms, amount: end.value - spent },
        ];
  const after = course.findIndex(({ amount }) => spent + amount > limit);
  if (after < 1) return null;
  const [a, b] = [course[after - 1]!, course[after]!];
  return a.at_ms + ((b.at_ms - a.at_ms) * (limit - spent - a.amount)) / (b.amount - a.amount);
}
