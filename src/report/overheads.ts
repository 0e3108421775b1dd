// What stands between IT energy and its emissions and cost: the PUE and the price, each a number or a course of its own.
//
// One that changes with time is multiplied into the intensity at the breakpoints of both, so the account is exact; told are
// its means: of the energy, of the emissions, of the cost.

import { exactly, type Figure, isKnown, type Known, times, unknown } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { addCells, type Cell, spread } from '../emissions/operational.ts';
import type { CertificateFile } from '../grid/certificate-file.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { asSeries, type ValueSeries, weighted, withPue } from '../grid/values.ts';
import type { ReportInput } from './build.ts';

/** Facts of a run that change with time; null of those that it does not name. */
export interface LineValues {
  readonly pue: ValueSeries | null;
  readonly price: ValueSeries | null;
  readonly certificates: Pick<CertificateFile, 'rows' | 'source'> | null;
  /** Why one that it names is not there. */
  readonly lost: { readonly pue?: string; readonly price?: string; readonly certificates?: string };
}

export const NO_VALUES: LineValues = { pue: null, price: null, certificates: null, lost: {} };

export interface Overheads {
  /** Mean of the energy. */
  readonly pue: Figure;
  /** What emissions of IT energy are multiplied by: 1 where the PUE is not known. */
  readonly factor: Known;
  /** Energy joined with this chain, times `rest`, is emissions with the PUE in. */
  readonly chain: readonly IntensitySeries[];
  readonly rest: number;
}

interface Joined {
  readonly span: { readonly from: number; readonly to: number };
  /** The run's energy on its own chain. */
  readonly all: Cell;
}

/** The PUE of a run; `said` is that of a number. */
export function overheadsOf(input: ReportInput, said: Figure, { span, all }: Joined): Overheads {
  const { chain, energy, values = NO_VALUES } = input;
  const { pue: course } = values;
  const flat = (pue: Figure): Overheads => {
    const factor = isKnown(pue) ? pue : exactly(1);
    return { pue, factor, chain, rest: factor.value };
  };
  if (course === null) return flat(values.lost.pue === undefined ? said : unknown(values.lost.pue));
  const mean = meanOf(addCells(spread(energy.charged, [span.from, span.to], [asSeries(course)])), 'PUE', course.source);
  if (!isKnown(mean)) return flat(mean);
  const own = withPue(chain, course);
  const with_g = addCells(spread(energy.charged, [span.from, span.to], own)).emissions_g;
  const factor = all.emissions_g > 0 ? exactly(with_g / all.emissions_g) : mean;
  return { pue: mean, factor, chain: own, rest: 1 };
}

/** What `billed` energy cost: J, with the PUE in where it is known. */
export function costOf(input: ReportInput, billed: Figure, { span }: Pick<Joined, 'span'>): Figure {
  const { run, energy, values = NO_VALUES } = input;
  if (values.lost.price !== undefined) return unknown(values.lost.price);
  const { price, pue } = values;
  if (price === null) {
    if (run.price === null) return unknown('no price is known: give --price');
    return times(billed, exactly(run.price.per_kwh / JOULES_PER_KWH));
  }
  const joined = (chain: IntensitySeries) => addCells(spread(energy.charged, [span.from, span.to], [chain]));
  const mean = meanOf(joined(asSeries(price)), 'price', price.source);
  if (!isKnown(mean) || pue === null) return times(billed, perJoule(mean));
  // More overhead in dear hours costs more.
  const [both, weights] = [joined(weighted(asSeries(price), pue)), joined(asSeries(pue))];
  const known = both.known_j >= both.energy_j * WHOLE && weights.emissions_g > 0;
  return times(billed, perJoule(known ? exactly(both.emissions_g / weights.emissions_g) : mean));
}

const WHOLE = 1 - 1e-9;

const perJoule = (per_kwh: Figure): Figure => times(per_kwh, exactly(1 / JOULES_PER_KWH));

/** Mean of a value over the energy, unknown unless all of it is covered. */
function meanOf({ energy_j, known_j, emissions_g }: Cell, what: string, source: string): Figure {
  if (energy_j <= 0) return unknown(`no energy to weigh the ${what} with`);
  const known = known_j / energy_j;
  if (known >= WHOLE) return exactly((emissions_g / energy_j) * JOULES_PER_KWH);
  const share = (known * 100).toFixed(known < 0.1 ? 1 : 0);
  return unknown(`the ${what} is known for only ${share} % of the energy: ${source} does not reach over the whole run`);
}
