// What the curves of a run stand on: the account of the whole run, made from sums of its energy over stretches of the grid's
// step, so that figures and their causes of error are those of its report.

import { commonStep } from '../../app/reports.ts';
import { chainOfRun } from '../../app/run-chain.ts';
import { shelfOf } from '../../app/shelf.ts';
import { valuesOf } from '../../app/values.ts';
import { type Course, type Courses, coursesOf } from '../../ledger/courses.ts';
import type { EnergyFiles } from '../../ledger/energy-files.ts';
import type { Engine } from '../../ledger/engine.ts';
import type { EventRow } from '../../ledger/records.ts';
import { LEVELS_MS, type Reach } from '../../ledger/rollup.ts';
import type { RunEntry } from '../../ledger/runs.ts';
import { deviceIn, emptyEnergy, type RunEnergy } from '../../ledger/use.ts';
import { coreOf } from '../../report/core.ts';

export interface Account {
  readonly core: ReturnType<typeof coreOf>;
  readonly chain: ReturnType<typeof chainOfRun>;
  /** Stretches that sums are made of: no edge of the grid lies in one. */
  readonly step_ms: number;
  readonly courses: Courses;
}

export interface Told {
  readonly ledger: string;
  readonly entry: RunEntry;
  readonly files: EnergyFiles;
  readonly events: readonly EventRow[];
  readonly reach: Reach;
  /** Sums of runs that nobody writes, by the state of their files. */
  readonly known: Map<string, Courses>;
}

/** Of so many runs sums are kept. */
const KEPT = 50;

/** Rejects with Fault engine-failed. */
export async function accountOf(
  engine: Engine,
  { ledger, entry, files, events, reach, known }: Told,
): Promise<Account> {
  const shelf = shelfOf(ledger);
  const chain = chainOfRun(ledger, entry, { span: reach, shelf });
  const values = valuesOf(shelf, entry.record);
  const step_ms = stepFor(commonStep(chain, values), reach);
  const key = files.state === null ? null : [step_ms, reach.from_ms, reach.to_ms, files.state].join();
  const courses =
    (key === null ? null : known.get(key)) ?? (await coursesOf(engine, files, { ...reach, width_ms: step_ms }));
  if (key !== null) known.set(key, courses);
  for (const old of known.keys()) if (known.size > KEPT) known.delete(old);
  const core = coreOf({
    ...{
      run: entry.record,
      state: entry.state,
      writers: entry.writers,
      steps: [],
      events,
      amendments: entry.amendments,
    },
    ...{
      unsure: entry.unsure,
      chain: chain.series,
      no_intensity: chain.none,
      values,
      damage: entry.damage,
      brief: true,
    },
    energy: energyOf(files, courses, { reach, step_ms, lost: entry.lost }),
  });
  return { core, chain, step_ms, courses };
}

const [DAY, DAYS_3] = [86_400_000, 3 * 86_400_000];

/** The grid's step, where roll-ups fill it; else a short one, in which energy counts as used evenly. */
function stepFor(grid_ms: number | null, { from_ms, to_ms }: Reach): number {
  if (grid_ms !== null && grid_ms % LEVELS_MS[0]! === 0) return Math.min(grid_ms, DAY);
  return LEVELS_MS[to_ms - from_ms < DAYS_3 ? 0 : 1]!;
}

/** Sums over stretches as the account of a run takes them. */
function energyOf(
  files: EnergyFiles,
  { of, shared, lost }: Courses,
  about: { readonly reach: Reach; readonly step_ms: number; readonly lost: readonly string[] },
): RunEnergy {
  const energy = emptyEnergy();
  energy.lost.push(...about.lost, ...lost);
  for (const { writer, device, identity } of files.tracks) {
    const use = deviceIn(energy, identity, device, writer.record.host);
    use.shared = shared.has(identity);
  }
  for (const { writer, reach } of files.writers)
    if (reach !== null) energy.last_ms.set(writer.record.writer, reach.to_ms);
  for (const use of energy.devices) {
    const course = of.get(use.identity);
    if (course === undefined) continue;
    const sum = (name: keyof Course) => course[name].reduce((s, value) => s + value, 0);
    const known_ms = sum('known_ms');
    if (known_ms > 0) use.energy_j = sum('energy_j');
    if (use.energy_j !== null && use.device.source !== 'missing') use.by_source[use.device.source] = use.energy_j;
    use.down_j = sum('down_j');
    use.up_j = sum('up_j');
    use.unknown_ms = sum('there_ms') - known_ms;
    use.observed_ms = sum('seen_ms');
    use.min_w = extreme(course.min_w, Math.min);
    use.max_w = extreme(course.max_w, Math.max);
    if (use.device.charged) addIntervals(energy, course, about);
  }
  return energy;
}

function addIntervals(
  { charged }: RunEnergy,
  { energy_j, known_ms }: Course,
  { reach, step_ms }: { readonly reach: Reach; readonly step_ms: number },
): void {
  const first = Math.floor(reach.from_ms / step_ms);
  for (let i = 0; i < energy_j.length; i++) {
    if (!(known_ms[i]! > 0)) continue;
    charged.from_ms.push(Math.max(reach.from_ms, (first + i) * step_ms));
    charged.to_ms.push(Math.min(reach.to_ms, (first + i + 1) * step_ms));
    charged.energy_j.push(energy_j[i]!);
  }
}

/** Over values that are known; null where none is. */
function extreme(values: Float64Array, of: (a: number, b: number) => number): number | null {
  return values.reduce<number | null>(
    (m, value) => (Number.isNaN(value) ? m : m === null ? value : of(m, value)),
    null,
  );
}
