// joulebook token: made, listed and taken away.

import { settingsOf } from '../app/settings.ts';
import { createToken, isGood, removeToken, TOKEN_SCOPES, type Token, tokensIn } from '../app/tokens.ts';
import { usage } from '../core/fault.ts';
import { durationMs, oneOf } from './options.ts';
import { print, warn } from './say.ts';

interface FolderOption {
  tokens?: string;
}

const DAY_MS = 86_400_000;

/** The token alone on stdout, so that it can be sent on; what is to be known of it on stderr. Rejects with a Fault. */
export async function tokenCreate(
  name: string,
  options: FolderOption & { scope?: string; expires?: string; json?: boolean },
): Promise<void> {
  const folder = await folderOf(options);
  const scope = oneOf('--scope', options.scope ?? 'read', TOKEN_SCOPES);
  const created_at_ms = Date.now();
  const { expires = '90d' } = options;
  const expires_at_ms = expires === 'never' ? null : created_at_ms + lifeOf(expires);
  const token = createToken(folder, { name, scope, created_at_ms, expires_at_ms });
  if (options.json === true) {
    print(
      JSON.stringify(
        { schema: 'joulebook/token-created/v1', name, scope, created_at_ms, expires_at_ms, token },
        null,
        2,
      ),
    );
    return;
  }
  print(token);
  warn(`this token is told only now; it allows ${scope} and is good ${untilText(expires_at_ms)}`);
}

/** Rejects with a Fault. */
export async function tokenList(options: FolderOption & { json?: boolean }): Promise<void> {
  const folder = await folderOf(options);
  const tokens = tokensIn(folder);
  if (options.json === true) {
    const told = tokens.map(({ name, scope, created_at_ms, expires_at_ms }) => ({
      name,
      scope,
      created_at_ms,
      expires_at_ms,
    }));
    print(JSON.stringify({ schema: 'joulebook/tokens/v1', folder, tokens: told }, null, 2));
    return;
  }
  if (tokens.length === 0) print(`there is no token in ${folder}`);
  const wide = Math.max(...tokens.map(({ name }) => name.length));
  for (const token of tokens) print(`${token.name.padEnd(wide)}  ${token.scope.padEnd(5)}  ${stateOf(token)}`);
}

/** Rejects with a Fault. */
export async function tokenRemove(name: string, options: FolderOption): Promise<void> {
  const folder = await folderOf(options);
  removeToken(folder, name);
  print(`token ${name} lets nobody in any more`);
}

async function folderOf({ tokens }: FolderOption): Promise<string> {
  const folder = tokens ?? (await settingsOf({})).tokens;
  if (folder !== null) return folder;
  throw usage('there is no folder of tokens: this user has no home', 'name one with --tokens DIR');
}

const lifeOf = (text: string): number => durationMs({ text, from: '--expires' }, 1000, 3650 * DAY_MS);

const stateOf = (token: Token): string =>
  isGood(token, Date.now()) ? `good ${untilText(token.expires_at_ms)}` : `expired ${dateOf(token.expires_at_ms!)}`;

const untilText = (at_ms: number | null): string =>
  at_ms === null ? 'until it is taken away' : `until ${dateOf(at_ms)}`;

const dateOf = (at_ms: number): string => `${new Date(at_ms).toISOString().slice(0, 16)}Z`;
