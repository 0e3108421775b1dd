// Fresh water consumed: at the site by IT energy (WUE), and for the electricity by facility energy.
//
// WUE is litres for each kWh of IT energy (The Green Grid, WP#35), so the PUE counts once: in the electricity's part. A
// part that is not known makes the sum unknown, and the other part still stands.

import {
  asGiven,
  exactly,
  type Figure,
  type Given,
  isKnown,
  plus,
  scaled,
  times,
  unknown,
  withBounds,
} from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { type ElectricityWater, electricityWater } from '../grid/water-table.ts';
import { countryOf, zoneName } from '../grid/zones.ts';
import type { Cause } from './errors.ts';

/** What a provider publishes of a place. */
export interface PlaceWue {
  readonly place: string;
  /** The zone that the place is in: its WUE is no other zone's. */
  readonly zone: string;
  readonly l_per_kwh: number;
  readonly scope: string;
  readonly source: string;
}

export interface ZoneEnergy {
  readonly zone: string;
  readonly energy_j: number;
}

export interface WaterInput {
  /** J. */
  readonly it: Figure;
  /** J; unknown where the PUE is: the electricity's water is then that of IT energy. */
  readonly facility: Figure;
  /** IT energy by zone, J; or why a zone is not known. */
  readonly zones: readonly ZoneEnergy[] | string;
  /** L/kWh. */
  readonly wue: Given | PlaceWue | null;
  /** Of the electricity, L/kWh; null: that of the zones. */
  readonly electricity: Given | null;
  /** Why one of them is in doubt, whatever is known of it. */
  readonly doubt?: { readonly site?: string | undefined; readonly electricity?: string | undefined };
}

export interface Water {
  /** Litres. */
  readonly figure: Figure;
  readonly onsite: Figure;
  readonly electricity: Figure;
  readonly wue_l_per_kwh: Figure;
  readonly electricity_l_per_kwh: Figure;
  readonly causes: readonly Cause[];
  readonly sources: { readonly onsite: string | null; readonly electricity: string | null };
  /** What the figures do not hold, in sentences. */
  readonly notes: readonly string[];
}

interface Factor {
  readonly figure: Figure;
  readonly causes: readonly Cause[];
  readonly source: string | null;
  readonly notes: readonly string[];
}

/** L = (IT × WUE + facility × factor) ÷ 3.6 MJ/kWh (Li et al. 2025, arXiv:2304.03271, §3). */
export function waterOf(input: WaterInput): Water {
  const { site: doubt, electricity: lost } = input.doubt ?? {};
  const site = doubt === undefined ? siteFactor(input) : notKnown(doubt);
  const grid = lost === undefined ? electricityFactor(input) : notKnown(lost);
  const billed = isKnown(input.facility) ? input.facility : input.it;
  const onsite = litres(input.it, site.figure);
  const electricity = litres(billed, grid.figure);
  return {
    ...{ figure: plus(onsite, electricity), onsite, electricity },
    ...{ wue_l_per_kwh: site.figure, electricity_l_per_kwh: grid.figure },
    causes: [...site.causes, ...grid.causes],
    sources: { onsite: site.source, electricity: grid.source },
    notes: grid.notes,
  };
}

const litres = (energy: Figure, l_per_kwh: Figure): Figure => scaled(times(energy, l_per_kwh), 1 / JOULES_PER_KWH);

const SITE = {
  label: "the site's water (WUE)",
  hint: "give the site's own of these months: account.water.onsite",
};
const GRID = {
  label: "the electricity's water",
  hint: 'cooling and above all reservoirs differ: give the factor of the supplier or the basin, account.water.electricity',
};
const PART = {
  label: "the water of the country's electricity in place of its part's",
  hint: 'parts of a country differ severalfold: give the factor of the supplier or the basin, account.water.electricity',
};

/**
 * A year's mean of a region in place of the run's hours: an allowance of ours. A continent's or a fleet's in place of a
 * region's: those of AWS (2025), 5th and 95th percentile of region ÷ mean (docs/methodology.md#water).
 */
const WUE_REACH: Readonly<Record<string, { readonly down: number; readonly up: number }>> = {
  region: { down: 1, up: 2 },
  continent: { down: 0.93, up: 2.1 },
  fleet: { down: 0.83, up: 14.2 },
};
/** A country's factor in place of that of its part: five states of the US over the US, least and most (WRI). */
const PART_REACH = { down: 0.59, up: 2.02 };

function siteFactor({ wue, zones }: WaterInput): Factor {
  if (wue === null) return notKnown('no WUE is known: give account.water.onsite, or a place with --zone');
  if ('value' in wue) return toldFactor(wue, { id: `water:wue:${wue.source}`, ...SITE });
  const { place, l_per_kwh, scope, source } = wue;
  const elsewhere = typeof zones === 'string' ? undefined : zones.find(({ zone }) => zone !== wue.zone);
  if (elsewhere !== undefined) return notKnown(`the WUE of ${place} is not known to be that of ${elsewhere.zone}`);
  const { down, up } = WUE_REACH[scope] ?? WUE_REACH.fleet!;
  const bounds = { value: l_per_kwh, low: l_per_kwh * (1 - down), high: l_per_kwh * (1 + up) };
  return toldFactor({ ...bounds, source }, { id: `water:wue:${place}`, ...SITE });
}

const electricityFactor = ({ electricity, zones }: WaterInput): Factor =>
  electricity === null
    ? gridFactor(zones)
    : toldFactor(electricity, { id: `water:electricity:${electricity.source}`, ...GRID });

/** The mean of the zones by the energy used in each. */
function gridFactor(zones: WaterInput['zones']): Factor {
  if (typeof zones === 'string') return notKnown(zones);
  const all = zones.reduce((s, { energy_j }) => s + energy_j, 0);
  const parts: Factor[] = [];
  for (const { zone, energy_j } of zones) {
    const found = electricityWater(zone);
    if (found === null) return notKnown(`no water of the electricity of ${zoneName(zone) ?? zone} is published`);
    const part = zoneFactor(zone, found);
    parts.push({ ...part, figure: scaled(part.figure, all > 0 ? energy_j / all : 1 / zones.length) });
  }
  const unique = <T>(items: readonly T[], key: (item: T) => string) => [
    ...new Map(items.map((i) => [key(i), i])).values(),
  ];
  return {
    figure: parts.reduce<Figure>((sum, { figure }) => plus(sum, figure), exactly(0)),
    causes: unique(
      parts.flatMap(({ causes }) => causes),
      ({ id }) => id,
    ),
    source: unique(
      parts.map(({ source }) => source ?? ''),
      (source) => source,
    ).join('; '),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

function zoneFactor(zone: string, { area, source, ...of }: ElectricityWater): Factor {
  const told = toldFactor({ ...of, source }, { id: `water:electricity:${area}`, ...GRID });
  if (area !== countryOf(zone) || area === zone || !isKnown(told.figure)) return told;
  const id = `water:area:${zone}`;
  const figure = withBounds(told.figure, id, -PART_REACH.down * of.value, PART_REACH.up * of.value);
  const note = `no water of the electricity of ${zone} is published: that of ${area} stands in, and parts of a country differ severalfold`;
  return { ...told, figure, causes: [...told.causes, { id, ...PART }], notes: [note] };
}

function toldFactor(said: Given, cause: Cause): Factor {
  const figure = asGiven(said, cause.id);
  return { figure, causes: figure.terms.size === 0 ? [] : [cause], source: said.source, notes: [] };
}

const notKnown = (why: string): Factor => ({ figure: unknown(why), causes: [], source: null, notes: [] });
