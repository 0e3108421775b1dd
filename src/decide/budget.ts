// What a budget is: how much, of what, over which runs and which time, and what is to be done when.
//
// Quantities are in the base unit of their measure (MEASURES); whether a limit is reached is told by what is spent, and
// whether it will be by what a projection says. The verdicts are made in verdict.ts.

/** What can be budgeted, each in its base unit. Less is better of all of them. */
export const MEASURES = {
  /** J of the charged devices (`it_j`), without PUE. */
  energy: 'J',
  /** `operational_g`: with PUE where it is known. */
  emissions: 'gCO2e',
  j_per_token: 'J/token',
  g_per_million_tokens: 'gCO2e/Mtoken',
  /** Of the electricity and the site, as `water_l`. */
  water: 'l',
  /** In the currency of the limit. */
  money: 'currency',
} as const;
export type Measure = keyof typeof MEASURES;

/** A limit as it was written, such as 2kgCO2e, 6kJ, 1.5kWh, 0.2J/token, 300gCO2e/Mtoken, 20l or 5EUR. */
export interface Limit {
  readonly measure: Measure;
  /** In the measure's base unit; above 0. */
  readonly value: number;
  /** ISO 4217; null but for money. */
  readonly currency: string | null;
  readonly text: string;
}

/** Whose use counts. A run's own budget counts that run, all of its segments and hosts. */
export type Scope =
  | { readonly of: 'run' }
  | { readonly of: 'all' }
  /** A project is the tag `project`, a team the tag `team`. */
  | { readonly of: 'tag'; readonly tag: string; readonly value: string }
  /** Names of runs, with * and ?. */
  | { readonly of: 'name'; readonly pattern: string };

/** Over which time: all of it, a calendar period of a time zone, or the last so many ms at any moment. */
export type Period =
  | { readonly kind: 'whole' }
  | {
      readonly kind: 'calendar';
      readonly unit: 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';
      readonly time_zone: string;
    }
  | { readonly kind: 'rolling'; readonly ms: number };

/** What can be done, the gentlest first: of several that are due at once the last in this order is done. */
export const ACTS = ['warn', 'hook', 'checkpoint', 'pause', 'move', 'stop'] as const;
export type Act = (typeof ACTS)[number];

/** When something is to be done. */
export interface Rule {
  /** `spent`: a share of the limit is used up, 1 being all of it; `forecast`: the probability of an overrun passes that. */
  readonly on: 'spent' | 'forecast';
  /** 0..1 for a forecast; above 0 for what is spent. */
  readonly at: number;
  readonly act: Act;
}

export interface Budget {
  /** Of a standing one its name, else `run`; unique among those in force. */
  readonly id: string;
  readonly limit: Limit;
  readonly scope: Scope;
  readonly period: Period;
  /** At least one. */
  readonly rules: readonly Rule[];
}

/** A value with its 90 % interval, which contains it; in the unit of the budget's measure. */
export interface Reach {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What is known of a budget at one moment: all that a verdict may depend on. */
export interface Sight {
  readonly now_ms: number;
  /** In the budget's period and scope so far, as far as it is known; null: nothing of it is, and `why`. */
  readonly spent: Reach | null;
  /** `spent` is at least that: some of what was used is not known, and `why`. Absent: all of it is in. */
  readonly partial?: boolean;
  /** At the end of this run, or of the period where that is sooner; null: nobody can tell yet. */
  readonly end: Reach | null;
  /** Probability 0..1 that the limit is passed by then; null: nobody can tell yet. */
  readonly overrun: number | null;
  /** When it is expected to be passed, now where it is; null: not expected, or not known. */
  readonly crosses_ms: number | null;
  /** When the period begins anew, or a rolling window will have let go of enough to go on; null: never. */
  readonly renews_ms: number | null;
  /** Why something is not known; null: all of it is. */
  readonly why: string | null;
}
