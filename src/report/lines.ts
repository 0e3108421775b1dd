// The lines of an account beside operational emissions, each a figure of its own: what is not known says why.

import { type Figure, isKnown, plus } from '../core/figure.ts';
import type { Cause } from '../emissions/errors.ts';
import type { Water } from '../emissions/water.ts';
import type { ReportInput } from './build.ts';
import type { DeviceFigure } from './devices.ts';
import { embodiedOf } from './embodied.ts';
import { marketLines } from './market-lines.ts';
import type { MarginalJson, MarketJson, Warning } from './model.ts';
import type { Overheads } from './overheads.ts';
import type { Span } from './rows.ts';
import { waterLine } from './water.ts';

/** What lines are made of. */
export interface Basis {
  readonly input: ReportInput;
  readonly span: Span;
  readonly devices: readonly DeviceFigure[];
  readonly duration_s: number;
  /** J; of the facility unknown where the PUE is. */
  readonly it: Figure;
  readonly facility: Figure;
  readonly overheads: Overheads;
  readonly operational: Figure;
}

/** Where lines put the causes of their errors and what people should know. */
export interface Told {
  readonly causes: Map<string, Cause>;
  readonly warnings: Warning[];
}

export interface Total {
  readonly embodied: ReturnType<typeof embodiedOf>;
  /** Operational and, where known, embodied. */
  readonly total: Figure;
}

export interface Lines {
  /** gCO2e of what was bought, and of what the run caused on the margin: never added to operational emissions. */
  readonly market: Figure;
  readonly marginal: Figure;
  readonly about_market: MarketJson;
  readonly about_marginal: MarginalJson;
  readonly water: Water;
}

/** Embodied emissions, and operational ones with them; causes of error and warnings are added to `told`. */
export function totalOf(basis: Basis, told: Told): Total {
  const { operational } = basis;
  const embodied = embodiedOf(basis, told);
  if (isKnown(operational) && !isKnown(embodied.figure)) {
    const message = `total_g leaves embodied emissions out: ${embodied.figure.why}`;
    told.warnings.push({ code: 'embodied-unknown', message });
  }
  return { embodied, total: isKnown(embodied.figure) ? plus(operational, embodied.figure) : operational };
}

/** The lines beside it; causes of error and warnings are added to `told`. */
export const linesOf = (basis: Basis, told: Told): Lines => ({
  ...marketLines(basis, told),
  water: waterLine(basis.input, basis, told),
});
