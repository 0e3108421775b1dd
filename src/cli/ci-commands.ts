// The declarations of what a CI job calls: baselines, and the gate against them.

import type { Command } from 'commander';
import { METRICS } from '../report/samples.ts';
import { addTold } from './ci-pr-commands.ts';
import { collect, example } from './help-text.ts';

/** Adds joulebook ci. */
export function addCi(program: Command): void {
  const ci = program.command('ci').description('for CI jobs: fail where a change needs more energy, and tell it');
  gateOptions(which(ci.command('gate')))
    .description('exit with 3 where the runs need more than the baseline allows, and that is no noise')
    .argument('[run...]', 'the repeats: ids, names or last (default: the newest runs of this commit)')
    .option('--json', 'as JSON (joulebook/gate/v1)')
    .addHelpText('after', example('joulebook ci gate --baseline main --max-increase 5%'))
    .action(async (runs: string[], options) => {
      process.exitCode = await (await import('./ci-gate.ts')).gate(runs, options);
    });
  const baseline = ci.command('baseline').description('what a commit needed, kept to compare later ones with');
  which(baseline.command('update'))
    .description('keep runs as a baseline, in the place of what it was')
    .argument('[run...]', 'the repeats: ids, names or last (default: the newest runs of this commit)')
    .option('--name <name>', 'the name of the baseline', 'main')
    .option('--json', 'as JSON (joulebook/baseline/v1)')
    .addHelpText('after', example('joulebook ci baseline update --name main'))
    .action(async (runs: string[], options) => (await import('./ci-baseline.ts')).update(runs, options));
  kept(baseline.command('show'))
    .description('what a baseline holds')
    .argument('[name]', 'its name, FILE, or FILE#NAME', 'main')
    .option('--json', 'as JSON (joulebook/baseline/v1)')
    .addHelpText('after', example('joulebook ci baseline show main'))
    .action(async (name: string, options) => (await import('./ci-baseline.ts')).show(name, options));
  kept(baseline.command('list'))
    .description('the baselines there are')
    .option('--json', 'as JSON (joulebook/baseline/v1)')
    .addHelpText('after', example('joulebook ci baseline list'))
    .action(async (options) => (await import('./ci-baseline.ts')).list(options));
  addTold(ci);
}

/** Options that say what the runs are compared with, and how. */
export const gateOptions = (command: Command): Command =>
  command
    .option('--baseline <name>', 'its name, FILE, or FILE#NAME', 'main')
    .option('--max-increase <share>', 'how much more is allowed', '5%')
    .option(
      '--metric <metric>',
      `what is compared, repeatable: ${METRICS.join(', ')} (default: the first known)`,
      collect,
    )
    .option('--as-emitted', 'emissions as they were, not at the intensity of the baseline')
    .option(
      '--allow-different',
      'compare what was measured otherwise, too: another boundary, meter, hardware or intensity',
    )
    .option('--strict', 'exit with 3 also where it cannot be told yet');

/** Options that say which runs are the repeats. */
export const which = (command: Command): Command =>
  kept(command)
    .option('--tag <k=v>', 'the runs of this tag, repeatable', collect)
    .option('--commit <rev>', 'the runs of this commit: the beginning of its hash, or a name that git knows')
    .option('--allow-disturbed', 'repeats count however much others took of the machine meanwhile')
    .option('--ledger <dir>', 'the ledger to read');

/** Options that say where baselines are. */
const kept = (command: Command): Command =>
  command
    .option('--file <file>', 'where baselines are (default: .joulebook-baseline.json of the repository)')
    .option('--notes', 'they are git notes instead, of refs/notes/joulebook');
