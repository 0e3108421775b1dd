// The declarations of joulebook token.

import type { Command } from 'commander';
import { example } from './help-text.ts';

const FOLDER = "the folder that they are kept in (default: tokens in the user's configuration)";

/** Adds joulebook token and what is below it. */
export function addToken(program: Command): void {
  const token = program.command('token').description('who may ask joulebook serve, where others can reach it');

  token
    .command('create')
    .description('make a token and tell it, this once: alone on stdout')
    .argument('<name>', 'what it is known by, such as who it is for')
    .option('--scope <scope>', 'read, write (and read) or admin (all) (default: read)')
    .option('--expires <time>', 'how long it is good: 90d, 12h, or never (default: 90d)')
    .option('--tokens <dir>', FOLDER)
    .option('--json', 'as JSON (joulebook/token-created/v1)')
    .addHelpText('after', example('joulebook token create dashboard --scope read --expires 30d'))
    .action(async (name: string, options) => (await import('./token.ts')).tokenCreate(name, options));

  token
    .command('list')
    .description('the tokens that there are, what each allows and until when')
    .option('--tokens <dir>', FOLDER)
    .option('--json', 'as JSON (joulebook/tokens/v1)')
    .addHelpText('after', example('joulebook token list'))
    .action(async (options) => (await import('./token.ts')).tokenList(options));

  token
    .command('rm')
    .description('take a token away: a server that runs refuses it within a second, and ends its sessions')
    .argument('<name>', 'as joulebook token list tells it')
    .option('--tokens <dir>', FOLDER)
    .addHelpText('after', example('joulebook token rm dashboard'))
    .action(async (name: string, options) => (await import('./token.ts')).tokenRemove(name, options));
}
