// The declaration of joulebook bisect.

import type { Command } from 'commander';
import { collect, example } from './help-text.ts';

/** The exit code that stops git bisect run: it takes those from 1 to 127 for a bad commit, or one to be skipped. */
export const STOP = 128;

/** Adds joulebook bisect. */
export function addBisect(program: Command): void {
  program
    .command('bisect')
    .description('for git bisect run: meter a command at this commit; exit 0 is good, 1 bad, 125 cannot tell')
    .usage('[options] -- CMD…')
    .argument('[command...]', 'the command and its arguments')
    .passThroughOptions()
    .requiredOption('--metric <name>', 'what is looked at, such as j_per_token, j_per_step or it_j')
    .option('--threshold <number>', 'the most that is good, in the unit of the metric')
    .option('--good <run>', 'a run of a good commit, repeatable: with --bad, in the place of --threshold', collect)
    .option('--bad <run>', 'a run of a bad commit, repeatable', collect)
    .option('--repeats <n>', 'how often the command is run at each commit', '3')
    .option('--most <n>', 'and how often at most, where these do not tell', '10')
    .option('--json <file>', 'what was found, as JSON (joulebook/bisect/v1)')
    .option('--zone <zone>', 'as of joulebook run, as are those below')
    .option('--pue <number[:low-high]>', 'power usage effectiveness of the place')
    .option('--intensity <file>', 'grid intensity')
    .option('--log <file>', 'read training steps from this file or folder too, repeatable', collect)
    .option('--log-format <format>', 'of the steps')
    .option('--tokens-per-step <n>', 'tokens of one step over all ranks')
    .option('--batch-size <n>', 'samples of one step over all ranks')
    .option('--seq-length <n>', 'tokens of one sample')
    .option('--replay <file>', 'play a recorded power trace instead of reading sensors')
    .option('--ledger <dir>', 'where to keep the record')
    .addHelpText(
      'after',
      example(
        [
          'git bisect start HEAD v1.0',
          'git bisect run joulebook bisect --metric j_per_step --threshold 25 -- python train.py',
        ].join('\n'),
      ),
    )
    .action(async (command: string[], options) => {
      process.exitCode = await (await import('./bisect.ts')).bisect(command, options);
    });
}
