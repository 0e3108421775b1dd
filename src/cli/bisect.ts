// joulebook bisect: meters a command at the commit that is checked out, some times over, and tells git bisect run by the exit
// code what to make of it.
//
// To git every code from 1 to 127 but 125 says "bad", so what is wrong with our own words ends with 128: it stops the search.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportOf } from '../app/reports.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { sampleOf } from '../core/statistics.ts';
import { findRun } from '../ledger/runs.ts';
import { metricText } from '../report/gate-text.ts';
import type { ReportJson } from '../report/model.ts';
import { METRICS, type Metric, repeatOf } from '../report/samples.ts';
import { type Side, sideOf } from '../report/side.ts';
import { STOP } from './bisect-command.ts';
import { count, oneOf, positive } from './options.ts';
import { warn as say } from './say.ts';

/** Options that are those of joulebook run, and are handed to it. */
const HANDED = {
  ...{ zone: '--zone', pue: '--pue', intensity: '--intensity', ledger: '--ledger', replay: '--replay' },
  ...{ tokensPerStep: '--tokens-per-step', batchSize: '--batch-size', seqLength: '--seq-length' },
  ...{ log: '--log', logFormat: '--log-format' },
} as const;

export interface BisectOptions extends Partial<Record<keyof typeof HANDED, string | string[]>> {
  metric: string;
  threshold?: string;
  good?: string[];
  bad?: string[];
  repeats: string;
  most: string;
  json?: string;
}

const CANNOT_TELL = 125;

interface Told {
  readonly exit_code: number;
  readonly why: string;
  readonly side?: Side;
}

/** Resolves to the exit code: 0 good, 1 bad, 125 neither can be told. Rejects with a Fault for bad input. */
export async function bisect(command: readonly string[], options: BisectOptions): Promise<number> {
  if (command.length === 0) throw usage('there is no command', 'write it after --');
  const metric = oneOf('--metric', options.metric, METRICS);
  const repeats = count('--repeats', options.repeats, 1, 1000);
  const most = Math.max(repeats, count('--most', options.most, 1, 1000));
  const threshold = await thresholdOf(metric, options);
  const reports: ReportJson[] = [];
  const values: number[] = [];
  let told: Told | null = null;
  while (told === null) {
    const report = await metered(command, ['--tag', `bisect=${metric}`, ...handed(options)]);
    if (report === null) return STOP; // it has said why
    reports.push(report);
    const value = repeatOf(report).values[metric];
    if (value !== null) {
      values.push(value);
      say(`repeat ${values.length}: ${metric} ${metricText(metric, value)}`);
    }
    told = unusable(report, metric);
    if (told !== null || values.length < repeats) continue;
    const side = sideOf(values, threshold);
    if (side.side !== 'cannot-tell' || values.length >= most) told = verdictOf(metric, side, threshold);
  }
  say(`${told.why}${told.exit_code === CANNOT_TELL ? ' (git is told to skip this commit)' : ''}`);
  if (options.json !== undefined) {
    const { git = null } = reports[0]!.run;
    const { mean = null, low = null, high = null, side = 'cannot-tell' } = told.side ?? {};
    const runs = reports.map(({ run }) => run.id);
    const figure = mean === null ? { value: null, why: told.why } : { value: mean, low, high };
    write(options.json, {
      ...{ schema: 'joulebook/bisect/v1', commit: git?.commit ?? null, dirty: git?.dirty ?? null, metric, threshold },
      ...{ values, mean: figure, verdict: side, exit_code: told.exit_code, why: told.why, runs },
    });
  }
  return told.exit_code;
}

/** As said, or in the middle of runs known as good and as bad: as many times above the ones as below the others. */
async function thresholdOf(
  metric: Metric,
  { threshold, good = [], bad = [], ...options }: BisectOptions,
): Promise<number> {
  const both = good.length > 0 && bad.length > 0;
  if ((threshold !== undefined) === (good.length > 0 || bad.length > 0) || (threshold === undefined && !both)) {
    const hint = 'give --threshold X, or a run of a good commit with --good and one of a bad commit with --bad';
    throw usage('what is too much is not told, or told twice', hint);
  }
  if (threshold !== undefined) return positive('--threshold', threshold);
  const { folder } = await settingsOf(typeof options.ledger === 'string' ? { ledger: options.ledger } : {});
  const known = async (run: string): Promise<number> => {
    const report = await reportOf(folder, findRun(folder, run));
    const value = repeatOf(report).values[metric];
    if (value === null) throw usage(`${metric} of run ${run} is not known${whyOf(report, metric)}`, 'name another run');
    return value;
  };
  const meanOf = async (runs: readonly string[]) => sampleOf(await Promise.all(runs.map(known))).mean;
  const [low, high] = [await meanOf(good), await meanOf(bad)];
  if (low < high && low > 0) return Math.sqrt(low * high);
  const told = (value: number) => metricText(metric, value);
  throw usage(
    `the bad runs do not use more than the good ones: ${told(high)} against ${told(low)} of ${metric}`,
    'turn --good and --bad round, or take another metric',
  );
}

/** Why a run says nothing of its commit; null where it does. */
function unusable(report: ReportJson, metric: Metric): Told | null {
  const { exit_code, signal } = report.run;
  // Whoever presses Ctrl-C means the search, not this commit.
  const asked = signal === 'SIGINT' || signal === 'SIGTERM' || exit_code === 130;
  if (asked) return { exit_code: 128 + (constants.signals[(signal ?? 'SIGINT') as 'SIGINT'] ?? 0), why: 'interrupted' };
  const failed = signal === null ? `exited with ${exit_code}` : `was ended by ${signal}`;
  if (signal !== null || exit_code !== 0) return { exit_code: CANNOT_TELL, why: `cannot tell: the command ${failed}` };
  if (repeatOf(report).values[metric] !== null) return null;
  return { exit_code: CANNOT_TELL, why: `cannot tell: ${metric} is not known${whyOf(report, metric)}` };
}

/** What the report says of it. */
function whyOf({ energy, emissions, per }: ReportJson, metric: Metric): string {
  const figures: Readonly<Record<string, unknown>> = { ...energy, ...emissions, ...per };
  const { why } = (figures[metric] ?? {}) as { readonly why?: string };
  return why === undefined ? '' : `: ${why}`;
}

function verdictOf(metric: Metric, side: Side, threshold: number): Told {
  const told = (value: number) => metricText(metric, value);
  const interval = side.low === side.high ? '' : ` (90 %: ${told(side.low)} – ${told(side.high)})`;
  const found = `${metric} ${told(side.mean)}${interval}`;
  if (side.side === 'good') return { exit_code: 0, why: `good: ${found}, at most ${told(threshold)}`, side };
  if (side.side === 'bad') return { exit_code: 1, why: `bad: ${found}, above ${told(threshold)}`, side };
  const more = side.repeats === null ? 'it is too close' : `--most ${side.repeats} would`;
  return { exit_code: CANNOT_TELL, why: `cannot tell: ${found} around ${told(threshold)}: ${more}`, side };
}

const handed = (options: BisectOptions): string[] =>
  Object.entries(HANDED).flatMap(([key, option]) =>
    [options[key as keyof typeof HANDED] ?? []].flat().flatMap((value) => [option, value]),
  );

/** The command's report by a joulebook run of its own; null where it made none. */
async function metered(command: readonly string[], options: readonly string[]): Promise<ReportJson | null> {
  const folder = mkdtempSync(join(tmpdir(), 'joulebook-bisect-'));
  const file = join(folder, 'report.json');
  const args = [process.argv[1]!, 'run', '--quiet', `--json=${file}`, ...options, '--', ...command];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // The terminal tells the command too; we wait for what it makes of it.
  const wait = () => {};
  const pass = () => void child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', pass);
  try {
    await new Promise<void>((resolve, reject) => child.on('close', () => resolve()).on('error', reject));
    return JSON.parse(readFileSync(file, 'utf8')) as ReportJson;
  } catch {
    return null;
  } finally {
    process.off('SIGINT', wait).off('SIGTERM', pass);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws Fault file-unreadable. */
function write(file: string, value: unknown): void {
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}
