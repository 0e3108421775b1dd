// What a run keeps of the place that its zone was given by.

import { placeRecord } from '../app/place-record.ts';
import type { Settings } from '../app/settings.ts';
import type { RunRecord } from '../ledger/records.ts';

/** The key `place` of a run, where its zone was given by one; its PUE's source where no other PUE was given. */
export function placeOfRun({ place, zone, pue }: Pick<Settings, 'place' | 'zone' | 'pue'>): Pick<RunRecord, 'place'> {
  return place === null ? {} : { place: placeRecord(place, pue !== null && pue.from === zone?.from) };
}
