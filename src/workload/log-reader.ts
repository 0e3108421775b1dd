// Reads steps from raw output, whichever of the known formats it is in. Never throws, whatever comes.

import { hfDict } from './formats/hf-dict.ts';
import { jsonLines } from './formats/json-lines.ts';
import { createLineSplitter } from './lines.ts';
import type { LogFormat, Step } from './step.ts';

export interface StepReader {
  push(chunk: Buffer, at_ms: number): void;
  end(at_ms: number): void;
  /** The format seen last; null before the first step. */
  readonly format: string | null;
  /** Lines too long to be looked at. */
  readonly dropped: number;
}

const FORMATS: readonly LogFormat[] = [jsonLines, hfDict];

/** A reader of one stream; steps come out as their lines end. */
export function createStepReader(onStep: (step: Step) => void): StepReader {
  let winner: LogFormat | null = null;
  const splitter = createLineSplitter({
    marker: '{'.charCodeAt(0),
    onLine(line, at_ms) {
      for (const format of winner === null ? FORMATS : [winner, ...FORMATS.filter((f) => f !== winner)]) {
        const step = format.parse(line, at_ms);
        if (step === null) continue;
        winner = format;
        onStep(step);
        return;
      }
    },
  });
  return {
    push: (chunk, at_ms) => splitter.push(chunk, at_ms),
    end: (at_ms) => splitter.end(at_ms),
    get format() {
      return winner?.name ?? null;
    },
    get dropped() {
      return splitter.dropped;
    },
  };
}
