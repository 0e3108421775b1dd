// What a run keeps of the place that its zone was given by.

import type { Settings } from '../app/settings.ts';
import type { Place } from '../grid/places.ts';
import type { PlaceRecord, RunRecord } from '../ledger/records.ts';

/** The key `place` of a run, where its zone was given by one; its PUE's source where no other PUE was given. */
export function placeOfRun({ place, zone, pue }: Pick<Settings, 'place' | 'zone' | 'pue'>): Pick<RunRecord, 'place'> {
  return place === null ? {} : { place: placeRecord(place, pue !== null && pue.from === zone?.from) };
}

/** `itsPue`: the run's PUE is the place's. */
export function placeRecord({ name, city, pue, wue }: Place, itsPue: boolean): PlaceRecord {
  const used = itsPue ? pue : null;
  return {
    ...{ name, city, pue_source: used?.source ?? null, pue_scope: used?.scope ?? null, pue_year: used?.year ?? null },
    ...{ wue_l_per_kwh: wue?.value ?? null, wue_source: wue?.source ?? null },
    ...{ wue_scope: wue?.scope ?? null, wue_year: wue?.year ?? null },
  };
}
