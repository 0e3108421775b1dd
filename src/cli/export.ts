// joulebook export: runs in other tools' formats, to stdout or into a file.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stoodStill } from '../app/as-of.ts';
import { accountsOf, ghgOf, runsMeant } from '../app/exports.ts';
import { runsOfModel } from '../app/model-account.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import type { Account, Accounts } from '../exchange/account.ts';
import type { Co2Entry } from '../exchange/model-card.ts';
import { csvText, flatRow, isText } from '../exchange/rows.ts';
import { putWhereTold } from '../ledger/durable.ts';
import type { SciOptions, SciRuns } from './export-sci.ts';
import { oneOf } from './options.ts';
import { momentOf } from './report.ts';

declare const JOULEBOOK_VERSION: string;

export const FORMATS = [
  'csv',
  'json',
  'parquet',
  'codecarbon',
  'card',
  'latex',
  'markdown',
  'sci',
  'sci-ai',
  'mlflow',
  'wandb',
  'ghg',
] as const;
type Format = (typeof FORMATS)[number];

export interface ExportOptions extends SciOptions {
  format: string;
  model?: string;
  asOf?: string;
  out?: string;
  tz?: string;
  trainingType?: string;
  location?: string;
  json?: boolean;
  ledger?: string;
}

/** Writes the runs. Rejects with a Fault. */
export async function exportRuns(wanted: readonly string[], options: ExportOptions): Promise<void> {
  const format = oneOf('--format', options.format, FORMATS);
  if (options.out === undefined && Object.hasOwn(OUT_HINT, format))
    throw usage(`--format ${format} needs --out`, OUT_HINT[format as 'card']);
  if (options.json && options.out === undefined)
    throw usage('--json tells what was written: it needs --out', 'give --out FILE');
  const as_of_ms = momentOf(options);
  const { folder: ledger } = await settingsOf(options);
  const { entries, model, bases } = meantBy(ledger, wanted, { as_of_ms, model: options.model });
  const out = options.out === undefined ? null : resolve(options.out);
  const text = await made({ ledger, entries, model, bases, as_of_ms }, { ...options, format, out });
  if (out === null) {
    process.stdout.write(text ?? '');
    return;
  }
  if (text !== null) put(out, text);
  const runs = entries.map(({ record }) => record.id);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ schema: 'joulebook/export/v1', format, runs, file: options.out }, null, 2)}\n`,
    );
  else
    process.stderr.write(`joulebook: ${runs.length} run${runs.length === 1 ? '' : 's'} → ${options.out} (${format})\n`);
}

/** Runs that are named, or all that led to a model. Throws a Fault. */
function meantBy(
  ledger: string,
  wanted: readonly string[],
  { as_of_ms, model }: { readonly as_of_ms: number | undefined; readonly model: string | undefined },
): Pick<SciRuns, 'entries' | 'model' | 'bases'> {
  if (wanted.length > 0 === (model !== undefined))
    throw usage(
      model === undefined ? 'no run is named' : '--model names the runs: no others can be named beside it',
      'name runs by id, name or last, or all runs that led to a model: --model NAME',
    );
  if (model === undefined) return { entries: runsMeant(ledger, wanted, { as_of_ms }), model: null, bases: [] };
  const family = runsOfModel(ledger, model, as_of_ms);
  if (as_of_ms !== undefined) for (const { entry } of family.own) stoodStill(entry, as_of_ms);
  const bases = family.bases.map((base) => ({ model: base.model, runs: base.runs.map(({ id }) => id) }));
  return { entries: family.own.map(({ entry }) => entry), model, bases };
}

const OUT_HINT = {
  parquet: 'give the file: --out runs.parquet',
  card: 'give the model card: --out README.md; the rest of it stays as it is',
  mlflow: 'give the folder of the run: --out mlruns/EXPERIMENT/RUN',
  wandb: "give the folder of W&B's runs: --out wandb",
};

interface Asked extends Omit<ExportOptions, 'format' | 'out'> {
  readonly format: Format;
  readonly out: string | null;
}

/** The text to write; null where the exporter has written it itself. */
async function made(meant: SciRuns, asked: Asked): Promise<string | null> {
  const { ledger, entries, as_of_ms } = meant;
  if (asked.format === 'ghg') {
    const { runs, twice } = await ghgOf(ledger, entries, { as_of_ms });
    return (await import('../exchange/ghg.ts')).ghgText(runs, twice);
  }
  if (asked.format === 'sci' || asked.format === 'sci-ai') {
    const { sci, sciAi } = await import('./export-sci.ts');
    return `${JSON.stringify(await (asked.format === 'sci' ? sci : sciAi)(meant, asked), null, 2)}\n`;
  }
  const all = await accountsOf(ledger, entries, { as_of_ms });
  const { accounts } = all;
  switch (asked.format) {
    case 'csv':
      return csvText(accounts.map(flatRow));
    case 'json':
      return json(all);
    case 'parquet':
      await parquet(asked.out!, accounts);
      return null;
    case 'codecarbon': {
      const { zoneTime } = await import('../core/zone-time.ts');
      return (await import('../exchange/codecarbon-export.ts')).codeCarbonText(accounts, zoneTime(asked.tz));
    }
    case 'card':
      return card(all, asked);
    case 'mlflow':
      (await import('../exchange/mlflow.ts')).writeMlflow(asked.out!, only(accounts, 'mlflow'));
      return null;
    case 'wandb':
      for (const account of accounts)
        (await import('../exchange/wandb.ts')).writeWandb(asked.out!, account, JOULEBOOK_VERSION);
      return null;
    case 'latex':
    case 'markdown': {
      const { LATEX, MARKDOWN } = await import('../exchange/statement-words.ts');
      return (await import('../exchange/statement.ts')).statement(
        all,
        asked.format === 'latex' ? LATEX : MARKDOWN,
        JOULEBOOK_VERSION,
      );
    }
  }
}

function json({ accounts, shared_j }: Accounts): string {
  return `${JSON.stringify({ schema: 'joulebook/runs-export/v1', runs: accounts.map(flatRow), shared_j }, null, 2)}\n`;
}

async function parquet(file: string, accounts: readonly Account[]): Promise<void> {
  const rows = accounts.map(flatRow);
  const columns = Object.keys(rows[0]!).map((name) => ({
    name,
    type: isText(name) ? ('VARCHAR' as const) : ('DOUBLE' as const),
  }));
  await (await import('../ledger/parquet-out.ts')).writeParquet(file, columns, rows);
}

function only(accounts: readonly Account[], format: Format): Account {
  if (accounts.length === 1) return accounts[0]!;
  throw usage(`--format ${format} takes one run, ${accounts.length} were named`, 'export them one by one');
}

async function card(all: Accounts, { out, trainingType, location }: Asked): Promise<string> {
  const { totalEmissions } = await import('../exchange/account.ts');
  const { editCard } = await import('../exchange/model-card.ts');
  const { accounts } = all;
  const emissions = totalEmissions(all);
  if (emissions === null) {
    const [one] = accounts.filter((account) => account.emissions.operational_g.value === null);
    const why = one!.emissions.operational_g.value === null ? one!.emissions.operational_g.why : '';
    throw usage(
      `the emissions of run ${one!.run.id} are not known: ${why}`,
      'a model card has no place for what is not known',
    );
  }
  const zones = [...new Set(accounts.flatMap(({ run }) => (run.zone === null ? [] : [run.zone])))];
  const entry: Co2Entry = {
    emissions: emissions.value,
    source: `joulebook ${JOULEBOOK_VERSION} (operational emissions, location-based, without embodied emissions; runs ${accounts.map(({ run }) => run.id).join(', ')})`,
    training_type:
      trainingType === undefined ? null : oneOf('--training-type', trainingType, ['pre-training', 'fine-tuning']),
    geographical_location: location ?? (zones.length === 0 ? null : zones.join(', ')),
    hardware_used: hardwareOf(accounts),
  };
  return editCard(out!, existsSync(out!) ? read(out!) : '', entry);
}

function hardwareOf(accounts: readonly Account[]): string | null {
  const counts = new Map<string, number>();
  for (const { energy } of accounts) {
    const own = new Map<string, number>();
    for (const { kind, name, charged } of energy.devices)
      if (charged && ['gpu', 'cpu-package', 'module'].includes(kind)) own.set(name, (own.get(name) ?? 0) + 1);
    for (const [name, count] of own) counts.set(name, Math.max(counts.get(name) ?? 0, count));
  }
  return counts.size === 0
    ? null
    : [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(', ');
}

/** The text of a file whose bytes can be written again as they were. */
function read(file: string): string {
  try {
    const bytes = readFileSync(file);
    const text = bytes.toString('utf8');
    if (Buffer.from(text).equals(bytes)) return text;
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  throw fault('file-bad', { facts: { file, where: '', problem: 'it is not UTF-8', hint: 'save it as UTF-8' } });
}

function put(file: string, text: string): void {
  try {
    putWhereTold(file, text);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}
