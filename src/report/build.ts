// Makes the report of one run from what the ledger (or the memory of a run just ended) knows of it.
//
// Everything is a sum over cells of charged energy, so rows of any division add up to the total.

import { exactly, type Figure, isKnown, plus, times, toJson } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { ZoneChain } from '../emissions/compare.ts';
import { hindsightOf } from '../emissions/hindsight.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { Unsure } from '../ledger/amendments.ts';
import type {
  AmendmentRecord,
  DevicesRecord,
  EndRecord,
  EventRow,
  RunRecord,
  StepRow,
  WriterRecord,
} from '../ledger/records.ts';
import type { StatementRecord } from '../ledger/statements.ts';
import type { RunEnergy } from '../ledger/use.ts';
import { workOf } from '../workload/work.ts';
import { coreOf, currencyOf, perUnit, type Summary } from './core.ts';
import { type Judged, judgedJson, judgedOf } from './decisions.ts';
import { savedSum } from './decisions-text.ts';
import { coverageOf } from './devices.ts';
import { gridAdvice } from './grid-advice.ts';
import { partsOf } from './intensity.ts';
import { linesOf } from './lines.ts';
import type { Marginal } from './market-lines.ts';
import type { By, DeviceJson, ReportJson, Warning } from './model.ts';
import type { LineValues } from './overheads.ts';
import { statementJson } from './restated.ts';
import { phasesOf, rowsBy, stepParts } from './rows.ts';
import { stepEnergyOf } from './step-energy.ts';
import { uncertaintyBy, uncertaintyOf } from './uncertainty.ts';
import { waterJson } from './water.ts';

export interface ReportInput {
  /** With its amendments. */
  readonly run: RunRecord;
  readonly amendments?: readonly AmendmentRecord[];
  /** What an amendment that cannot be read makes unknown. */
  readonly unsure?: Unsure;
  /** What was said when the account was told anew. */
  readonly statements?: readonly StatementRecord[];
  readonly state: string;
  readonly writers: readonly {
    readonly record: WriterRecord & Pick<DevicesRecord, 'devices' | 'absent'>;
    readonly end: EndRecord | null;
    readonly shift_ms?: number;
    readonly state?: string;
  }[];
  readonly energy: RunEnergy;
  readonly steps: readonly StepRow[];
  readonly events: readonly EventRow[];
  /** The chain of intensity series, best first; empty where no zone is known. */
  readonly chain: readonly IntensitySeries[];
  /** Of a run that was in several places: the time at each, and its chain for all of the run's time. Absent: in one. */
  readonly places?: readonly {
    readonly from_ms: number;
    readonly to_ms: number;
    readonly chain: readonly IntensitySeries[];
  }[];
  /** Why the chain is empty. */
  readonly no_intensity: string | null;
  /** Facts of the run that change with time; absent: it names none. */
  readonly values?: LineValues;
  /** The marginal intensity; absent: joulebook report alone tells it. */
  readonly marginal?: Marginal;
  /** What the chain leaves out, and why. */
  readonly grid_notes?: readonly string[];
  /** Zones that the run is compared with in hindsight. */
  readonly elsewhere?: readonly ZoneChain[];
  readonly damage: readonly string[];
  readonly by?: By;
  /** Leaves out what takes long and a list does not show. */
  readonly brief?: boolean;
}

export interface Accounted extends Summary {
  readonly report: ReportJson;
  /** Lines beside those of lists, with their causes. */
  readonly further: Readonly<Record<'market_g' | 'marginal_g' | 'water_l' | 'it_g', Figure>>;
  /** Decisions about the job, with causes of error. */
  readonly judged: readonly Judged[];
  readonly span: { readonly from: number; readonly to: number };
}

/** The report (docs/formats/report.md). Throws as accountOf. */
export const buildReport = (input: ReportInput): ReportJson => accountOf(input).report;

/** Throws Fault usage where series of different kind or scope would be mixed. */
export function accountOf(input: ReportInput): Accounted {
  const { run, energy, chain, steps } = input;
  const core = coreOf(input);
  const { run: runJson, all, it_g, embodied, basis, figures, told } = core;
  const { span, devices, it, facility, overheads, operational } = basis;
  const { pue, factor } = overheads;
  const { causes, warnings } = told;

  if (input.by !== undefined && !isKnown(it)) {
    const known = energy.devices.filter((use) => use.device.charged && use.energy_j !== null);
    const names = [...new Set(known.map((use) => use.device.device))].join(', ') || 'none';
    const message = `the rows cover only the devices whose energy is known (${names}): they are less than the run used`;
    warnings.push({ code: 'rows-partial', message });
  }

  if (input.by === 'window') {
    const message = 'windows nest and overlap, and some time is in none: their rows do not add up to the run';
    warnings.push({ code: 'windows', message });
  }

  const lines = linesOf(basis, told);
  const work = workOf(steps, run.work);
  const widest = [figures.total_g, it].find(isKnown) ?? exactly(0);

  const deviceJsons = devices.map((device) => device.json());
  warnings.push(...generalWarnings(input, deviceJsons));
  const parts = partsOf(all, chain);
  for (const message of gridAdvice(run, parts)) warnings.push({ code: 'grid', message });
  const emissionsPerJoule = isKnown(operational) && isKnown(it) && all.energy_j > 0 ? overheads.rest : null;
  const judged = judgedOf({ basis, all });
  const named = { ...figures, market_g: lines.market, marginal_g: lines.marginal, water_l: lines.water.figure };
  const report: ReportJson = {
    schema: 'joulebook/report/v1',
    run: runJson,
    energy: {
      ...{ it_j: toJson(it), facility_j: toJson(facility), pue: toJson(pue), coverage: coverageOf(devices) },
      devices: deviceJsons,
      gaps: energy.gaps.map((gap) => ({ ...gap })).sort((a, b) => a.from_ms - b.from_ms),
    },
    emissions: {
      operational_g: toJson(operational),
      it_g: toJson(it_g),
      overhead_g: toJson(isKnown(pue) ? times(it_g, plus(factor, exactly(-1))) : pue),
      market_g: toJson(lines.market),
      marginal_g: toJson(lines.marginal),
      market: lines.about_market,
      marginal: lines.about_marginal,
      embodied_g: toJson(embodied.figure),
      embodied: embodied.json,
      total_g: toJson(figures.total_g),
      method: 'joulebook-1',
      intensity: {
        mean_g_per_kwh: all.known_j > 0 ? (all.emissions_g / all.known_j) * JOULES_PER_KWH : null,
        coverage: all.energy_j > 0 ? all.known_j / all.energy_j : 0,
        parts,
      },
      statements: (input.statements ?? []).map(statementJson),
      hindsight: input.brief ? null : hindsightOf(energy.charged, { span, ...zonesOf(input), pue: factor.value }),
    },
    water_l: toJson(lines.water.figure),
    water: waterJson(lines.water, causes),
    cost: toJson(figures.cost),
    currency: currencyOf(run),
    work: {
      ...{ steps: work.steps, total_steps: work.total_steps, epochs: work.epochs, tokens: work.tokens },
      ...{ samples: work.samples, units: work.units },
      tokens_per_s: work.tokens === null || runJson.duration_s <= 0 ? null : work.tokens / runJson.duration_s,
      ...{ tokens_how: work.tokens_how, restarts: work.restarts },
    },
    per: {
      j_per_token: perUnit(it, work.tokens, 'tokens'),
      g_per_million_tokens: perUnit(operational, work.tokens, 'tokens', 1e6),
      l_per_million_tokens: perUnit(lines.water.figure, work.tokens, 'tokens', 1e6),
      j_per_step: perUnit(it, work.steps, 'steps'),
      j_per_sample: perUnit(it, work.samples, 'samples'),
      g_per_epoch: perUnit(operational, work.epochs, 'epochs'),
      j_per_unit: Object.fromEntries(
        Object.entries(work.units).map(([name, count]) => [name, perUnit(it, count, name)]),
      ),
    },
    phases: phasesOf(input, span),
    step_energy: input.brief ? null : stepEnergyOf(stepParts(input, span)),
    ...{ decisions: judged.map(judgedJson), saved: savedSum(judged) },
    uncertainty: uncertaintyOf(widest, causes),
    uncertainty_by: input.brief ? {} : uncertaintyBy(named, causes),
    warnings: [...warnings, ...work.notes.map((message) => ({ code: 'work', message }))],
    ...(input.by === undefined
      ? {}
      : {
          by: input.by,
          rows: rowsBy({ ...input, chain: overheads.chain }, { by: input.by, span, overhead: emissionsPerJoule, it }),
        }),
  };
  const { market_g, marginal_g, water_l } = named;
  return { report, run: runJson, figures, further: { market_g, marginal_g, water_l, it_g }, judged, span };
}

const zonesOf = ({ run, chain, elsewhere = [] }: ReportInput) => ({
  own: { zone: run.zone ?? chain[0]?.zone ?? '', chain },
  others: elsewhere,
});

/** What of a server none of these kinds of devices holds; a modelled rest holds what is not metered beside it. */
function leftOut(metered: ReadonlySet<string>): string[] {
  if (metered.has('node') || metered.has('psys') || metered.has('host-other')) return [];
  const without = (kind: string, name: string) => (metered.has(kind) || metered.has('module') ? [] : [name]);
  return [...without('cpu-package', 'processors'), ...without('dram', 'memory'), 'storage', 'fans'];
}

function generalWarnings(input: ReportInput, devices: readonly DeviceJson[]): Warning[] {
  const out: Warning[] = [];
  const metered = new Set(devices.filter((d) => d.charged).map((d) => d.kind));
  const outside = leftOut(metered);
  if (metered.size > 0 && outside.length > 0) {
    out.push({
      code: 'boundary',
      message: `only ${[...metered].join(' and ')} energy is counted: ${outside.join(', ')} and power supply are not metered`,
    });
  }
  for (const { record } of input.writers) {
    for (const absent of record.absent) out.push({ code: 'sensor-absent', message: absent });
  }
  for (const { record, shift_ms = 0 } of input.writers) {
    if (shift_ms === 0) continue;
    const by = `${(Math.abs(shift_ms) / 1000).toFixed(2)} s ${shift_ms > 0 ? 'behind' : 'ahead'}`;
    out.push({
      code: 'clock-skew',
      message: `the clock of ${record.host} was ${by} of the file server's: its times are moved by that`,
    });
  }
  const held = input.energy.gaps
    .filter((gap) => gap.state !== 'filled')
    .reduce((s, gap) => s + gap.to_ms - gap.from_ms, 0);
  if (held > 0)
    out.push({
      code: 'gaps',
      message: `${(held / 1000).toFixed(1)} device-seconds were not observed: estimated and bounded, or unknown`,
    });
  for (const message of input.grid_notes ?? []) out.push({ code: 'grid', message });
  for (const damage of [...input.damage, ...input.energy.lost]) out.push({ code: 'ledger-damage', message: damage });
  for (const { event, message } of input.events) {
    if (event.startsWith('warn:')) out.push({ code: event.slice(5), message });
  }
  if (input.state === 'interrupted')
    out.push({
      code: 'interrupted',
      message: 'the meter ended before the run did: what came after its last reading is not in this account',
    });
  if (input.energy.devices.some((use) => use.shared))
    out.push({
      code: 'device-shared',
      message: 'several writers metered the same device at the same time: it is counted once',
    });
  return [...new Map(out.map((w) => [`${w.code} ${w.message}`, w])).values()];
}
