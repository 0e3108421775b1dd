// What exporters need to know of a run: the part of its report that other tools have a place for. A report is one.

import type { FigureJson } from '../core/figure.ts';

export interface Account {
  readonly run: {
    readonly id: string;
    readonly name: string | null;
    readonly kind: string;
    readonly state: string;
    readonly started_at_ms: number;
    readonly ended_at_ms: number | null;
    readonly duration_s: number;
    readonly zone: string | null;
    readonly tags: Readonly<Record<string, string>>;
    readonly model: string | null;
    readonly stage: string | null;
    readonly parent: string | null;
    readonly hosts: readonly string[];
  };
  readonly energy: {
    readonly it_j: FigureJson;
    readonly facility_j: FigureJson;
    readonly pue: FigureJson;
    readonly coverage: number;
    readonly devices: readonly AccountDevice[];
  };
  readonly emissions: {
    readonly operational_g: FigureJson;
    readonly market_g: FigureJson;
    readonly marginal_g: FigureJson;
    readonly market: { readonly parts: readonly { readonly instrument: string; readonly source: string }[] };
    readonly embodied_g: FigureJson;
    readonly total_g: FigureJson;
    readonly method: string;
    readonly intensity: {
      readonly mean_g_per_kwh: number | null;
      readonly coverage: number;
      readonly parts: readonly IntensityPart[];
    };
  };
  readonly water_l: FigureJson;
  readonly water: Readonly<Record<'onsite_l' | 'electricity_l' | 'wue_l_per_kwh', FigureJson>>;
  readonly cost: FigureJson;
  readonly currency: string | null;
  readonly work: Readonly<Record<'steps' | 'epochs' | 'tokens' | 'samples', number | null>>;
  readonly per: Readonly<
    Record<'j_per_token' | 'g_per_million_tokens' | 'j_per_step' | 'j_per_sample' | 'g_per_epoch', FigureJson>
  >;
  readonly uncertainty: readonly { readonly from: string; readonly share: number }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export interface AccountDevice {
  readonly device: string;
  readonly kind: string;
  readonly name: string;
  readonly source: string;
  readonly charged: boolean;
  readonly energy_j: FigureJson;
  readonly mean_w: number | null;
  readonly utilisation: number | null;
}

export interface IntensityPart {
  readonly zone: string;
  readonly kind: string;
  readonly scope: string;
  readonly quality: string;
  readonly share: number;
  readonly year: number | null;
  readonly source: string;
}

/** Several runs, and what they counted more than once between them. */
export interface Accounts {
  readonly accounts: readonly Account[];
  /** J that runs counted twice: they shared a device at the same time, or one is a part of another. */
  readonly shared_j: number;
}

/** J of all runs, each device-second once; null where the energy of one is not known. */
export function totalEnergy({ accounts, shared_j }: Accounts): { value: number; low: number; high: number } | null {
  return added(
    accounts.map(({ energy }) => energy.it_j),
    shared_j,
  );
}

/**
 * Grams of all runs; what was counted twice is taken off at the mean of all. Intervals add up: the runs share sensors and
 * tables.
 */
export function totalEmissions({ accounts, shared_j }: Accounts): { value: number; low: number; high: number } | null {
  const all_j = added(
    accounts.map(({ energy }) => energy.it_j),
    0,
  );
  const all_g = added(
    accounts.map(({ emissions }) => emissions.operational_g),
    0,
  );
  if (all_j === null || all_g === null || all_j.value === 0) return all_g;
  const part = 1 - shared_j / all_j.value;
  return { value: all_g.value * part, low: all_g.low * part, high: all_g.high * part };
}

function added(figures: readonly FigureJson[], less: number): { value: number; low: number; high: number } | null {
  let [value, low, high] = [-less, -less, -less];
  for (const figure of figures) {
    if (figure.value === null) return null;
    value += figure.value;
    low += figure.low;
    high += figure.high;
  }
  return { value, low: Math.max(0, low), high };
}
