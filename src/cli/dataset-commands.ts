// The commands of data sets that others may read: dataset export, import, describe.

import type { Command } from 'commander';
import { example } from './help-text.ts';

/** Adds joulebook dataset. */
export function addDataset(program: Command): void {
  const dataset = program.command('dataset').description('runs as open data: anonymised, documented, and back again');
  dataset
    .command('export')
    .description('a data set of runs: Parquet, JSON Schemas, datasheet, manifest')
    .argument('<dir>', 'the folder to make')
    .argument('[run...]', 'ids, names or last (default: every run that has ended)')
    .option('--licence <id>', 'what others may do with it: an SPDX id, such as CC-BY-4.0 (must be said)')
    .option('--include <what>', 'also commands, hosts, users, paths, git, tags, names, intensity; separated by commas')
    .option('--resolution <duration>', 'energy put together over so long, such as 1min', '1s')
    .option('--times <how>', 'kept, or relative: each run begins at 0', 'kept')
    .option('--salt-file <file>', 'the key of the hashes, made where missing: the same ids in later data sets')
    .option('--title <text>', 'for the datasheet')
    .option('--creator <text>', 'for the datasheet')
    .option('--purpose <text>', 'for the datasheet')
    .option('--json', 'what was written, as JSON (joulebook/dataset-export/v1)')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook dataset export energy-data --licence CC-BY-4.0'))
    .action(async (folder: string, runs: string[], options) =>
      (await import('./dataset.ts')).exportDatasetCommand(folder, runs, options),
    );
  dataset
    .command('import')
    .description('the runs of a data set, merged into a ledger')
    .argument('<dir>', 'the folder, or its manifest.json')
    .option('--json', 'what was made of it, as JSON (joulebook/import/v1)')
    .option('--ledger <dir>', 'where to keep the record')
    .addHelpText('after', example('joulebook dataset import energy-data'))
    .action(async (path: string, options) => (await import('./dataset.ts')).importDatasetCommand(path, options));
  dataset
    .command('describe')
    .description('the head of its datasheet; each file is held against the manifest')
    .argument('<dir>', 'the folder, or its manifest.json')
    .option('--json', 'the manifest')
    .addHelpText('after', example('joulebook dataset describe energy-data'))
    .action(async (path: string, options) => (await import('./dataset.ts')).describeDataset(path, options));
}
