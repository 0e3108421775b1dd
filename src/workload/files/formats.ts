// Which format a file is in, by its name where that says so, else by its first bytes; and which files of a folder count.

import type { FormatChoice } from '../log-reader.ts';
import { csv, isHeader } from './csv.ts';
import { isMetric, metricOf, mlflowRun } from './mlflow.ts';
import type { FileFormat } from './port.ts';
import { text } from './text.ts';
import { startsEvents, tfevents } from './tfevents.ts';
import { trainerLog } from './trainer-log.ts';
import { trainerState } from './trainer-state.ts';
import { startsRun, wandb } from './wandb.ts';

/** So many bytes are enough to tell. */
export const HEAD_BYTES = 4096;

/**
 * The format of a file with these first bytes; null while they do not tell yet. `last`: no more will come. `lines`: the
 * format that its lines are said to be in, where one is said.
 */
export function formatOf(path: string, head: Buffer, last: boolean, lines: FormatChoice = 'auto'): FileFormat | null {
  const named = byName(path);
  if (named !== null) return named;
  if (startsRun(head)) return wandb;
  if (startsEvents(head)) return tfevents;
  if (lines !== 'auto') return text;
  const line = firstLine(head);
  if (line === null && head.length < HEAD_BYTES && !last) return null;
  const begins = line ?? head.toString('utf8');
  if (isHeader(begins)) return csv;
  return isMetric(begins) ? mlflowRun() : text;
}

function byName(path: string): FileFormat | null {
  const name = path.split(/[/\\]/).at(-1)!;
  if (name.includes('.tfevents.')) return tfevents;
  if (name === 'trainer_state.json') return trainerState;
  if (name === 'trainer_log.jsonl') return trainerLog;
  return name.endsWith('.wandb') ? wandb : null;
}

function firstLine(head: Buffer): string | null {
  const [lf, cr] = [head.indexOf(10), head.indexOf(13)].map((at) => (at < 0 ? head.length : at)) as [number, number];
  return Math.min(lf, cr) === head.length ? null : head.toString('utf8', 0, Math.min(lf, cr));
}

/** What a folder may hold, the one whose times are surest first: of several only the first that tells is listened to. */
export const KINDS = ['tensorboard', 'wandb', 'mlflow', 'llama-factory', 'csv', 'trainer-state'] as const;
export type Kind = (typeof KINDS)[number];

/** What a file below a folder is, by its name; null for one that is not read. */
export function kindOf(path: string): Kind | null {
  const named = byName(path);
  if (named !== null) return named.name as Kind;
  if (/[/\\]metrics\.csv$/.test(path)) return 'csv';
  return metricOf(path) === null ? null : 'mlflow';
}
