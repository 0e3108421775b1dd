// joulebook export --format sci, sci-ai: the units and counts that were asked for, and the scores.

import { accountedRuns } from '../app/exports.ts';
import type { ReportWishes } from '../app/reports.ts';
import { sciAiRuns } from '../app/sci-ai.ts';
import { usage } from '../core/fault.ts';
import { type FunctionalUnit, unitOf } from '../exchange/functional-unit.ts';
import { COUNTED, type SciJson, sciOf } from '../exchange/sci.ts';
import { PROVIDER_UNITS, type ProviderUnit, type SciAiInput, type SciAiJson, sciAiOf } from '../exchange/sci-ai.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { oneOf, positive } from './options.ts';

export interface SciOptions {
  per?: string[];
  flop?: string;
  trainingTokens?: string;
  parameters?: string;
  basis?: string;
  rationale?: string;
}

export interface SciRuns extends Pick<ReportWishes, 'as_of_ms'>, Pick<SciAiInput, 'model' | 'bases'> {
  readonly ledger: string;
  readonly entries: readonly RunEntry[];
}

/** Rejects with Fault usage for a unit that nothing was counted in. */
export async function sci({ ledger, entries, as_of_ms }: SciRuns, { per = [] }: SciOptions): Promise<SciJson> {
  if (per.length > 1) throw usage(`--format sci has one R, --per names ${per.length}`, 'export once for each');
  const runs = await accountedRuns(ledger, entries, { as_of_ms });
  const units = runs.flatMap(({ report }) => Object.keys(report.work.units));
  return sciOf(runs, asked(per[0] ?? 'run', [...COUNTED, ...units]));
}

/** Rejects with Fault usage for a unit that nothing was counted in, or a number that is none. */
export async function sciAi(meant: SciRuns, options: SciOptions): Promise<SciAiJson> {
  const said = saidOf(options);
  const { basis, rationale = null, per = [] } = options;
  const wanted = basis === undefined ? null : oneOf('--basis', basis, ['gross', 'effective']);
  const runs = await sciAiRuns(meant.ledger, meant.entries, meant);
  const consumed = [...COUNTED.slice(1), 'requests', ...runs.flatMap(({ work }) => Object.keys(work))];
  const units = per.map((one) => asked(one, [...consumed, ...PROVIDER_UNITS]));
  const provides = ({ of }: FunctionalUnit) => PROVIDER_UNITS.includes(of as ProviderUnit);
  const provider = units.filter(provides);
  const consumer = units.filter((unit) => !provides(unit));
  for (const { of, name } of provider)
    if (of !== 'training-tokens' && said[of as ProviderUnit] === undefined)
      throw usage(`--per ${name} needs to know how many there are`, `give --${of.toLowerCase()} N`);
  return sciAiOf({
    ...{ model: meant.model, bases: meant.bases, runs, said, basis: wanted, rationale },
    consumer_units: consumer.length > 0 ? consumer : [asked('tokens', consumed)],
    provider_units: provider.length > 0 ? provider : usual(said),
  });
}

/** The units in which SCI for AI gives its examples (§8.2, §9): of what was said, and training tokens. */
function usual(said: SciAiInput['said']): FunctionalUnit[] {
  const units = { FLOP: '1e15-FLOP', 'training-tokens': '1000-training-tokens', parameters: 'billion-parameters' };
  return PROVIDER_UNITS.filter((unit) => unit === 'training-tokens' || said[unit] !== undefined).map((unit) =>
    asked(units[unit], PROVIDER_UNITS),
  );
}

function saidOf({ flop, trainingTokens, parameters }: SciOptions): SciAiInput['said'] {
  const count = (option: string, text: string | undefined) => (text === undefined ? undefined : positive(option, text));
  const said = {
    FLOP: count('--flop', flop),
    'training-tokens': count('--training-tokens', trainingTokens),
    parameters: count('--parameters', parameters),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function asked(text: string, things: readonly string[]): FunctionalUnit {
  const unit = unitOf(text, things);
  if (unit !== null) return unit;
  const all = [...new Set(things)].join(', ');
  const lots = 'alone, or many with a dash: million-tokens, 1000-tokens';
  throw usage(`--per: "${text}" is nothing that these runs counted`, `one of ${all}; ${lots}`);
}
