// What a run's own page shows, gathered from a ledger: its report, its course over time, its divisions and other starts.

import { basename, dirname } from 'node:path';
import { inputOf } from '../../app/reports.ts';
import { startsIn } from '../../app/starts.ts';
import { openReader } from '../../ledger/reader.ts';
import type { RunEntry } from '../../ledger/runs.ts';
import { accountOf } from '../../report/build.ts';
import type { ReportJson } from '../../report/model.ts';
import type { Starts } from '../contract/starts.ts';
import { seriesService } from '../series/service.ts';
import type { AloneRun } from './page.ts';

/** Stretches of its charts: as many as a wide screen can tell apart. */
const POINTS = 600;
/** More parts of a division than these are none that somebody reads. */
const MOST_PARTS = 500;

interface From {
  readonly ledger: string;
  readonly cache: string | null;
  readonly entry: RunEntry;
  readonly zones: readonly string[];
}

/** Rejects as reportOf. */
export async function runAlone({
  ledger,
  cache,
  entry,
  zones,
}: From): Promise<Pick<AloneRun, 'report' | 'series' | 'divisions' | 'starts'>> {
  const reader = await openReader();
  const service = seriesService({ ledger, cache });
  try {
    // All of it is read once.
    const input = await inputOf(reader, { ledger, entry }, { zones });
    const { report } = accountOf(input);
    const divisions = divisionsOf(report).map((by) => ({ by, rows: accountOf({ ...input, by }).report.rows ?? [] }));
    const hourly = report.emissions.intensity.mean_g_per_kwh !== null;
    const starts = hourly ? (startsIn(input) as Starts) : null;
    return { report, divisions, starts, series: await service.of({ run: entry.record.id, points: POINTS }) };
  } finally {
    service.close();
    reader.close();
  }
}

/** Those of which there are several parts. */
function divisionsOf({ work: { epochs, tokens } }: ReportJson): ('epoch' | 'million-tokens')[] {
  const some = (parts: number | null) => parts !== null && parts > 1 && parts <= MOST_PARTS;
  return [
    ...(some(epochs) ? (['epoch'] as const) : []),
    ...(some(tokens === null ? null : tokens / 1e6) ? (['million-tokens'] as const) : []),
  ];
}

/** The folder that a ledger is known by: a project's, where it stands in one as .joulebook. */
export const ledgerName = (ledger: string): string =>
  basename(ledger) === '.joulebook' ? basename(dirname(ledger)) : basename(ledger);
