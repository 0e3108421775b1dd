// The facts of a run that change with time, read from what the ledger keeps: its PUE and its price, where they are files.

import { Fault } from '../core/fault.ts';
import type { ValueSeries } from '../grid/values.ts';
import type { FileRef } from '../ledger/account-spec.ts';
import { keptFile } from '../ledger/kept.ts';
import type { RunRecord } from '../ledger/records.ts';
import { isStoredValues } from '../ledger/shapes.ts';
import type { LineValues } from '../report/overheads.ts';

/** One that is lost says why: another would be another account. */
export function valuesOf(ledger: string, { pue_series, price_series }: RunRecord): LineValues {
  const read = (what: string, ref: FileRef | undefined): ValueSeries | string | null => {
    if (ref === undefined) return null;
    try {
      return keptFile<ValueSeries>(ledger, ref.hash, isStoredValues);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return `the ${what} given with the run is lost: ${error.message}`;
    }
  };
  const [pue, price] = [read('PUE', pue_series), read('price', price_series)];
  return {
    pue: typeof pue === 'string' ? null : pue,
    price: typeof price === 'string' ? null : price,
    lost: { ...(typeof pue === 'string' ? { pue } : {}), ...(typeof price === 'string' ? { price } : {}) },
  };
}
