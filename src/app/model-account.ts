// From the ledger to the account of a model: the runs that led to it, each device-second once, and what was served.

import { usage } from '../core/fault.ts';
import { exactly, type Figure, isKnown, scaled, unknown } from '../core/figure.ts';
import { LINES, type Line, madeAndUsed, type Span } from '../emissions/lifecycle.ts';
import { familyOf } from '../ledger/lineage.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import { type RunEntry, readRuns } from '../ledger/runs.ts';
import { type Accounted, accountOf } from '../report/build.ts';
import type { ModelAccountJson } from '../report/lifecycle.ts';
import { buildModelAccount, type Expected, type Member, type ServedWork } from '../report/lifecycle-build.ts';
import { workOf } from '../workload/work.ts';
import { summaries } from './reports.ts';

/** Rejects with Fault usage where no run is of the model. */
export async function accountOfModel(ledger: string, model: string, expected: Expected): Promise<ModelAccountJson> {
  const { own, bases, damaged } = runsOfModel(ledger, model);
  const reader = await openReader();
  try {
    const entries = [...own, ...bases.flatMap(({ runs }) => runs)].map(({ entry }) => entry);
    const told = await summaries(reader, ledger, { entries }, accountOf);
    const member = await membersOf(reader, told);
    const served: ServedWork[] = [];
    for (const { entry, stage } of own)
      if (stage === 'serve') served.push(await servedBy(reader, entry, { ...told.get(entry)!, ...member(entry) }));
    return buildModelAccount({
      ...{ model, own: own.map(({ entry }) => member(entry)), served, expected },
      bases: bases.map((base) => ({ ...base, runs: base.runs.map(({ entry }) => member(entry)) })),
      damage: damaged.map((folder) => `run.json cannot be read in ${folder}: this run is left out`),
    });
  } finally {
    reader.close();
  }
}

/** The runs that led to a model, as they were at a moment. Throws Fault usage where no run is of the model. */
export function runsOfModel(ledger: string, model: string, as_of_ms?: number) {
  const { runs: all, damaged } = readRuns(ledger, { as_of_ms });
  const placed = new Map(all.map((entry) => [entry.record.id, placeOf(entry)]));
  const family = familyOf(model, placed, (runs) => madeAndUsed(runs).made);
  if (!family.own.some((run) => run.model === model)) throw noSuchModel(model, all);
  return { ...family, damaged };
}

/** A run by what tells its place in the life of a model. */
function placeOf(entry: RunEntry) {
  const { id, model, parent, stage, created_at_ms } = entry.record;
  const started_at_ms = Math.min(...entry.writers.map(({ record }) => record.started_at_ms));
  return {
    ...{ id, entry, stage: stage ?? null },
    started_at_ms: Number.isFinite(started_at_ms) ? started_at_ms : created_at_ms,
    ...(model === undefined ? {} : { model }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function noSuchModel(model: string, all: readonly RunEntry[]) {
  const there = [...new Set(all.flatMap(({ record }) => record.model ?? []))].sort();
  const say = 'say of a run which model it is of: joulebook amend RUN --model NAME';
  return usage(`--model: no run is of model "${model}"`, there.length === 0 ? say : `one of ${there.join(', ')}`);
}

type Told = ReadonlyMap<RunEntry, Accounted>;

/** Runs with their lines, as far as they count, and their reports. */
export async function membersOf(reader: Reader, told: Told): Promise<(entry: RunEntry) => Member> {
  return linesOf(told, await countedOf(reader, told));
}

/** How much of each run's energy counts, 0..1: not what the run that it was cut from has already; of what runs share, its part. */
async function countedOf(reader: Reader, told: Told): Promise<Map<RunEntry, number>> {
  const known = [...told].filter(([, { figures }]) => isKnown(figures.it_j)).map(([entry]) => entry);
  const ids = new Set(known.map(({ record }) => record.id));
  const isCut = ({ record }: RunEntry) => record.cut_of !== undefined && ids.has(record.cut_of);
  const twice_j = new Map<string, number>();
  const whole = known.filter((entry) => !isCut(entry));
  await reader.sharedEnergy(whole, (_from, _to, energy_j, runs) => {
    for (const run of runs) twice_j.set(run, (twice_j.get(run) ?? 0) + energy_j / runs.length);
  });
  const share = (entry: RunEntry): number => {
    const it_j = told.get(entry)!.figures.it_j.value ?? 0;
    if (isCut(entry)) return 0;
    return it_j === 0 ? 1 : Math.max(0, 1 - (twice_j.get(entry.record.id) ?? 0) / it_j);
  };
  return new Map([...told.keys()].map((entry) => [entry, share(entry)]));
}

/** The lines of each run, as far as they count. One account has one kind and one scope: those of another are unknown. */
function linesOf(told: Told, counted: ReadonlyMap<RunEntry, number>): (entry: RunEntry) => Member {
  const ways = new Map([...told].map(([entry, { report }]) => [entry, wayOf(report.emissions.intensity)]));
  const votes = [...ways.values()].filter((way) => way !== null);
  const times = (way: string | null) => votes.filter((one) => one === way).length;
  const usual = votes.reduce<string | null>((a, b) => (times(b) > times(a) ? b : a), null);
  const lineOf = (entry: RunEntry, line: Line, figure: Figure): Figure => {
    const [way, share] = [ways.get(entry) ?? null, counted.get(entry)!];
    if (share === 0) return exactly(0); // all of it is in another run of the account
    if (way === null || way === usual || line === 'it_j' || line === 'embodied_g') return scaled(figure, share);
    return unknown(`accounted with ${way} intensities, others with ${usual}: one account has one kind and one scope`);
  };
  return (entry) => {
    const { report, figures } = told.get(entry)!;
    const lines = LINES.map((line) => [line, lineOf(entry, line, figures[line])]);
    const { id, stage, started_at_ms } = report.run;
    return {
      id,
      stage,
      started_at_ms,
      run: report.run,
      counted: counted.get(entry)!,
      lines: Object.fromEntries(lines),
    };
  };
}

/** "average lifecycle"; null where no intensity is known. */
function wayOf({ parts: [part] }: Accounted['report']['emissions']['intensity']): string | null {
  return part === undefined ? null : `${part.kind} ${part.scope}`;
}

/** What a run served and when. Samples of a run that serves are requests, where it tells no others. */
async function servedBy(reader: Reader, entry: RunEntry, { report, lines }: Accounted & Member): Promise<ServedWork> {
  const { tokens, units, samples } = workOf(await reader.steps(entry), entry.record.work);
  const { started_at_ms, duration_s } = report.run;
  const told = entry.writers.flatMap(({ record, end }): Span[] =>
    end === null ? [] : [{ from_ms: record.started_at_ms, to_ms: end.ended_at_ms }],
  );
  const whole = { from_ms: started_at_ms, to_ms: started_at_ms + duration_s * 1000 };
  const spans = told.length === entry.writers.length ? told : [whole];
  return { lines, spans, tokens, requests: units.requests ?? samples };
}
