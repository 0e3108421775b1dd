// The packed package as a user gets it: global install, npx, typed exports, and nothing in it that should not be.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let folder: string;
let tarball: string;
let files: string[];
beforeAll(() => {
  folder = tempFolder();
  const [packed] = JSON.parse(npm(['pack', '--json', '--silent', '--pack-destination', folder], ROOT));
  tarball = join(folder, packed.filename);
  files = packed.files.map(({ path }: { path: string }) => path);
});

test('holds the program, its types, data, documents and licences, and no source, test or local path', () => {
  for (const wanted of [
    'dist/cli.js',
    'dist/index.js',
    'dist/types/index.d.ts',
    'dist/THIRD-PARTY-LICENSES.txt',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs/errors.md',
    'clients/python/joulebook.py',
  ])
    expect(files).toContain(wanted);
  expect(files.filter((file) => /^(src|test|bench|node_modules|\.)/.test(file))).toEqual([]);
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  const found = spawnSync('grep', ['-rlE', `${ROOT}|/root/|/home/`, join(folder, 'package')], { encoding: 'utf8' });
  expect(found.stdout).toBe('');
});

test('npm install --global, then joulebook from the PATH', () => {
  const prefix = join(folder, 'global');
  npm(['install', '--global', '--prefix', prefix, tarball], folder);
  const env = { ...process.env, PATH: `${join(prefix, 'bin')}:${process.env.PATH}` };
  const run = (line: string) => spawnSync('sh', ['-c', line], { cwd: folder, env, encoding: 'utf8' });
  expect(run('joulebook --version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const out = run(`joulebook run --zone DE -- sh -c 'echo hi; exit 4'`);
  expect([out.status, out.stdout]).toEqual([4, 'hi\n']);
  expect(out.stderr).toMatch(/IT energy +\d/);
  expect(run('ls "$(joulebook python-path)"').stdout).toBe('joulebook.py\n');
  expect(JSON.parse(run('joulebook report last --json').stdout)).toMatchObject({ run: { exit_code: 4, zone: 'DE' } });
});

test('npx and typed exports in a project of somebody', () => {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}');
  npm(['install', tarball], project);
  expect(
    spawnSync('npx', ['--no-install', 'joulebook', '--version'], { cwd: project, encoding: 'utf8' }).stdout,
  ).toMatch(/^\d/);
  writeFileSync(
    join(project, 'use.ts'),
    `import { Fault, readReport, type PowerSource, type ReportJson, type Step } from 'joulebook';
const it = async (): Promise<number | null> => {
  const report: ReportJson = await readReport({ ledger: '.joulebook', run: 'last' });
  return report.energy.it_j.value;
};
const step: Step['loss'] = null;
const source: PowerSource['name'] = 'mine';
void [it, step, source, Fault];
// @ts-expect-error a run is named by a word
void readReport({ ledger: '.joulebook', run: 5 });
`,
  );
  const types = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
    '--typeRoots',
    join(ROOT, 'node_modules/@types'),
    'use.ts',
  ];
  const check = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), types, { cwd: project, encoding: 'utf8' });
  expect(check.stdout).toBe('');
  const used = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { readReport, Fault } from 'joulebook'; try { await readReport({ ledger: 'none', run: 'last' }); } catch (e) { console.log(e instanceof Fault, e.code); }`,
    ],
    { cwd: project, encoding: 'utf8' },
  );
  expect(used.stdout).toBe('true ledger-missing\n');
});
