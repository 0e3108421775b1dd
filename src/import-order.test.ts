// Holds the order of imports of ARCHITECTURE.md: the tree is the flow, and the pure folders reach no machine.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname);
const MAY: Record<string, readonly string[]> = {
  core: [],
  meter: ['core'],
  workload: ['core'],
  grid: ['core'],
  ledger: ['core', 'meter', 'workload', 'grid'],
  exchange: ['core', 'ledger', 'emissions'],
  emissions: ['core', 'grid'],
  decide: ['core', 'grid', 'emissions', 'estimate'],
  cluster: ['core', 'decide', 'meter'],
  report: ['core', 'decide', 'meter', 'workload', 'grid', 'ledger', 'emissions'],
  run: ['core', 'meter', 'workload', 'grid', 'ledger', 'emissions', 'decide', 'cluster', 'report'],
  app: ['core', 'meter', 'workload', 'grid', 'ledger', 'emissions', 'decide', 'cluster', 'report', 'run', 'exchange'],
  top: ['core', 'meter', 'workload', 'grid', 'ledger', 'emissions', 'decide', 'report', 'run'],
  server: ['top', 'core', 'meter', 'workload', 'grid', 'ledger', 'emissions', 'decide', 'report', 'run', 'app'],
  web: ['core', 'emissions', 'decide', 'report', 'server'],
  cli: [
    'server',
    'top',
    'core',
    'meter',
    'workload',
    'grid',
    'ledger',
    'emissions',
    'decide',
    'cluster',
    'report',
    'run',
    'exchange',
    'app',
  ],
};
const PURE = ['emissions', 'estimate', 'decide'];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(path) && !path.endsWith('.test.ts') ? [path] : [];
  });
}

const imports = sources(SRC).flatMap((file) =>
  [
    ...readFileSync(file, 'utf8').matchAll(/(?:^(?:import|export|\}) ?[^;'"]*? ?from |^import |import\()'([^']+)'/gm),
  ].map((match) => ({ file: relative(SRC, file), target: match[1]! })),
);

test('there are imports to look at', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test('folders import only what stands above them in the flow', () => {
  const wrong = imports.flatMap(({ file, target }) => {
    const from = file.split('/')[0]!;
    if (!target.startsWith('.') || !(from in MAY)) return [];
    const to = relative(SRC, resolve(SRC, file, '..', target)).split('/')[0]!;
    return to === from || to === '..' || MAY[from]!.includes(to) ? [] : [`${file} imports ${target}`];
  });
  expect(wrong).toEqual([]);
});

test('pure folders import no machine: no node: module, no package', () => {
  const wrong = imports.filter(({ file, target }) => PURE.includes(file.split('/')[0]!) && !target.startsWith('.'));
  expect(wrong).toEqual([]);
});

/** What is said of numbers, in words: they make nothing. */
const WORDS = ['format', 'amount', 'compare-words', 'compare-figures', 'decisions-text'];

test('the page takes how numbers are written from the reports, and else types alone', () => {
  const wrong = sources(join(SRC, 'web')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]*? from '([^']+\/(?:report|server)\/[^']+)'/gm)]
      .map((match) => match[1]!)
      .filter((target) => !WORDS.some((name) => target.endsWith(`/report/${name}.ts`)))
      .map((target) => `${relative(SRC, file)} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('only the ledger knows the engine, and only settings read the environment', () => {
  expect(imports.filter(({ file, target }) => target.includes('duckdb') && !file.startsWith('ledger/'))).toEqual([]);
  const readers = sources(SRC)
    .filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(SRC, file));
  expect(
    readers.filter(
      (file) =>
        ![
          'app/settings.ts',
          'cli/ci-pr-commands.ts',
          'cli/color.ts',
          'cli/run.ts',
          'cli/resume-move.ts',
          'cli/doctor.ts',
          'cli/monitor.ts',
          'cli/top.ts',
          'run/identity.ts',
          'run/git-state.ts',
          'run/child.ts',
        ].includes(file),
    ),
  ).toEqual([]);
});
