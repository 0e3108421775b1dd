// The declarations of what a CI job tells: the comment, where it is posted, JUnit, the badge, trailers.

import type { Command } from 'commander';
import { gateOptions, which } from './ci-commands.ts';
import { example } from './help-text.ts';

/** Adds to joulebook ci what tells others of a commit's energy. */
export function addTold(ci: Command): void {
  judging(ci.command('comment'))
    .description('what the gate finds, as a comment for a pull request (Markdown)')
    .option('--summary', 'add it to the summary of the job, too ($GITHUB_STEP_SUMMARY)')
    .option('--key <key>', 'which comment it is, where a request has several (default: the name of the baseline)')
    .option('--out <file>', 'where it is written (default: stdout)')
    .addHelpText('after', example('joulebook ci comment --baseline main --out comment.md'))
    .action(async (runs: string[], options) =>
      (await import('./ci-told.ts')).comment(runs, options, process.env.GITHUB_STEP_SUMMARY),
    );
  ci.command('post')
    .description("post a comment to the job's pull request, in the place of the last: GitHub Actions, GitLab CI")
    .argument('<file>', 'what joulebook ci comment wrote')
    .addHelpText('after', example('joulebook ci post comment.md'))
    .action(async (file: string) => (await import('./ci-post.ts')).post(file, process.env));
  judging(ci.command('junit'))
    .description('what the gate finds, as JUnit XML')
    .option('--out <file>', 'where it is written (default: stdout)')
    .addHelpText('after', example('joulebook ci junit --baseline main --out joulebook-junit.xml'))
    .action(async (runs: string[], options) => (await import('./ci-told.ts')).junit(runs, options));
  judging(ci.command('badge'))
    .description('what the runs need, as a badge (SVG); its colour tells how they are to the baseline')
    .option('--label <text>', 'the words on its left', 'energy')
    .option('--out <file>', 'where it is written (default: stdout)')
    .addHelpText('after', example('joulebook ci badge --baseline main --out energy.svg'))
    .action(async (runs: string[], options) => (await import('./ci-told.ts')).badge(runs, options));
  ci.command('tag')
    .description("what a commit's runs came to, as trailers Energy: and Emissions: in a git note of it")
    .argument('[run...]', 'ids, names or last (default: all runs of the commit, failed ones too)')
    .option('--commit <rev>', 'the commit: the beginning of its hash, or a name that git knows', 'HEAD')
    .option('--message <file>', 'put them into the file of a commit message instead')
    .option('--print', 'print them alone')
    .option('--json', 'print them as JSON (joulebook/tag/v1)')
    .option('--ledger <dir>', 'the ledger to read')
    .addHelpText('after', example('joulebook ci tag --commit HEAD'))
    .action(async (runs: string[], options) => (await import('./ci-tag.ts')).tag(runs, options));
}

/** Arguments and options of the gate, of a command that tells what it finds. */
const judging = (command: Command): Command =>
  gateOptions(which(command)).argument(
    '[run...]',
    'the repeats: ids, names or last (default: the newest of this commit)',
  );
