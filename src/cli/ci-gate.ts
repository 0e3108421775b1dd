// joulebook ci gate: the exit code of a build, and why.

import { baselineNamed } from '../app/baselines.ts';
import { type CiRuns, ciRuns, type WhichRuns } from '../app/ci-runs.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { Baseline } from '../report/baseline.ts';
import { type GateJson, type GateWishes, gateOf } from '../report/gate.ts';
import { gateText } from '../report/gate-text.ts';
import { METRICS } from '../report/samples.ts';
import { workingFolder } from '../run/identity.ts';
import { foldedFor } from './fold.ts';
import { oneOf, tagsOf } from './options.ts';
import { warn } from './say.ts';

export interface CiOptions {
  tag?: string[];
  commit?: string;
  allowDisturbed?: boolean;
  file?: string;
  notes?: boolean;
  json?: boolean;
  ledger?: string;
}
export interface GateOptions extends CiOptions {
  baseline: string;
  maxIncrease: string;
  metric?: string[];
  asEmitted?: boolean;
  allowDifferent?: boolean;
  strict?: boolean;
}

/** The exit code: 3 for a regression, with --strict also where it cannot be told. Rejects with a Fault. */
export async function gate(runs: readonly string[], options: GateOptions): Promise<number> {
  const { gate: made, wishes } = await judged(runs, options);
  process.stdout.write(options.json ? `${JSON.stringify(made, null, 2)}\n` : foldedFor(gateText(made), process.stdout));
  if (made.verdict === 'cannot-tell')
    warn(
      `${made.checks.find(({ verdict }) => verdict === 'cannot-tell')!.reason}${wishes.strict ? '' : ' (exit 0; with --strict 3)'}`,
    );
  return made.failed ? 3 : 0;
}

export interface Judged {
  readonly found: { readonly name: string; readonly baseline: Baseline };
  readonly candidate: CiRuns;
  readonly wishes: GateWishes;
  readonly gate: GateJson;
  readonly ledger: string;
}

/** What the options find. Rejects with a Fault. */
export async function judged(runs: readonly string[], options: GateOptions): Promise<Judged> {
  const { asEmitted: as_emitted = false, allowDifferent: allow_different = false, strict = false } = options;
  const max_increase = shareOf('--max-increase', options.maxIncrease);
  const metrics = [...new Set(options.metric ?? [])].map((metric) => oneOf('--metric', metric, METRICS));
  const wishes = { max_increase, metrics, as_emitted, allow_different, strict };
  const which = whichOf(runs, options);
  const found = baselineNamed(options.baseline, placeOf(options));
  const { folder: ledger } = await settingsOf(options);
  const candidate = await ciRuns(ledger, which);
  if (candidate.others > 0) warn(asideWords(candidate.others));
  return { found, candidate, wishes, gate: gateOf(found, candidate, wishes), ledger };
}

export const asideWords = (others: number): string =>
  `${others} run${others === 1 ? '' : 's'} left aside: another commit, command, name or state of the files than the newest`;

/** Throws Fault usage where runs are named and selected, too. */
export function whichOf(runs: readonly string[], { tag = [], commit, allowDisturbed = false }: CiOptions): WhichRuns {
  if (runs.length > 0 && (tag.length > 0 || commit !== undefined))
    throw usage('runs are named and selected, too', 'name them, or give --tag and --commit');
  return { runs, tags: tagsOf('--tag', tag), commit, cwd: workingFolder(), allow_disturbed: allowDisturbed };
}

/** Where baselines are kept. Throws Fault usage where two places are given. */
export function placeOf({ file, notes = false }: CiOptions) {
  if (file !== undefined && notes) throw usage('--file and --notes exclude each other', 'give one place');
  return { cwd: workingFolder(), file, notes };
}

/** "5%" → 0.05; from 0 to 1000 %. Throws Fault usage. */
function shareOf(option: string, text: string): number {
  const share = Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1] ?? Number.NaN) / 100;
  if (!(share <= 10)) throw usage(`${option}: "${text}" cannot be used`, 'write a share in percent, such as 5%');
  return share;
}
