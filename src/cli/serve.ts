// joulebook serve: the API and the dashboard over a ledger, until stopped.

import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { PAGES } from '../server/pages.ts';
import { createServer } from '../server/server.ts';
import { count } from './options.ts';
import { print } from './say.ts';

declare const JOULEBOOK_VERSION: string;

export interface ServeOptions {
  host?: string;
  port?: string;
  ledger?: string;
}

/** Resolves when it has been told to stop. Rejects with a Fault. */
export async function serve(options: ServeOptions): Promise<void> {
  const { folder: ledger } = await settingsOf(options);
  const host = options.host ?? '127.0.0.1';
  const port = count('--port', options.port ?? '8480', 0, 65_535);
  const app = await createServer({ ledger, version: JOULEBOOK_VERSION, now: Date.now, pages: PAGES });
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
  await app.close();
}
