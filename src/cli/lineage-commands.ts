// The declarations of what says which model a run is of, and of the account of a model.

import type { Command } from 'commander';
import { STAGES } from '../workload/stage.ts';
import { example } from './help-text.ts';

/** Options that say which model a run is of. */
export function lineage(command: Command): Command {
  return command
    .option('--model <name>', 'the model that comes of it, or that it is for (default: $JOULEBOOK_MODEL)')
    .option('--stage <stage>', `of the model's life: ${STAGES.join(', ')} (default: $JOULEBOOK_STAGE)`)
    .option('--parent-run <run>', 'the run that it goes on from: an id, its beginning, a name, or last');
}

/** As lineage(), and what takes each of them back. */
export function unlineage(command: Command): Command {
  return command
    .option('--model <name>', 'the model that came of it, or that it was for')
    .option('--no-model', 'take that back')
    .option('--stage <stage>', `of the model's life: ${STAGES.join(', ')}`)
    .option('--no-stage', 'take that back')
    .option('--parent-run <run>', 'the run that it went on from: an id, its beginning, a name, or last')
    .option('--no-parent-run', 'take that back');
}

/** Adds joulebook account. */
export function addAccount(program: Command): void {
  program
    .command('account')
    .description('what a model came to over all its runs: by stage, per token served, against serving it')
    .option('--model <name>', 'the model, as its runs name it (default: $JOULEBOOK_MODEL)')
    .option('--expected-tokens <n>', 'tokens that it is to serve over its life')
    .option('--expected-requests <n>', 'requests that it is to serve over its life')
    .option('--serving-life <duration>', 'how long it is to be served at its pace so far, such as 180d or 2y')
    .option('--json', 'as JSON (joulebook/account/v1)')
    .option('--csv', 'as CSV')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook account --model tiny --serving-life 2y'))
    .action(async (options) => (await import('./account.ts')).account(options));
}
