// The shapes of the API's description, and the types of the documents that the CLI prints, are the same: neither says more.

import type * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import type { GridJson } from '../../app/grid-known.ts';
import type { GridNowJson } from '../../app/grid-now.ts';
import type { RunsJson } from '../../app/reports.ts';
import type { ZonesJson } from '../../app/zones.ts';
import type { BudgetStatusJson, BudgetsJson } from '../../report/budget-status.ts';
import type { CompareJson } from '../../report/compare-model.ts';
import type { DecisionLogJson } from '../../report/decision-log.ts';
import type { ReportJson } from '../../report/model.ts';
import type { TotalJson } from '../../report/total.ts';
import type { WasteJson } from '../../report/waste.ts';
import type { budgetStatus, budgets } from './budgets.ts';
import type { compare } from './compare.ts';
import type { decisionLog } from './decisions.ts';
import type { grid, gridNow, gridZones } from './grid.ts';
import type { report, runs } from './report.ts';
import type { total, waste } from './totals.ts';

/** All that can be changed: readonly is no part of a document. */
type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;
type Told<S extends v.GenericSchema> = Plain<v.InferOutput<S>>;

test('what is described is what is made', () => {
  expectTypeOf<Told<typeof report>>().toExtend<Plain<ReportJson>>();
  expectTypeOf<Plain<ReportJson>>().toExtend<Told<typeof report>>();
  expectTypeOf<Told<typeof runs>>().toExtend<Plain<RunsJson>>();
  expectTypeOf<Plain<RunsJson>>().toExtend<Told<typeof runs>>();
  expectTypeOf<Told<typeof compare>>().toExtend<Plain<CompareJson>>();
  expectTypeOf<Plain<CompareJson>>().toExtend<Told<typeof compare>>();
  expectTypeOf<Told<typeof budgets>>().toExtend<Plain<BudgetsJson>>();
  expectTypeOf<Plain<BudgetsJson>>().toExtend<Told<typeof budgets>>();
  expectTypeOf<Told<typeof budgetStatus>>().toExtend<Plain<BudgetStatusJson>>();
  expectTypeOf<Plain<BudgetStatusJson>>().toExtend<Told<typeof budgetStatus>>();
  expectTypeOf<Told<typeof decisionLog>>().toExtend<Plain<DecisionLogJson>>();
  expectTypeOf<Plain<DecisionLogJson>>().toExtend<Told<typeof decisionLog>>();
  expectTypeOf<Told<typeof total>>().toExtend<Plain<TotalJson>>();
  expectTypeOf<Plain<TotalJson>>().toExtend<Told<typeof total>>();
  expectTypeOf<Told<typeof waste>>().toExtend<Plain<WasteJson>>();
  expectTypeOf<Plain<WasteJson>>().toExtend<Told<typeof waste>>();
  expectTypeOf<Told<typeof grid>>().toExtend<Plain<GridJson>>();
  expectTypeOf<Plain<GridJson>>().toExtend<Told<typeof grid>>();
  expectTypeOf<Told<typeof gridNow>>().toExtend<Plain<GridNowJson>>();
  expectTypeOf<Plain<GridNowJson>>().toExtend<Told<typeof gridNow>>();
  expectTypeOf<Told<typeof gridZones>>().toExtend<Plain<ZonesJson>>();
  expectTypeOf<Plain<ZonesJson>>().toExtend<Told<typeof gridZones>>();
});
