// Which part of a load certificates cover: each of them only load of its own period, never more than its kWh.
//
// Within its period a certificate covers the same share of every moment's load; what is left over is not carried into
// another period. Shorter periods are matched first, because hourly certificates can be used in no other hour.

import { JOULES_PER_KWH } from '../core/units.ts';
import type { Certificate } from '../grid/certificate-file.ts';

/** A load by cells between neighbouring edges, in J. */
export interface LoadCells {
  /** Epoch ms, ascending; edges of certificates lie on them or outside. */
  readonly edges_ms: readonly number[];
  readonly energy_j: readonly number[];
}

export interface Matched {
  /** J that each certificate covers, in the order given. */
  readonly used_j: readonly number[];
  /** J of each cell that none covers. */
  readonly left_j: readonly number[];
  /** How used_j and left_j grow with the load: their derivative by its logarithm, J. A certificate that is used up does not grow. */
  readonly used_slope_j: readonly number[];
  readonly left_slope_j: readonly number[];
}

/** Certificates that do not touch the load cover nothing. Linear in certificates × the cells of their periods. */
export function matchCertificates({ edges_ms, energy_j }: LoadCells, certificates: readonly Certificate[]): Matched {
  const left = [...energy_j];
  const slope = [...energy_j];
  const used = certificates.map(() => 0);
  const used_slope = certificates.map(() => 0);
  const long = ({ from_ms, to_ms }: Certificate) => to_ms - from_ms;
  const order = [...certificates.keys()].sort((a, b) => long(certificates[a]!) - long(certificates[b]!));
  for (const i of order) {
    const { from_ms, to_ms, kwh } = certificates[i]!;
    const [first, end] = [firstFrom(edges_ms, from_ms), Math.min(left.length, firstFrom(edges_ms, to_ms))];
    let [there, grows] = [0, 0];
    for (let c = first; c < end; c++) {
      there += left[c]!;
      grows += slope[c]!;
    }
    if (!(there > 0)) continue;
    const most = kwh * JOULES_PER_KWH;
    const usedUp = most < there;
    used[i] = usedUp ? most : there;
    used_slope[i] = usedUp ? 0 : grows;
    const kept = usedUp ? 1 - most / there : 0;
    for (let c = first; c < end; c++) {
      slope[c] = usedUp ? slope[c]! * kept + (left[c]! / there) * (most / there) * grows : 0;
      left[c]! *= kept;
    }
  }
  return { used_j: used, left_j: left, used_slope_j: used_slope, left_slope_j: slope };
}

/** The index of the first edge at or after an instant. */
function firstFrom(edges: readonly number[], at_ms: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < at_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
