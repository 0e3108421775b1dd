// The page's frame in a real browser: what is loaded at first, how one gets about, and what is told where nothing is.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { tempFolder } from '../helpers/cli.ts';
import { runsTable } from '../helpers/runs-page.ts';

const MOST_BYTES = 100_000;
const body = JSON.stringify(runsTable(3));
let browser: Browser;
let server: Awaited<ReturnType<typeof serving>>;
beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), serving(join(tempFolder(), 'ledger'))]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function opened(path: string) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints = complaintsOf(page);
  await page.route('**/api/runs-table', (route) => route.fulfill({ contentType: 'application/json', body }));
  await page.goto(`${server.url}${path}`);
  return { page, complaints };
}

test('the JavaScript of the first view is no more than 100 kB, compressed', async () => {
  const page = await browser.newPage();
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script')
      sizes.push(response.body().then((code) => gzipSync(code).length));
  });
  await page.goto(server.url, { waitUntil: 'networkidle' });
  const bytes = (await Promise.all(sizes)).reduce((sum, one) => sum + one, 0);
  console.log(`JavaScript of the first view: ${bytes} bytes compressed, ${sizes.length} files`);
  expect(sizes.length).toBeGreaterThan(1);
  expect(bytes).toBeGreaterThan(5000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  await page.close();
});

test('the first Tab leads to the content, past the navigation', async () => {
  const { page, complaints } = await opened('/runs');
  await page.getByRole('table').waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.type')).toBe('search');
  expect(await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).getAttribute('aria-current')).toBe(
    'page',
  );
  expect(complaints).toEqual([]);
  await page.close();
});

test('an address that is no view is told, and leads back', async () => {
  const { page } = await opened('/no-such/%3Cb%3E');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  expect(await page.getByRole('main').textContent()).toContain('/no-such/<b>');
  expect(await axeOn(page)).toEqual([]);
  await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
  await page.getByRole('table').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.goBack();
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await page.close();
});

test('colours are kept as they were chosen', async () => {
  const { page } = await opened('/runs');
  const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(await paper()).toBe('rgb(255, 255, 255)');
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
  await expect.poll(paper).toBe('rgb(20, 23, 26)');
  await page.reload();
  await expect.poll(paper).toBe('rgb(20, 23, 26)');
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('system');
  await expect.poll(paper).toBe('rgb(255, 255, 255)');
  await page.close();
});

test('a ledger without runs teaches the command that starts one', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/runs`);
  await page.getByText('joulebook run -- python train.py').waitFor();
  expect(await axeOn(page)).toEqual([]);
  await page.close();
});

test('a server that is away is told in words', async () => {
  const page = await browser.newPage();
  await page.route('**/api/**', (route) => route.abort());
  await page.goto(`${server.url}/runs`);
  expect(await page.getByRole('alert').textContent()).toContain('the server does not answer');
  expect(await axeOn(page)).toEqual([]);
  await page.close();
});

test('an answer that nobody foresaw breaks the view, not the page', async () => {
  const page = await browser.newPage();
  await page.route('**/api/runs-table', (route) =>
    route.fulfill({ contentType: 'application/json', body: '{"runs":[{}]}' }),
  );
  await page.goto(`${server.url}/runs`);
  await page.getByRole('heading', { name: 'This view broke' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).waitFor();
  await page.close();
});
