// joulebook waste: what of the ledger's energy was wasted, on what, and what that would save, as text, JSON or CSV.

import { settingsOf } from '../app/settings.ts';
import { divisionsOf } from '../app/totals.ts';
import { checkWasteBy, wasteIn } from '../app/waste.ts';
import { usage } from '../core/fault.ts';
import { csvText } from '../exchange/rows.ts';
import { findRun } from '../ledger/runs.ts';
import { wasteRows, wasteText } from '../report/waste-text.ts';
import { colorOn, stripOptions } from './color.ts';
import { foldedFor } from './fold.ts';
import { type TotalCommand, windowOf } from './total.ts';

/** Rejects with a Fault. */
export async function waste(runs: readonly string[], options: TotalCommand): Promise<void> {
  if (options.json && options.csv) throw usage('--json and --csv exclude each other', 'give one form');
  const by = divisionsOf(options.by);
  checkWasteBy(by);
  const { folder } = await settingsOf(options);
  const chosen = runs.map((run) => findRun(folder, run).record.id);
  const made = await wasteIn(folder, {
    ...{ ...windowOf(options, by), by, time_zone: options.tz ?? 'UTC' },
    ...(chosen.length === 0 ? {} : { runs: new Set(chosen) }),
  });
  if (options.json) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  else if (options.csv) process.stdout.write(csvText(wasteRows(made)));
  else {
    const text = wasteText(made, { ...stripOptions(process.stdout), color: colorOn(process.stdout) });
    process.stdout.write(foldedFor(text, process.stdout));
  }
}
