// What an account's intensities may be told as: its parts with source and licence, and the courses of those that may be
// passed on. Texts of sources are ours, not those that were kept: a file of the user's has a name.

import type { Row } from '../exchange/dataset/tables.ts';
import { annualIntensity } from '../grid/annual.ts';
import { clipped, type IntensitySeries } from '../grid/series.ts';
import { isZone } from '../grid/zones.ts';
import type { PartJson, ReportJson } from '../report/model.ts';
import { type Anonymity, zoneOf } from './dataset-rows.ts';
import { offerOf, PROVIDERS } from './providers.ts';

/** Intervals of energy may reach so far over the run's edges. */
const EDGE_MS = 60_000;
/** Whose values anyone may pass on: EIA's are in the public domain, NESO's under CC BY 4.0. */
const OPEN: readonly string[] = ['eia', 'neso'];

export interface IntensityRows {
  readonly parts: readonly Row[];
  readonly courses: readonly Row[];
}

/** The parts of a report's account, whose chain this was, and their courses over its time. */
export function intensityRows(report: ReportJson, chain: readonly IntensitySeries[], how: Anonymity): IntensityRows {
  const run = how.names.run(report.run.id);
  const { started_at_ms, ended_at_ms } = report.run;
  const parts: Row[] = [];
  const courses: Row[] = [];
  let at = 0;
  for (const [i, part] of report.emissions.intensity.parts.entries()) {
    while (at < chain.length && !same(chain[at]!, part)) at++;
    const series = chain[at++];
    if (series === undefined) break;
    const { open, ...from } = originOf(series);
    const given = !how.relative && (open || how.include.has('intensity'));
    const { known, lead_h, weeks } = series.evidence ?? {};
    parts.push({
      ...{ run, part: i + 1, zone: zoneOf(part.zone, how.names) ?? '', ...from },
      ...{ kind: part.kind, scope: part.scope, quality: part.quality, year: part.year },
      mean_of: series.mean_of !== undefined && isZone(series.mean_of) ? series.mean_of : null,
      ...{ share: part.share, mean_g_per_kwh: part.mean_g_per_kwh },
      ...{ zone_mean_g_per_kwh: known?.mean_g_per_kwh ?? null, zone_variation: known?.variation ?? null },
      ...{ lead_h: lead_h ?? null, weeks: weeks ?? null, given },
    });
    const course = given ? clipped(series, started_at_ms - EDGE_MS, (ended_at_ms ?? started_at_ms) + EDGE_MS) : null;
    for (const k of course?.from_ms.keys() ?? [])
      courses.push({
        ...{ run, part: i + 1, from_ms: course!.from_ms[k]!, to_ms: course!.to_ms[k]! },
        g_per_kwh: course!.g_per_kwh[k]!,
      });
  }
  return { parts, courses };
}

const same = (series: IntensitySeries, part: PartJson): boolean =>
  (['zone', 'provider', 'kind', 'scope', 'quality', 'year', 'source'] as const).every(
    (key) => series[key] === part[key],
  );

interface Origin {
  readonly provider: string;
  readonly source: string;
  readonly licence: string;
  /** Whether its values may be passed on. */
  readonly open: boolean;
}

function originOf({ zone, provider, quality, source }: IntensitySeries): Origin {
  const table = quality === 'annual' && isZone(zone) ? annualOf(zone) : null;
  if (table !== null && table.provider === provider && table.source === source)
    return { provider, source, licence: table.licence, open: true };
  if (!PROVIDERS.includes(provider))
    return { provider: 'file', source: 'a series of its user’s', licence: 'not told', open: false };
  const { source: site, licence } = offerOf(provider);
  return { provider, source: site, licence, open: OPEN.includes(provider) };
}

function annualOf(zone: string): IntensitySeries | null {
  try {
    return annualIntensity(zone);
  } catch {
    return null;
  }
}
