// The figures that are compared, and what keeps two groups from being compared in them.

import { isKnown } from '../core/figure.ts';
import type { FlagJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';

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
  target_j: kind('energy to target', 'J', 'energy'),
  target_g: kind('CO2e to target', 'gCO2e', 'carbon'),
  target_s: kind('time to target', 's', 'time'),
};

const named = (test: (name: string, kind: FigureKind) => boolean): string[] =>
  Object.entries(FIGURES).flatMap(([name, one]) => (test(name, one) ? [name] : []));
const BY_METERS = named((_, { of }) => of === 'energy' || of === 'carbon' || of === 'water' || of === 'money');
const BY_PUE = named((name, { of }) => of === 'carbon' || of === 'water' || of === 'money' || name === 'facility_j');
/** Of all the work that was done: of part of it they are less without being better. */
const TOTALS = [
  ...['it_j', 'facility_j', 'operational_g', 'market_g', 'marginal_g', 'embodied_g', 'total_g', 'water_l', 'cost'],
  'duration_s',
];
const BY_INTENSITY = ['operational_g', 'total_g', 'g_per_million_tokens', 'g_per_epoch', 'target_g'];

/**
 * Figures that cannot be set against each other at all. Less work is not of these: parts of a difference, steps in pairs and
 * a front take account of what was done.
 */
export const incomparable = (flags: readonly FlagJson[]): Set<string> =>
  new Set(flags.flatMap(({ code, withheld }) => (code === 'state' ? [] : withheld)));

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
  if (inARow(a, b))
    out.push({
      ...{ code: 'order', message: 'all repeats of one came before those of the other', withheld: [] },
      hint: 'what changed meanwhile (heat, neighbours) is in the difference and not in their spread: alternate them',
    });
  const modelled = [...new Set([...a, ...b].flatMap(modelledOf))].sort().join(' and ');
  if (modelled !== '')
    out.push({
      ...{ code: 'modelled', message: `the energy of ${modelled} is modelled, not measured`, withheld: [] },
      hint: 'a difference is then one of time and load, not of what the hardware drew: see joulebook doctor for sensors',
    });
  const unlike = !sameWork([...a, ...b]);
  for (const { account } of [...a, ...b]) {
    const { run, energy } = account.report;
    const name = run.name ?? run.id;
    if (run.state !== 'finished')
      out.push({
        code: 'state',
        message: `${name} is ${run.state}`,
        hint: unlike
          ? 'its totals are not of the same work and get no verdict: compare per token or per step, or runs that did all of it'
          : 'runs that did the whole work compare best',
        withheld: unlike ? TOTALS : [],
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

/** Whether repeats of both came in a row, so that nothing tells them apart from what time changed. */
function inARow(a: readonly ComparedRun[], b: readonly ComparedRun[]): boolean {
  if (a.length < 2 || b.length < 2) return false;
  const starts = (side: readonly ComparedRun[]) => side.map(({ account }) => account.run.started_at_ms);
  const after = (later: readonly ComparedRun[], earlier: readonly ComparedRun[]) =>
    Math.min(...starts(later)) > Math.max(...starts(earlier));
  return after(a, b) || after(b, a);
}

/** Kinds of devices whose models make up more than a tenth of a run's energy. */
function modelledOf(run: ComparedRun): string[] {
  const devices = chargedOf(run);
  const all = devices.reduce((sum, { energy_j }) => sum + (energy_j.value ?? 0), 0);
  return [...new Set(devices.map(({ kind }) => kind))].filter((kind) => {
    const of = devices.filter((device) => device.kind === kind && device.source === 'model');
    return of.reduce((sum, { energy_j }) => sum + (energy_j.value ?? 0), 0) > 0.1 * all;
  });
}

/** Whether all got as far, in tokens or else in steps. */
function sameWork(runs: readonly ComparedRun[]): boolean {
  const done = (unit: 'tokens' | 'steps') => runs.map(({ account }) => account.report.work[unit]);
  const alike = (values: readonly (number | null)[]) =>
    values.every((value) => value !== null && value > 0 && Math.abs(value / values[0]! - 1) < 1e-6);
  return done('tokens').some((tokens) => tokens === null) ? alike(done('steps')) : alike(done('tokens'));
}

const pueOf = ({ account }: ComparedRun) => (account.report.energy.pue.value === null ? 'not known' : 'known');
const embodiedOf = ({ account }: ComparedRun) => (isKnown(account.figures.embodied_g) ? 'known' : 'not known');
const currencyOf = ({ account }: ComparedRun) => account.report.currency;
