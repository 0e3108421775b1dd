// The account of a model over its runs as JSON (schema joulebook/account/v1). Keys are never renamed or removed; later ones
// are added.

import type { FigureJson } from '../core/figure.ts';
import type { Line } from '../emissions/lifecycle.ts';
import type { Warning } from './model.ts';

export interface LineJson extends Readonly<Record<Line, FigureJson>> {
  readonly runs: number;
  /** Of them those that failed, were interrupted or were stopped. */
  readonly failed: number;
  /** Over the runs of which the line is known; null where it is of none. */
  readonly known: Readonly<Record<Line, FigureJson | null>>;
}

export interface StageJson extends LineJson {
  /** Null: its runs do not tell. */
  readonly stage: string | null;
}

export interface BaseJson extends LineJson {
  readonly model: string;
  /** Other models that were made from it too: it is one base for all of them. */
  readonly shared_with: readonly string[];
}

export interface PerUnitJson {
  readonly g_per_million_tokens: FigureJson;
  readonly g_per_request: FigureJson;
}

/** What training comes to for each token and request of a time of serving. */
export interface ShareJson extends PerUnitJson {
  /** What was served so far, is expected to be served, or is served over its life at its pace. */
  readonly of: 'served' | 'expected' | 'life';
  readonly days: number | null;
  readonly tokens: FigureJson;
  readonly requests: FigureJson;
  readonly serving_g: FigureJson;
  /** Of training and serving together, 0..1. */
  readonly training_share: FigureJson;
  readonly with_bases: PerUnitJson;
}

export interface BreakEvenJson {
  /** Of serving, from its beginning. */
  readonly days: FigureJson;
  /** When it was; null where it is still to come, or not known. */
  readonly at_ms: number | null;
}

export interface ModelAccountJson {
  readonly schema: 'joulebook/account/v1';
  readonly model: string;
  /** They add up to `total`. */
  readonly stages: readonly StageJson[];
  readonly total: LineJson;
  readonly bases: readonly BaseJson[];
  readonly with_bases: LineJson;
  /** Of the total, what made the model: all but serving, and evaluation from the first serving on. */
  readonly training: LineJson;
  readonly training_with_bases: LineJson;
  /** What serving, shares and break-even are of: total where embodied emissions are known of every run, else operational. */
  readonly compared_by: 'total_g' | 'operational_g';
  readonly serving: {
    readonly runs: number;
    readonly days: number;
    readonly g_per_day: FigureJson;
    readonly tokens: FigureJson;
    readonly requests: FigureJson;
  };
  readonly shares: readonly ShareJson[];
  readonly break_even: BreakEvenJson;
  readonly break_even_with_bases: BreakEvenJson;
  /** What the sums lack. */
  readonly missing: readonly { readonly run: string; readonly line: Line; readonly why: string }[];
  readonly runs: readonly LifeRunJson[];
  readonly warnings: readonly Warning[];
}

export interface LifeRunJson extends Readonly<Record<Line, FigureJson>> {
  readonly id: string;
  readonly name: string | null;
  readonly model: string | null;
  readonly stage: string | null;
  readonly parent: string | null;
  readonly state: string;
  readonly started_at_ms: number;
  readonly duration_s: number;
  /** Of its energy, 0..1: what is in other runs of the account already is left out here. */
  readonly counted: number;
}
