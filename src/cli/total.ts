// joulebook total: every run and monitor of the ledger as one account, as text, JSON or CSV.

import { settingsOf } from '../app/settings.ts';
import { divisionsOf, totalOf } from '../app/totals.ts';
import { usage } from '../core/fault.ts';
import { csvText } from '../exchange/rows.ts';
import type { TotalBy } from '../report/total.ts';
import { totalRows, totalText } from '../report/total-text.ts';
import { colorOn, stripOptions } from './color.ts';
import { foldedFor } from './fold.ts';
import { timeOf } from './options.ts';

export interface TotalCommand {
  since?: string;
  until?: string;
  by?: string;
  tz?: string;
  json?: boolean;
  csv?: boolean;
  ledger?: string;
}

/** Rejects with a Fault. */
export async function total(options: TotalCommand): Promise<void> {
  if (options.json && options.csv) throw usage('--json and --csv exclude each other', 'give one form');
  const by = divisionsOf(options.by);
  const window = windowOf(options, by);
  const { folder } = await settingsOf(options);
  const made = await totalOf(folder, { ...window, by, time_zone: options.tz ?? 'UTC' });
  if (options.json) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  else if (options.csv) process.stdout.write(csvText(totalRows(made)));
  else {
    const text = totalText(made, { ...stripOptions(process.stdout), color: colorOn(process.stdout) });
    process.stdout.write(foldedFor(text, process.stdout));
  }
}

/** The window of --since and --until; --tz is of months. Throws Fault usage. */
export function windowOf(
  { since, until, tz }: Pick<TotalCommand, 'since' | 'until' | 'tz'>,
  by: readonly TotalBy[],
): { since_ms: number | null; until_ms: number | null } {
  if (tz !== undefined && !by.includes('month')) throw usage('--tz is of months', 'give --by month too');
  const [since_ms, until_ms] = [timeOf('--since', since), timeOf('--until', until)];
  if (since_ms !== null && until_ms !== null && since_ms >= until_ms)
    throw usage('--since is not before --until', 'give the beginning first');
  return { since_ms, until_ms };
}
