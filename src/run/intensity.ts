// Which intensity series a run is accounted with: the user's, then the zone's annual mean where kind and scope agree.

import { createHash } from 'node:crypto';
import { reasonOf } from '../core/fault.ts';
import { annualIntensity } from '../grid/annual.ts';
import { readIntensityFile } from '../grid/file.ts';
import type { IntensitySeries } from '../grid/series.ts';

export interface Chain {
  /** The zone said by --zone or by the series itself; null where neither names one. */
  readonly zone: string | null;
  readonly series: readonly IntensitySeries[];
  /** Why there is none. */
  readonly none: string | null;
  /** The user's series as stored, with its hash; null where none was given. */
  readonly stored: { readonly file: string; readonly hash: string; readonly text: string } | null;
}

/** Throws Fault for a file that cannot be used, or for an unknown zone without a file. */
export async function chainOf(zone: string | null, file: string | null): Promise<Chain> {
  if (file === null) return zone === null ? noZone() : ofYear(zone);
  const series = await readIntensityFile(file);
  const named = zone === null ? series : { ...series, zone };
  const text = serialise(named);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { ...chained(named), stored: { file: series.source, hash, text } };
}

/** The chain for a run of the ledger. `stored` is what was kept under its hash. */
export function storedChain(zone: string | null, stored: unknown): Chain {
  if (stored !== null) return { ...chained(revive(stored as Stored)), stored: null };
  if (zone === null) return noZone();
  try {
    return ofYear(zone);
  } catch (error) {
    return { zone, series: [], none: reasonOf(error), stored: null };
  }
}

function ofYear(zone: string): Chain {
  const annual = annualIntensity(zone);
  return { zone: annual.zone, series: [annual], none: null, stored: null };
}

function chained(series: IntensitySeries): Omit<Chain, 'stored'> {
  const zone = series.zone || null;
  try {
    const annual = annualIntensity(series.zone);
    const fits = annual.kind === series.kind && annual.scope === series.scope;
    return { zone, series: fits ? [series, annual] : [series], none: null };
  } catch {
    return { zone, series: [series], none: null }; // no annual mean of such a zone: the series stands alone
  }
}

function noZone(): Chain {
  return {
    zone: null,
    series: [],
    none: 'no zone is known: say where this ran with --zone (or JOULEBOOK_ZONE), or give --intensity FILE',
    stored: null,
  };
}

type Stored = Omit<IntensitySeries, 'from_ms' | 'to_ms' | 'g_per_kwh'> &
  Record<'from_ms' | 'to_ms' | 'g_per_kwh', number[]>;

function serialise(series: IntensitySeries): string {
  const { from_ms, to_ms, g_per_kwh, ...rest } = series;
  return `${JSON.stringify({ ...rest, from_ms: [...from_ms], to_ms: [...to_ms], g_per_kwh: [...g_per_kwh] })}\n`;
}

function revive(stored: Stored): IntensitySeries {
  const { from_ms, to_ms, g_per_kwh } = stored;
  return {
    ...stored,
    from_ms: Float64Array.from(from_ms),
    to_ms: Float64Array.from(to_ms),
    g_per_kwh: Float64Array.from(g_per_kwh),
  };
}
