// The view Budgets in a real browser: how each stands against its limit, and the log of what was decided.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BudgetStatusJson } from '../../src/report/budget-status.ts';
import { axeOn } from '../helpers/axe.ts';
import { budgetsPage, decisionsPage } from '../helpers/budgets-page.ts';
import { HOSTILE, isBroken, tooWide, views, type Wishes } from '../helpers/view.ts';

let shown: Awaited<ReturnType<typeof views>>;
beforeAll(async () => {
  shown = await views();
});
afterAll(() => shown.close());

async function opened(path = '/budgets', { answers = {}, ...more }: Wishes = {}) {
  const made = await shown.open(path, {
    ...more,
    answers: {
      '**/api/budgets': budgetsPage(),
      '**/api/budgets/log*': (url: URL) => decisionsPage(url.searchParams.get('budget')),
      ...answers,
    },
  });
  await made.page.getByRole('heading', { name: 'Budgets' }).waitFor();
  return made;
}
const card = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
/** When each was. */
const rows = (page: Page) => page.locator('tbody tr[data-place] td:nth-of-type(1)').allTextContents();

test('each budget is a bar against its limit, with what is spent, projected and when it is passed', async () => {
  const { page, complaints } = await opened();
  const lab = card(page, 'lab');
  await lab.getByRole('img', { name: '12.0 kgCO2e spent of 20kgCO2e, 24.0 kgCO2e projected' }).waitFor();
  const text = (await lab.textContent())!;
  for (const told of [
    'within its limit',
    '60.0 % of the limit',
    '90 %: 10.8 kgCO2e – 13.5 kgCO2e',
    '90 %: 21.0 kgCO2e – 28.0 kgCO2e',
    'spent at 2026-11-26 00:00 UTC',
    '50.0 % of the time is over',
    'wide 120 gCO2e an hour',
    '0.8=warn, stop',
  ])
    expect(text).toContain(told);
  // The bar is as long as the projection's upper end, and a little: 28 × 1.04.
  const width = async (part: string) => (await lab.locator(`.bar .${part}`).boundingBox())!.width;
  const whole = (await lab.locator('.bar').boundingBox())!.width;
  expect((await width('spent')) / whole).toBeCloseTo(12 / 29.12, 2);
  expect((await width('end')) / whole).toBeCloseTo(24 / 29.12, 2);
  expect(await page.title()).toBe('Budgets · joulebook');
  expect(complaints).toEqual([]);
  await page.close();
});

test('one that is spent says so, and of one that is not all known the known part stands behind ≥ with the reason', async () => {
  const { page } = await opened();
  expect(await card(page, 'llm').textContent()).toContain('126 % of the limit');
  await card(page, 'llm').getByText('spent', { exact: true }).waitFor();
  const tiny = card(page, 'tiny');
  expect(await tiny.textContent()).toContain('≥ 2.00 EUR');
  expect(await tiny.textContent()).toContain('3 runs have no price');
  await tiny.getByRole('img', { name: 'at least 2.00 EUR spent of 5EUR' }).waitFor();
  await page.close();
});

test('the log tells what was decided and what it saved, the newest first, and one decision in full', async () => {
  const { page, complaints } = await opened();
  expect(await page.locator('.saved-sum').allTextContents()).toEqual([
    expect.stringContaining('Pauses and moves saved 160 gCO2e (90 %: 120 gCO2e – 210 gCO2e)'),
  ]);
  expect(await rows(page)).toEqual([
    '2026-11-13 12:00:00',
    '2026-11-12 12:00:00',
    '2026-11-11 12:00:00',
    '2026-11-10 12:00:00',
  ]);
  const pause = page.getByRole('row').filter({ hasText: 'greener grid' });
  expect(await pause.textContent()).toContain('2 h 0 min');
  expect(await pause.textContent()).toContain('−2.00 Wh');
  await pause.focus();
  await page.keyboard.press('Enter');
  const full = page.getByRole('region', { name: 'One decision in full' });
  await full.waitFor();
  expect(await full.textContent()).toContain('412 gCO2e/kWh in DE, measured by neso');
  const { page: again } = await opened(page.url().slice(shown.url.length));
  await again.getByRole('region', { name: 'One decision in full' }).waitFor();
  await again.getByRole('button', { name: 'close' }).click();
  await expect.poll(() => new URL(again.url()).search).toBe('');
  expect(complaints).toEqual([]);
  await Promise.all([page.close(), again.close()]);
});

test('the log is of one budget, which the address keeps', async () => {
  const { page } = await opened();
  await page.getByRole('button', { name: 'its log: lab' }).click();
  await expect.poll(async () => (await rows(page)).length).toBe(3);
  expect(new URL(page.url()).search).toBe('?budget=lab');
  expect(await page.getByLabel('For').inputValue()).toBe('lab');
  await page.getByLabel('For').selectOption('greener grid');
  await expect.poll(async () => (await rows(page)).length).toBe(1);
  const { page: again } = await opened(page.url().slice(shown.url.length));
  await expect.poll(async () => (await rows(again)).length).toBe(1);
  await Promise.all([page.close(), again.close()]);
});

const NONE: BudgetStatusJson = { schema: 'joulebook/budget-status/v1', now_ms: 0, budgets: [], warnings: [] };

test('with none it says how to set one, and that nothing was decided', async () => {
  const { page, complaints } = await opened('/budgets', {
    answers: { '**/api/budgets': NONE, '**/api/budgets/log*': { ...decisionsPage('nobody'), decisions: [] } },
  });
  await page.getByText('joulebook budget set lab --limit 20kgCO2e --per month').waitFor();
  await page.getByText('Nothing was decided yet').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('names are text, whatever stands in them', async () => {
  const budgets = budgetsPage();
  const log = decisionsPage();
  const { page, complaints } = await opened('/budgets', {
    width: 390,
    answers: {
      '**/api/budgets': {
        ...budgets,
        budgets: budgets.budgets.map((one) => ({ ...one, name: `${HOSTILE} ${one.name}` })),
      },
      '**/api/budgets/log*': {
        ...log,
        decisions: log.decisions.map((one) => ({ ...one, run_name: HOSTILE, because: HOSTILE, by: [HOSTILE] })),
      },
    },
  });
  await page.getByRole('heading', { name: `${HOSTILE} lab` }).waitFor();
  expect(await isBroken(page)).toBe(false);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await page.close();
});

test.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i px and %s axe finds nothing serious, and nothing is wider than the page', async (width, scheme) => {
  const { page } = await opened('/budgets?decision=r1/w/12', { width, scheme });
  await page.getByRole('region', { name: 'One decision in full' }).waitFor();
  expect(await axeOn(page)).toEqual([]);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  await page.close();
});
