// joulebook ci baseline update, show and list.

import { allBaselines, baselineNamed, keepBaseline } from '../app/baselines.ts';
import { ciRuns } from '../app/ci-runs.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { baselineOf, baselinesText } from '../report/baseline.ts';
import { baselineText } from '../report/gate-text.ts';
import { asideWords, type CiOptions, placeOf, whichOf } from './ci-gate.ts';
import { print, warn } from './say.ts';

declare const JOULEBOOK_VERSION: string;

/** So many repeats make a gate of as many able to tell (docs/methodology.md#gate). */
const ENOUGH = 5;

const ADVICE = 'where others always use the machine, --allow-disturbed takes such runs';

/** Rejects with a Fault. */
export async function update(
  runs: readonly string[],
  { name, ...options }: CiOptions & { name: string },
): Promise<void> {
  if (!/^[\w][\w./-]{0,63}$/.test(name) || name.endsWith('.json'))
    throw usage(`--name: "${name}" cannot be used`, 'letters, digits, . _ - and /, such as main or release/2');
  const place = placeOf(options);
  const { folder } = await settingsOf(options);
  const { repeats, others, commit, dirty } = await ciRuns(folder, whichOf(runs, options));
  const fit = repeats.filter(({ unfit }) => unfit === null);
  for (const { run, unfit } of repeats) if (unfit !== null) warn(`run ${run} is left out: ${unfit}`);
  if (fit.length === 0) {
    const problem = `none of ${repeats.length} run${repeats.length === 1 ? '' : 's'} can be a repeat of a baseline`;
    throw fault('usage', { facts: { problem, hint: `the newest: ${repeats[0]!.unfit}; ${ADVICE}` } });
  }
  const baseline = baselineOf(fit, { commit, dirty, joulebook: JOULEBOOK_VERSION });
  const where = keepBaseline(name, baseline, place);
  if (others > 0) warn(asideWords(others));
  if (dirty === true)
    warn('there were changes that were not committed: the commit alone does not make this baseline again');
  if (fit.length < ENOUGH)
    warn(`${fit.length} repeat${fit.length === 1 ? '' : 's'} tell little: ${ENOUGH} or more, better 10`);
  process.stdout.write(options.json ? baselinesText({ [name]: baseline }) : baselineText(name, baseline, where));
}

/** Rejects with a Fault. */
export async function show(wanted: string, options: CiOptions): Promise<void> {
  const { name, baseline, where } = baselineNamed(wanted, placeOf(options));
  process.stdout.write(options.json ? baselinesText({ [name]: baseline }) : baselineText(name, baseline, where));
}

/** Rejects with a Fault. */
export async function list(options: CiOptions): Promise<void> {
  const all = allBaselines(placeOf(options));
  if (options.json) {
    process.stdout.write(baselinesText(Object.fromEntries(all.map(({ name, baseline }) => [name, baseline]))));
    return;
  }
  if (all.length === 0) return print('no baselines yet: joulebook ci baseline update');
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, baseline } of all) {
    const { commit, measured_on, repeats } = baseline;
    print(`${name.padEnd(width)}  ${commit?.slice(0, 12) ?? 'of no commit'}  ${measured_on}  ${repeats} repeats`);
  }
}
