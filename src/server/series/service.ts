// Answers what is asked of a run over time, and keeps between questions what does not change: the engine, where files reach to,
// accounts of the sealed part of a run.

import { Fault } from '../../core/fault.ts';
import { type Courses, coursesOf } from '../../ledger/courses.ts';
import { energyFiles, nothingSeen, type Seen } from '../../ledger/energy-files.ts';
import { type Engine, type Engines, openEngines } from '../../ledger/engine.ts';
import { gapsIn } from '../../ledger/gap-course.ts';
import { logCourse, type Natures } from '../../ledger/log-course.ts';
import { damagedFile } from '../../ledger/places.ts';
import { readerOn } from '../../ledger/reader.ts';
import { ID } from '../../ledger/records.ts';
import { findRun, type RunEntry, runOf } from '../../ledger/runs.ts';
import { SERIES_PARTS, type Series, type SeriesAsked } from '../contract/series.ts';
import { accountOf } from './account.ts';
import { intensityOf } from './intensity.ts';
import { type KnownPhases, phasesOf } from './phases.ts';
import { powerOf } from './power.ts';
import { type Roller, rollerOf } from './roller.ts';
import { spansOf } from './spans.ts';
import { stepsOf } from './steps.ts';
import { emissionsOver, energyOver } from './sums.ts';
import { edgesOf, reachOf, windowOf } from './window.ts';

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
  const known = new Map<string, Courses>();
  const natures: Natures = new Map();
  const phases: KnownPhases = new Map();
  /** Runs of which a file could not be read, and what of them can be. */
  const damaged = new Map<string, Seen>();
  const roller = rollerOf(ledger, cache);
  let engines: Promise<Engines> | null = null;
  return {
    async of(asked) {
      engines ??= openEngines('700MB', { footers: true });
      const engine = await (await engines).connect();
      const entry = (ID.test(asked.run) ? runOf(ledger, asked.run) : null) ?? findRun(ledger, asked.run);
      const { id } = entry.record;
      const kept = { ledger, roller, known, natures, phases, entry };
      const plainly = () => answer(engine, { ...kept, cache, seen }, asked);
      try {
        // A file that was sealed meanwhile is found at the second time; one that is damaged is not.
        for (let time = 0; time < 2 && !damaged.has(id); time++) {
          try {
            return await plainly();
          } catch (error) {
            if (!(error instanceof Fault && error.code === 'engine-failed')) throw error;
          }
        }
        if (!damaged.has(id)) damaged.set(id, nothingSeen());
        return await answer(engine, { ...kept, cache: null, seen: damaged.get(id)!, sound: true }, asked);
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
  readonly entry: RunEntry;
  readonly sound?: boolean;
  readonly ledger: string;
  readonly cache: string | null;
  readonly seen: Seen;
  readonly roller: Roller;
  readonly known: Map<string, Courses>;
  readonly natures: Natures;
  readonly phases: KnownPhases;
}

const POINTS = 1000;
const MOST_GAPS = 2000;

async function answer(
  engine: Engine,
  { entry, ledger, cache, seen, roller, known, natures, phases, sound = false }: Kept,
  asked: SeriesAsked,
): Promise<Series> {
  const files = await energyFiles(engine, entry, { seen, cache, sound });
  if (files.unrolled > 0) roller.wanted(entry.record.id);
  const reach = reachOf(entry, files);
  const points = asked.points ?? POINTS;
  const window = windowOf(reach, asked, points);
  const edges_ms = edgesOf(window);
  const wants = (...parts: readonly (typeof SERIES_PARTS)[number][]) =>
    parts.some((part) => (asked.what ?? SERIES_PARTS).includes(part));
  const reader = readerOn(engine);
  const events = (await reader.events([entry])).get(entry.record.id)!;
  const summed = wants('energy', 'emissions', 'steps');
  const { from_ms, to_ms, stretch_ms } = window;
  const courses =
    summed || wants('power') ? await coursesOf(engine, files, { from_ms, to_ms, width_ms: stretch_ms }) : null;
  const before = summed
    ? await coursesOf(engine, files, { from_ms: reach.from_ms, to_ms: from_ms, width_ms: null })
    : null;
  const account = wants('energy', 'emissions', 'intensity', 'steps')
    ? await accountOf(engine, { ledger, entry, files, events, reach, known })
    : null;
  const over =
    account === null || courses === null || before === null
      ? null
      : { account, run: reach, edges_ms, courses: courses.of, before: before.of };
  const energy = over !== null && wants('energy', 'steps') ? energyOver(over) : null;
  const log = wants('steps')
    ? await logCourse(engine, entry, { ...window, most: points, width_ms: window.stretch_ms, known: natures })
    : null;
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
            ...{
              run: reach,
              edges_ms,
              events,
              ...(await phasesOf(engine, { entry, events, reach, cache, roller, known: phases })),
            },
            gaps: await gapsIn(engine, files, { from_ms, to_ms, most: MOST_GAPS }),
          }),
        }
      : {}),
    warnings: [...new Set(broken)].map((message) => ({ code: 'ledger-damage', message })),
  };
}
