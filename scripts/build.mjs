// Bundles each entry point into one file of dist/, so that a start reads few files. Native packages stay outside.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    sampler: 'src/run/sampler-main.ts',
    compact: 'src/ledger/compact-main.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['koffi', '@duckdb/node-api'],
  define: { JOULEBOOK_VERSION: JSON.stringify(version) },
  banner: {
    js: "import { createRequire as __joulebookRequire } from 'node:module'; const require = __joulebookRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});

// dist/cli.js is JavaScript for `node` and, started by its name, a shell script that notes how it was started
// (src/run/launch.ts) and becomes Node: the second line is a string and a comment to one, a command to the other.
const [, ...code] = (await readFile('dist/cli.js', 'utf8')).split('\n');
const launcher = (await readFile('scripts/launcher.sh', 'utf8')).trim();
await writeFile('dist/cli.js', ['#!/bin/sh', `":" //; ${launcher}`, ...code].join('\n'));
await chmod('dist/cli.js', 0o755);
