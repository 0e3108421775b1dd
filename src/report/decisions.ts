// The decisions about a run, each with what it saved against the job having run on, as the grid turned out to be.
//
// A pause moves work to other hours, and a move to another grid: they save grams, less what was drawn meanwhile, and no joules.
// What a stop left undone nobody has seen: that is the projection's word, and an estimate. Docs: methodology.md, "What a
// decision saved".

import {
  exactly,
  type Figure,
  type FigureJson,
  plus,
  scaled,
  times,
  toJson,
  unknown,
  withBounds,
} from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Reach } from '../decide/budget.ts';
import { DECISION } from '../decide/decision.ts';
import { type Decision, decisionsIn } from '../decide/decisions-in.ts';
import { accountedIntensity } from '../emissions/intensity-account.ts';
import type { Cell } from '../emissions/operational.ts';
import { type Wait, type Waited, waited } from '../emissions/waited.ts';
import { goesOn } from '../ledger/runs.ts';
import type { Basis } from './lines.ts';
import { waitsOf } from './waits.ts';

/** As JSON (docs/formats/report.md). */
export interface DecisionJson extends Decision {
  /** [from_ms, to_ms) that the job stood by it; `to_ms` null: up to the end of what is known. */
  readonly stood: { readonly from_ms: number; readonly to_ms: number | null } | null;
  /** Null: it was to save nothing, or was not carried out. */
  readonly saved: SavedJson | null;
}

export interface SavedJson {
  /** Below 0: it cost more. */
  readonly emissions_g: FigureJson;
  readonly energy_j: FigureJson;
  /** It is the projection of what was left that says so. */
  readonly estimate: boolean;
  /** Against what, in words. */
  readonly how: string;
}

export interface Judged {
  readonly decision: Decision;
  readonly stood: DecisionJson['stood'];
  readonly saved: Saved | null;
}

/** As SavedJson, with causes of error, for sums. */
export interface Saved extends Pick<SavedJson, 'estimate' | 'how'> {
  readonly emissions_g: Figure;
  readonly energy_j: Figure;
}

/** What savings are made with: of an account, its basis and all of its energy on the run's own chain. */
export interface Judging {
  readonly basis: Pick<Basis, 'input' | 'span' | 'it' | 'overheads'>;
  readonly all: Pick<Cell, 'energy_j'>;
}

export const judgedJson = ({ decision, stood, saved }: Judged): DecisionJson => ({
  ...decision,
  stood,
  saved: saved && { ...saved, emissions_g: toJson(saved.emissions_g), energy_j: toJson(saved.energy_j) },
});

/** Oldest first. */
export function judgedOf(judging: Judging): Judged[] {
  const { input, span } = judging.basis;
  if (!input.events.some(({ event }) => event === DECISION)) return [];
  const decisions = decisionsIn(input.events);
  const waits = waitsOf(judging.basis);
  const found = waited(input.energy.charged, waits, judging.basis.overheads.chain);
  const mine = claimed(decisions, waits);
  return decisions.map((decision, i) => {
    const at = mine.get(i);
    const wait = at === undefined ? null : waits[at]!;
    const stood = wait && { from_ms: wait.from_ms, to_ms: wait.stood_ms >= span.to ? null : wait.stood_ms };
    const halted = wait && { ...wait, ...found[at!]! };
    return { decision, stood, saved: savedBy(judging, { decision, decisions, halted }) };
  });
}

/** Times of a decision and of what follows are rounded, each by itself. */
const ROUNDED_MS = 1000;

/** By their places, the wait that each decision led to: a wait is of the last pause before it. */
function claimed(decisions: readonly Decision[], waits: readonly Wait[]): Map<number, number> {
  const out = new Map<number, number>();
  for (const [at, { from_ms }] of waits.entries()) {
    const i = decisions.findLastIndex(({ act, at_ms }) => isPause(act) && at_ms <= from_ms + ROUNDED_MS);
    if (i >= 0 && !out.has(i)) out.set(i, at);
  }
  return out;
}

const isPause = (act: Decision['act']): boolean => act === 'pause' || act === 'move';

interface Case {
  readonly decision: Decision;
  readonly decisions: readonly Decision[];
  /** What its wait changed; null: there was none. */
  readonly halted: (Wait & Waited) | null;
}

function savedBy(judging: Judging, { decision, decisions, halted }: Case): Saved | null {
  const { input } = judging.basis;
  const { act, at_ms } = decision;
  const resumed = input.writers.some(({ record }) => record.started_at_ms > at_ms);
  if (halted === null) {
    const ends = act === 'stop' || (isPause(act) && decision.outcome?.done === true);
    const stopped = input.state === 'stopped' && !resumed && decision.outcome?.done !== false;
    return ends && stopped ? undone(judging, decision) : null;
  }
  const idle = { emissions_g: gramsOf(judging, halted.idle), energy_j: joulesOf(judging, halted.idle) };
  if (halted.sooner !== null) {
    const moved = less(gramsOf(judging, halted.sooner, halted.here), gramsOf(judging, halted.later, halted.there));
    const world = act === 'move' ? 'where it was: the same work there' : 'from then on: the same work';
    const how = `against running on ${world} at the hours that it would have had, less what was drawn meanwhile`;
    return {
      emissions_g: less(moved, idle.emissions_g),
      energy_j: less(exactly(0), idle.energy_j),
      estimate: false,
      how,
    };
  }
  if (goesOn(input.state)) {
    const emissions_g = unknown('the job has not gone on yet');
    return { emissions_g, energy_j: less(exactly(0), idle.energy_j), estimate: false, how: 'what was drawn so far' };
  }
  const stop = decisions.some((other) => other.act === 'stop' && other.at_ms > at_ms);
  const left = stop ? NOTHING_LEFT : undone(judging, decision);
  return {
    emissions_g: less(left.emissions_g, idle.emissions_g),
    energy_j: less(left.energy_j, idle.energy_j),
    ...{ estimate: left.estimate, how: `${left.how}, less what was drawn while it stood` },
  };
}

const NOTHING_LEFT: Saved = {
  ...{ emissions_g: exactly(0), energy_j: exactly(0), estimate: false },
  how: 'it was stopped before it went on, and what was left is saved by that',
};

/** What the projection said was left when it was ended. */
function undone({ basis }: Judging, { left, writer, decision }: Decision): Saved {
  const figureOf = (reach: Reach | null): Figure => {
    if (reach === null) return unknown('nobody could tell then what was left');
    const cause = `projection:${basis.input.run.id}:${writer}:${decision}`;
    return withBounds(exactly(reach.value), cause, reach.low - reach.value, reach.high - reach.value);
  };
  return {
    ...{ emissions_g: figureOf(left.emissions), energy_j: figureOf(left.energy), estimate: true },
    how: 'an estimate: what the projection of that moment said was left, and has not been done',
  };
}

const less = (a: Figure, b: Figure): Figure => plus(a, scaled(b, -1));

/** J of some cells with the error of the run's energy. */
function joulesOf({ basis: { it }, all }: Judging, cell: Cell | null): Figure {
  if (cell === null) return exactly(0);
  return all.energy_j > 0 ? scaled(it, cell.energy_j / all.energy_j) : unknown('the energy of the run is not known');
}

/** g of a cell that was joined with a chain, with the PUE in where it is known. */
function gramsOf(judging: Judging, cell: Cell | null, chain = judging.basis.overheads.chain): Figure {
  const { input, overheads } = judging.basis;
  if (cell === null || !(cell.energy_j > 0)) return exactly(0);
  if (cell.known_j < cell.energy_j * (1 - 1e-9)) return unknown('the intensity is not known for all of the time');
  const { from_ms, to_ms } = cell;
  const time = { span: { from_ms, to_ms }, hours: (to_ms - from_ms) / 3_600_000 };
  const { figure } = accountedIntensity(cell, chain, time);
  // A PUE that changes with time is in the chain already.
  const factor = overheads.chain === input.chain ? overheads.factor : exactly(overheads.rest);
  return times(times(joulesOf(judging, cell), scaled(figure, 1 / JOULES_PER_KWH)), factor);
}
