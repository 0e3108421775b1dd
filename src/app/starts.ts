// What a run had emitted had it started at another half-hour, from a day before to a day after: on the intensity as it was.

import { JOULES_PER_KWH, sum } from '../core/units.ts';
import { withoutAnnual } from '../emissions/compare.ts';
import { meansAt, profileOf } from '../emissions/starts.ts';
import { openReader } from '../ledger/reader.ts';
import type { RunEntry } from '../ledger/runs.ts';
import type { ReportInput } from '../report/build.ts';
import { coreOf } from '../report/core.ts';
import { inputOf } from './reports.ts';

export interface StartsJson {
  readonly schema: 'joulebook/starts/v1';
  readonly run: string;
  readonly started: { readonly at_ms: number };
  readonly starts: { readonly at_ms: number; readonly g_per_kwh: number | null; readonly emissions_g: number | null }[];
  /** Why none is known; null: some are. */
  readonly why: string | null;
}

const STEP_MS = 1_800_000;
/** Half-hours to either side. */
const STEPS = 48;

/** Of one run. Rejects as reportOf. */
export async function startsOfRun(ledger: string, entry: RunEntry): Promise<StartsJson> {
  const reader = await openReader();
  try {
    return startsIn(await inputOf(reader, { ledger, entry }));
  } finally {
    reader.close();
  }
}

/** An annual mean knows no hours, so it is left out, as in the report's own hindsight. */
export function startsIn(input: ReportInput): StartsJson {
  const { span, overheads } = coreOf(input).basis;
  const times = Array.from({ length: 2 * STEPS + 1 }, (_, i) => span.from + (i - STEPS) * STEP_MS);
  const profile = profileOf(input.energy.charged, span);
  const energy_j = sum(profile.energy_j);
  const course = withoutAnnual(input.chain);
  const means = energy_j > 0 && course.length > 0 ? meansAt(profile, course, times) : times.map(() => null);
  const grams_per_mean = (energy_j / JOULES_PER_KWH) * overheads.factor.value;
  return {
    schema: 'joulebook/starts/v1',
    run: input.run.id,
    started: { at_ms: span.from },
    starts: means.map((g_per_kwh, i) => ({
      ...{ at_ms: times[i]!, g_per_kwh, emissions_g: g_per_kwh === null ? null : g_per_kwh * grams_per_mean },
    })),
    why: means.some((mean) => mean !== null) ? null : whyNone(input, energy_j),
  };
}

function whyNone({ chain, no_intensity }: ReportInput, energy_j: number): string {
  if (!(energy_j > 0)) return 'no energy of the run is known';
  if (chain.length === 0) return no_intensity ?? 'no intensity is known';
  if (withoutAnnual(chain).length === 0) return 'what is known of the intensity is an annual mean, which has no hours';
  return 'the intensity is not known for all of the run from any start';
}
