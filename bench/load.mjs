// Sources and tests' fakes for benches, bundled on the fly, since Node 20 reads no TypeScript.

import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** What a file of the repository exports; `import.meta.dirname` in it is its own folder. */
export async function load(path) {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.bench-')); // so that packages beside it are found
  try {
    const outfile = join(folder, 'loaded.mjs');
    const define = { 'import.meta.dirname': JSON.stringify(dirname(join(ROOT, path))) };
    await build({
      ...{ entryPoints: [join(ROOT, path)], outfile, define },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20' },
      external: ['koffi', '@duckdb/node-bindings'],
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
