// joulebook calibrate: recorded runs with a node meter in, the rest of the server as a kept calibration out.

import colors from 'picocolors';
import { calibrate, keepCalibration, type Made } from '../app/calibration.ts';
import { settingsOf } from '../app/settings.ts';
import { fault } from '../core/fault.ts';
import { lineAt, slopeReach } from '../core/line.ts';
import { thisProcess } from '../ledger/process.ts';
import { findRun, listRuns, type RunEntry } from '../ledger/runs.ts';
import { type Fit, reachOf, restAt, restReach } from '../meter/calibration.ts';
import { duration, percent, three } from '../report/format.ts';
import { colorOn } from './color.ts';

export interface CalibrateOptions {
  for?: string;
  dryRun?: boolean;
  json?: boolean;
  ledger?: string;
}

/** Fits, tells and keeps the rest of a host. Rejects with a Fault. */
export async function calibrateHost(wanted: readonly string[], options: CalibrateOptions): Promise<void> {
  const { folder: ledger, calibrations } = await settingsOf(options);
  const host = options.for ?? thisProcess().host;
  const runs = wanted.length > 0 ? named(ledger, wanted) : listRuns(ledger).filter((run) => isOn(run, host));
  const made = await calibrate(host, runs, Date.now());
  if (calibrations === null && !options.dryRun)
    throw fault('calibration-unwritable', { facts: { file: host, why: 'this user has no home' } });
  const file = options.dryRun ? null : keepCalibration(calibrations!, made.calibration);
  const color = colorOn(process.stdout);
  process.stdout.write(
    options.json ? `${JSON.stringify(made.calibration, null, 2)}\n` : calibrationText(made, file, color),
  );
}

/** Each run once, the newest first. */
function named(ledger: string, wanted: readonly string[]): RunEntry[] {
  const found = new Map(wanted.map((name) => findRun(ledger, name)).map((run) => [run.record.id, run]));
  return [...found.values()].sort((a, b) => b.record.created_at_ms - a.record.created_at_ms);
}

const isOn = ({ writers }: RunEntry, host: string): boolean =>
  writers.some(({ record }) => !record.imported && record.host === host);

function calibrationText({ calibration, refused, left_out }: Made, file: string | null, color: boolean): string {
  const { bold, dim, yellow } = colors.createColors(color);
  const { host, runs, stretch_s, node, fits } = calibration;
  const line = (label: string, text: string) => `  ${label.padEnd(14)}${text}`;
  const [best, ...others] = fits as readonly [Fit, ...Fit[]];
  const { n, residual, r2 } = best.line;
  const { low_w, high_w } = reachOf(best);
  const stretches = `${n} stretches of ${stretch_s} s (${duration(n * stretch_s)})`;
  const out = [
    `${bold('joulebook')}  calibration of ${bold(host)}  from ${runs.length === 1 ? `run ${runs[0]}` : `${runs.length} runs`}, ${stretches}`,
    line(node.device, bold(formula(best))),
    dim(line('', `90 %: ${interval(best)}`)),
    line('stands on', namesOf(best)),
    line('fit', `R² ${r2.toFixed(3)}, residual ${three(residual)} W`),
    line(
      'the rest',
      bold(`${three(restAt(best, low_w))} W – ${three(restAt(best, high_w))} W, ±${percent(restReach(best))}`),
    ),
    line('valid for', `${three(low_w)} W – ${three(high_w)} W of these devices`),
    ...others.map((fit) =>
      dim(line('', `where only ${namesOf(fit)} can be measured: ${formula(fit)}, rest ±${percent(restReach(fit))}`)),
    ),
    line('kept in', file ?? 'nothing (--dry-run)'),
    ...refused.map(({ devices, why }) => yellow(line('note', `none for ${devices.join(', ')} alone: ${why}`))),
    ...left_out.map(({ run, why }) => yellow(line('note', `run ${run} is left out: ${why}`))),
  ];
  return `${out.join('\n')}\n`;
}

const namesOf = ({ devices }: Fit): string => devices.map(({ device }) => device).join(', ');

function formula({ line }: Fit): string {
  return `${three(lineAt(line, 0).value)} W + ${line.slope.toFixed(3)} × devices`;
}

function interval({ line }: Fit): string {
  const { value, line: reach } = lineAt(line, 0);
  const slope = slopeReach(line);
  return `${three(value - reach)} – ${three(value + reach)} W, ${(line.slope - slope).toFixed(3)} – ${(line.slope + slope).toFixed(3)}`;
}
