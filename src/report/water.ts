// The water of a run: its IT energy by the zones that it was in, the WUE of its place, and what its user says of both.

import { type Figure, isKnown, toJson } from '../core/figure.ts';
import { spread } from '../emissions/operational.ts';
import { type PlaceWue, type Water, type WaterInput, waterOf } from '../emissions/water.ts';
import { placeNamed } from '../grid/places.ts';
import type { RunRecord } from '../ledger/records.ts';
import { type Stay, staysOf } from '../ledger/stays.ts';
import type { ReportInput } from './build.ts';
import { figure, volume } from './format.ts';
import type { Told } from './lines.ts';
import type { ReportJson, WaterJson } from './model.ts';
import type { Span } from './rows.ts';
import { uncertaintyOf } from './uncertainty.ts';

interface Energies {
  readonly span: Span;
  /** J; of the facility unknown where the PUE is. */
  readonly it: Figure;
  readonly facility: Figure;
}

/** L; causes of error and warnings are added to `told`. */
export function waterLine(input: ReportInput, { span, it, facility }: Energies, told: Told): Water {
  const { onsite = null, electricity = null } = input.run.account?.water ?? {};
  const wue = onsite ?? placeWue(input.run);
  const { zone, pue, account } = input.unsure ?? {};
  const doubt = { site: account ?? (onsite === null ? zone : undefined), electricity: account ?? pue };
  const water = waterOf({ it, facility, zones: zonesOf(input, span), wue, electricity, doubt });
  for (const cause of water.causes) told.causes.set(cause.id, cause);
  for (const message of water.notes) told.warnings.push({ code: 'water', message });
  return water;
}

/** The report's key `water`. */
export function waterJson(water: Water, causes: Told['causes']): WaterJson {
  const { onsite, electricity, sources, ...factors } = water;
  const widest = isKnown(water.figure) ? water.figure : isKnown(electricity) ? electricity : onsite;
  return {
    ...{ onsite_l: toJson(onsite), electricity_l: toJson(electricity) },
    wue_l_per_kwh: toJson(factors.wue_l_per_kwh),
    electricity_l_per_kwh: toJson(factors.electricity_l_per_kwh),
    sources: { ...sources },
    uncertainty: isKnown(widest) ? uncertaintyOf(widest, causes) : [],
  };
}

/** What is known of it in one line; null where neither part is. */
export function waterText({ water_l, water }: Pick<ReportJson, 'water_l' | 'water'>): string | null {
  const { onsite_l, electricity_l } = water;
  if (water_l.value !== null) return `${figure(water_l, volume)}, of it ${volume(onsite_l.value!)} at the site`;
  if (electricity_l.value !== null)
    return `electricity ${figure(electricity_l, volume)}; of the site ${figure(onsite_l, volume)}`;
  return onsite_l.value === null
    ? null
    : `site ${figure(onsite_l, volume)}; of the electricity ${figure(electricity_l, volume)}`;
}

function placeWue({ place }: RunRecord): PlaceWue | null {
  if (place === undefined || place.wue_l_per_kwh === null) return null;
  const { name, wue_l_per_kwh: l_per_kwh, wue_scope, wue_source } = place;
  const zone = placeNamed(name)?.zone;
  return zone === undefined
    ? null
    : { place: name, zone, l_per_kwh, scope: wue_scope ?? 'fleet', source: wue_source ?? name };
}

/** Where it was during the span. */
export const staysIn = ({ run, writers }: Pick<ReportInput, 'run' | 'writers'>, { from, to }: Span): Stay[] =>
  staysOf(run, writers).filter(({ from_ms, to_ms }) => from_ms < to && to_ms > from);

function zonesOf({ run, writers, energy, unsure = {} }: ReportInput, { from, to }: Span): WaterInput['zones'] {
  if (unsure.zone !== undefined) return unsure.zone;
  const stays = staysIn({ run, writers }, { from, to });
  const edges = [from, ...stays.slice(1).map(({ from_ms }) => from_ms), to];
  const whole = stays.length === 1; // its share is 1, whatever the energy
  const cells = whole ? [{ energy_j: 1 }] : spread(energy.charged, edges, []);
  const idle = cells.every(({ energy_j }) => energy_j === 0);
  const used = new Map<string, number>();
  for (const [i, { zone, why }] of stays.entries()) {
    const { energy_j } = cells[i]!;
    if (energy_j === 0 && !idle) continue;
    if (zone === null) return why ?? 'no zone is known: give --zone, or account.water.electricity';
    used.set(zone, (used.get(zone) ?? 0) + energy_j);
  }
  return [...used].map(([zone, energy_j]) => ({ zone, energy_j }));
}
