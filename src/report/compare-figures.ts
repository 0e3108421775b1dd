// The figures that are compared, what keeps two groups from being compared in them, and the energy of aligned steps in pairs.

import { isKnown } from '../core/figure.ts';
import { fitLine, lineAt } from '../core/line.ts';
import { type Contrast, verdictOf } from '../emissions/contrast.ts';
import type { FlagJson, PairedJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';
import type { StepPart } from './step-energy.ts';

type Family = 'energy' | 'carbon' | 'embodied' | 'water' | 'money' | 'time';
export interface FigureKind {
  readonly label: string;
  readonly unit: string;
  readonly of: Family;
}
const kind = (label: string, unit: string, of: Family): FigureKind => ({ label, unit, of });

/** In the order in which they are told. Of all of them less is better. */
export const FIGURES: Readonly<Record<string, FigureKind>> = {
  it_j: kind('IT energy', 'J', 'energy'),
  facility_j: kind('with PUE', 'J', 'energy'),
  operational_g: kind('operational', 'gCO2e', 'carbon'),
  market_g: kind('market-based', 'gCO2e', 'carbon'),
  marginal_g: kind('marginal', 'gCO2e', 'carbon'),
  embodied_g: kind('embodied', 'gCO2e', 'embodied'),
  total_g: kind('total', 'gCO2e', 'carbon'),
  water_l: kind('water', 'L', 'water'),
  cost: kind('cost', '', 'money'),
  duration_s: kind('duration', 's', 'time'),
  j_per_token: kind('per token', 'J', 'energy'),
  j_per_step: kind('per step', 'J', 'energy'),
  j_per_sample: kind('per sample', 'J', 'energy'),
  j_per_epoch: kind('per epoch', 'J', 'energy'),
  g_per_million_tokens: kind('per 1M tokens', 'gCO2e', 'carbon'),
  g_per_epoch: kind('per epoch', 'gCO2e', 'carbon'),
  l_per_million_tokens: kind('water per 1M tokens', 'L', 'water'),
  target_j: kind('to the target', 'J', 'energy'),
  target_g: kind('to the target', 'gCO2e', 'carbon'),
  target_s: kind('to the target', 's', 'time'),
};

const named = (test: (name: string, kind: FigureKind) => boolean): string[] =>
  Object.entries(FIGURES).flatMap(([name, one]) => (test(name, one) ? [name] : []));
const BY_METERS = named((_, { of }) => of === 'energy' || of === 'carbon' || of === 'water' || of === 'money');
const BY_PUE = named((name, { of }) => of === 'carbon' || of === 'water' || of === 'money' || name === 'facility_j');
const BY_INTENSITY = ['operational_g', 'total_g', 'g_per_million_tokens', 'g_per_epoch', 'target_g'];

/** What differs between runs that a figure's numbers alone do not show. */
export function flagsOf(a: readonly ComparedRun[], b: readonly ComparedRun[]): FlagJson[] {
  const told = (fact: (run: ComparedRun) => string | null) => [valuesOf(a, fact), valuesOf(b, fact)] as const;
  const out: FlagJson[] = [];
  const differing = (fact: (run: ComparedRun) => string | null, flag: (a: string, b: string) => FlagJson) => {
    const [from, to] = told(fact);
    if (new Set([...from, ...to]).size > 1) out.push(flag(from.join(' or '), to.join(' or ')));
  };
  differing(boundaryOf, (from, to) => ({
    ...{ code: 'boundary', message: `what is counted differs: ${from} against ${to}`, withheld: BY_METERS },
    hint: 'meter the same devices in both; see joulebook doctor for what is not read',
  }));
  differing(metersOf, (from, to) => ({
    ...{ code: 'meter', message: `energy was metered in other ways: ${from} against ${to}`, withheld: [] },
    hint: 'their errors do not cancel; the intervals have them in: the same meter in both is surer',
  }));
  differing(intensityOf, (from, to) => ({
    ...{ code: 'intensity', message: `intensities are of another kind or scope: ${from} against ${to}` },
    ...{ hint: 'give both one kind and scope: joulebook amend RUN --intensity FILE', withheld: BY_INTENSITY },
  }));
  differing(pueOf, () => ({
    ...{ code: 'pue', message: 'the PUE is known of some of these runs and not of others', withheld: BY_PUE },
    hint: 'give it to the runs that lack it: joulebook amend RUN --pue 1.2',
  }));
  differing(embodiedOf, () => ({
    ...{ code: 'embodied', message: 'embodied emissions are known of some of these runs and not of others' },
    ...{
      hint: 'compare operational_g, or tell what the hardware is: joulebook amend RUN --account FILE',
      withheld: ['total_g'],
    },
  }));
  differing(currencyOf, (from, to) => ({
    ...{ code: 'currency', message: `costs are in ${from} and in ${to}`, withheld: ['cost'] },
    hint: 'give both a price in one currency: joulebook amend RUN --price PRICE',
  }));
  for (const { account } of [...a, ...b]) {
    const { run, energy } = account.report;
    const name = run.name ?? run.id;
    if (run.state !== 'finished')
      out.push({
        code: 'state',
        message: `${name} is ${run.state}`,
        hint: 'runs that did the whole work compare best',
        withheld: [],
      });
    if (energy.coverage < 0.95)
      out.push({
        ...{ code: 'coverage', message: `only ${(energy.coverage * 100).toFixed(0)} % of ${name} was observed` },
        ...{ hint: 'the rest is estimated and in the interval; see its gaps', withheld: [] },
      });
  }
  return [...new Map(out.map((flag) => [flag.message, flag])).values()];
}

function valuesOf(side: readonly ComparedRun[], fact: (run: ComparedRun) => string | null): string[] {
  return [...new Set(side.flatMap((run) => fact(run) ?? []))].sort();
}

const chargedOf = ({ account }: ComparedRun) => account.report.energy.devices.filter(({ charged }) => charged);
const boundaryOf = (run: ComparedRun) =>
  [...new Set(chargedOf(run).map(({ kind }) => kind))].sort().join(' and ') || null;
const metersOf = (run: ComparedRun) =>
  [...new Set(chargedOf(run).map(({ kind, source }) => `${kind} by ${source}`))].sort().join(', ') || null;
function intensityOf({ account }: ComparedRun): string | null {
  const [part] = account.report.emissions.intensity.parts;
  return part === undefined ? null : `${part.kind} ${part.scope}`;
}
const pueOf = ({ account }: ComparedRun) => (account.report.energy.pue.value === null ? 'not known' : 'known');
const embodiedOf = ({ account }: ComparedRun) => (isKnown(account.figures.embodied_g) ? 'known' : 'not known');
const currencyOf = ({ account }: ComparedRun) => account.report.currency;

const FEWEST_ROWS = 8;
const MOST_APART = 0.1;
const pairless = (why: string): PairedJson => ({ rows: null, why });

/** J per step of training, each row of a's log with the same of b's; `it` is the contrast of one step's mean energy. */
export function pairedOf(a: readonly ComparedRun[], b: readonly ComparedRun[], it: Contrast): PairedJson {
  const [from, to] = [a[0], b[0]];
  if (a.length !== 1 || b.length !== 1 || from === undefined || to === undefined)
    return pairless('steps are paired where one run is compared with one');
  const rows = new Map(to.parts.map((part) => [keyOf(part), part]));
  const pairs = from.parts.flatMap((part) => {
    const same = rows.get(keyOf(part));
    return same === undefined ? [] : [{ x: part.own_j / part.steps, y: same.own_j / same.steps, steps: part.steps }];
  });
  const most = Math.max(from.parts.length, to.parts.length);
  if (most === 0) return pairless('no steps were seen in the log');
  if (pairs.length < FEWEST_ROWS || pairs.length < (1 - MOST_APART) * most)
    return pairless(`their logs share ${pairs.length} of ${most} rows of steps`);
  const [p, q] = [from, to].map(tokensPerStep);
  if (p !== null && q !== null && Math.abs(q! / p! - 1) > 1e-6)
    return pairless(`a step is ${three(p!)} tokens in one and ${three(q!)} in the other`);
  return {
    rows: pairs.length,
    steps: pairs.reduce((s, { steps }) => s + steps, 0),
    ...contrasted(pairs, it),
    why: null,
  };
}

const keyOf = ({ step, steps }: StepPart): string => `${step} ${steps}`;
const three = (value: number): string => String(Number(value.toPrecision(4)));
function tokensPerStep({ account }: ComparedRun): number | null {
  const { tokens, steps } = account.report.work;
  return tokens === null || steps === null || steps <= 0 ? null : tokens / steps;
}

function contrasted(pairs: readonly { x: number; y: number; steps: number }[], { shared, ratio: of }: Contrast) {
  const all = pairs.reduce((s, { steps }) => s + steps, 0);
  const mean = (pick: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((s, pair) => s + pick(pair) * pair.steps, 0) / all;
  const [x, y] = [mean((pair) => pair.x), mean((pair) => pair.y)];
  const ratio = x > 0 ? y / x : Number.NaN;
  const still = pairs.every((pair) => pair.x === pair.y);
  // Neighbouring steps resemble each other: a mean's error as that of a line in its middle (core/line.ts).
  const reachOf = (values: readonly number[]) => {
    const line = fitLine(
      values.map((_, i) => i),
      values,
    );
    return still || line === null ? 0 : lineAt(line, line.mean_x).line;
  };
  const noise = reachOf(pairs.map((pair) => pair.y - pair.x));
  const relative = x > 0 ? reachOf(pairs.map((pair) => pair.y - ratio * pair.x)) / y : Number.NaN;
  // What their meters do not share moves all steps alike, so no number of steps shows it.
  const meters = of.value === null ? 0 : (shared ?? 0);
  const reach = Math.hypot(meters, relative);
  const difference_j = around(y - x, Math.hypot(noise, meters * y));
  if (!(x > 0 && y > 0)) {
    const none = { value: null, why: 'steps of no energy have no ratio' };
    return { difference_j, ratio: none, verdict: verdictOf(difference_j, 0) };
  }
  const told = { value: ratio, low: ratio * Math.exp(-reach), high: ratio * Math.exp(reach) };
  return { difference_j, ratio: told, verdict: verdictOf(told, 1) };
}

const around = (value: number, reach: number) => ({ value, low: value - reach, high: value + reach });
