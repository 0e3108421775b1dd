// What is left of a job, the grid here and the grids elsewhere → where it should go on, the least emissions first, with why.
//
// A move costs: what it loses of running is run again over there, and later. A place that does not save more than that is
// none. What is not known is no reason to move.

import type { IntensitySeries } from '../grid/series.ts';
import { massText } from './green-text.ts';
import type { Flow, GridAhead } from './grid-ahead.ts';
import { gridAhead } from './grid-ahead.ts';
import { NOWHERE, type Order, type Want } from './orders.ts';

/** A place where the job may go on. */
export interface Place<T> {
  readonly site: T;
  /** For people. */
  readonly name: string;
  /** ms of running that going there costs: what was done since the checkpoint, waiting, starting. */
  readonly cost_ms: number;
  /** Best first, with a PUE that changes; none: nothing is known of its grid. */
  readonly chain: readonly IntensitySeries[];
}

export interface Leaving {
  /** What is still to flow here; null: nobody can tell. */
  readonly rest: Flow | null;
  /** Its emissions here; null: not known. */
  readonly here: GridAhead | null;
  /** A flat PUE, which the chains do not hold. */
  readonly factor: number;
}

export interface Better<T> {
  readonly site: T;
  readonly emissions_g: number;
  readonly why: string;
}

/** `why` says of none why the job stays. */
export interface Destinations<T> {
  readonly better: readonly Better<T>[];
  readonly why: string;
}

/** Places that emit less than going on here, their costs included; the best first. Never throws but as gridAhead. */
export function destinations<T>({ rest, here, factor }: Leaving, places: readonly Place<T>[]): Destinations<T> {
  if (rest === null) return { better: [], why: 'it is not moved: nobody can tell yet how much of it is left' };
  if (here === null)
    return { better: [], why: 'it is not moved: no intensity is known here for all of the time that is left' };
  const all = places.map(({ site, name, cost_ms, chain }) => {
    const there = gridAhead(withCost(rest, cost_ms), chain, factor);
    return { site, name, emissions_g: there?.emissions_g ?? null };
  });
  const known = all.flatMap((one) => (one.emissions_g === null ? [] : [{ ...one, emissions_g: one.emissions_g }]));
  known.sort((a, b) => a.emissions_g - b.emissions_g);
  const stay = `${massText(here.emissions_g)} if it goes on here`;
  const told = (one: (typeof known)[number]) => `${massText(one.emissions_g)} in ${one.name}`;
  const better = known
    .filter(({ emissions_g }) => emissions_g < here.emissions_g)
    .map((one) => ({
      ...{ site: one.site, emissions_g: one.emissions_g },
      why: `what is left emits ${told(one)}, the move included, and ${stay}`,
    }));
  if (better.length > 0) return { better, why: better[0]!.why };
  const unknown = all.filter(({ emissions_g }) => emissions_g === null).map(({ name }) => name);
  const said = [
    ...(known.length > 0 ? [`it would emit ${told(known[0]!)}, the move included, and ${stay}`] : []),
    ...(unknown.length > 0 ? [`no intensity is known of ${unknown.join(', ')}`] : []),
  ];
  return { better: [], why: `it is not moved: ${said.join('; ')}` };
}

/** The rest at its power, begun anew: as long as it was, and as long as the move costs. */
function withCost({ from_ms, to_ms, energy_j }: Flow, cost_ms: number): Flow {
  const longer = (to_ms - from_ms + cost_ms) / (to_ms - from_ms);
  return { from_ms, to_ms: to_ms + cost_ms, energy_j: energy_j * longer };
}

export const wantsMove = ({ holding }: Want): boolean => holding.some(({ act }) => act === 'move');

/** An order with why it is moved where it is, or why a pause stands for that; null: nothing was asked of places. */
export function explained(order: Order, why: string | null): Order {
  if (why === null) return order;
  if (order.act === 'pause' && order.why === NOWHERE) return { ...order, why };
  return order.act === 'move' ? { ...order, why: order.why === null ? why : `${order.why}; ${why}` } : order;
}
