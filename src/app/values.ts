// The facts of a run that change with time, read from what the ledger keeps: its PUE, price and certificates, where they are
// files.

import { Fault } from '../core/fault.ts';
import type { CertificateFile } from '../grid/certificate-file.ts';
import type { ValueSeries } from '../grid/values.ts';
import type { FileRef } from '../ledger/account-spec.ts';
import type { RunRecord } from '../ledger/records.ts';
import { isStoredCertificates, isStoredValues } from '../ledger/shapes.ts';
import type { LineValues } from '../report/overheads.ts';
import type { Shelf } from './shelf.ts';

/** One that is lost says why: another would be another account. */
export function valuesOf(shelf: Shelf, { pue_series, price_series, account }: RunRecord): LineValues {
  const lost: { pue?: string; price?: string; certificates?: string } = {};
  const read = <T>(
    what: keyof typeof lost,
    ref: FileRef | undefined,
    check: (value: unknown) => boolean = isStoredValues,
  ): T | null => {
    if (ref === undefined) return null;
    try {
      return shelf.kept<T>(ref.hash, check);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const verb = what === 'certificates' ? 'are' : 'is';
      lost[what] = `the ${what === 'pue' ? 'PUE' : what} given with the run ${verb} lost: ${error.message}`;
      return null;
    }
  };
  return {
    pue: read<ValueSeries>('pue', pue_series),
    price: read<ValueSeries>('price', price_series),
    certificates: read<CertificateFile>('certificates', account?.market?.certificates, isStoredCertificates),
    lost,
  };
}
