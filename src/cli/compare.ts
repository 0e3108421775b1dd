// joulebook compare: runs, or groups of runs by tag, against the first, as text, JSON, Markdown or CSV.

import { comparisonOf, sidesOf, targetOf } from '../app/comparisons.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { csvText } from '../exchange/rows.ts';
import { compareMarkdown, compareRows } from '../report/compare-files.ts';
import { compareText } from '../report/compare-text.ts';
import { colorOn, stripOptions } from './color.ts';
import { foldedFor } from './fold.ts';

export interface CompareCommand {
  group?: readonly string[];
  target?: string;
  quality?: string;
  json?: boolean;
  md?: boolean;
  csv?: boolean;
  html?: string;
  ledger?: string;
}

/** Rejects with a Fault. */
export async function compare(runs: readonly string[], options: CompareCommand): Promise<void> {
  const forms = (['json', 'md', 'csv', 'html'] as const).filter((form) => options[form]);
  if (forms.length > 1) throw usage(`--${forms[0]} and --${forms[1]} exclude each other`, 'give one form');
  const target = options.target === undefined ? null : targetOf(options.target);
  const { folder } = await settingsOf(options);
  const sides = sidesOf(folder, { runs, groups: options.group ?? [] });
  const made = await comparisonOf(folder, sides, { target, quality: options.quality ?? null });
  if (options.html !== undefined) {
    const { writeAlone } = await import('./alone.ts');
    const title = made.sides.map(({ label }) => label).join(', ');
    await writeAlone({ kind: 'compare', compare: made }, { file: options.html, title, ledger: folder });
  } else if (options.json) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  else if (options.csv) process.stdout.write(csvText(compareRows(made)));
  else if (options.md) process.stdout.write(compareMarkdown(made));
  else {
    const { columns } = stripOptions(process.stdout);
    const text = compareText(made, { columns, color: colorOn(process.stdout), fit: process.stdout.isTTY });
    process.stdout.write(foldedFor(text, process.stdout));
  }
}
