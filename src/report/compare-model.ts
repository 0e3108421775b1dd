// The comparison of runs as JSON (schema joulebook/compare/v1). Keys are never renamed or removed; later ones are added.

import type { FigureJson } from '../core/figure.ts';
import type { Maybe, Repeats, Verdict } from '../emissions/contrast.ts';
import type { Target } from '../emissions/to-target.ts';
import type { Warning } from './model.ts';

export interface CompareJson {
  readonly schema: 'joulebook/compare/v1';
  /** The first is what all others are compared with. */
  readonly sides: readonly SideJson[];
  readonly target: Target | null;
  /** One for each side but the first. */
  readonly comparisons: readonly ComparisonJson[];
  readonly front: FrontJson | null;
  /** Loss along the energy used, of each side's first run that logged any. */
  readonly curves: readonly CurveJson[];
  readonly warnings: readonly Warning[];
}

export interface SideJson {
  readonly label: string;
  readonly runs: readonly {
    readonly id: string;
    readonly name: string | null;
    readonly state: string;
    readonly started_at_ms: number;
    readonly duration_s: number;
  }[];
}

export interface ComparisonJson {
  readonly a: string;
  readonly b: string;
  readonly figures: Readonly<Record<string, ContrastJson>>;
  /** What keeps figures from being compared, or should be known of it. */
  readonly flags: readonly FlagJson[];
  readonly paired: PairedJson;
  readonly at_equal_grid: DecompositionJson;
  readonly differences: readonly { readonly what: string; readonly a: string | null; readonly b: string | null }[];
}

export interface ContrastJson {
  readonly unit: string;
  readonly a: FigureJson;
  readonly b: FigureJson;
  /** b - a and b ÷ a, with 90 % intervals in which what both share cancels. */
  readonly difference: Maybe;
  readonly ratio: Maybe;
  readonly verdict: Verdict | 'not-comparable' | null;
  /** Whether the spread of repeats is in the intervals. */
  readonly spread: 'both' | 'one' | 'none';
  readonly repeats: Repeats;
}

export interface FlagJson {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Figures that get no verdict for it. */
  readonly withheld: readonly string[];
}

export type PairedJson =
  | {
      readonly rows: number;
      readonly steps: number;
      /** J per step of training. */
      readonly difference_j: Maybe;
      readonly ratio: Maybe;
      readonly verdict: Verdict;
      /** As of a figure: steps are no repeats. */
      readonly spread: ContrastJson['spread'];
      readonly why: null;
    }
  | { readonly rows: null; readonly why: string };

export interface EffectJson {
  readonly effect: 'work' | 'efficiency' | 'overhead' | 'grid';
  readonly what: string;
  readonly unit: string;
  readonly a: number;
  readonly b: number;
  /** gCO2e of the difference. */
  readonly part_g: Maybe;
  /** Of a's emissions. */
  readonly share: number;
}

export type DecompositionJson =
  | {
      readonly difference_g: number;
      /** Of a's emissions; the effects' shares add up to it. */
      readonly share: number;
      readonly effects: readonly EffectJson[];
      /** b ÷ a, both on one grid and with one overhead. */
      readonly ratio: Maybe;
      readonly sentence: string;
      readonly why: null;
    }
  | { readonly difference_g: null; readonly why: string };

export interface FrontJson {
  readonly quality: string;
  /** What a point is judged by: known of all of them. */
  readonly objectives: readonly { readonly name: string; readonly unit: string; readonly better: 'lower' | 'higher' }[];
  readonly points: readonly {
    readonly label: string;
    readonly values: Readonly<Record<string, number>>;
    readonly on_front: boolean;
    /** One that is at least as good in everything and better in something. */
    readonly dominated_by: string | null;
    readonly knee: boolean;
  }[];
  readonly left_out: readonly { readonly label: string; readonly why: string }[];
}

export interface CurveJson {
  readonly label: string;
  readonly metric: string;
  readonly points: readonly { readonly energy_j: number; readonly value: number }[];
}
