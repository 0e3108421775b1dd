// joulebook ci comment, junit and badge: what the gate found, for a pull request, a CI service and a README.

import { appendFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { CiRuns } from '../app/ci-runs.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { runOf } from '../ledger/runs.ts';
import { badgeOf } from '../report/badge.ts';
import { type CheckJson, gateOf } from '../report/gate.ts';
import { commentOf } from '../report/gate-comment.ts';
import { junitOf } from '../report/gate-junit.ts';
import { metricText } from '../report/gate-text.ts';
import type { Metric } from '../report/samples.ts';
import { type GateOptions, type Judged, judged } from './ci-gate.ts';

export interface CommentOptions extends GateOptions {
  out?: string;
  summary?: boolean;
  key?: string;
}
type FileOptions = GateOptions & { out?: string };

/** Told beside what decides, where both sides tell it. */
const FURTHER: readonly Metric[] = ['j_per_token', 'it_j', 'g_per_million_tokens', 'duration_s'];

/** Prints the comment, or writes it to a file; with --summary it is added to `summary_file` too. Rejects with a Fault. */
export async function comment(
  runs: readonly string[],
  options: CommentOptions,
  summary_file: string | undefined,
): Promise<void> {
  if (options.summary === true && !summary_file)
    throw usage('--summary: GITHUB_STEP_SUMMARY is not set', 'it is, in a job of GitHub Actions; else use --out FILE');
  const { found, candidate, wishes, gate, ledger } = await judged(runs, options);
  const records = gate.candidate.runs.flatMap((id) => runOf(ledger, id)?.record ?? []);
  const commands = new Map(records.map(({ command }) => [JSON.stringify(command), command]));
  const text = commentOf({
    ...{ gate, more: furtherOf(found, candidate, { wishes, gate }), commands: [...commands.values()] },
    measured: candidate.repeats.find(({ unfit }) => unfit === null)?.measured ?? null,
    again: againOf(options),
    file: fileOf(options),
    key: options.key ?? options.baseline,
  });
  if (options.summary === true) written(() => appendFileSync(summary_file!, `${text}\n`), summary_file!);
  told(text, options.out);
}

/** Prints JUnit XML, or writes it to a file. Rejects with a Fault. */
export async function junit(runs: readonly string[], options: FileOptions): Promise<void> {
  const { gate } = await judged(runs, options);
  told(junitOf(gate, options.strict === true), options.out);
}

/** Prints a badge, or writes it to a file. Rejects with a Fault. */
export async function badge(runs: readonly string[], options: FileOptions & { label?: string }): Promise<void> {
  const { gate } = await judged(runs, options);
  const { metric, candidate, verdict } = gate.checks[0]!;
  const value = candidate.value === null ? 'unknown' : metricText(metric, candidate.value);
  told(badgeOf(options.label ?? 'energy', value, verdict), options.out);
}

function furtherOf(
  found: Judged['found'],
  candidate: CiRuns,
  { wishes, gate }: Pick<Judged, 'wishes' | 'gate'>,
): readonly CheckJson[] {
  const metrics = FURTHER.filter(
    (metric) =>
      !gate.checks.some((check) => check.metric === metric) &&
      found.baseline.samples[metric] !== undefined &&
      candidate.repeats.some(({ unfit, values }) => unfit === null && values[metric] !== null),
  );
  return metrics.length === 0 ? [] : gateOf(found, candidate, { ...wishes, metrics, allow_different: true }).checks;
}

/** The same as words of joulebook ci gate. */
function againOf(options: GateOptions): string[] {
  const flags = { '--as-emitted': options.asEmitted, '--allow-different': options.allowDifferent };
  return [
    ...['joulebook ci gate --baseline', options.baseline, '--max-increase', options.maxIncrease],
    ...(options.file === undefined ? [] : ['--file', fileOf(options)!]),
    ...(options.metric ?? []).flatMap((metric) => ['--metric', metric]),
    ...Object.entries({ ...flags, '--strict': options.strict }).flatMap(([flag, on]) => (on ? [flag] : [])),
  ];
}

/** Its name alone: where it lay in a job is no matter of others. */
const fileOf = ({ file }: GateOptions): string | undefined => (file === undefined ? undefined : basename(file));

function told(text: string, file: string | undefined): void {
  if (file === undefined) process.stdout.write(text);
  else written(() => writeFileSync(file, text), file);
}

/** Throws Fault file-unreadable. */
function written(write: () => void, file: string): void {
  try {
    write();
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}
