// Reads training steps that people bring as CSV: timestamp, step, and any of tokens (cumulative), samples, epoch,
// loss, lr, phase. Rows that cannot be understood are left out and counted with their reason.

import { readFile } from 'node:fs/promises';
import { fault, reasonOf } from '../core/fault.ts';
import { parseTimestamp, TIME_FORMS } from '../core/timestamp.ts';
import { type Step, stepOf } from './step.ts';

export interface StepsFile {
  /** Sorted by time. */
  readonly steps: Step[];
  readonly columns: readonly string[];
  readonly rejected: ReadonlyMap<string, { count: number; first: number }>;
}

const NUMBERS = ['step', 'tokens', 'samples', 'epoch', 'loss', 'lr', 'batch'] as const;

/** Reads a steps file (docs/formats/files.md). Rejects with Fault file-unreadable, file-bad. */
export async function readSteps(file: string): Promise<StepsFile> {
  const { parse } = await import('csv-parse/sync');
  let rows: Record<string, string>[];
  try {
    const text = await readFile(file, 'utf8');
    rows = parse(text, {
      columns: (header: string[]) => header.map((name) => name.trim()),
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  const names = Object.keys(rows[0] ?? {});
  for (const needed of ['timestamp', 'step']) {
    if (names.includes(needed)) continue;
    const problem = `there is no column "${needed}" (found: ${names.join(', ') || 'nothing'})`;
    throw fault('file-bad', {
      facts: {
        file,
        where: '',
        problem,
        hint: 'columns: timestamp, step, and any of tokens, samples, epoch, loss, lr, phase',
      },
    });
  }
  const rejected = new Map<string, { count: number; first: number }>();
  const steps = rows.flatMap((row, i): Step[] => {
    const step = rowStep(row);
    if (typeof step !== 'string') return [step];
    const known = rejected.get(step);
    if (known === undefined) rejected.set(step, { count: 1, first: i + 2 });
    else known.count++;
    return [];
  });
  const known = new Set<string>(['timestamp', 'phase', ...NUMBERS]);
  return {
    steps: steps.sort((a, b) => a.at_ms - b.at_ms),
    columns: names.map((name) => `${name}: ${known.has(name) ? name : 'not used'}`),
    rejected,
  };
}

function rowStep(row: Record<string, string>): Step | string {
  const at_ms = parseTimestamp(row.timestamp ?? '');
  if (at_ms === null) return `a step timestamp that is ${TIME_FORMS}`;
  const values: Partial<Record<(typeof NUMBERS)[number], number | null>> = {};
  for (const name of NUMBERS) {
    const text = row[name] ?? '';
    const value = text === '' ? null : Number(text);
    if (value !== null && Number.isNaN(value) && name !== 'loss') return `${name} is not a number`;
    values[name] = value !== null && Number.isFinite(value) ? value : null;
  }
  const { step = null, tokens = null, samples = null, epoch = null, loss = null, lr = null, batch = null } = values;
  const phase = row.phase === undefined || row.phase === '' ? null : row.phase;
  const tokens_are = tokens === null ? null : 'cumulative';
  return stepOf(at_ms, { step, epoch, tokens, tokens_are, samples, batch, lr, loss, phase });
}
