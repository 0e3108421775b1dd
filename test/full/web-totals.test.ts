// The view Totals in a real browser, on a real server over imported traces whose sums follow by hand.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { traced } from '../helpers/traced.ts';
import { HOSTILE, isBroken, tooWide, views } from '../helpers/view.ts';

let shown: Awaited<ReturnType<typeof views>>;
/** Hours: atlas 1 kWh in October and 2 kWh in December, borea 3 kWh in December, and one without a project or a grid. */
beforeAll(async () => {
  const ledger = await traced([
    { name: 'a1', w: 1000, at: '2025-10-10T00:00Z', tags: { project: 'atlas' }, g: 300 },
    { name: 'a2', w: 2000, at: '2025-12-10T00:00Z', tags: { project: 'atlas' }, g: 300 },
    { name: 'b1', w: 3000, at: '2025-12-11T00:00Z', tags: { project: 'borea', team: HOSTILE }, g: 100 },
    { name: 'c1', w: 500, at: '2025-12-12T00:00Z' },
  ]);
  shown = await views(ledger);
}, 60_000);
afterAll(() => shown.close());

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
const cells = (page: Page, name: string) => row(page, name).getByRole('cell').allTextContents();

test('rows add up to the sums, and what is not known stands behind ≥ with the reason', async () => {
  const { page, complaints } = await shown.open('/totals');
  await row(page, 'atlas').waitFor();
  // 2 runs; 3 kWh of 6.5; at 300 g/kWh 900 g.
  expect((await cells(page, 'atlas')).slice(0, 3)).toEqual(['2', '3.00 kWh', '46.2 %']);
  expect((await cells(page, 'atlas'))[4]).toBe('900 gCO2e');
  expect((await cells(page, 'borea')).slice(0, 3)).toEqual(['1', '3.00 kWh', '46.2 %']);
  expect((await cells(page, '(no project)')).slice(0, 2)).toEqual(['1', '500 Wh']);
  expect((await cells(page, '(no project)'))[4]).toBe('unknown');
  const sums = await page.locator('.sums li').allTextContents();
  expect(sums[0]).toMatch(/^Energy6\.50 kWh90 %: /);
  // 900 g of atlas and 300 g of borea: the fourth run's are not known.
  expect(sums[1]).toContain('≥ 1.20 kgCO2e');
  expect(await page.title()).toBe('Totals · joulebook');
  expect(complaints).toEqual([]);
  await page.close();
});

test('months are bars, stacked by project; one of which nothing was metered is there', async () => {
  const { page } = await shown.open('/totals');
  const chart = page.getByRole('figure', { name: 'Energy by month and project' });
  await chart.getByRole('application').focus();
  const heard = chart.getByRole('status');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => heard.textContent()).toMatch(/^month 2025-10; .*atlas 1\.00 kWh/);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => heard.textContent()).toMatch(/^month 2025-11; .*together 0/);
  await page.keyboard.press('End');
  await expect.poll(() => heard.textContent()).toContain('together 5.50 kWh');
  expect(await heard.textContent()).toContain('borea 3.00 kWh');
  await page.getByLabel('Bars of').selectOption('emissions');
  await page.getByRole('figure', { name: 'Emissions by month and project' }).waitFor();
  expect(new URL(page.url()).search).toBe('?measure=emissions');
  await page.close();
});

test('the address restores division, time and order', async () => {
  const { page } = await shown.open('/totals');
  await row(page, 'atlas').waitFor();
  await page.getByRole('combobox', { name: /^By/ }).selectOption('month');
  await row(page, '2025-12').waitFor();
  await page.getByLabel('Before').fill('2025-12-11');
  await expect.poll(async () => (await cells(page, '2025-12'))[1]).toBe('2.00 kWh');
  await page.getByRole('button', { name: 'Energy', exact: true }).click();
  expect(new URL(page.url()).search).toBe('?by=month&until=2025-12-11&sort=-energy');
  const { page: again } = await shown.open(page.url().slice(shown.url.length));
  await row(again, '2025-12').waitFor();
  expect(await again.getByRole('rowheader').allTextContents()).toEqual(['2025-12', '2025-10']);
  expect(await again.getByRole('combobox', { name: /^By/ }).inputValue()).toBe('month');
  await Promise.all([page.close(), again.close()]);
});

test('by a tag, whatever stands in it', async () => {
  const { page, complaints } = await shown.open('/totals?by=tag:team', { width: 390 });
  await row(page, HOSTILE).waitFor();
  expect((await cells(page, HOSTILE))[1]).toBe('3.00 kWh');
  expect(await isBroken(page)).toBe(false);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await page.close();
});

test('the rows are taken along as CSV, in base units', async () => {
  const { page } = await shown.open('/totals');
  await row(page, 'atlas').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV', exact: true }).last().click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines[0]).toMatch(/^Project,Runs,energy \(J\),share of the known energy,/);
  expect(lines.find((line) => line.startsWith('borea'))).toMatch(/^borea,1,10800000,/);
  await page.close();
});

test('a time in which nothing was metered says so; a refusal is told', async () => {
  const { page } = await shown.open('/totals?since=2030-01-01');
  await page.getByText('Nothing was metered in that time.').waitFor();
  await page.getByLabel('From').fill('');
  await row(page, 'atlas').waitFor();
  await page.goto(`${shown.url}/totals?by=nonsense`);
  await page.getByRole('alert').waitFor();
  await page.close();
});

test('an empty ledger teaches the first command', async () => {
  const empty = await views();
  const { page, complaints } = await empty.open('/totals');
  await page.getByText('joulebook run --tag project=atlas -- python train.py').waitFor();
  // The browser itself complains of a 404.
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  await page.close();
  await empty.close();
});

test.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i px and %s axe finds nothing serious, and nothing is wider than the page', async (width, scheme) => {
  const { page } = await shown.open('/totals', { width, scheme });
  await row(page, 'atlas').waitFor();
  await page.getByRole('figure').waitFor();
  expect(await axeOn(page)).toEqual([]);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  await page.close();
});
