// The pages: the files of the built dashboard, and its first one for every address that is a view of it.

import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const FIRST = 'index.html';

/** Where the build puts them, beside the code. */
export const PAGES = fileURLToPath(new URL('./web', import.meta.url));

/** Serves them from `root`, to everybody: there is nothing of the ledger in them. A name with an extension is a file; anything else but /api is a view. */
export async function addPages(app: FastifyInstance, root: string): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await addFiles(pages, root);
  });
}

async function addFiles(app: FastifyInstance, root: string): Promise<void> {
  await app.register(files, {
    root,
    prefix: '/',
    wildcard: false,
    index: false,
    maxAge: '1y',
    immutable: true,
    globIgnore: ['index.html'],
  });
  app.get('/*', { schema: { hide: true } }, (request, reply) => {
    const path = request.url.split('?')[0]!;
    if (/^\/api(\/|$)/.test(path) || /\.\w+$/.test(path)) return reply.callNotFound();
    return reply.sendFile(FIRST, { maxAge: 0, immutable: false });
  });
}
