// The declarations of what adds up the whole ledger: joulebook total and waste.

import type { Command } from 'commander';
import { example } from './help-text.ts';

/** Adds joulebook total and joulebook waste. */
export function addTotals(program: Command): void {
  program
    .command('total')
    .description('all runs and monitors, a device-second once: by project, model, month; idle and unattributed too')
    .option('--since <time>', 'from then on: ISO 8601 with a zone, or epoch seconds or ms')
    .option('--until <time>', 'before then: as --since')
    .option(
      '--by <division>',
      'rows by project, model, stage, user, host, month, workflow (of CI) or tag:NAME; several separated by commas',
    )
    .option('--tz <zone>', 'the time zone of months, such as Europe/Berlin (default: UTC)')
    .option('--json', 'as JSON (joulebook/total/v1)')
    .option('--csv', 'as CSV')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook total --by project'))
    .action(async (options) => (await import('./total.ts')).total(options));

  program
    .command('waste')
    .description(
      'energy that was wasted, by cause: failed runs, work done again, stalls, data waits, idle GPUs, plateaus',
    )
    .argument('[run...]', 'ids, names or last (default: every run and monitor)')
    .option('--since <time>', 'from then on: ISO 8601 with a zone, or epoch seconds or ms')
    .option('--until <time>', 'before then: as --since')
    .option(
      '--by <division>',
      'rows by project, month, model, stage, workflow or tag:NAME; several separated by commas',
    )
    .option('--tz <zone>', 'the time zone of months, such as Europe/Berlin (default: UTC)')
    .option('--json', 'as JSON (joulebook/waste/v1)')
    .option('--csv', 'as CSV')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook waste --by project,month'))
    .action(async (runs: string[], options) => (await import('./waste.ts')).waste(runs, options));
}
