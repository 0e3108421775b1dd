// What was noticed while a device was metered, over all writers that metered it.
//
// Each writer tells it again and again, so that a kill loses little of it: of each writer the last counts.

import type { EventRow, WriterRecord } from '../ledger/records.ts';

/** One writer's share of a device: its name there, and what to take where it noticed nothing before it died. */
export interface Part {
  readonly writer: Pick<WriterRecord, 'writer'>;
  readonly device: string;
}

export interface Findings {
  /** J by the counter and by polled power over the same time. */
  readonly counter_j: number;
  readonly polled_j: number;
  /** J that the counter's steps leave open at the edges of the writers that told. */
  readonly edge_j: number;
  readonly stalls: number;
  /** Relative reach (90 %) of power that changes faster than it was sampled; 0 where it does not. */
  readonly aliasing: number;
  /** Means over the samples of 0..1; null where none tells. */
  readonly utilisation: number | null;
  /** Readings of power within the run; null where no writer told. */
  readonly samples: number | null;
  /** Writers that told nothing: they died early. */
  readonly silent: number;
}

const NOTHING: Findings = {
  ...{ counter_j: 0, polled_j: 0, edge_j: 0, stalls: 0, aliasing: 0, utilisation: null, samples: null, silent: 0 },
};

type Facts = NonNullable<EventRow['facts']>;

/** Sums over a device's parts. Events without a writer are those of a run just ended, which has one. */
export function findingsOf(events: readonly EventRow[], parts: readonly Part[]): Findings {
  if (events.length === 0) return { ...NOTHING, silent: parts.length };
  const told = parts.flatMap(({ writer, device }) => {
    const last = events.findLast(
      (event) =>
        event.event === 'findings' && event.device === device && (event.writer ?? writer.writer) === writer.writer,
    );
    return last?.facts === undefined ? [] : [last.facts];
  });
  const fact = (facts: Facts, name: string) => Number(facts[name] ?? 0);
  const total = (name: string) => told.reduce((s, facts) => s + fact(facts, name), 0);
  const polled_j = total('polled_j');
  const mean = (name: string): number | null => {
    const those = told.filter((facts) => typeof facts[name] === 'number');
    const weight = (facts: Facts) => Math.max(1, fact(facts, 'samples'));
    const all = those.reduce((s, facts) => s + weight(facts), 0);
    return all === 0 ? null : those.reduce((s, facts) => s + weight(facts) * fact(facts, name), 0) / all;
  };
  return {
    ...{ counter_j: total('counter_j'), polled_j, edge_j: total('edge_j'), stalls: total('stalls') },
    aliasing: told.reduce((s, facts) => {
      const share = polled_j > 0 ? fact(facts, 'polled_j') / polled_j : 1 / told.length;
      return s + share * aliasingReach(fact(facts, 'roughness'), fact(facts, 'swing'), fact(facts, 'samples'));
    }, 0),
    ...{
      utilisation: mean('utilisation'),
      samples: told.length === 0 ? null : total('samples'),
      silent: parts.length - told.length,
    },
  };
}

/** docs/methodology.md#gauges: rougher than half of unresolved, with a swing above 5 % of the mean. */
function aliasingReach(roughness: number, swing: number, samples: number): number {
  return roughness > 0.5 && swing > 0.05 ? 1.645 * swing * Math.max(0.1, 1 / Math.sqrt(samples || 1)) : 0;
}
