// The list of runs in a real browser: of a real ledger, and of ten thousand runs.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';
import { runsTable } from '../helpers/runs-page.ts';

const MANY = 10_000;
const body = JSON.stringify(runsTable(MANY));
let browser: Browser;
let server: Awaited<ReturnType<typeof serving>>;
beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), serving(join(tempFolder(), 'ledger'))]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** The page of ten thousand runs. */
async function opened(path = '/runs', width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme, hasTouch: width < 500 });
  const etag = 'W/"1"';
  await page.route('**/api/runs-table', (route) =>
    route.request().headers()['if-none-match'] === etag
      ? route.fulfill({ status: 304 })
      : route.fulfill({ contentType: 'application/json', body, headers: { etag } }),
  );
  await page.goto(`${server.url}${path}`);
  await page.getByRole('table').waitFor();
  return page;
}
const names = (page: Page) => page.getByRole('rowheader').allTextContents();
const counted = (page: Page) => page.getByRole('status').first().textContent();

test('lists what was metered', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const args = ['--ledger', ledger, '--name', 'first', '--tag', 'project=atlas', '--zone', 'DE', '--quiet'];
  await joulebook(['run', ...args, '--', 'true']);
  const own = await serving(ledger);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${own.url}/runs`);
  await page.getByRole('rowheader', { name: 'first' }).waitFor();
  expect(await page.getByRole('row').nth(1).textContent()).toContain('project=atlas');
  expect(await page.title()).toBe('Runs · joulebook');
  expect(complaints).toEqual([]);
  await page.close();
  expect((await own.stop()).code).toBe(0);
});

test('ten thousand runs are a table of all of them, of which few are in the page', async () => {
  const page = await opened();
  const complaints = complaintsOf(page);
  expect(await counted(page)).toBe('10000 runs');
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('10001');
  expect(await page.getByRole('row').count()).toBeLessThan(60);
  await page.getByRole('row').nth(1).focus();
  await page.keyboard.press('End');
  const last = page.locator('tr[aria-rowindex="10001"]');
  await last.waitFor();
  expect(await last.getByRole('rowheader').textContent()).toBe('try 9999');
  expect(await page.evaluate('document.activeElement.ariaRowIndex')).toBe('10001');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('PageUp');
  await page.keyboard.press('Home');
  await page.locator('tr[aria-rowindex="2"]:focus').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('is sorted by any column, unknown last', async () => {
  const page = await opened();
  await page.getByRole('button', { name: 'Energy' }).click();
  await expect.poll(async () => (await names(page))[0]).toBe('try 9998');
  expect(await page.getByRole('columnheader', { name: 'Energy' }).getAttribute('aria-sort')).toBe('descending');
  await page.getByRole('button', { name: 'Energy' }).click();
  await expect.poll(async () => (await names(page)).slice(0, 5)).toEqual(['try 0', 'try 1', 'try 2', 'try 3', 'try 5']);
  expect(new URL(page.url()).search).toBe('?sort=energy');
  await page.close();
});

test('is found by words and facets, and the address brings it back', async () => {
  const page = await opened();
  await page.getByRole('searchbox').fill('project=atlas main');
  // Every tenth run is of atlas, and all of those have an even number: they are of main.
  await expect.poll(() => counted(page)).toBe('1000 of 10000 runs');
  await page.getByText('State', { exact: true }).first().click();
  await page.getByRole('checkbox', { name: /^finished/ }).check();
  // Of each twenty runs the first alone is of atlas and finished.
  await expect.poll(() => counted(page)).toBe('500 of 10000 runs');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Duration' }).click();
  await page.getByRole('checkbox', { name: 'choose try 9980' }).check();
  await page.getByRole('checkbox', { name: 'choose try 9960' }).check();
  expect(await page.getByRole('link', { name: 'Compare 2 runs' }).getAttribute('href')).toBe(
    '/compare?runs=run-9980,run-9960',
  );

  const again = await opened(page.url().slice(server.url.length));
  expect(await counted(again)).toBe('500 of 10000 runs');
  expect((await names(again)).slice(0, 2)).toEqual(['try 9980', 'try 9960']);
  expect(await again.getByRole('searchbox').inputValue()).toBe('project=atlas main');
  await again.getByRole('link', { name: 'Compare 2 runs' }).waitFor();
  await again.getByRole('button', { name: 'clear' }).click();
  await expect.poll(() => counted(again)).toBe('10000 runs');
  await Promise.all([page.close(), again.close()]);
});

test('what is listed is taken along as CSV', async () => {
  const page = await opened('/runs?q=seed%3D99&columns=energy,state');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines[0]).toBe('Run,State,energy (J)');
  // try 99, 990 to 999 and 9900 to 9999.
  expect(lines).toHaveLength(1 + 111);
  expect(lines.slice(1, 3)).toEqual(['try 99,interrupted,', 'try 990,stopped,3564000']);
  await page.close();
});

test('why a figure is unknown is told by keyboard and by touch', async () => {
  const page = await opened();
  await page.locator('tr[aria-rowindex="6"]').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.getByRole('tooltip').textContent()).toBe('no reading');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('tooltip').count()).toBe(0);
  await page.close();
  const small = await opened('/runs?columns=energy', 390);
  await small.getByRole('button', { name: '2.00 Wh' }).first().tap();
  expect(await small.getByRole('tooltip').textContent()).toBe('90 %: 1.89 Wh – 2.11 Wh');
  await small.close();
});

test('typing and scrolling through ten thousand runs hold up no frame for long', async () => {
  const page = await opened();
  /** ms between frames, while something is done in each of them. */
  const frames = async (what: string) => {
    const all = await page.evaluate<number[]>(`new Promise((done) => {
      const at = [];
      const step = (now) => {
        at.push(now);
        if (at.length > 90) return done(at.slice(1).map((one, i) => one - at[i]));
        ${what}
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    })`);
    const sorted = all.toSorted((a, b) => a - b);
    return { median: sorted[45]!, worst: sorted.at(-1)! };
  };
  const scrolled = await frames('document.querySelector(".many").scrollTop += 100;');
  const flung = await frames('document.querySelector(".many").scrollTop += 900;');
  const typed = await frames(`
    const box = document.querySelector('input[type=search]');
    if (at.length % 6 === 0) { box.value = 'try ' + at.length; box.dispatchEvent(new Event('input', { bubbles: true })); }`);
  const told = ({ median, worst }: { median: number; worst: number }) =>
    `median ${median.toFixed(1)}, worst ${worst.toFixed(0)} ms`;
  console.log(`between frames: scrolling ${told(scrolled)}; flung ${told(flung)}; typing ${told(typed)}`);
  expect(scrolled.median).toBeLessThan(34);
  expect(scrolled.worst).toBeLessThan(150);
  expect(flung.median).toBeLessThan(68);
  expect(flung.worst).toBeLessThan(300);
  expect(typed.median).toBeLessThan(34);
  expect(typed.worst).toBeLessThan(400);
  await page.close();
});

test.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i px and %s axe finds nothing serious, and nothing is wider than the page', async (width, scheme) => {
  const page = await opened('/runs?chosen=run-1', width, scheme);
  expect(await axeOn(page)).toEqual([]);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  await page.close();
});
