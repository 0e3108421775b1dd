// The declarations of joulebook budget.

import type { Command } from 'commander';
import { collect, example } from './help-text.ts';

/** Adds joulebook budget and what is below it. */
export function addBudget(program: Command): void {
  const budget = program
    .command('budget')
    .description('limits of energy, emissions and money, and what is done at them');

  budget
    .command('replay')
    .description('what a budget would have done on a past run, and what that would have saved')
    .argument('<run>', 'an id, its beginning, a name, or last')
    .option('--budget <limit>', 'such as 2kgCO2e, 6kJ, 0.2J/token or 5EUR, repeatable: all of them hold', collect)
    .option(
      '--on-breach <rule>',
      'what is done where it is spent: stop, or 0.8=warn, repeatable (default: warn)',
      collect,
    )
    .option('--on-forecast <rule>', 'where an overrun is likely: 0.9=warn, repeatable', collect)
    .option('--json', 'as JSON (joulebook/budget-replay/v1)')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText(
      'after',
      example('joulebook budget replay last --budget 2kgCO2e --on-breach 0.8=warn --on-breach stop'),
    )
    .action(async (run: string, options) => (await import('./budget-replay.ts')).budgetReplay(run, options));
}
