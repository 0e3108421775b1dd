// Bundles each entry point into one file of dist/, so that a start reads few files: the engine's 120 take 50 ms of CPU
// bundled, 100 required and 220 imported. Native packages stay outside.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { build as buildPages } from 'vite';

// A test that builds would else get pages for developers, with paths of this machine in them.
process.env.NODE_ENV = 'production';
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    sampler: 'src/run/sampler-main.ts',
    probe: 'src/run/probe-main.ts',
    compact: 'src/ledger/compact-main.ts',
    prepare: 'src/server/series/prepare-main.ts',
    hold: 'src/cluster/local/hold-main.ts',
    power: 'src/cluster/local/power-main.ts',
    notifier: 'src/run/notifier-main.ts',
    ship: 'src/run/ship/ship-main.ts',
    'grid-keeper': 'src/app/grid-keeper-main.ts',
    'budget-keeper': 'src/app/budget-keeper-main.ts',
    'document-thread': 'src/server/documents/thread-main.ts',
    'board-thread': 'src/server/live/board-thread-main.ts',
    'run-rows': 'src/server/index/rows-main.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['koffi', '@duckdb/node-bindings'],
  define: { JOULEBOOK_VERSION: JSON.stringify(version) },
  banner: {
    js: "import { createRequire as __joulebookRequire } from 'node:module'; const require = __joulebookRequire(import.meta.url);",
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

// The dashboard.
const pages = await buildPages({
  configFile: false,
  root: 'src/web',
  base: '/',
  logLevel: 'warn',
  build: { outDir: '../../dist/web', emptyOutDir: true, target: 'es2022' },
});

// A page that stands alone: all of its code in one file, and all of its style in another.
const alone = await buildPages({
  configFile: false,
  root: 'src/web',
  logLevel: 'warn',
  build: {
    ...{ outDir: '../../dist/alone', emptyOutDir: true, target: 'es2022', cssCodeSplit: false, copyPublicDir: false },
    rolldownOptions: {
      input: 'src/web/alone/main.tsx',
      output: { entryFileNames: 'page.js', assetFileNames: 'page[extname]', codeSplitting: false },
    },
  },
});

/** Files that the pages' code was made of, as the bundle names them. */
function modulesOf({ output }) {
  const here = `${process.cwd()}/`;
  return output.flatMap(({ modules = {} }) => Object.keys(modules)).map((file) => file.replace(here, ''));
}

// Bundled libraries travel with their licences.
const packages = new Set(
  [...Object.keys(metafile.inputs), ...modulesOf(pages), ...modulesOf(alone)].flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  ),
);
const licences = await Promise.all(
  [...packages].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(`${folder}/${file}`, 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  }),
);
await writeFile('dist/THIRD-PARTY-LICENSES.txt', licences.join(`\n${'-'.repeat(80)}\n\n`));

// dist/cli.js is JavaScript for `node` and, started by its name, a shell script that notes how it was started
// (src/run/launch.ts) and becomes Node: the second line is a string and a comment to one, a command to the other.
const [, ...code] = (await readFile('dist/cli.js', 'utf8')).split('\n');
const launcher = (await readFile('scripts/launcher.sh', 'utf8')).trim();
await writeFile('dist/cli.js', ['#!/bin/sh', `":" //; ${launcher}`, ...code].join('\n'));
await chmod('dist/cli.js', 0o755);
