// The page of the dashboard's pieces (src/web/pieces), built and served as the dashboard is.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { createServer } from '../../src/server/server.ts';

/** Close() it. */
export async function servingPieces() {
  const folder = await mkdtemp(join(tmpdir(), 'joulebook-pieces-'));
  const root = resolve(import.meta.dirname, '../../src/web/pieces');
  const pages = join(folder, 'pages');
  await build({
    configFile: false,
    root,
    base: '/',
    logLevel: 'warn',
    build: { outDir: pages, target: 'es2022', emptyOutDir: true },
  });
  const app = await createServer({ ledger: join(folder, 'ledger'), version: '0', now: Date.now, pages });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    async close() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
