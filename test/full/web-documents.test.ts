// The views Compare and Budgets on a real server: what they show of a ledger of traces is what follows by hand.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joulebook } from '../helpers/cli.ts';
import { traced } from '../helpers/traced.ts';
import { views } from '../helpers/view.ts';

let shown: Awaited<ReturnType<typeof views>>;
const DAY_MS = 86_400_000;
/** An hour each, some days ago: small at 1000 W three times, wide at 800 W three times. */
beforeAll(async () => {
  const day = (ago: number) => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - ago * DAY_MS).toISOString();
  const hour = (name: string, w: number, ago: number) => ({ name, w, at: day(ago), tags: { size: name }, g: 300 });
  const ledger = await traced([
    ...[hour('small', 1000, 40), hour('wide', 800, 41), hour('small', 1010, 42)],
    ...[hour('wide', 810, 43), hour('small', 990, 44), hour('wide', 790, 45)],
  ]);
  const { code, stderr } = await joulebook(['budget', 'set', 'lab', '--limit', '10kWh', '--ledger', ledger]);
  expect(code, stderr).toBe(0);
  shown = await views(ledger);
}, 60_000);
afterAll(() => shown.close());

const cells = (page: Page, name: string) =>
  page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    .getByRole('cell')
    .allTextContents();

test('groups by tag, chosen on the page', async () => {
  const { page, complaints } = await shown.open('/compare');
  await page.getByText('values', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'small' }).check();
  await page.getByRole('checkbox', { name: 'wide' }).check();
  await page.getByRole('heading', { name: 'size=wide against size=small' }).waitFor();
  // 0.8 kWh against 1 kWh, and 80 % of its tokens' energy too.
  const [a, b, change, , verdict] = await cells(page, 'IT energy');
  expect(a).toContain('1.00 kWh');
  expect(b).toContain('800 Wh');
  expect(change).toContain('−20.0 %');
  expect(verdict).toBe('better');
  expect(new URL(page.url()).searchParams.getAll('group')).toEqual(['size=small', 'size=wide']);
  await page.getByLabel('Front of').fill('loss');
  await page.keyboard.press('Enter');
  await page.getByRole('figure', { name: 'loss against IT energy' }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('runs chosen in the list are compared', async () => {
  const { page, complaints } = await shown.open('/runs');
  const boxes = page.getByRole('checkbox', { name: /^choose/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole('link', { name: 'Compare 2 runs' }).click();
  await page.locator('.verdict').waitFor();
  expect(await page.getByText('One run each tells of these runs alone').count()).toBe(1);
  await page.getByLabel('Target').fill('loss=5');
  await page.keyboard.press('Enter');
  await page.getByText('The target: loss ≤ 5').waitFor();
  await page.getByRole('rowheader', { name: 'energy to target' }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('a standing budget: what all runs used of it, and nothing decided', async () => {
  const { page, complaints } = await shown.open('/budgets');
  // 3 × 1 and 3 × 0.8 kWh.
  await page.getByRole('img', { name: '5.40 kWh spent of 10kWh' }).waitFor();
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'lab' }) });
  expect(await card.textContent()).toContain('54.0 % of the limit');
  expect(await card.textContent()).toContain('6 runs');
  await page.getByText('Nothing was decided yet').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
