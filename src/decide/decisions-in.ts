// The events of a run → the decisions that were made about it, oldest first, each with what came of it.
//
// Rows are of a ledger that may be damaged, or of an older joulebook: what is not as it should be is left out, and a decision
// without a number or act is none.

import { ACTS, MEASURES, type Measure, type Reach } from './budget.ts';
import { DECISION, type Decided, type Left, type Looked, OUTCOME, reasonsText, seenOf } from './decision.ts';
import type { GridSeen } from './grid-seen.ts';

/** An event as it is read. */
export interface Row {
  readonly at_ms: number;
  readonly event: string;
  readonly message: string;
  readonly writer?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface Decision {
  readonly at_ms: number;
  /** Who wrote it, and its number there. */
  readonly writer: string | null;
  readonly decision: number;
  readonly act: Decided;
  /** Budgets, or whoever else asked; nobody of a resume. */
  readonly by: readonly string[];
  readonly because: string | null;
  /** Why it was this and not what was asked for; null: it was. */
  readonly why: string | null;
  readonly budgets: readonly SeenBudget[];
  readonly grid: GridSeen | null;
  readonly left: Left;
  /** What came of the order; null: nothing was to be carried out, or nobody lived to tell. */
  readonly outcome: {
    readonly at_ms: number;
    readonly done: boolean;
    readonly how: string;
    readonly took_ms: number;
  } | null;
}

/** A budget as it was seen then; amounts in the unit of its measure. */
export interface SeenBudget {
  readonly budget: string;
  readonly limit: string;
  readonly measure: Measure;
  readonly limit_value: number;
  readonly standing: string | null;
  readonly share: number | null;
  readonly overrun: number | null;
  readonly spent: Reach | null;
  readonly end: Reach | null;
  readonly crosses_ms: number | null;
  readonly renews_ms: number | null;
  /** Why something was not known; null: nothing was missing. */
  readonly unknown: string | null;
}

/** Budgets of a look, as they stand in decisions. */
export const seenBudgets = (looked: readonly Looked[]): SeenBudget[] =>
  looked.flatMap((one) => seenIn(seenOf(one)) ?? []);

/** Why it was made, for people: "100.0 % of 2kgCO2e is spent (budget lab)". */
export const reasonsIn = ({ by, because, why }: Pick<Decision, 'by' | 'because' | 'why'>): string =>
  reasonsText({ by, because: because ?? '', why });

/** Never throws. */
export function decisionsIn(rows: readonly Row[]): Decision[] {
  const outcomes = new Map<string, Decision['outcome']>();
  for (const { at_ms, event, writer, facts = {} } of rows) {
    const number = numeric(facts.decision);
    if (event !== OUTCOME || number === null) continue;
    const how = { done: facts.done === 1, how: text(facts.how) ?? '', took_ms: numeric(facts.took_ms) ?? 0 };
    outcomes.set(keyOf(writer, number), { at_ms, ...how });
  }
  return rows
    .flatMap((row) => (row.event === DECISION ? (decisionOf(row, outcomes) ?? []) : []))
    .sort((a, b) => a.at_ms - b.at_ms);
}

const keyOf = (writer: string | undefined, number: number) => `${number} ${writer ?? ''}`;

function decisionOf({ at_ms, writer, facts = {} }: Row, outcomes: ReadonlyMap<string, Decision['outcome']>) {
  const number = numeric(facts.decision);
  const act = [...ACTS, 'resume' as const, 'refuse' as const].find((one) => one === facts.act);
  if (number === null || act === undefined) return null;
  const by = (text(facts.by) ?? '').split(', ').filter((one) => one !== '');
  const made: Decision = {
    ...{ at_ms, writer: writer ?? null, decision: number, act, by },
    ...{ because: text(facts.because) || null, why: text(facts.why) },
    budgets: listIn(facts.inputs).flatMap((one) => seenIn(one) ?? []),
    grid: gridIn(facts),
    left: { energy: reachIn(facts, 'left_j'), emissions: reachIn(facts, 'left_g') },
    outcome: outcomes.get(keyOf(writer, number)) ?? null,
  };
  return made;
}

type Facts = Readonly<Record<string, unknown>>;

/** What a look tells of a budget, read back; null of what is none. */
export function seenIn(value: unknown): SeenBudget | null {
  if (typeof value !== 'object' || value === null) return null;
  const facts = value as Facts;
  const [budget, limit, limit_value] = [text(facts.budget), text(facts.limit), numeric(facts.limit_value)];
  const measure = (Object.keys(MEASURES) as Measure[]).find((one) => one === facts.measure);
  if (budget === null || limit === null || measure === undefined || limit_value === null) return null;
  return {
    ...{ budget, limit, measure, limit_value, standing: text(facts.standing), share: numeric(facts.share) },
    ...{ overrun: numeric(facts.overrun), spent: reachIn(facts, 'spent'), end: reachIn(facts, 'end') },
    ...{ crosses_ms: numeric(facts.crosses_ms), renews_ms: numeric(facts.renews_ms), unknown: text(facts.unknown) },
  };
}

const QUALITIES = ['measured', 'estimated', 'forecast', 'climatology', 'annual'] as const;

function gridIn(facts: Facts): GridSeen | null {
  const [zone, provider, g_per_kwh] = [text(facts.zone), text(facts.provider), numeric(facts.g_per_kwh)];
  const quality = QUALITIES.find((one) => one === facts.quality);
  if (zone === null || provider === null || g_per_kwh === null || quality === undefined) return null;
  const by = text(facts.forecast_provider);
  const hours = listIn(facts.forecast).flatMap((one): (readonly [number, number])[] => {
    const [from_ms, g] = Array.isArray(one) ? [numeric(one[0]), numeric(one[1])] : [null, null];
    return from_ms === null || g === null ? [] : [[from_ms, g]];
  });
  const forecast = by === null ? null : { provider: by, issued_ms: numeric(facts.forecast_issued_ms), hours };
  return { zone, provider, quality, g_per_kwh, forecast };
}

function reachIn(facts: Facts, name: string): Reach | null {
  const value = numeric(facts[name]);
  if (value === null) return null;
  return { value, low: numeric(facts[`${name}_low`]) ?? value, high: numeric(facts[`${name}_high`]) ?? value };
}

function listIn(value: unknown): unknown[] {
  try {
    const list: unknown = typeof value === 'string' ? JSON.parse(value) : null;
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numeric = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
