// The declarations of joulebook budget.

import type { Command } from 'commander';
import { collect, example } from './help-text.ts';

/** Adds joulebook budget and what is below it, and joulebook resume. */
export function addBudget(program: Command): void {
  program
    .command('resume')
    .description(
      'let a paused run go on, in spite of what holds it or with another limit; finish a move that was cut off',
    )
    .argument('<run>', 'an id, its beginning, a name, or last')
    .option('--budget <limit>', "the run's own limit from now on, such as 3kgCO2e")
    .option('--again', 'send a moved job anew that has not begun over there')
    .option('--json', 'as JSON (joulebook/resume/v1)')
    .option('--ledger <dir>', 'the ledger that it is in')
    .addHelpText('after', example('joulebook resume last --budget 3kgCO2e'))
    .action(async (run: string, options) => (await import('./resume.ts')).resume(run, options));

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

  budget
    .command('log')
    .description('what was decided about runs, what came of it, and what it saved')
    .argument('[name]', 'of this budget alone: its name, or what a run was given, such as 2kgCO2e')
    .option('--run <run>', 'of this run alone: an id, its beginning, a name, or last')
    .option('--since <time>', 'from then on: ISO 8601 with a zone, or epoch seconds or ms')
    .option('--json', 'as JSON (joulebook/budget-log/v1)')
    .option('--csv', 'as CSV, a row each')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook budget log --since 2026-03-01T00:00Z'))
    .action(async (name: string | undefined, options) => (await import('./budget-log.ts')).budgetLog(name, options));

  standing(budget);
}

/** set, list, status, rm. */
function standing(budget: Command): void {
  budget
    .command('set')
    .description('set a standing budget, or replace one: it holds for all runs of the ledger that it is of')
    .argument('<name>', 'a name for it: letters, digits, and . _ -')
    .requiredOption('--limit <amount>', 'such as 20kgCO2e, 1.5kWh, 0.2J/token, 300gCO2e/Mtoken, 20l or 5EUR')
    .option('--project <name>', 'of the runs with this tag project (default: all runs)')
    .option('--team <name>', 'of the runs with this tag team')
    .option('--tag <k=v>', 'of the runs with this tag')
    .option('--name <pattern>', 'of the runs named so, with * and ?')
    .option('--per <period>', 'anew each hour, day, week, month, quarter or year (default: for all time)')
    .option('--rolling <length>', 'over the last so long at any moment, such as 30d')
    .option('--tz <zone>', 'the time zone of periods, such as Europe/Berlin (default: UTC)')
    .option(
      '--on-breach <rule>',
      'what is done where it is spent: stop, or 0.8=warn, repeatable (default: warn)',
      collect,
    )
    .option('--on-forecast <rule>', 'where an overrun is likely: 0.9=warn, repeatable', collect)
    .option('--json', 'as JSON (joulebook/budgets/v1)')
    .option('--ledger <dir>', 'the ledger to keep it in')
    .addHelpText(
      'after',
      example(
        'joulebook budget set lab --limit 20kgCO2e --project llm --per month --on-breach 0.8=warn --on-breach stop',
      ),
    )
    .action(async (name: string, options) => (await import('./budget.ts')).budgetSet(name, options));

  budget
    .command('list')
    .description('the standing budgets of the ledger and of the configuration files')
    .option('--json', 'as JSON (joulebook/budgets/v1)')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook budget list'))
    .action(async (options) => {
      process.exitCode = await (await import('./budget.ts')).budgetList(options);
    });

  budget
    .command('status')
    .description('what is spent of each budget, by whom now, and what comes of it')
    .option('--check', 'exit with code 3 where one is spent')
    .option('--now <time>', 'as of then: ISO 8601 with a zone, or epoch seconds or ms')
    .option('--json', 'as JSON (joulebook/budget-status/v1)')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook budget status --check'))
    .action(async (options) => {
      process.exitCode = await (await import('./budget.ts')).budgetStatusCommand(options);
    });

  budget
    .command('rm')
    .description('remove a standing budget; what was spent stays in the record')
    .argument('<name>', 'its name')
    .option('--ledger <dir>', 'the ledger that it is in')
    .addHelpText('after', example('joulebook budget rm lab'))
    .action(async (name: string, options) => (await import('./budget.ts')).budgetRemove(name, options));
}
