// What every account of a run begins with: what it was, its devices, and the figures that lists and sums are made of.

import {
  exactly,
  type Figure,
  type FigureJson,
  isKnown,
  over,
  scaled,
  times,
  toJson,
  unknown,
} from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Cause } from '../emissions/errors.ts';
import { addCells, spread } from '../emissions/operational.ts';
import { accountedPue } from '../emissions/pue.ts';
import type { RunRecord } from '../ledger/records.ts';
import { endedWell, goesOn } from '../ledger/runs.ts';
import type { ReportInput } from './build.ts';
import { deviceFigure, itEnergy, unionOf } from './devices.ts';
import { borrowed, intensityFigure } from './intensity.ts';
import { type Basis, type Told, totalOf } from './lines.ts';
import type { RunJson } from './model.ts';
import { costOf, overheadsOf } from './overheads.ts';
import { amendmentJson } from './restated.ts';

/** Figures with their causes, for sums over runs: J, gCO2e, and the run's currency. */
export type Figures = Readonly<
  Record<'it_j' | 'facility_j' | 'operational_g' | 'embodied_g' | 'total_g' | 'cost', Figure>
>;

/** What a list tells of a run. */
export interface Summary {
  readonly run: RunJson;
  readonly figures: Figures;
}

export type Described = Pick<ReportInput, 'run' | 'writers' | 'state' | 'amendments'> & {
  readonly energy: Reaching;
};
/** Until when there are rows, by writer. */
export type Reaching = Pick<ReportInput['energy'], 'last_ms'>;

/** The run and its figures alone. Throws as accountOf. */
export function summaryOf(input: ReportInput): Summary {
  const { run, figures } = coreOf(input);
  return { run, figures };
}

/** A figure for each of what the log counted, or for `factor` of them. */
export const perUnit = (figure: Figure, count: number | null, what: string, factor = 1): FigureJson =>
  toJson(
    count === null || count <= 0
      ? unknown(`no ${what} were seen in the log`)
      : scaled(over(figure, exactly(count)), factor),
  );

/** Of the cost; null where there is no price. */
export const currencyOf = ({ price, price_series }: RunRecord): string | null =>
  (price_series ?? price)?.currency ?? null;

/** What every account begins with. */
export function coreOf(input: ReportInput) {
  const { run, energy, chain, unsure = {} } = input;
  const told: Told = { warnings: [], causes: new Map() };
  const { warnings, causes } = told;
  const runJson = describeRun(input);
  // Of a run that goes on, what is known by now.
  const span = { from: runJson.started_at_ms, to: Math.max(runJson.started_at_ms + 1, reachedBy(input)) };
  const { duration_s } = runJson;

  const devices = energy.devices.map((use) => deviceFigure(use, input, causes, warnings));
  const it = itEnergy(devices, input);
  const all = addCells(spread(energy.charged, [span.from, span.to], chain));
  const own = unsure.pue !== undefined ? unknown(unsure.pue) : pueOf(run, span, causes);
  const overheads = overheadsOf(input, own, { span, all });
  const { pue, factor } = overheads;
  const facility = times(it, pue);
  if (!isKnown(pue) && unsure.pue === undefined)
    warnings.push({
      code: 'pue-unknown',
      message:
        run.pue_series === undefined
          ? 'the PUE is not known: emissions, water and cost cover IT energy alone; give --pue'
          : `emissions, water and cost cover IT energy alone: ${pue.why}`,
    });
  if (unsure.account !== undefined)
    warnings.push({
      code: 'account-unknown',
      message: `market-based, marginal and embodied emissions and water are not known: ${unsure.account}`,
    });
  const intensity = intensityFigure(all, { ...input, duration_s }, causes);
  for (const { zone, of } of borrowed(all, chain)) {
    const message = `no annual mean of ${zone} is published: that of ${of} stands in, and parts of a country differ severalfold`;
    warnings.push({ code: 'zone-country', message });
  }
  const it_g = times(it, scaled(intensity, 1 / JOULES_PER_KWH));
  const operational = times(it_g, factor);
  const basis: Basis = { input, span, devices, duration_s, it, facility, overheads, operational };
  const { embodied, total } = totalOf(basis, told);
  const unpriced = unsure.price ?? unsure.pue;
  const billed = isKnown(facility) ? facility : it;
  const cost = unpriced !== undefined ? unknown(unpriced) : costOf(input, billed, { span });
  const figures: Figures = {
    ...{ it_j: it, facility_j: facility, operational_g: operational },
    ...{ embodied_g: embodied.figure, total_g: total, cost },
  };
  return { run: runJson, all, it_g, basis, embodied, figures, told };
}

function pueOf(run: RunRecord, { from, to }: { from: number; to: number }, causes: Map<string, Cause>): Figure {
  if (run.pue === null) return unknown('no PUE is known: give --pue');
  const { figure, causes: found } = accountedPue({ ...run, pue: run.pue }, (from + to) / 2);
  for (const cause of found) causes.set(cause.id, cause);
  return figure;
}

/** The last end of a writer, or what its rows reach to, epoch ms; 0 where nothing is known. */
function reachedBy({ writers, energy }: Pick<Described, 'writers' | 'energy'>): number {
  return Math.max(...writers.map(({ record, end }) => end?.ended_at_ms ?? energy.last_ms.get(record.writer) ?? 0), 0);
}

/** What a run was; of its energy only how far its rows reach is asked. */
export function describeRun({ run, writers, state, energy, amendments = [] }: Described): RunJson {
  const started = Math.min(...writers.map(({ record }) => record.started_at_ms), Number.POSITIVE_INFINITY);
  const ended = reachedBy({ writers, energy });
  const start = Number.isFinite(started) ? started : run.created_at_ms;
  const last = writers.reduce<(typeof writers)[number] | null>(
    (a, b) => (a === null || (b.end?.ended_at_ms ?? 0) > (a.end?.ended_at_ms ?? 0) ? b : a),
    null,
  );
  const failed = writers.find(({ end }) => end !== null && !endedWell(end))?.end;
  const verdict = state === 'interrupted' || goesOn(state) ? null : (failed ?? last?.end ?? null);
  const { id, name, kind = 'run', command, zone, place = null, git, tags } = run;
  const { model = null, stage = null, parent = null } = run;
  return {
    id,
    name,
    kind,
    command,
    state,
    exit_code: verdict?.exit_code ?? null,
    signal: verdict?.signal ?? null,
    started_at_ms: start,
    ended_at_ms: goesOn(state) ? null : ended || start,
    duration_s: unionOf(writers, { energy }) / 1000,
    zone,
    place,
    git,
    tags,
    segments: writers.length,
    model,
    stage,
    parent,
    hosts: [...new Set(writers.map(({ record }) => record.host))],
    amendments: amendments.map(amendmentJson),
  };
}
