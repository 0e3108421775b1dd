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
    readonly it_g: FigureJson;
    readonly overhead_g: FigureJson;
    readonly market_g: FigureJson;
    readonly marginal_g: FigureJson;
    readonly marginal: { readonly parts: readonly { readonly source: string }[] };
    readonly market: { readonly parts: readonly { readonly instrument: string; readonly source: string }[] };
    readonly embodied_g: FigureJson;
    readonly embodied: {
      readonly source: string;
      readonly lifetime_y: number | null;
      readonly parts: readonly { readonly by: string | null; readonly source: string | null }[];
    };
    readonly total_g: FigureJson;
    readonly method: string;
    readonly intensity: {
      readonly mean_g_per_kwh: number | null;
      readonly coverage: number;
      readonly parts: readonly IntensityPart[];
    };
  };
  readonly water_l: FigureJson;
  readonly water: Readonly<Record<'onsite_l' | 'electricity_l' | 'wue_l_per_kwh', FigureJson>> & {
    readonly sources: Readonly<Record<'onsite' | 'electricity', string | null>>;
  };
  readonly cost: FigureJson;
  readonly currency: string | null;
  readonly work: Readonly<Record<'steps' | 'epochs' | 'tokens' | 'samples', number | null>> & {
    /** Other work by name: images, audio_s. */
    readonly units: Readonly<Record<string, number>>;
  };
  readonly per: Readonly<Record<PerWork, FigureJson>>;
  readonly uncertainty: readonly { readonly from: string; readonly share: number }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

type PerWork = `j_per_${'token' | 'step' | 'sample'}` | `${'g' | 'l'}_per_million_tokens` | 'g_per_epoch';

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

export type Interval = Extract<FigureJson, { low: number }>;

/** J of all runs, each device-second once; null where the energy of one is not known. */
export function totalEnergy({ accounts, shared_j }: Accounts): Interval | null {
  return added(
    accounts.map(({ energy }) => energy.it_j),
    shared_j,
  );
}

/** Grams of operational emissions of all runs, as totalOf. */
export const totalEmissions = (all: Accounts): Interval | null =>
  totalOf(all, ({ emissions }) => emissions.operational_g);

/**
 * A line of all runs; what was counted twice is taken off at the mean of all. Intervals add up: the runs share sensors and
 * tables. Null where it is not known of one.
 */
export function totalOf({ accounts, shared_j }: Accounts, line: (account: Account) => FigureJson): Interval | null {
  const all_j = added(
    accounts.map(({ energy }) => energy.it_j),
    0,
  );
  const all = added(accounts.map(line), 0);
  if (all_j === null || all === null || all_j.value === 0) return all;
  const part = 1 - shared_j / all_j.value;
  return { value: all.value * part, low: all.low * part, high: all.high * part };
}

function added(figures: readonly FigureJson[], less: number): Interval | null {
  let [value, low, high] = [-less, -less, -less];
  for (const figure of figures) {
    if (figure.value === null) return null;
    value += figure.value;
    low += figure.low;
    high += figure.high;
  }
  return { value, low: Math.max(0, low), high };
}
