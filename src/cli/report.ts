// joulebook report and joulebook runs.

import { checkedMoment, findRunAsOf } from '../app/as-of.ts';
import { type OfGit, ofGit } from '../app/commits.ts';
import { reportOf, runsOf } from '../app/reports.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { findRun } from '../ledger/runs.ts';
import { reportCsv, reportMarkdown } from '../report/files.ts';
import { duration, energy, mass } from '../report/format.ts';
import { BY } from '../report/model.ts';
import { reportText, rowsText } from '../report/text.ts';
import { workingFolder } from '../run/identity.ts';
import { colorOn } from './color.ts';
import { foldedFor } from './fold.ts';
import { oneOf, timeOf } from './options.ts';

export interface ReportOptions {
  by?: string;
  zones?: string;
  asOf?: string;
  json?: boolean;
  md?: boolean;
  csv?: boolean;
  html?: string;
  ledger?: string;
}

/** Prints the report of one run as text, JSON, Markdown or CSV. Rejects with a Fault. */
export async function report(wanted: string, options: ReportOptions): Promise<void> {
  const forms = (['json', 'md', 'csv', 'html'] as const).filter((form) => options[form]);
  if (forms.length > 1) {
    throw fault('usage', {
      facts: { problem: `--${forms.join(' and --')} exclude each other`, hint: 'give one form' },
    });
  }
  if (options.html !== undefined) return reportPage(wanted, { ...options, html: options.html });
  const by = options.by === undefined ? undefined : oneOf('--by', options.by, BY);
  const { folder: ledger } = await settingsOf(options);
  const as_of_ms = momentOf(options);
  const entry = as_of_ms === undefined ? findRun(ledger, wanted) : findRunAsOf(ledger, wanted, as_of_ms);
  const made = await reportOf(ledger, entry, {
    zones: zonesOf(options),
    ...(by === undefined ? {} : { by }),
    ...(as_of_ms === undefined ? {} : { as_of_ms }),
  });
  if (options.json) return print(`${JSON.stringify(made, null, 2)}\n`);
  if (options.md) return print(reportMarkdown(made));
  if (options.csv) return print(reportCsv(made));
  const color = colorOn(process.stdout);
  print(foldedFor(reportText(made, color), process.stdout) + (by === undefined ? '' : `\n${rowsText(made)}`));
}

/** The report as a page that stands alone. Rejects with a Fault. */
async function reportPage(wanted: string, options: ReportOptions & { html: string }): Promise<void> {
  if (options.by !== undefined || options.asOf !== undefined)
    throw usage(
      '--html is of all that is known now',
      'leave out --by and --as-of: the page has epochs and tokens in it',
    );
  const { folder: ledger, cache } = await settingsOf(options);
  const entry = findRun(ledger, wanted);
  const [{ runAlone }, { writeAlone }] = await Promise.all([import('../server/alone/run.ts'), import('./alone.ts')]);
  const told = await runAlone({ ledger, cache, entry, zones: zonesOf(options) });
  const title = entry.record.name ?? entry.record.id;
  await writeAlone({ kind: 'run', ...told }, { file: options.html, title, ledger });
}

const zonesOf = ({ zones = '' }: ReportOptions): string[] => zones.split(',').flatMap((zone) => zone.trim() || []);

/** --as-of, epoch ms. Throws Fault usage for a moment that is none or lies ahead. */
export function momentOf({ asOf }: { readonly asOf?: string }): number | undefined {
  const as_of_ms = timeOf('--as-of', asOf) ?? undefined;
  if (as_of_ms !== undefined) checkedMoment(as_of_ms, Date.now());
  return as_of_ms;
}

/** Prints the runs of the ledger, newest first. Rejects with a Fault. */
export async function runs({
  asOf,
  ...options
}: Omit<ReportOptions, 'by' | 'md' | 'csv' | 'html'> & OfGit): Promise<void> {
  const { folder: ledger } = await settingsOf(options);
  const only = ofGit(options, workingFolder());
  const made = await runsOf(ledger, { as_of_ms: momentOf(asOf === undefined ? {} : { asOf }), only });
  if (options.json) return print(`${JSON.stringify(made, null, 2)}\n`);
  for (const { message } of made.warnings) process.stderr.write(`joulebook: ${message}\n`);
  if (made.runs.length === 0) {
    const asked = options.commit !== undefined || options.branch !== undefined;
    return print(asked ? 'no runs of that commit or branch\n' : 'no runs yet: joulebook run -- CMD\n');
  }
  const rows = made.runs.map((run) => [
    run.id,
    run.name ?? '',
    run.state,
    new Date(run.started_at_ms).toISOString().slice(0, 16).replace('T', ' '),
    duration(run.duration_s),
    run.it_j.value === null ? 'unknown' : energy(run.it_j.value),
    run.total_g.value === null ? 'unknown' : mass(run.total_g.value),
    run.command
      .join(' ')
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, 40),
  ]);
  const table = [['run', 'name', 'state', 'started (UTC)', 'duration', 'IT energy', 'total CO2e', 'command'], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  print(
    table
      .map(
        (cells) =>
          `${cells
            .map((cell, i) => cell.padEnd(widths[i]!))
            .join('  ')
            .trimEnd()}\n`,
      )
      .join(''),
  );
}

function print(text: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // a reader that has seen enough is no fault
    process.stderr.write(`joulebook: cannot write the result: ${error.message}\n`);
    process.exitCode = 1;
  });
  process.stdout.write(text);
}
