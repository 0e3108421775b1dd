// The commands of other tools' formats: import codecarbon|zeus|kepler|dcgm|carbontracker, and export.

import type { Command } from 'commander';
import { collect, example } from './help-text.ts';
import { lineage } from './lineage-commands.ts';

interface Import {
  readonly what: string;
  readonly file: string;
  readonly more: readonly [string, string][];
  readonly example: string;
}

const TZ: [string, string] = [
  '--tz <zone>',
  "of times without a zone, such as Europe/Berlin (default: this machine's)",
];
const START: [string, string] = ['--start <time>', 'when it began, where the file does not tell'];

const IMPORTS: Readonly<Record<string, Import>> = {
  codecarbon: {
    ...{ what: "CodeCarbon's emissions.csv: a run for each of its runs", file: 'emissions.csv, or a file of tasks' },
    ...{ more: [TZ], example: 'joulebook import codecarbon emissions.csv --tz Europe/Berlin' },
  },
  zeus: {
    ...{ what: "Zeus' log of windows, power trace or measurement", file: 'CSV or JSON' },
    ...{ more: [START], example: 'joulebook import zeus zeus.csv --zone FR' },
  },
  kepler: {
    ...{ what: "counters of Kepler's nodes, from Prometheus", file: "text format, dump, query_range's JSON or CSV" },
    ...{ more: [TZ], example: 'joulebook import kepler kepler.prom --zone DE' },
  },
  dcgm: {
    ...{
      what: "dcgm-exporter's metrics from Prometheus, or a table of dcgmi dmon",
      file: 'as for kepler, or the table',
    },
    more: [TZ, START, ['--every <duration>', "of a table: time between two lines of a GPU, dmon's -d (default: 1s)"]],
    example: 'joulebook import dcgm dmon.txt --start 2024-05-01T10:00Z --every 1s',
  },
  carbontracker: {
    ...{ what: "carbontracker's logs", file: 'a log, or the folder of logs' },
    ...{ more: [TZ], example: 'joulebook import carbontracker logs --tz UTC' },
  },
};

/** Adds the importers beside those that are there. */
export function addImports(imports: Command): void {
  for (const [format, { what, file, more, example: text }] of Object.entries(IMPORTS)) {
    const command = lineage(imports.command(format))
      .description(what)
      .argument('<file>', file)
      .option('--name <name>', 'a name to find the run by (default: what the file calls it)')
      .option('--zone <zone>', 'electricity grid zone or place (default: what the file tells)')
      .option('--pue <number[:low-high]>', 'power usage effectiveness (default: what the file tells)')
      .option('--tag <k=v>', 'a tag, repeatable', collect)
      .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh, or a file of prices')
      .option('--account <file>', 'what further lines are made with, as the account section of joulebook.yaml')
      .option('--intensity <file>', 'grid intensity as CSV: timestamp, gco2e_per_kwh');
    for (const [flag, words] of more) command.option(flag, words);
    command
      .option('--again', 'also a file that is in the ledger already')
      .option('--json', 'what was made of the file, as JSON (joulebook/import/v1)')
      .option('--ledger <dir>', 'where to keep the record')
      .addHelpText('after', example(text))
      .action(async (path: string, options) =>
        (await import('./import-foreign.ts')).importForeign(format as 'codecarbon', path, options),
      );
  }
}

/** Adds joulebook export. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description("runs in other tools' formats")
    .argument('[run...]', 'ids, their beginnings, names, or last')
    .requiredOption(
      '--format <format>',
      'csv, json, parquet, codecarbon, card, latex, markdown, sci, sci-ai, mlflow, wandb or ghg',
    )
    .option('--model <name>', 'all runs that led to a model, instead of naming runs')
    .option('--as-of <time>', 'as they were to be told then: ISO 8601 with a zone, or epoch seconds or ms')
    .option('--out <file>', 'where to write it (default: stdout; parquet, card, mlflow and wandb need it)')
    .option('--tz <zone>', "codecarbon: the zone of its times (default: this machine's)")
    .option(
      '--per <unit>',
      'sci: run, tokens, samples, steps or other work (default: run); sci-ai: that, FLOP, training-tokens and parameters, repeatable; many with a dash: million-tokens',
      collect,
    )
    .option('--flop <number>', 'sci-ai: operations that training took, such as 5e22')
    .option('--training-tokens <number>', 'sci-ai: tokens that it was trained on (default: what its runs told)')
    .option('--parameters <number>', 'sci-ai: parameters of the model, such as 7e9')
    .option('--basis <basis>', 'sci-ai: whether these numbers are gross or effective')
    .option('--rationale <text>', 'sci-ai: why these units were chosen')
    .option('--training-type <type>', 'card: pre-training or fine-tuning')
    .option('--location <text>', 'card: geographical_location (default: the zone)')
    .option('--json', 'what was written, as JSON (joulebook/export/v1); with --out')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook export last --format markdown'))
    .action(async (runs: string[], options) => (await import('./export.ts')).exportRuns(runs, options));
}
