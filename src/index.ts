// The library: joulebook's reports and types for other TypeScript programs.

import { type RunsJson, reportOf, runsOf } from './app/reports.ts';
import { findRun } from './ledger/runs.ts';
import type { By, ReportJson } from './report/model.ts';

export type { RunsJson } from './app/reports.ts';
export { Fault, type FaultCode } from './core/fault.ts';
export type { FigureJson } from './core/figure.ts';
export type { Device, DeviceKind, EnergySource, Opened, PowerSource, Sample } from './meter/port.ts';
export type { By, ReportJson } from './report/model.ts';
export type { LogFormat, Step } from './workload/step.ts';

/**
 * The report of one run (docs/formats/report.md). `ledger` is its directory; `run` an id, its beginning, a name or
 * `last`. Rejects with a Fault: ledger-missing, ledger-newer, run-not-found, run-ambiguous, engine-missing.
 */
export async function readReport(of: { ledger: string; run: string; by?: By }): Promise<ReportJson> {
  return reportOf(of.ledger, findRun(of.ledger, of.run), of.by === undefined ? {} : { by: of.by });
}

/** Every run of a ledger, newest first. Rejects as readReport. */
export async function readRuns(of: { ledger: string }): Promise<RunsJson> {
  return runsOf(of.ledger);
}
