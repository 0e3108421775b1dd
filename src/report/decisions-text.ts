// Decisions in words: a line each, with why, for how long the job stood and what that saved; and sums of them.

import { type Figure, type FigureJson, isKnown, type Known, toJson, total } from '../core/figure.ts';
import { secondOf } from '../core/timestamp.ts';
import { reasonsIn } from '../decide/decisions-in.ts';
import type { DecisionJson, Judged, SavedJson } from './decisions.ts';
import { clean, duration, energy, mass } from './format.ts';

/** What was saved by several, each sum over those of which it is known. */
export interface SavedSum {
  /** By pauses and moves, against running on. */
  readonly emissions_g: FigureJson;
  readonly energy_j: FigureJson;
  /** By ending jobs: estimates. */
  readonly estimated_g: FigureJson;
  readonly estimated_j: FigureJson;
  /** How many decisions saved something, and of how many of them it is not known how much. */
  readonly of: number;
  readonly unknown: number;
}

/** Errors that decisions share, such as those of one sensor, are shared by the sum. */
export function savedSum(all: readonly Pick<Judged, 'saved'>[]): SavedSum {
  const saved = all.flatMap((one) => one.saved ?? []);
  const sum = (estimate: boolean, figure: 'emissions_g' | 'energy_j') =>
    toJson(
      total(
        saved
          .filter((one) => one.estimate === estimate)
          .map((one) => one[figure])
          .filter(known),
      ),
    );
  return {
    ...{ emissions_g: sum(false, 'emissions_g'), energy_j: sum(false, 'energy_j') },
    ...{ estimated_g: sum(true, 'emissions_g'), estimated_j: sum(true, 'energy_j') },
    of: saved.length,
    unknown: saved.filter(({ emissions_g, energy_j }) => !known(emissions_g) || !known(energy_j)).length,
  };
}

const known = (figure: Figure): figure is Known => isKnown(figure);

/** "2026-03-02T10:00:00Z pause for 2 h 0 min: 412 g/kWh now, …; saved 160 gCO2e (90 %: …)". */
export const decisionText = (one: DecisionJson): string => decisionTexts(one).join('; ');

/** The same in two lines, what it saved in the second; one where it was to save nothing. */
export function decisionTexts(one: DecisionJson): string[] {
  const { act, at_ms, outcome, stood, saved } = one;
  const long =
    stood === null
      ? ''
      : stood.to_ms === null
        ? ' (it has not gone on)'
        : ` for ${duration((stood.to_ms - stood.from_ms) / 1000)}`;
  const undone = outcome !== null && !outcome.done ? `; not done: ${outcome.how}` : '';
  const what = act === 'refuse' ? 'not started' : act;
  return [
    `${secondOf(at_ms)} ${what}${long}: ${reasonsIn(one)}${undone}`,
    ...(saved === null ? [] : [savedText(saved)]),
  ].map(clean);
}

export function savedText({ emissions_g, energy_j, estimate }: Omit<SavedJson, 'how'>): string {
  const [grams, joules] = [amount(emissions_g, mass), amount(energy_j, energy)];
  const same = grams !== null && joules !== null && grams.verb === joules.verb && grams.text !== joules.text;
  const told = [grams, joules].flatMap((one) => one ?? []);
  const what = same
    ? `${grams.verb} ${grams.text} and ${joules.text}`
    : [...new Set(told.map(({ verb, text }) => `${verb} ${text}`))].join(', ') || 'saved nothing';
  return estimate && (grams?.known ?? joules?.known) === true ? `${what} (estimate)` : what;
}

/** Three lines at most, for several; none where nothing was to be saved. */
export function sumText({ emissions_g, energy_j, estimated_g, estimated_j, of, unknown }: SavedSum): string[] {
  const told = (who: string, saved: Omit<SavedJson, 'how'>) =>
    saved.emissions_g.value === 0 && saved.energy_j.value === 0 ? [] : [`${who} ${savedText(saved)}`];
  return [
    ...told('pauses and moves', { emissions_g, energy_j, estimate: false }),
    ...told('stops', { emissions_g: estimated_g, energy_j: estimated_j, estimate: true }),
    ...(unknown > 0 ? [`what ${unknown} of these ${of} decisions saved is not all known`] : []),
  ];
}

interface Told {
  readonly verb: string;
  readonly text: string;
  readonly known: boolean;
}

/** What was saved, or what it cost; null where that is nothing. */
function amount(figure: FigureJson, write: (n: number) => string): Told | null {
  if (figure.value === null) return { verb: 'saved an unknown amount', text: `(${figure.why})`, known: false };
  const { value, low, high } = figure;
  if (value === 0 && low === high) return null;
  // Told as it is written: what cost something has its ends the other way round.
  const [least, most] = value < 0 ? [-high, -low] : [low, high];
  const signed = (n: number) => (n < 0 ? `−${write(-n)}` : write(n));
  const sure = low === value && high === value;
  const text = `${write(Math.abs(value))}${sure ? '' : ` (90 %: ${signed(least)} – ${signed(most)})`}`;
  return { verb: value < 0 ? 'cost' : 'saved', text, known: true };
}

/** What it saved stands below the decision. */
export const below = ([first, ...others]: readonly string[]): string[] => [
  first!,
  ...others.map((text) => `  ${text}`),
];

const MOST_LINES = 5;

/** The latest few, with what there is beside them; empty where nothing was decided. */
export function decisionLines({
  decisions,
  saved,
  run,
}: {
  decisions: readonly DecisionJson[];
  saved: SavedSum;
  run: string;
}) {
  if (decisions.length === 0) return [];
  const left = decisions.length - MOST_LINES;
  return [
    ...(left > 0 ? [`${left} before these: joulebook budget log --run ${run}`] : []),
    ...decisions.slice(-MOST_LINES).flatMap((one) => below(decisionTexts(one))),
    ...(decisions.filter((one) => one.saved !== null).length > 1 ? sumText(saved) : []),
  ];
}
