// Why one emitted more or less than the other: parts of work, efficiency, overhead and grid that add up to the difference.
//
// The four multiply to operational emissions: tokens × J/token × PUE × g/kWh. Each part's interval is that of its factor's
// ratio, in which what both share cancels; means over repeats stand for a group.

import { type Figure, isKnown, over } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { contrastOf, type Maybe, meanOf } from '../emissions/contrast.ts';
import { decomposed } from '../emissions/lmdi.ts';
import type { DecompositionJson, EffectJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';
import { percent } from './format.ts';

type Effect = EffectJson['effect'];

/** `labels` are those of a and b. */
export function atEqualGrid(
  a: readonly ComparedRun[],
  b: readonly ComparedRun[],
  labels: { readonly a: string; readonly b: string },
): DecompositionJson {
  const unit = workUnit([...a, ...b]);
  const [from, to] = [factorsOf(a, unit), factorsOf(b, unit)];
  if ('why' in from) return { difference_g: null, why: from.why };
  if ('why' in to) return { difference_g: null, why: to.why };
  const found = decomposed(from.factors, to.factors);
  if (found === null) return { difference_g: null, why: 'a factor of nothing has no ratio' };
  const { difference, weight, parts } = found;
  const base = from.operational_g;
  const effects = (Object.keys(parts) as Effect[]).map((effect): EffectJson => {
    const ratio = contrastOf(from.runs[effect], to.runs[effect]).ratio;
    const wording = { what: wordsOf(effect, unit), unit: unitOf(effect, unit) };
    const scale = SCALE[effect] ?? 1;
    const { [effect]: x } = from.factors;
    const { [effect]: y } = to.factors;
    const part_g = intervalOf(parts[effect], weight, ratio);
    return { effect, ...wording, a: x! * scale, b: y! * scale, part_g, share: parts[effect]! / base };
  });
  const share = difference / base;
  const ratio = contrastOf(
    a.map(({ figures }) => figures.it_j!),
    b.map(({ figures }) => figures.it_j!),
  ).ratio;
  return {
    difference_g: difference,
    share,
    effects,
    ratio,
    sentence: sentenceOf({ share, effects }, labels, gridWords(a, b)),
    why: null,
  };
}

/** J → kWh of what the intensity is told by. */
const SCALE: Partial<Record<Effect, number>> = { grid: JOULES_PER_KWH };

type Unit = 'tokens' | 'steps' | null;
const UNITS = { tokens: 'token', steps: 'step' } as const;

/** What work is counted in: known of all of them. */
function workUnit(runs: readonly ComparedRun[]): Unit {
  const known = (unit: 'tokens' | 'steps') => runs.every(({ account }) => (account.report.work[unit] ?? 0) > 0);
  return known('tokens') ? 'tokens' : known('steps') ? 'steps' : null;
}

/** Means over the runs of a group; where no work was counted, its energy is all that is told of it. */
function factorsOf(runs: readonly ComparedRun[], unit: Unit) {
  const it = runs.map(({ figures }) => figures.it_j!);
  const it_g = runs.map(({ itGrams }) => itGrams);
  const operational = runs.map(({ figures }) => figures.operational_g!);
  const [j, grid, g] = [it, it_g, operational].map(meanOf) as [Figure, Figure, Figure];
  for (const figure of [j, grid, g]) if (!isKnown(figure)) return { why: figure.why };
  const [energy_j, before_g, operational_g] = [j.value!, grid.value!, g.value!];
  const work = unit === null ? 1 : runs.reduce((s, { account }) => s + account.report.work[unit]!, 0) / runs.length;
  const factors = {
    ...(unit === null ? {} : { work }),
    efficiency: energy_j / work,
    // Where no PUE is known emissions are those of IT energy: there is no overhead to speak of.
    ...(runs.some(hasPue) ? { overhead: operational_g / before_g } : {}),
    grid: before_g / energy_j,
  };
  const each = {
    work: runs.map(({ account }) => ({ value: unit === null ? 1 : account.report.work[unit]!, terms: new Map() })),
    efficiency: runs.map(({ figures, account }) =>
      over(figures.it_j!, { value: unit === null ? 1 : account.report.work[unit]!, terms: new Map() }),
    ),
    overhead: runs.map(({ figures, itGrams }) => over(figures.operational_g!, itGrams)),
    grid: runs.map(({ figures, itGrams }) => over(itGrams, figures.it_j!)),
  };
  return { factors: factors as Readonly<Record<Effect, number>>, runs: each, operational_g };
}

/** The part, and how far the logarithm of its factor's ratio may be off; the weight is taken as it is. */
function intervalOf(part: number, weight: number, ratio: Maybe): Maybe {
  if (ratio.value === null) return ratio;
  const down = weight * Math.log(ratio.value / ratio.low);
  const up = weight * Math.log(ratio.high / ratio.value);
  return { value: part, low: part - down, high: part + up };
}

function wordsOf(effect: Effect, unit: Unit): string {
  if (effect === 'work') return `the work (${unit})`;
  if (effect === 'efficiency') return unit === null ? 'the energy used' : `the model (J per ${UNITS[unit]})`;
  return effect === 'overhead' ? 'the place’s overhead (PUE)' : 'the grid (g/kWh)';
}

function unitOf(effect: Effect, unit: Unit): string {
  if (effect === 'work') return unit ?? '';
  if (effect === 'efficiency') return unit === null ? 'J' : `J/${UNITS[unit]}`;
  return effect === 'overhead' ? '' : 'g/kWh';
}

const hasPue = ({ account }: ComparedRun): boolean => account.report.energy.pue.value !== null;

/** What a grid's part is of: hours of one zone, another zone, or what another source says of them. */
function gridWords(a: readonly ComparedRun[], b: readonly ComparedRun[]): string {
  const told = (of: (run: ComparedRun) => readonly string[]) =>
    [a, b].map((side) => [...new Set(side.flatMap(of))].sort().join(' and ')) as [string, string];
  const [here, there] = told(({ account: { run } }) => (run.zone === null ? [] : [run.zone]));
  if (here !== there) return here === '' || there === '' ? 'the grid (g/kWh)' : `the place (${there} for ${here})`;
  const place = here === '' ? '' : ` in ${here}`;
  const [one, other] = told(({ account }) => account.report.emissions.intensity.parts.map(sourceOf));
  return one === other ? `the weather (g/kWh${place})` : `the grid (g/kWh${place}, by ${other} for ${one})`;
}

/** Estimates of a provider are revised, so they are not told apart from what it measured. */
const sourceOf = ({ provider, quality }: { readonly provider: string; readonly quality: string }): string =>
  quality === 'annual' || quality === 'climatology' ? `${provider} (${quality})` : provider;

/** "new emitted 31 % less than base: 12 % less by the model (J per token), 19 % less by the weather (g/kWh in DE)". */
function sentenceOf(
  { share, effects }: { readonly share: number; readonly effects: readonly EffectJson[] },
  { a, b }: { readonly a: string; readonly b: string },
  grid: string,
): string {
  const words = (part: number) => `${percent(Math.abs(part))} ${part < 0 ? 'less' : 'more'}`;
  if (Math.abs(share) < LEAST && effects.every((effect) => Math.abs(effect.share) < LEAST))
    return `${b} emitted as much as ${a}`;
  const told = effects
    .filter((effect) => Math.abs(effect.share) >= LEAST)
    .sort((x, y) => Math.abs(y.share) - Math.abs(x.share))
    .map((effect) => `${words(effect.share)} by ${effect.effect === 'grid' ? grid : effect.what}`);
  return `${b} emitted ${Math.abs(share) < LEAST ? 'as much as' : `${words(share)} than`} ${a}: ${told.join(', ')}`;
}

/** Smaller parts are not told in words. */
const LEAST = 0.0005;
