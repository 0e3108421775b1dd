// What the documents say is executed: commands, files, settings; and the report's keys and warnings are those described.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/app/settings.ts';
import { readIntensityFile } from '../../src/grid/file.ts';
import { readPueFile } from '../../src/grid/value-file.ts';
import { readTrace } from '../../src/meter/trace.ts';
import { readSteps } from '../../src/workload/steps-file.ts';
import { CLI, joulebook, type Result, tempFolder } from '../helpers/cli.ts';
import { loopback } from '../helpers/loopback.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const blocks = (file: string, language: string) =>
  [...read(file).matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text!);

let folder: string;
/** A place where the examples' files are, and where `joulebook` and `python` are commands. */
beforeAll(() => {
  folder = tempFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'joulebook'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  writeFileSync(
    join(bin, 'python'),
    `#!/bin/sh\nfor i in 1 2 3; do echo '{"step": '$i', "epoch": 0.1, "loss": 1}'; done\n`,
  );
  for (const name of ['joulebook', 'python']) chmodSync(join(bin, name), 0o755);
  const [series, pue, trace, steps] = blocks('docs/formats/files.md', 'csv') as [string, string, string, string];
  for (const [name, text] of Object.entries({
    'grid.csv': series,
    'pue.csv': pue,
    'power.csv': trace,
    'steps.csv': steps,
  }))
    writeFileSync(join(folder, name), text);
  const foreign = (language: string) => blocks('docs/formats/exchange.md', language).join('');
  const [emissions, zeus] = blocks('docs/formats/exchange.md', 'csv') as [string, string];
  const tables = {
    'emissions.csv': emissions,
    'zeus.csv': zeus,
    'kepler.prom': foreign('prom'),
    'dmon.txt': foreign('dmon'),
  };
  mkdirSync(join(folder, 'logs'));
  const log = { 'logs/a_carbontracker.log': foreign('log') };
  for (const [name, text] of Object.entries({ ...tables, ...log })) writeFileSync(join(folder, name), text);
});
/** The example with what it takes for granted: less training, less time, a process that is there. */
const running = (line: string) => {
  const other = line.includes('4711') ? spawn('sleep', ['2'], { stdio: 'ignore' }) : null;
  return line
    .replace('python train.py --epochs 3', 'python train.py')
    .replace('--for 8h', '--for 2s')
    .replace(/^joulebook serve/, 'timeout --preserve-status -s INT 2 joulebook serve --port 0')
    .replace('4711', String(other?.pid));
};
const sh = (line: string) =>
  spawnSync('sh', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      // Nobody is there: no example asks a provider that is not on loopback.
      NESO_URL: 'http://127.0.0.1:9',
      // What is kept for a user is kept here.
      ...{ XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache') },
    },
  });

describe('commands', () => {
  const helps = [
    'run',
    'top',
    'monitor',
    'cut',
    'attach',
    'doctor',
    'report',
    'python-path',
    'runs',
    'import trace',
    'grid now',
    'import codecarbon',
    'import zeus',
    'import kepler',
    'import dcgm',
    'import carbontracker',
    'export',
    'grid history',
    'grid forecast',
    'grid providers',
    'grid zones',
    'account',
    'compare',
    'amend',
    'restate',
    'grid when',
    'init',
    'total',
    'waste',
    'dataset export',
    'dataset describe',
    'dataset import',
    'budget replay',
    'budget log',
    'budget set',
    'budget list',
    'budget status',
    'budget rm',
    'serve',
    'token create',
  ];
  test('of the README, in their order', () => {
    const lines = blocks('README.md', 'sh')
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('joulebook '));
    expect(lines.length).toBeGreaterThanOrEqual(5);
    for (const line of lines) {
      const { status, stderr } = sh(running(line));
      expect([line, status, stderr.match(/joulebook: .*/)?.[0]]).toEqual([line, 0, undefined]);
    }
  });

  /** The help of each command, asked once. */
  const asked = new Map<string, Promise<Result>>();
  const helpOf = (command: string): Promise<Result> => {
    if (!asked.has(command)) asked.set(command, joulebook([...command.split(' ').filter(Boolean), '--help']));
    return asked.get(command)!;
  };

  test.each(helps)('the example of %s --help', async (command) => {
    const help = await helpOf(command);
    expect(help.code).toBe(0);
    const example = /\nExample:\n {2}(.*)\n/.exec(help.stdout)?.[1];
    expect(example).toMatch(/^joulebook /);
    const { status, stderr } = sh(running(example!));
    expect([example, status, stderr]).toEqual([example, 0, expect.any(String)]);
  });

  test.each([
    'docs/guides/monitor.md',
    'docs/guides/terminal.md',
    'docs/formats/places.md',
    'docs/guides/restate.md',
    'docs/guides/lifecycle.md',
    'docs/guides/compare.md',
    'docs/guides/dataset.md',
    'docs/guides/ci-jobs.md',
    'docs/guides/waste.md',
    'docs/guides/budgets.md',
    'docs/guides/dashboard.md',
  ])('of %s, in their order', (guide) => {
    const lines = blocks(guide, 'sh').join('').trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { status, stderr } = sh(running(line));
      expect([line, status, stderr]).toEqual([line, 0, expect.any(String)]);
    }
  });

  test('of the guide to the grid, against a provider on loopback', async () => {
    const half = 1_800_000;
    const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
    const server = await loopback(({ path }) => {
      const [, , from = '', to = ''] = path.split('/');
      const begin = Math.floor(Date.parse(from) / half) * half;
      const count = to === 'fw48h' ? 96 : (Date.parse(to) - begin) / half;
      const data = Array.from({ length: count }, (_, i) => ({
        ...{ from: iso(begin + i * half), to: iso(begin + (i + 1) * half) },
        intensity: { forecast: 150, actual: to === 'fw48h' ? null : 100 + (i % 48), index: 'low' },
      }));
      return { body: { data } };
    });
    const [yaml] = blocks('docs/guides/grid.md', 'yaml');
    writeFileSync(join(folder, 'joulebook.yaml'), yaml!);
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, NESO_URL: server.base };
    try {
      const lines = blocks('docs/guides/grid.md', 'sh').join('').trim().split('\n');
      expect(lines.length).toBeGreaterThan(5);
      for (const line of lines) {
        const child = spawn('sh', ['-c', running(line)], { cwd: folder, env });
        let said = '';
        child.stdout.on('data', (chunk) => (said += chunk));
        const code = await new Promise((resolve) => child.on('close', resolve));
        expect([line, code]).toEqual([line, 0]);
        if (line.startsWith('joulebook grid') && !line.endsWith('sync')) expect(said).toMatch(/neso|direct,GB/);
      }
      expect(server.received.length).toBe(2); // what was and what is expected, once for all of them
    } finally {
      await server.close();
      writeFileSync(join(folder, 'joulebook.yaml'), '');
    }
  });

  test('of other tools’ formats, in their order', () => {
    const lines = blocks('docs/formats/exchange.md', 'sh').join('').trim().split('\n');
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) {
      const { status, stderr } = sh(`JOULEBOOK_HOME=foreign ${line}`);
      expect([line, status, stderr]).toEqual([line, 0, expect.any(String)]);
    }
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/^---\nco2_eq_emissions:\n {2}emissions: /);
  });

  test.skipIf(spawnSync('python3', ['--version']).status !== 0 && !process.env.CI)(
    'of the Python guide, with its examples of plain Python as train.py',
    () => {
      const [steps, , , notebook] = blocks('docs/guides/python.md', 'python');
      const given = `import types
batches = [types.SimpleNamespace(tokens=4096)] * 3
train_step = lambda *batch: 2.5
evaluate = lambda: None
`;
      const run = (line: string) =>
        spawnSync('sh', ['-c', line], {
          ...{ cwd: folder, encoding: 'utf8' },
          env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' },
        });
      writeFileSync(join(folder, 'train.py'), given + steps!);
      const [guide] = blocks('docs/guides/python.md', 'sh');
      const { status, stdout, stderr } = run(`set -e\n${guide}`);
      expect([status, stderr.match(/joulebook: .*/)?.[0]]).toEqual([0, undefined]);
      expect(stdout).toMatch(/\n {2}3 .* 4096/);
      expect(stdout).toMatch(/\n {2}training .* 1\n {2}validation .* 1\n/);
      writeFileSync(join(folder, 'notebook.py'), `import joulebook\n${given}${notebook!}`);
      const made = run('PYTHONPATH=$(joulebook python-path) python3 notebook.py');
      expect([made.status, made.stderr, made.stdout]).toEqual([0, '', expect.stringMatching(/^\w+ \{'value': /)]);
    },
  );

  test('every option in --help is in no document misspelt', async () => {
    const known = new Set<string>();
    for (const command of [
      '',
      'calibrate',
      'grid record',
      'grid sync',
      'grid import',
      'ci gate',
      'ci baseline update',
      ...['push', 'bisect', 'ci comment', 'ci junit', 'ci badge', 'ci tag'],
      ...helps,
    ]) {
      const { stdout } = await helpOf(command);
      for (const [option] of stdout.matchAll(/--[a-z][a-z-]+/g)) known.add(option);
    }
    const foreign = ['--write', '--global', '--max-tokens', '--tokens-per-step', '--quick', '--notes'];
    for (const file of [
      'README.md',
      'docs/configuration.md',
      'docs/formats/places.md',
      'docs/guides/calibrate.md',
      'docs/formats/files.md',
      'docs/formats/exchange.md',
      'docs/formats/logs.md',
      'docs/formats/report.md',
      'docs/methodology.md',
      'docs/reliability.md',
      'docs/security.md',
      'docs/guides/server.md',
      'docs/guides/monitor.md',
      'docs/guides/whole-node.md',
      'docs/guides/python.md',
      'docs/guides/terminal.md',
      'docs/guides/restate.md',
      'docs/guides/lifecycle.md',
      'docs/guides/compare.md',
      'docs/formats/compare.md',
      'docs/formats/account.md',
      'docs/formats/restatement.md',
      'docs/formats/total.md',
      'docs/published-runs.md',
      'docs/guides/grid.md',
      'docs/guides/dataset.md',
      'docs/guides/ci-jobs.md',
      'docs/guides/ci.md',
      'docs/formats/baseline.md',
      'docs/guides/waste.md',
      'docs/guides/budgets.md',
      'docs/guides/dashboard.md',
      'docs/formats/budget.md',
      'docs/formats/waste.md',
      'docs/guides/ci-pull-requests.md',
      'docs/guides/bisect.md',
      'docs/formats/dataset.md',
      'docs/formats/providers.md',
    ]) {
      const used = [...read(file).matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option);
      expect([file, used.filter((option) => !known.has(option) && !foreign.includes(option))]).toEqual([file, []]);
    }
  });
});

describe('files', () => {
  test('the examples of files.md are read', async () => {
    const { series } = await readIntensityFile(join(folder, 'grid.csv'));
    expect(Array.from(series[0]!.g_per_kwh)).toEqual([412, 398]);
    expect((await readPueFile(join(folder, 'pue.csv'))).value).toEqual([1.15, 1.22]);
    expect((await readTrace(join(folder, 'power.csv'))).devices[0]!.power_w).toEqual([300, 310]);
    expect((await readSteps(join(folder, 'steps.csv'))).steps.map(({ tokens }) => tokens)).toEqual([4096, 8192]);
  });

  test('the example of configuration.md is taken, and its table has every key', async () => {
    const [yaml, grid, account, budgets, notify] = blocks('docs/configuration.md', 'yaml');
    writeFileSync(join(folder, 'joulebook.yaml'), `${yaml}\n${grid}\n${account}\n${budgets}\n${notify}`);
    const settings = await settingsOf({}, { XDG_CONFIG_HOME: '/nonexistent' }, folder);
    expect(settings).toMatchObject({
      folder: join(folder, 'energy'),
      zone: { text: 'DE' },
      price: { text: '0.12EUR/kWh' },
      grid: { zones: { DE: { providers: ['electricity-maps', 'entsoe'] } } },
      account: { section: { market: { residual: 480 } } },
      budgets: [{ budgets: { lab: { limit: '20kgCO2e' }, llm: { rolling: '30d' } } }],
      notify: { section: { desktop: true, allow_private: false } },
    });
    const listed = [...read('docs/configuration.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    const keys = Object.keys(settings).filter(
      (key) =>
        ![
          'folder',
          'place',
          'run_id',
          'job',
          'ci',
          'visible',
          'order',
          'path',
          'rocr',
          'hip',
          'user',
          'calibrations',
          'cache',
          'tokens',
          'redfish',
        ].includes(key),
    );
    expect(listed.sort()).toEqual(keys.sort());
    writeFileSync(join(folder, 'joulebook.yaml'), '');
  });
});

test('report.md names every key that a report has', async () => {
  await joulebook([
    'import',
    'trace',
    join(folder, 'power.csv'),
    '--ledger',
    join(folder, 'l'),
    '--intensity',
    join(folder, 'grid.csv'),
  ]);
  const { stdout } = await joulebook(['report', 'last', '--json', '--by', 'hour', '--ledger', join(folder, 'l')]);
  const doc = read('docs/formats/report.md');
  const missing = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && !new RegExp(`\\b${key}\\b`).test(doc)) missing.add(key);
      if (key !== 'tags') look(inner);
    }
  };
  look(JSON.parse(stdout));
  expect([...missing]).toEqual([]);
});

test('report.md lists every warning in the code', () => {
  const code = ['report/build.ts', 'report/devices.ts', 'run/supervise.ts', 'run/told-steps.ts', 'app/reports.ts']
    .map((file) => read(`src/${file}`))
    .join('\n');
  const used = new Set([...code.matchAll(/(?:code: '|'warn:)([a-z-]+)'/g)].map(([, name]) => name!));
  const listed = new Set(
    [
      ...read('docs/formats/report.md')
        .split('## Warnings')[1]!
        .matchAll(/`([a-z-]+)`/g),
    ].map(([, name]) => name!),
  );
  expect([...used].filter((name) => !listed.has(name))).toEqual([]);
  expect(used.size).toBeGreaterThan(10);
});

test('every link of the documents leads somewhere, and every test that reliability.md names exists', () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...readdirSync(join(ROOT, 'docs'), { recursive: true })
      .filter((file) => String(file).endsWith('.md'))
      .map((file) => `docs/${file}`),
  ];
  const broken = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target]) => join(dirname(file), target!))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${file}: ${target}`),
  );
  expect(broken).toEqual([]);
  const tests = [...read('docs/reliability.md').matchAll(/`((?:src|test)\/[^`]+\.ts)`/g)].map(([, file]) => file!);
  expect(tests.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
