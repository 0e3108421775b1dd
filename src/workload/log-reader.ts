// Reads steps from raw output, whichever of the known formats it is in. Never throws, whatever comes.
//
// Several formats may tell of one job: the trainer's records, a library's own count beside them, a progress bar. What is
// worth less is left out once something worth more has told a step; a guess is left out once anything else has.

import { fault } from '../core/fault.ts';
import { FORMAT_NAMES, FORMATS } from './formats/all.ts';
import { createBarTracker } from './formats/bar-tracker.ts';
import { hfDict } from './formats/hf-dict.ts';
import { jsonLines } from './formats/json-lines.ts';
import { patternFormat } from './formats/pattern.ts';
import { phases } from './formats/phases.ts';
import { createLineSplitter, type LineSplitter as Lines } from './lines.ts';
import { splitPrefix } from './prefix.ts';
import { type LineReader, type LogFormat, type Step, TRUST } from './step.ts';

export { FORMAT_NAMES };

export interface StepReader {
  push(chunk: Buffer, at_ms: number): void;
  end(at_ms: number): void;
  /** The format seen last; null before the first step. */
  readonly format: string | null;
  /** Lines too long to be looked at. */
  readonly dropped: number;
  /** Takes the bytes of another stream of the same program: a bar on stderr tells the step of a record on stdout. */
  readonly other: Pick<StepReader, 'push'>;
}

/** auto, none, a name of FORMAT_NAMES, or a regular expression with named groups (formats/pattern.ts). */
export type FormatChoice = string | { readonly pattern: string };

/** Only records of JSON and Python's are longer than that. */
const LONGEST_TEXT = 1 << 14;
const LONG: ReadonlySet<LogFormat> = new Set([jsonLines, hfDict]);
const WORTH = Object.fromEntries(TRUST.map((trust, i) => [trust, i])) as Record<LogFormat['trust'], number>;
const GUESS = WORTH.guess;

/**
 * A reader of one stream, or two of one program; steps come out as their lines end. Throws Fault usage for a format that is not known or a
 * pattern that cannot be used.
 */
export function createStepReader(
  onStep: (step: Step) => void,
  { format = 'auto' }: { readonly format?: FormatChoice } = {},
): StepReader {
  const formats = formatsOf(format);
  const bars = createBarTracker();
  const onLine = (line: string, at_ms: number, beside: () => Lines) => {
    if (line === '') return;
    const { text, rank } = splitPrefix(line);
    const drawn = beside().unfinished(); // a bar ends when the next one is drawn
    if (drawn !== null) bars.see(drawn.text, drawn.at_ms);
    const bar = text.length > LONGEST_TEXT ? null : bars.see(text, at_ms);
    const step = detector.read({ text, at_ms, bar, bars });
    if (step === null) return;
    for (const own of bars.due()) onStep(own);
    if (step.phase === 'eval') bars.evaluated();
    onStep(rank === null || step.rank !== null ? step : { ...step, rank });
  };
  const markers = markersOf(formats);
  const one: Lines = createLineSplitter({ markers, onLine: (line, at_ms) => onLine(line, at_ms, () => other) });
  const other: Lines = createLineSplitter({ markers, onLine: (line, at_ms) => onLine(line, at_ms, () => one) });
  const detector = createDetector(formats, (marker) => {
    for (const lines of [one, other]) lines.watch(marker);
  });
  const push = ({ push }: Lines) => (formats.length === 0 ? () => {} : push);
  return {
    push: push(one),
    end(at_ms) {
      for (const lines of [one, other]) lines.end(at_ms);
      bars.end();
      for (const own of bars.due()) onStep(own);
    },
    get format() {
      return detector.format;
    },
    get dropped() {
      return one.dropped + other.dropped;
    },
    other: { push: push(other) },
  };
}

/** The formats that are tried. Throws Fault usage where there is none of that name. */
export function formatsOf(choice: FormatChoice): readonly LogFormat[] {
  if (typeof choice !== 'string') return [patternFormat(choice.pattern)];
  if (choice === 'none') return [];
  if (choice === 'auto') return [...FORMATS, phases];
  const named = FORMATS.find(({ name }) => name === choice);
  if (named !== undefined) return [named, phases];
  const hint = `one of auto, none, ${FORMAT_NAMES.join(', ')}, or a regular expression: /step (?<step>\\d+)/`;
  throw fault('usage', { facts: { problem: `there is no log format "${choice}"`, hint } });
}

function markersOf(formats: readonly LogFormat[]): string[] {
  if (formats.some(({ markers }) => markers.length === 0)) return [];
  const all = new Set(formats.flatMap(({ markers }) => markers));
  // Whatever has the longer one in it has the shorter.
  return [...all].filter((marker) => ![...all].some((other) => other !== marker && marker.includes(other)));
}

interface Entry {
  readonly format: LogFormat;
  readonly worth: number;
  readonly read: LineReader;
}

/** Offers each line to the format seen last, then to the others. */
function createDetector(
  formats: readonly LogFormat[],
  watch: (marker: string) => void,
): { read: LineReader; readonly format: string | null } {
  const order: Entry[] = formats
    .map((format) => ({ format, worth: WORTH[format.trust], read: format.open(watch) }))
    .sort((a, b) => Number(a.worth === GUESS) - Number(b.worth === GUESS));
  let winner: Entry | null = null;
  /** The least that counts by now. */
  let least = GUESS;

  const took = (entry: Entry, step: Step) => {
    if (entry.format === phases) return;
    winner = entry;
    if (entry.worth > GUESS) {
      if (order[0] !== entry) order.unshift(...order.splice(order.indexOf(entry), 1));
      least = Math.max(least, GUESS + 1);
    }
    if (step.step !== null && step.phase !== 'eval') least = Math.max(least, entry.worth);
  };
  return {
    read(line) {
      const long = line.text.length > LONGEST_TEXT;
      for (const entry of order) {
        if (entry.worth < least && entry.format !== phases) continue;
        if (long && !LONG.has(entry.format)) continue;
        const step = entry.read(line);
        if (step === null) continue;
        took(entry, step);
        return step;
      }
      return null;
    },
    get format() {
      return winner?.format.name ?? null;
    },
  };
}
