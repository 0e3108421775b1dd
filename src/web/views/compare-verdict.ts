// A comparison in words: which of the things that people ask for first are better, worse or open, and how far apart they are.

import type { ComparisonJson, ContrastJson } from '../../report/compare-model.ts';
import { change, isNothing, type ToldFigure, toldFigures, verdictText } from '../../report/compare-words.ts';

/** What is told first, where it is known; of emissions one line alone. */
const FIRST: readonly (readonly [name: string, words: string])[] = [
  ['it_j', 'energy'],
  ['total_g', 'emissions'],
  ['operational_g', 'emissions'],
  ['j_per_token', 'energy per token'],
  ['g_per_million_tokens', 'emissions per token'],
  ['duration_s', 'time'],
  ['cost', 'cost'],
  ['target_j', 'energy to the target'],
];

export type Weight = 'better' | 'worse' | 'open' | 'same';

export interface Headline {
  readonly name: string;
  readonly words: string;
  /** "−12.0 %"; the verdict where there is no change to tell. */
  readonly change: string;
  /** "−14.0 % to −10.0 %"; empty where it has no width. */
  readonly reach: string;
  readonly verdict: string;
  readonly weight: Weight;
}

export const weightOf = ({ verdict }: Pick<ContrastJson, 'verdict'>): Weight =>
  verdict === 'better' || verdict === 'worse' || verdict === 'same' ? verdict : 'open';

/** Those figures that are known of both sides. */
export function headlinesOf(comparison: ComparisonJson): Headline[] {
  const told = new Set<string>();
  return FIRST.flatMap(([name, words]) => {
    const one = comparison.figures[name];
    if (one === undefined || one.verdict === null || told.has(words)) return [];
    told.add(words);
    return [{ name, words, ...toldOf(one) }];
  });
}

function toldOf(one: ContrastJson): Omit<Headline, 'name' | 'words'> {
  const { ratio } = one;
  const weight = weightOf(one);
  const verdict = verdictText(one);
  if (ratio.value === null) return { change: 'no ratio', reach: ratio.why, verdict, weight };
  const wide = !isNothing(ratio.high / ratio.low - 1);
  return {
    ...{ change: change(ratio.value), verdict, weight },
    reach: wide ? `${change(ratio.low)} to ${change(ratio.high)}` : '',
  };
}

/** "wide is better in energy and emissions, worse in time. Of cost nothing can be told yet." */
export function sentenceOf(comparison: ComparisonJson): string {
  const all = headlinesOf(comparison);
  const of = (weight: Weight) => listed(all.filter((one) => one.weight === weight).map(({ words }) => words));
  const [better, worse, same, open] = [of('better'), of('worse'), of('same'), of('open')];
  const { a, b } = comparison;
  if (all.length === 0) return `Nothing is known of both ${a} and ${b} that could be compared.`;
  const sure = [
    ...(better === '' ? [] : [`better in ${better}`]),
    ...(worse === '' ? [] : [`worse in ${worse}`]),
    ...(same === '' ? [] : [`the same in ${same}`]),
  ].join(', ');
  const open_ = open === '' ? [] : [`${sure === '' ? 'Whether' : 'Of'} ${openText({ open, sure, a, b })}`];
  return [...(sure === '' ? [] : [`${b} is ${sure}.`]), ...open_].join(' ');
}

const openText = ({ open, sure, a, b }: { open: string; sure: string; a: string; b: string }): string =>
  sure === '' ? `${b} or ${a} is better in ${open} cannot be told yet.` : `${open} it cannot be told yet.`;

const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Why figures are unknown, or cannot be told apart: a sentence for each reason, with the figures that it is of. */
export function reasonsOf(comparison: ComparisonJson): string[] {
  const figures = new Map<string, string[]>();
  const add = (why: string, label: string) => figures.set(why, [...(figures.get(why) ?? []), label]);
  for (const { label, one } of toldFigures(comparison)) {
    const { a, b, verdict, repeats } = one;
    const dark = [a, b].find(({ value }) => value === null);
    if (dark !== undefined && dark.value === null) add(`unknown: ${dark.why}`, label);
    else if (verdict === 'cannot-tell' && repeats.each === null) add(`cannot tell: ${repeats.why}`, label);
  }
  return [...figures].map(([why, labels]) => `${listed(labels)}: ${why}`);
}

/** Of runs without repeats, that nobody saw whether the next would be alike. */
export const ofTheseRuns = (comparison: ComparisonJson): boolean =>
  toldFigures(comparison).some(
    ({ one: { verdict, spread } }) => spread === 'none' && (verdict === 'better' || verdict === 'worse'),
  );

export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** What all changes of a comparison lie within, with 0; shares, cut off at twice as much, so that one wild figure hides no other. */
export function scaleOf(told: readonly ToldFigure[]): Scale {
  const ends = told.flatMap(({ one: { ratio } }) => (ratio.value === null ? [] : [ratio.low - 1, ratio.high - 1]));
  const within = (value: number) => Math.max(-1, Math.min(1, value));
  return { low: within(Math.min(0, ...ends)), high: within(Math.max(0, ...ends)) };
}
