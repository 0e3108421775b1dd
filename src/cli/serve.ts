// joulebook serve: the API and the dashboard over a ledger, until stopped.

import type { Server as TlsServer } from 'node:tls';
import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { documentsKept } from '../server/documents/kept.ts';
import { documentsInThreads } from '../server/documents/threads.ts';
import { boardThread } from '../server/live/board-thread.ts';
import { PAGES } from '../server/pages.ts';
import { createServer } from '../server/server.ts';
import { count } from './options.ts';
import { print, warn } from './say.ts';
import { type AccessOptions, accessOf } from './serve-access.ts';
import { followTls } from './serve-tls.ts';

declare const JOULEBOOK_VERSION: string;

export interface ServeOptions extends AccessOptions {
  port?: string;
  ledger?: string;
}

/** Resolves when it has been told to stop. Rejects with a Fault. */
export async function serve(options: ServeOptions): Promise<void> {
  const { folder: ledger, tokens, cache } = await settingsOf({ ledger: options.ledger! });
  const host = options.host ?? '127.0.0.1';
  const port = count('--port', options.port ?? '8480', 0, 65_535);
  const { access, warnings } = await accessOf(options, tokens, Date.now());
  for (const one of warnings) warn(one);
  const board = boardThread(ledger, new URL('./board-thread.js', import.meta.url));
  const threads = documentsInThreads(ledger, new URL('./document-thread.js', import.meta.url));
  const app = await createServer({
    ledger,
    version: JOULEBOOK_VERSION,
    now: Date.now,
    pages: PAGES,
    access,
    board,
    documents: documentsKept(ledger, threads),
    cache,
  });
  const unfollow = access.tls === null ? () => {} : followTls(options, app.server as unknown as TlsServer, warn);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  try {
    const address = await app.listen({ host, port });
    print(`joulebook serves ${ledger} at ${address}`);
  } catch (error) {
    throw fault('address-taken', { facts: { address: `${host}:${port}`, why: reasonOf(error) }, cause: error });
  }
  await stopped;
  unfollow();
  await app.close();
}
