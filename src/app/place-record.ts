// A place as a run keeps it.

import type { Place } from '../grid/places.ts';
import type { PlaceRecord } from '../ledger/records.ts';

/** `itsPue`: the run's PUE is the place's. */
export function placeRecord({ name, city, pue, wue }: Place, itsPue: boolean): PlaceRecord {
  const used = itsPue ? pue : null;
  return {
    ...{ name, city, pue_source: used?.source ?? null, pue_scope: used?.scope ?? null, pue_year: used?.year ?? null },
    ...{ wue_l_per_kwh: wue?.value ?? null, wue_source: wue?.source ?? null },
    ...{ wue_scope: wue?.scope ?? null, wue_year: wue?.year ?? null },
  };
}
