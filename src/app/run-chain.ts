// Which series a run is accounted with: those of each zone that it was in, for the time that it was there; and, of kind marginal,
// a chain of its own beside it, because kinds do not mix.

import { Fault } from '../core/fault.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import type { Span } from '../grid/provider.ts';
import { clipped } from '../grid/series.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import type { ReportInput } from '../report/build.ts';
import type { Marginal } from '../report/market-lines.ts';
import { type Chain, type Own, zoneChain } from '../run/intensity.ts';
import { type Shelf, shelfOf } from './shelf.ts';

type Told = Pick<RunEntry, 'record'> & {
  readonly unsure?: RunEntry['unsure'];
  readonly writers: readonly Pick<RunEntry['writers'][number], 'record' | 'end'>[];
};

export interface ChainOfRun extends Chain {
  /** Where it was in several places; see ReportInput. */
  readonly places?: NonNullable<ReportInput['places']>;
}

export interface ChainWishes {
  readonly span?: Span;
  readonly as_of_ms?: number | undefined;
  /** What is read already. */
  readonly shelf?: Shelf;
}

/**
 * What the emissions of a run are accounted with: the series of each zone that it was in, for the time that it was there, as
 * known by `as_of_ms`. Without the series that it was given they are not known: another would be another account.
 */
export function chainOfRun(ledger: string, run: Told, wishes: ChainWishes = {}): ChainOfRun {
  const { span = spanTold(run), as_of_ms, shelf = shelfOf(ledger) } = wishes;
  const { zone, intensity, grid = null } = run.record;
  const none = (why: string): Chain => ({ zone, series: [], none: why, notes: [], stored: null, spec: grid });
  const unsure = run.unsure?.zone ?? run.unsure?.pue;
  if (unsure !== undefined) return none(unsure);
  let own: Own | null = null;
  try {
    own = intensity === null ? null : shelf.own(intensity.hash);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return none(`the intensity given with the run is lost: ${error.message}`);
  }
  const stays = staysOf(run.record, run.writers);
  const time = { ledger, span, as_of_ms, known: shelf.known, ...(shelf.view && { view: shelf.view }) };
  const chains = stays.map((stay): Chain => {
    if (stay.why !== null) return none(stay.why);
    try {
      return zoneChain({ ...time, zone: stay.zone, spec: stay.grid, own: stay.zone === zone ? own : null });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return none(error.message);
    }
  });
  const inside = own?.series.some((one) => clipped(one, span.from_ms, span.to_ms) !== null) ?? true;
  const outside = inside ? [] : [`no row of ${own!.series[0]!.source} lies in the time of the run`];
  if (chains.length === 1) return { ...chains[0]!, notes: [...chains[0]!.notes, ...outside] };
  const mixture = mixedIn(chains);
  if (mixture !== null) return none(mixture);
  return {
    ...none(chains.find((chain) => chain.none !== null)?.none ?? ''),
    series: chains.flatMap(({ series }, i) =>
      series.flatMap((one) => clipped(one, stays[i]!.from_ms, stays[i]!.to_ms) ?? []),
    ),
    places: stays.map(({ from_ms, to_ms }, i) => ({ from_ms, to_ms, chain: chains[i]!.series })),
    none: chains.every(({ series }) => series.length === 0) ? chains[0]!.none : null,
    notes: [...new Set(chains.flatMap((chain, i) => [...chain.notes, ...[stays[i]!.why ?? []].flat()])), ...outside],
  };
}

/** Zones may be told in different kinds or scopes: one account of them there is none. */
function mixedIn(chains: readonly Chain[]): string | null {
  const told = chains.flatMap(({ series }) => series.slice(0, 1));
  if (new Set(told.map(({ kind, scope }) => `${kind} ${scope}`)).size < 2) return null;
  const zones = told.map(({ zone, kind, scope }) => `${zone} in ${kind} ${scope} intensity`).join(', ');
  return `its zones are told in different ways: ${zones}; one account has one kind and one scope`;
}

const MARGINAL = { ...DEFAULT_CHAIN, kind: 'marginal' as const };

/** As chainOfRun, of kind marginal. */
export function marginalOfRun(ledger: string, run: Told, wishes: ChainWishes = {}): Marginal {
  const { record, unsure } = run;
  if (unsure?.account !== undefined) return { chain: [], none: unsure.account };
  const { series, none } = chainOfRun(
    ledger,
    {
      ...run,
      record: {
        ...record,
        intensity: record.account?.marginal ?? null,
        grid: MARGINAL,
        moves: (record.moves ?? []).map((move) => ({ ...move, grid: MARGINAL })),
      },
      writers: run.writers.map(({ record: { place, ...writer }, ...rest }) => ({
        ...rest,
        record: { ...writer, ...(place === undefined ? {} : { place: { ...place, grid: MARGINAL } }) },
      })),
    },
    wishes,
  );
  if (series.length > 0) return { chain: series, none: null };
  const how = 'keep one of a provider (joulebook grid sync) or name a file of kind marginal in the account section';
  const lost = record.account?.marginal !== undefined || record.zone === null;
  return { chain: [], none: lost ? none : `no marginal intensity of ${record.zone} is known for that time: ${how}` };
}

/** As spanOf, of one whose rows are not at hand: to now where it has no end. */
function spanTold({ writers }: Told): Span {
  const now_ms = Date.now();
  const from_ms = Math.min(now_ms, ...writers.map(({ record }) => record.started_at_ms));
  return { from_ms, to_ms: Math.max(from_ms, ...writers.map(({ end }) => end?.ended_at_ms ?? now_ms)) };
}
