// Answers what is asked of a run over time, and keeps between questions what does not change: the engine, where files reach to,
// accounts of the sealed part of a run.

import { coursesOf } from '../../ledger/courses.ts';
import { type EnergyFiles, energyFiles, nothingSeen, type Seen } from '../../ledger/energy-files.ts';
import { type Engine, type Engines, openEngines } from '../../ledger/engine.ts';
import { gapsIn } from '../../ledger/gap-course.ts';
import { logCourse } from '../../ledger/log-course.ts';
import { damagedFile } from '../../ledger/places.ts';
import { readerOn } from '../../ledger/reader.ts';
import { ID } from '../../ledger/records.ts';
import type { Reach } from '../../ledger/rollup.ts';
import { findRun, type RunEntry, runOf } from '../../ledger/runs.ts';
import { phases as phasesIn } from '../../report/rows.ts';
import { SERIES_PARTS, type Series, type SeriesAsked } from '../contract/series.ts';
import { accountOf } from './account.ts';
import { intensityOf } from './intensity.ts';
import { powerOf } from './power.ts';
import { type Roller, rollerOf } from './roller.ts';
import { type Phase, spansOf } from './spans.ts';
import { stepsOf } from './steps.ts';
import { emissionsOver, energyOver } from './sums.ts';
import { edgesOf, windowOf } from './window.ts';

export interface SeriesService {
  /** Rejects with Fault run-not-found, run-ambiguous, engine-missing, engine-failed. */
  of(asked: SeriesAsked): Promise<Series>;
  close(): void;
}

/** Opens nothing before it is asked. `cache` is where roll-ups are; null: there are none. */
export function seriesService({
  ledger,
  cache,
}: {
  readonly ledger: string;
  readonly cache: string | null;
}): SeriesService {
  const seen = nothingSeen();
  const roller = rollerOf(ledger, cache);
  let engines: Promise<Engines> | null = null;
  return {
    async of(asked) {
      engines ??= openEngines('700MB', { footers: true });
      const engine = await (await engines).connect();
      try {
        return await answer(engine, { ledger, cache, seen, roller }, asked);
      } finally {
        engine.close();
      }
    },
    close() {
      roller.close();
      void engines?.then((all) => all.close());
    },
  };
}

interface Kept {
  readonly ledger: string;
  readonly cache: string | null;
  readonly seen: Seen;
  readonly roller: Roller;
}

const POINTS = 1000;
const MOST_GAPS = 2000;

async function answer(engine: Engine, { ledger, cache, seen, roller }: Kept, asked: SeriesAsked): Promise<Series> {
  const entry = (ID.test(asked.run) ? runOf(ledger, asked.run) : null) ?? findRun(ledger, asked.run);
  const files = await energyFiles(engine, entry, { seen, cache });
  if (files.unrolled > 0) roller.wanted(entry.record.id);
  const reach = reachOf(entry, files);
  const points = asked.points ?? POINTS;
  const window = windowOf(reach, asked, points);
  const edges_ms = edgesOf(window);
  const wants = (...parts: readonly (typeof SERIES_PARTS)[number][]) =>
    parts.some((part) => (asked.what ?? SERIES_PARTS).includes(part));
  const reader = readerOn(engine);
  const events = (await reader.events([entry])).get(entry.record.id)!;
  const { courses, before } = wants('power', 'energy', 'emissions', 'steps')
    ? await coursesIn(engine, files, { window, reach })
    : { courses: null, before: null };
  const account = wants('energy', 'emissions', 'intensity', 'steps')
    ? await accountOf(engine, { ledger, entry, files, events, reach })
    : null;
  const over =
    account === null || courses === null
      ? null
      : { account, run: reach, edges_ms, courses: courses.of, before: before!.of };
  const energy = over !== null && wants('energy', 'steps') ? energyOver(over) : null;
  const log = wants('steps')
    ? await logCourse(engine, entry, { ...window, most: points, width_ms: window.stretch_ms })
    : null;
  const { from_ms, to_ms, stretch_ms } = window;
  const broken = [...(courses?.lost ?? []), ...(log?.broken ?? []).map(damagedFile), ...entry.damage];
  return {
    schema: 'joulebook/series/v1',
    run: { id: entry.record.id, name: entry.record.name, state: entry.state, ...reach },
    ...{ from_ms, to_ms, stretch_ms },
    stretches: { from_ms: edges_ms.slice(0, -1), to_ms: edges_ms.slice(1) },
    ...(wants('power') ? { power: powerOf(files, { edges_ms, courses: courses!.of, device: asked.device }) } : {}),
    ...(wants('energy') ? { energy: energy! } : {}),
    ...(wants('emissions') ? { emissions: emissionsOver(over!) } : {}),
    ...(wants('intensity') ? { intensity: intensityOf(account!.chain, edges_ms) } : {}),
    ...(log !== null ? { steps: stepsOf(log, { edges_ms, energy: energy! }) } : {}),
    ...(wants('spans')
      ? {
          spans: spansOf({
            ...{ run: reach, edges_ms, events, phases: await phasesOf(engine, entry, events, reach) },
            gaps: await gapsIn(engine, files, { from_ms, to_ms, most: MOST_GAPS }),
          }),
        }
      : {}),
    warnings: [...new Set(broken)].map((message) => ({ code: 'ledger-damage', message })),
  };
}

/** From its start, or its first row, to its end or its last row, in whole ms. */
function reachOf(entry: RunEntry, { writers }: EnergyFiles): Reach {
  const rows = writers.flatMap(({ reach }) => reach ?? []);
  const starts = [...entry.writers.map(({ record }) => record.started_at_ms), ...rows.map(({ from_ms }) => from_ms)];
  const ends = [...entry.writers.flatMap(({ end }) => end?.ended_at_ms ?? []), ...rows.map(({ to_ms }) => to_ms)];
  const from_ms = Math.floor(starts.length === 0 ? entry.record.created_at_ms : Math.min(...starts));
  return { from_ms, to_ms: Math.max(from_ms, Math.ceil(Math.max(from_ms, ...ends))) };
}

async function coursesIn(
  engine: Engine,
  files: EnergyFiles,
  { window, reach }: { readonly window: Reach & { readonly stretch_ms: number }; readonly reach: Reach },
) {
  const { from_ms, to_ms, stretch_ms } = window;
  const courses = await coursesOf(engine, files, { from_ms, to_ms, width_ms: stretch_ms });
  const before = await coursesOf(engine, files, { from_ms: reach.from_ms, to_ms: from_ms, width_ms: null });
  return { courses, before };
}

async function phasesOf(
  engine: Engine,
  entry: RunEntry,
  events: Parameters<typeof phasesIn>[0]['events'],
  { from_ms, to_ms }: Reach,
): Promise<Phase[]> {
  const steps = await readerOn(engine).steps(entry);
  if (steps.length === 0 && events.every(({ event }) => event !== 'paused')) return [];
  const marks = phasesIn({ steps, run: entry.record, writers: entry.writers, events }, { from: from_ms, to: to_ms });
  let from = from_ms;
  return marks.flatMap(({ label, to }) => {
    const one = { phase: String(label), from_ms: from, to_ms: to };
    from = to;
    return label === null ? [] : [one];
  });
}
