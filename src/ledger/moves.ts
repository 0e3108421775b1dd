// Moves of a run to another place: move.NNNNNN.json, and one small file for each step that a move has come to.
//
// Each file is made once and by one process, so whoever finds a move cut off knows what is left to do. `taken` is the one that
// decides: who makes it may start the job over there, or has seen to it that nobody may.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOnce } from './durable.ts';
import { parseText } from './kept.ts';
import { createNext, readNumbered, type Sequel } from './numbered.ts';
import { isAlive, type ProcessName, thisProcess } from './process.ts';
import { type MoveRecord, type MoveStep, runFolder } from './records.ts';
import type { RunEntry } from './runs.ts';
import { isMove, isMoveStep } from './shapes.ts';

export const MOVE_STEPS = ['stopped', 'submitted', 'taken'] as const;
export type MoveStepName = (typeof MOVE_STEPS)[number];

export interface Move extends MoveRecord {
  readonly number: number;
  /** The job is gone here. */
  readonly stopped: MoveStep | null;
  /** The command that sends it ended well. */
  readonly submitted: MoveStep | null;
  /** Who started it over there; `by` null: it was withdrawn. */
  readonly taken: MoveStep | null;
}

const MOVES: Sequel<MoveRecord> = { stem: 'move', check: (value): value is MoveRecord => isMove(value) };

/** All moves of a run that can be understood, in order. Never throws. */
export function movesOf(ledger: string, run: string): Move[] {
  const folder = runFolder(ledger, run);
  return readNumbered(folder, MOVES).flatMap(({ number, value }): Move[] => {
    if (value === null) return [];
    const [stopped, submitted, taken] = MOVE_STEPS.map((step) => readStep(stepFile(folder, number, step)));
    return [{ ...value, number, stopped: stopped!, submitted: submitted!, taken: taken! }];
  });
}

/** Says that the job is about to be ended here; returns the move's number. Throws what the file system says. */
export const createMove = (ledger: string, run: string, move: Omit<MoveRecord, 'schema'>): number =>
  createNext(runFolder(ledger, run), MOVES, () => ({ schema: 'joulebook/move/v1', ...move }))!.number;

/** Says that a move has come to a step; false where that was said before. Throws what the file system says. */
export function stepMove(
  at: { readonly ledger: string; readonly run: string; readonly number: number },
  step: MoveStepName,
  said: Pick<MoveStep, 'by' | 'how'>,
): boolean {
  const record: MoveStep = { schema: 'joulebook/move-step/v1', at_ms: Date.now(), ...said };
  return createOnce(stepFile(runFolder(at.ledger, at.run), at.number, step), `${JSON.stringify(record)}\n`);
}

/** What is left to do of a run's newest move. */
export type Unfinished =
  /** Somebody is at it. */
  | { readonly what: 'moving'; readonly move: Move }
  /** The job may live on here, where nobody meters it. */
  | { readonly what: 'stop'; readonly move: Move }
  | { readonly what: 'submit'; readonly move: Move }
  /** It was sent, and has not begun over there. */
  | { readonly what: 'waiting'; readonly move: Move }
  /** Who took it never started it, or it was withdrawn when the job was gone: it is to be sent anew. */
  | { readonly what: 'anew'; readonly move: Move };

/** Null: no move was made, or the last one is over. */
export function unfinishedMove(ledger: string, { record, writers }: RunEntry, self = thisProcess()): Unfinished | null {
  const move = movesOf(ledger, record.id).at(-1);
  if (move === undefined) return null;
  const { taken, stopped, submitted } = move;
  if (taken !== null) {
    const began = writers.some(
      (writer) => taken.by !== null && (isSame(writer.record, taken.by) || writer.record.started_at_ms > taken.at_ms),
    );
    // Whoever took it may be at it where that cannot be read.
    if (began || taken === UNREAD || (taken.by === null && stopped === null)) return null;
    return taken.by === null || isAlive(taken.by, self) === false ? { what: 'anew', move } : null;
  }
  if (submitted === null && !isSame(move.by, self) && isAlive(move.by, self) === true) return { what: 'moving', move };
  if (stopped === null) return { what: 'stop', move };
  return { what: submitted === null ? 'submit' : 'waiting', move };
}

const isSame = (a: ProcessName, b: ProcessName): boolean =>
  a.pid === b.pid && a.host === b.host && a.boot_id === b.boot_id && a.pid_start === b.pid_start;

const stepFile = (folder: string, number: number, step: MoveStepName): string =>
  join(folder, `move.${String(number).padStart(6, '0')}.${step}.json`);

const UNREAD: MoveStep = { schema: 'joulebook/move-step/v1', at_ms: 0, by: null, how: 'it cannot be read' };

/** One that cannot be understood counts all the same: nobody can make it again. */
function readStep(file: string): MoveStep | null {
  if (!existsSync(file)) return null;
  try {
    return parseText<MoveStep>(readFileSync(file, 'utf8'), isMoveStep) ?? UNREAD;
  } catch {
    return UNREAD;
  }
}
