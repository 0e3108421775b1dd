// The tokens that joulebook serve lets people and programs in by: made, listed, taken away, recognised.
//
// A token is 256 random bits, told once and never kept: its file holds their SHA-256, which needs no salt and no slowness, as
// there is nothing to guess. One file a token, so that nobody rewrites another's; they stand in the user's configuration and
// not in the ledger, which others may write to and which is copied about.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault, fault, reasonOf, usage } from '../core/fault.ts';
import { makeFolder } from '../ledger/durable.ts';

/** Each allows what the ones before it allow. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** As it is kept. */
export interface Token {
  readonly schema: 'joulebook/token/v1';
  readonly name: string;
  readonly scope: TokenScope;
  /** Of the whole token, in hex. */
  readonly sha256: string;
  readonly created_at_ms: number;
  /** From then on it lets nobody in; null: never. */
  readonly expires_at_ms: number | null;
}

/** What a token begins with, so that searches for leaked secrets find it. */
const MARK = 'joulebook_';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const END = '.json';

/** Makes one and returns it: it can be told only now. Throws Fault token-name, tokens-open, file-unreadable, usage. */
export function createToken(folder: string, of: Omit<Token, 'schema' | 'sha256'>): string {
  if (!NAME.test(of.name))
    throw usage(`"${of.name}" is no name of a token`, 'up to 64 letters, digits, dots, dashes and underscores');
  const secret = `${MARK}${randomBytes(32).toString('base64url')}`;
  const kept: Token = { schema: 'joulebook/token/v1', ...of, sha256: digest(secret).toString('hex') };
  try {
    makeFolder(dirname(folder));
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    ownAlone(folder, statSync(folder), '700');
    writeFileSync(join(folder, of.name + END), `${JSON.stringify(kept, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(folder, error);
    const facts = {
      problem: `there is a token ${of.name} already`,
      hint: `joulebook token rm ${of.name} takes it away`,
    };
    throw fault('token-name', { facts });
  }
  return secret;
}

/** By name; none where the folder is not there. Throws Fault tokens-open, file-bad, file-unreadable. */
export function tokensIn(folder: string): Token[] {
  const names = (() => {
    try {
      ownAlone(folder, statSync(folder), '700');
      return readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unusable(folder, error);
    }
  })();
  return names
    .filter((name) => name.endsWith(END))
    .sort()
    .flatMap((name) => tokenIn(join(folder, name)) ?? []);
}

/** When a token was last made or taken away, in ms of the file system's clock; 0 where there is no folder. */
export const tokensMovedAt = (folder: string): number => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Throws Fault token-name where there is none. */
export function removeToken(folder: string, name: string): void {
  try {
    if (!NAME.test(name)) throw Object.assign(new Error(), { code: 'ENOENT' });
    rmSync(join(folder, name + END));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(folder, error);
    const facts = { problem: `there is no token "${name}" in ${folder}`, hint: 'see them with: joulebook token list' };
    throw fault('token-name', { facts });
  }
}

/** The one that was said; null: none of them, or expired. All are compared, and each for as long as any other. */
export function tokenSaid(said: string, tokens: readonly Token[], now_ms: number): Token | null {
  const hash = digest(said);
  let found: Token | null = null;
  for (const token of tokens) if (timingSafeEqual(hash, Buffer.from(token.sha256, 'hex'))) found = token;
  return found !== null && isGood(found, now_ms) ? found : null;
}

export const isGood = ({ expires_at_ms }: Token, now_ms: number): boolean =>
  expires_at_ms === null || now_ms < expires_at_ms;

export const allows = (has: TokenScope, needs: TokenScope): boolean =>
  TOKEN_SCOPES.indexOf(has) >= TOKEN_SCOPES.indexOf(needs);

export const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Null for one that was taken away since. */
function tokenIn(file: string): Token | null {
  const text = (() => {
    try {
      ownAlone(file, statSync(file), '600');
      return readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw unusable(file, error);
    }
  })();
  if (text === null) return null;
  const token = parsed(text);
  if (token !== null) return token;
  const facts = { file, where: '', problem: 'this is no token', hint: 'take the file away and make a new one' };
  throw fault('file-bad', { facts });
}

function parsed(text: string): Token | null {
  try {
    const token = JSON.parse(text) as Token;
    const { schema, name, scope, sha256, created_at_ms, expires_at_ms } = token;
    const right =
      schema === 'joulebook/token/v1' &&
      NAME.test(name) &&
      TOKEN_SCOPES.includes(scope) &&
      /^[0-9a-f]{64}$/.test(sha256) &&
      Number.isFinite(created_at_ms) &&
      (expires_at_ms === null || Number.isFinite(expires_at_ms));
    return right ? token : null;
  } catch {
    return null;
  }
}

/** Throws Fault tokens-open where its mode lets others in. */
function ownAlone(file: string, { mode }: Stats, right: string): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw fault('tokens-open', { facts: { file, mode: (mode & 0o777).toString(8), right } });
}

const unusable = (file: string, error: unknown): Fault =>
  error instanceof Fault ? error : fault('file-unreadable', { facts: { file, why: reasonOf(error) }, cause: error });
