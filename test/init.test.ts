// joulebook init: a configuration that loads, after three questions on a terminal or none.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { settingsOf } from '../src/app/settings.ts';
import { CLI, joulebook, tempFolder } from './helpers/cli.ts';
import { onScreen } from './helpers/screen.ts';

const SIZE = { columns: 120, rows: 30 };
let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
const init = (...args: string[]) => joulebook(['init', ...args], { cwd: folder });
const written = () => readFileSync(join(folder, 'joulebook.yaml'), 'utf8');
const settings = () => settingsOf({}, { XDG_CONFIG_HOME: folder }, folder);
const onTerminal = (args = '') => onScreen(`cd '${folder}'; '${process.execPath}' '${CLI}' init ${args}`, SIZE);

test('without a terminal it asks nothing: what is given loads, the rest is commented out', async () => {
  const { code, stdout, stderr } = await init('--zone', 'aws/eu-north-1', '--price', '0.12EUR/kWh');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('joulebook.yaml: zone aws:eu-north-1, price 0.12EUR/kWh');
  const { zone, pue, price, interval, place } = await settings();
  expect([zone?.text, pue?.text, price?.text, interval]).toEqual(['SE-SE3', '1.09', '0.12EUR/kWh', null]);
  expect(place?.name).toBe('aws:eu-north-1');
});

test('with nothing given every setting of the documentation is there as a comment, and it loads', async () => {
  expect((await init('--yes')).code).toBe(0);
  const table = readFileSync(resolve(import.meta.dirname, '../docs/configuration.md'), 'utf8');
  const keys = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key!);
  expect(keys.length).toBeGreaterThan(12);
  for (const key of [...keys, 'grid']) expect(written()).toMatch(new RegExp(`^# ${key}:`, 'm'));
  expect(written().match(/^[^#\n]/m)).toBeNull();
  const all = await settings();
  expect(keys.map((key) => (all as unknown as Record<string, unknown>)[key])).toEqual(
    keys.map((key) => (key === 'budgets' ? [] : null)),
  );
});

test('each commented line is a setting as it would be written', async () => {
  await init('--yes');
  // Lines of explanation have no key at their start.
  const on = written().replace(/^# (\w+:|\s+\w+:)/gm, '$1');
  writeFileSync(join(folder, 'joulebook.yaml'), on);
  const { zone, pue, price, ledger, grid } = await settings();
  expect([zone?.text, pue?.text, price?.text, ledger?.text]).toEqual([
    ...['DE', '1.2', '0.12EUR/kWh'],
    join(folder, 'energy'),
  ]);
  expect(grid?.zones).toEqual({ DE: { providers: ['entsoe'] } });
});

test('a zone that YAML could take for something else stays a zone', async () => {
  await init('--zone', 'no');
  expect((await settings()).zone?.text).toBe('NO');
});

test('a file that is there is left alone, unless --force says otherwise', async () => {
  writeFileSync(join(folder, 'joulebook.yaml'), 'zone: FR\n');
  const { code, stderr } = await init('--zone', 'DE');
  expect([code, written()]).toEqual([2, 'zone: FR\n']);
  expect(stderr).toMatch(/is there already\n.*--force/);
  expect((await init('--zone', 'DE', '--force')).code).toBe(0);
  expect((await settings()).zone?.text).toBe('DE');
});

test.each([
  [['--zone', 'germany'], /zone "germany"\n.*did you mean DE/],
  [['--pue', '0.9'], /--pue: "0.9".*\n.*from 1 to 10/],
  [['--price', '12 cents'], /--price: "12 cents".*\n.*0\.12EUR\/kWh/],
])('%j is refused, and nothing is written', async (args, why) => {
  const { code, stderr } = await init(...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  expect(existsSync(join(folder, 'joulebook.yaml'))).toBe(false);
});

test('on a terminal: three questions, each answer told as it was understood', async () => {
  const screen = await onTerminal();
  await screen.shows('Where does it run?');
  screen.type('sweden\r');
  await screen.shows('did you mean SE');
  screen.type('aws:eu-central-1\r');
  await screen.shows(/AWS in Frankfurt, Germany: zone DE, \d+ g\/kWh in \d{4}/);
  await screen.shows('empty: that of aws:eu-central-1, 1.24');
  screen.type('\r');
  await screen.shows('What does a kWh cost');
  screen.type('cheap\r');
  await screen.shows('write a price with currency and unit');
  screen.type('0.3EUR/kWh\r');
  expect(await screen.ended).toBe(0);
  const { zone, pue, price } = await settings();
  expect([zone?.text, pue?.text, price?.text]).toEqual(['DE', '1.24', '0.3EUR/kWh']);
});

test('answers typed ahead are taken in their order, and what is given is not asked', async () => {
  const screen = await onTerminal('--pue 1.4');
  screen.type('DE\r0.2EUR/kWh\r');
  expect(await screen.ended).toBe(0);
  expect(screen.lines().join('\n')).not.toContain('PUE, facility');
  const { zone, pue, price } = await settings();
  expect([zone?.text, pue?.text, price?.text]).toEqual(['DE', '1.4', '0.2EUR/kWh']);
});

test.each([
  ['Ctrl-D', '\x04'],
  ['Ctrl-C', '\x03'],
])('%s at a question leaves nothing behind', async (_, key) => {
  const screen = await onTerminal();
  await screen.shows('Where does it run?');
  screen.type(key);
  await screen.shows('nothing was written');
  expect(await screen.ended).toBe(2);
  expect(existsSync(join(folder, 'joulebook.yaml'))).toBe(false);
});

test('on a terminal --yes asks nothing', async () => {
  const screen = await onTerminal('--yes');
  expect(await screen.ended).toBe(0);
  expect((await settings()).zone).toBeNull();
});
