// What the further lines of a run's account are made with, as its user said: facts of the run, kept with it.

import type { Given } from '../core/figure.ts';

/** A file of the user's as kept by the ledger under its hash. */
export interface FileRef {
  readonly file: string;
  readonly hash: string;
}

/** All of it optional: what is not said comes from tables, or is unknown. */
export interface AccountSpec {
  /** What electricity was bought, g/kWh. */
  readonly market?: { readonly contract?: Given; readonly residual?: Given; readonly certificates?: FileRef };
  /** An intensity file of kind marginal. */
  readonly marginal?: FileRef;
  /** L/kWh: of the site by IT energy, of the electricity by facility energy. */
  readonly water?: { readonly onsite?: Given; readonly electricity?: Given };
  readonly embodied?: {
    readonly source?: 'range' | 'vendor' | 'bottom-up';
    readonly lifetime_y?: number;
    /** kg each, by the device's name. */
    readonly devices?: Readonly<Record<string, Given>>;
    /** kg of a server without its accelerators. */
    readonly server?: Given;
  };
}
