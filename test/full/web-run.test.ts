// A run's page in a real browser: of a training, of one that goes on, of broken ones, by keyboard, on narrow and dark screens.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { joulebook, start, tempFolder, until } from '../helpers/cli.ts';
import { GAP, STALL, TRACE_FROM_MS, trainingTrace } from '../helpers/training-trace.ts';

const TRAIN = resolve(import.meta.dirname, '../../examples/demo/train.mjs');
const MIN = 60_000;
const folder = tempFolder();
const ledger = join(folder, 'ledger');
let browser: Browser;
let server: Awaited<ReturnType<typeof serving>>;

beforeAll(async () => {
  const imported = await joulebook(['import', ...trainingTrace(folder), '--ledger', ledger]);
  expect(imported.code).toBe(0);
  [browser, server] = await Promise.all([openBrowser(), serving(ledger)]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface Look {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** The page of a run, with its charts; and all that it complains of. */
async function opened(path: string, { width = 1280, colorScheme = 'light' }: Look = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, hasTouch: width < 500 });
  const complaints = complaintsOf(page);
  await page.goto(`${server.url}${path}`);
  await page.getByRole('figure', { name: 'Power by device' }).waitFor();
  return { page, complaints };
}

/** Whether the run of that name has any. */
const hasReadings = (name: string): boolean =>
  readdirSync(join(ledger, 'runs')).some((id) => {
    const own = join(ledger, 'runs', id);
    const run = join(own, 'run.json');
    if (!existsSync(run) || JSON.parse(readFileSync(run, 'utf8')).name !== name) return false;
    const files = readdirSync(own, { recursive: true }).map((file) => join(own, String(file)));
    return files.some((file) => /\/energy\.\d+\.open$/.test(file) && statSync(file).size > 0);
  });

const tile = (page: Page, name: string) =>
  page.locator('.tile', { has: page.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) }) });
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const cells = (page: Page, table: string, row: string) =>
  page
    .getByRole('table', { name: table, exact: true })
    .getByRole('row', { name: row })
    .locator('th, td')
    .allTextContents();
const plot = (page: Page, title: string) =>
  page.getByRole('figure', { name: title, exact: true }).getByRole('application');
const query = (page: Page) => new URL(page.url()).searchParams;

test('a training: its figures, phases, epochs, devices, gaps and where its figures come from', async () => {
  const { page, complaints } = await opened('/runs/training');
  expect(await page.title()).toBe('training · joulebook');
  // 155 min at 1600 W, 15 min at 800 W, 10 min at 400 W: 15.84 MJ. PUE 1.2, 300 g/kWh.
  expect(await tile(page, 'IT energy').textContent()).toContain('4.40 kWh');
  expect(await tile(page, 'Operational emissions').textContent()).toContain('1.58 kgCO2e');
  expect((await cells(page, 'Phases', 'stall')).slice(0, 4)).toEqual(['stall', '68.3 Wh', '1.55 %', '10 min 0 s']);
  await page.getByText('1.55 % of the energy, 68.3 Wh, went without progress: stall 1.55 %.').waitFor();
  expect((await cells(page, 'Devices', 'gpu-2')).slice(1, 3)).toEqual(['1.10 kWh', '367 W']);
  expect(await cells(page, 'Gaps', 'gpu-2')).toEqual([
    ...['2026-11-20 06:29:50', '4 min 10 s', 'gpu-2', 'estimated, within bounds', 'readings too far apart'],
  ]);
  expect((await cells(page, 'Lines of the account', 'Facility energy')).slice(0, 2)).toEqual([
    ...['Facility energy', '5.28 kWh'],
  ]);
  await page.getByText('it would have been 66.7 % cleaner: 1.06 kgCO2e less').waitFor();
  const epochs = page.getByRole('figure', { name: 'Energy by epoch' });
  await epochs.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  // The first epoch: 55 min at 1600 W, then 5 min of evaluation at 800 W.
  expect(await epochs.getByRole('status').textContent()).toMatch(/^epoch 0; energy 1\.5\d kWh/);
  await section(page, 'Uncertainty').getByText('grid intensity', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('a zoom stands in the address, is fetched finer, and the back button takes it back', async () => {
  const { page, complaints } = await opened('/runs/training');
  const asked: string[] = [];
  page.on('request', (request) => request.url().includes('/series?') && asked.push(request.url()));
  await plot(page, 'Power by device').focus();
  await page.keyboard.press('+');
  await expect.poll(() => Number(query(page).get('to')) - Number(query(page).get('from'))).toBe((180 * MIN) / 2);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await expect.poll(() => Number(query(page).get('to')) - Number(query(page).get('from'))).toBe((180 * MIN) / 8);
  await expect.poll(() => asked.some((url) => url.includes(`from=${query(page).get('from')}`))).toBe(true);
  // What was looked at keeps the keyboard.
  expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain('Power by device');
  await page.goBack();
  await expect.poll(() => query(page).get('from')).toBeNull();
  await page.goForward();
  await expect.poll(() => query(page).get('from')).not.toBeNull();
  await page.keyboard.press('Escape');
  await expect.poll(() => query(page).get('from')).toBeNull();
  expect(complaints).toEqual([]);
  await page.close();
});

test('an address with a zoom and a switch shows what it was copied from', async () => {
  const zoom = ([from, to]: readonly [number, number]) =>
    `from=${TRACE_FROM_MS + from * MIN}&to=${TRACE_FROM_MS + to * MIN}`;
  const { page } = await opened(`/runs/training?${zoom([STALL[0] - 6, STALL[0] - 2])}`);
  await page.getByRole('button', { name: 'all together' }).click();
  expect(query(page).get('power')).toBe('together');
  const power = page.getByRole('figure', { name: 'Power of all devices' });
  const first = async (path: string) => {
    await page.goto(`${server.url}${path}`);
    await power.getByRole('application').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    return power.getByRole('status').textContent();
  };
  // Four GPUs draw 400 W each before the stall, and 100 W in it.
  const { pathname, search } = new URL(page.url());
  expect(await first(`${pathname}${search}`)).toMatch(/^2026-11-20 07:14:\d\d UTC; all devices 1600 W/);
  const inside = `${pathname}?power=together&${zoom([STALL[0] + 2, STALL[1] - 2])}`;
  expect(await first(inside)).toMatch(/^2026-11-20 07:22:\d\d UTC; all devices 400 W.*; stall$/);
  await page.close();
});

test('a gap is told in the chart, and the values are taken along as CSV', async () => {
  const [from, to] = GAP.map((minute) => TRACE_FROM_MS + minute * MIN);
  const { page } = await opened(`/runs/training?from=${from! - 5 * MIN}&to=${to! + 5 * MIN}`);
  const power = page.getByRole('figure', { name: 'Power by device' });
  await power.getByText('not observed: readings too far apart').waitFor();
  // Its own values, no longer those of the whole run.
  await page.locator('[aria-busy="false"]').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    power.getByRole('button', { name: 'Power by device as CSV' }).click(),
  ]);
  const [head, ...lines] = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(head!.split(',').slice(0, 2)).toEqual(['time (UTC)', 'gpu-0 (W)']);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.every((line) => line.split(',')[1] === '400')).toBe(true);
  await page.close();
});

test('every start within a day is shown where it is asked for', async () => {
  const { page, complaints } = await opened('/runs/training');
  await page.getByRole('button', { name: 'show every start within a day' }).click();
  const starts = page.getByRole('figure', { name: 'Had it started at …' });
  await starts.getByRole('application').focus();
  expect(query(page).get('starts')).toBe('shown');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  // 4.40 kWh × 1.2 × 300 g/kWh, but from 12 o'clock on, three hours long, 100.
  await expect.poll(() => starts.getByRole('status').textContent()).toContain('emissions 1.58 kgCO2e');
  await starts.getByRole('button', { name: 'as table' }).click();
  await starts.getByRole('cell', { name: '528 gCO2e' }).first().waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('a run that goes on is followed, without loss of zoom or focus, until it ends', async () => {
  const options = ['--ledger', ledger, '--name', 'going', '--quiet', '--zone', 'FR'];
  const { done } = start(['run', ...options, '--', process.execPath, TRAIN, '--seconds', '25', '--log-every', '40']);
  await until('readings', () => hasReadings('going'));
  const { page, complaints } = await opened('/runs/going');
  await page.getByRole('heading', { level: 1 }).getByText('running').waitFor();
  const seconds = async () => Number(/UTC, ([\d.]+) s/.exec((await page.locator('.when').textContent())!)?.[1]);
  const before = await seconds();
  await expect.poll(seconds, { timeout: 30_000 }).toBeGreaterThan(before);
  await plot(page, 'Energy so far').focus();
  await page.keyboard.press('+');
  await expect.poll(() => query(page).get('from')).not.toBeNull();
  const { search } = new URL(page.url());
  expect((await done).code).toBe(0);
  await page.getByRole('heading', { level: 1 }).getByText('finished').waitFor({ timeout: 30_000 });
  expect(new URL(page.url()).search).toBe(search);
  expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain('Energy so far');
  await page.getByRole('figure', { name: 'Loss against energy' }).getByRole('application').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('a broken one says first what is not in its account: no zone, no PUE, killed', async () => {
  const killed = start(['run', '--ledger', ledger, '--name', 'broken', '--quiet', '--', 'sleep', '2']);
  await until('readings', () => hasReadings('broken'));
  killed.child.kill('SIGKILL');
  await killed.done;
  const { page, complaints } = await opened('/runs/broken');
  await page.getByRole('heading', { level: 1 }).getByText('interrupted').waitFor();
  await page
    .getByRole('list', { name: 'What to know first' })
    .getByText('the meter ended before the run did')
    .waitFor();
  expect(await tile(page, 'Operational emissions').textContent()).toContain('unknown');
  expect(await tile(page, 'Operational emissions').textContent()).not.toMatch(/\b0 gCO2e/);
  await section(page, 'Phases').getByText('The run told no steps').waitFor();
  await section(page, 'Work').getByText('The run told no steps').waitFor();
  await section(page, 'Other starts').getByText('No other start can be compared').waitFor();
  await page.getByRole('figure', { name: 'Grid intensity' }).locator('.empty').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('one that is not there is told, and what is there', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/runs/nobody`);
  await page.getByRole('alert').getByText('no run matches "nobody"').waitFor();
  await page.close();
});

test('a link to a part of the page finds it', async () => {
  const { page } = await opened('/runs/training#account');
  await expect
    .poll(() => page.evaluate('document.getElementById("account").getBoundingClientRect().top'))
    .toBeLessThan(200);
  await page.close();
});

test.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)(
  'at %i px and %s axe finds nothing serious, and nothing is wider than the page',
  async (width, colorScheme) => {
    const { page } = await opened('/runs/training?starts=shown', { width, colorScheme });
    await page.getByRole('figure', { name: 'Had it started at …' }).waitFor();
    expect(await axeOn(page)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.close();
  },
);

test('what is printed has no buttons and is not cut off', async () => {
  const { page } = await opened('/runs/training');
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('button', { name: 'as table' }).first().isVisible()).toBe(false);
  expect(await page.getByRole('navigation', { name: 'On this page' }).isVisible()).toBe(false);
  expect(await section(page, 'Account').isVisible()).toBe(true);
  expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
  await page.close();
});

test('the charts are there before the account of a long run is made', async () => {
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  let answer = () => {};
  const made = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/api/runs/training', async (route) => {
    await made;
    await route.continue();
  });
  await page.goto(`${server.url}/runs/training`);
  await plot(page, 'Power by device').focus();
  await page.keyboard.press('+');
  await expect.poll(() => query(page).get('from')).not.toBeNull();
  await page.getByText('Its account is being made').waitFor();
  answer();
  await tile(page, 'IT energy').getByText('4.40 kWh').waitFor();
  // The zoom that was chosen meanwhile stays.
  expect(query(page).get('from')).not.toBeNull();
  expect(complaints).toEqual([]);
  await page.close();
});
