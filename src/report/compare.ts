// Sides of one or more runs → how each differs from the first (docs/formats/compare.md): figures, steps in pairs, causes.

import { toJson } from '../core/figure.ts';
import { contrastOf, meanOf } from '../emissions/contrast.ts';
import type { Target } from '../emissions/to-target.ts';
import { FIGURES, flagsOf, incomparable } from './compare-figures.ts';
import type { CompareJson, ComparisonJson, ContrastJson, CurveJson, SideJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';
import { differencesOf } from './compare-settings.ts';
import { pairedOf } from './compare-steps.ts';
import { atEqualGrid } from './equal-grid.ts';
import { frontOf } from './front.ts';
import type { Warning } from './model.ts';

export interface Side {
  readonly label: string;
  readonly runs: readonly ComparedRun[];
}
export interface Asked {
  readonly target: Target | null;
  /** Of a front; null: none is asked for. */
  readonly quality: string | null;
  readonly warnings: readonly Warning[];
}

/** Two sides at least, each of one run at least. */
export function buildComparison(sides: readonly Side[], { target, quality, warnings }: Asked): CompareJson {
  const [base, ...others] = sides;
  const comparisons = others.map((other) => comparisonOf(base!, other));
  // What keeps a side from being compared does not matter to a front that it is not on.
  const judged = new Set(
    sides.filter(({ runs }) => runs.every((run) => run.quality !== null)).map(({ label }) => label),
  );
  const among = comparisons.filter(({ b }) => judged.has(b));
  const withheld = new Set(among.flatMap(({ flags }) => [...incomparable(flags)]));
  return {
    schema: 'joulebook/compare/v1',
    sides: sides.map(sideJson),
    target,
    comparisons,
    front: quality === null ? null : frontOf(sides, quality, withheld),
    curves: sides.flatMap(curveOf),
    warnings: [...warnings, ...singleNote(sides)],
  };
}

function comparisonOf(a: Side, b: Side): ComparisonJson {
  const flags = flagsOf(a.runs, b.runs);
  const withheld = new Set(flags.flatMap((flag) => flag.withheld));
  const figures: Record<string, ContrastJson> = {};
  for (const [name, { unit }] of Object.entries(FIGURES)) {
    const [from, to] = [a, b].map(({ runs }) => runs.flatMap(({ figures: { [name]: one } }) => one ?? []));
    if (from!.length === 0 || to!.length === 0) continue;
    const { shared: _shared, own: _own, ...found } = contrastOf(from!, to!);
    const [as_a, as_b] = [a, b].map(({ runs }) => toJson(meanOf(runs.map(({ asReported }) => asReported[name]!))));
    const told = { unit: name === 'cost' ? currencyOf(a, b) : unit, a: as_a!, b: as_b! };
    const verdict = found.verdict !== null && withheld.has(name) ? 'not-comparable' : found.verdict;
    figures[name] = { ...found, ...told, verdict };
  }
  const labels = { a: a.label, b: b.label };
  const never = incomparable(flags);
  const dark = ['it_j', 'operational_g'].find((name) => never.has(name));
  return {
    ...{ a: a.label, b: b.label, figures, flags },
    paired: never.has('it_j') ? { rows: null, why: 'what is counted differs' } : pairedOf(a.runs, b.runs),
    at_equal_grid:
      dark === undefined
        ? atEqualGrid(a.runs, b.runs, labels)
        : {
            difference_g: null,
            why: flags.find((flag) => flag.code !== 'state' && flag.withheld.includes(dark))!.message,
          },
    differences: differencesOf(
      a.runs.map(({ settings }) => settings),
      b.runs.map(({ settings }) => settings),
    ),
  };
}

const currencyOf = (a: Side, b: Side): string =>
  [...a.runs, ...b.runs].map(({ account }) => account.report.currency).find((currency) => currency !== null) ?? '';

function sideJson({ label, runs }: Side): SideJson {
  return {
    label,
    runs: runs.map(({ account: { run } }) => {
      const { id, name, state, started_at_ms, duration_s } = run;
      return { id, name, state, started_at_ms, duration_s };
    }),
  };
}

/** What one run of each leaves open is said once. */
function singleNote(sides: readonly Side[]): Warning[] {
  if (sides.some(({ runs }) => runs.length > 1)) return [];
  const message =
    'one run each: verdicts are of these runs alone; how far the next would differ, only repeats tell (--group)';
  return [{ code: 'one-run-each', message }];
}

const MOST_POINTS = 200;

/** Thinned evenly, ends kept. */
function curveOf({ label, runs }: Side): CurveJson[] {
  const found = runs.find(({ loss }) => loss.length > 1);
  if (found === undefined) return [];
  const { loss } = found;
  const count = Math.min(loss.length, MOST_POINTS);
  const kept = Array.from({ length: count }, (_, i) => loss[Math.round((i * (loss.length - 1)) / (count - 1))]!);
  return [{ label, metric: 'loss', points: kept.map(({ energy_j, value }) => ({ energy_j, value })) }];
}
