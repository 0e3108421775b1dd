// The view Compare in a real browser: comparisons made by the same code as joulebook compare, of runs whose figures follow by hand.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CompareJson } from '../../src/report/compare-model.ts';
import { axeOn } from '../helpers/axe.ts';
import { compared, NONE, run } from '../helpers/compare-input.ts';
import { runsTable } from '../helpers/runs-page.ts';
import { HOSTILE, isBroken, tooWide, views, type Wishes } from '../helpers/view.ts';

let shown: Awaited<ReturnType<typeof views>>;
beforeAll(async () => {
  shown = await views();
});
afterAll(() => shown.close());

const named = (name: string, shape: Parameters<typeof run>[0]) =>
  run({ ...shape, change: (input) => ({ ...input, run: { ...input.run, name, tags: { size: name } } }) });

/** 100 s at 100 W against 80 W, on grids of 300 and 200 g/kWh: 10 kJ against 8 kJ. */
const two = compared({ base: [named('base', { w: 100, g: 300 })], wide: [named('wide', { w: 80, g: 200 })] });
/** Repeats: 100, 101, 99 W against 80, 81, 79 W. */
const groups = compared({
  'lr=1': [100, 101, 99].map((w) => run({ w })),
  'lr=2': [80, 81, 79].map((w) => run({ w })),
  'lr=3': [120, 121, 119].map((w) => run({ w })),
});
const tagged = (accuracy: string, w: number) =>
  run({ w, change: (input) => ({ ...input, run: { ...input.run, tags: { accuracy } } }) });
/** Small uses least, large is the most accurate, and lost is worse than small in both. */
const front = compared(
  { small: [tagged('0.8', 80)], large: [tagged('0.9', 160)], lost: [tagged('0.7', 120)] },
  { ...NONE, quality: 'accuracy' },
);

const opened = (compared: CompareJson, path = '/compare?runs=a&runs=b', more: Wishes = {}) =>
  shown.open(path, { ...more, answers: { '**/api/compare?*': compared, '**/api/runs-table': runsTable(30) } });
const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });

test('tells the verdict in words first, then the figures with their intervals', async () => {
  const { page, complaints } = await opened(two);
  await page.getByRole('heading', { name: 'wide against base' }).waitFor();
  const sentence = await page.locator('.verdict').textContent();
  expect(sentence).toMatch(/^wide is better in energy, emissions/);
  const energy = row(page, 'IT energy');
  // 10 kJ = 2.78 Wh and 8 kJ = 2.22 Wh: a fifth less.
  expect(await energy.getByRole('cell').nth(0).textContent()).toContain('2.78 Wh');
  expect(await energy.getByRole('cell').nth(1).textContent()).toContain('2.22 Wh');
  expect(await energy.getByRole('cell').nth(2).textContent()).toContain('−20.0 %');
  expect(await energy.getByRole('cell').nth(4).textContent()).toBe('better, of these runs');
  expect(await page.title()).toBe('Compare · joulebook');
  expect(complaints).toEqual([]);
  await page.close();
});

test('takes the difference apart, and tells what is left on an equal grid', async () => {
  const { page } = await opened(two);
  const chart = page.getByRole('figure', { name: 'What makes wide differ from base' });
  await chart.getByRole('button', { name: 'as table' }).click();
  // Emissions of 10 kJ at 300 g/kWh and of 8 kJ at 200 g/kWh, with a PUE of 1.3: 1.0833 g and 0.5778 g.
  const together = chart.getByRole('row').filter({ hasText: 'together' });
  expect(await together.textContent()).toContain('−0.506 gCO2e');
  expect(await page.locator('.equal-grid').textContent()).toContain('−20.0 %');
  await page.close();
});

test('says how many repeats there were, and sets all groups against the first', async () => {
  const { page } = await opened(groups, '/compare?group=lr%3D1&group=lr%3D2&group=lr%3D3');
  await page.getByRole('heading', { name: 'lr=3 against lr=1' }).waitFor();
  expect(await page.getByText('Means over 3 runs of lr=1 and 3 runs of lr=2.').count()).toBe(1);
  const [first, second] = await page.locator('.verdict').allTextContents();
  expect(first).toMatch(/^lr=2 is better in energy/);
  expect(second).toMatch(/^lr=3 is worse in energy/);
  await page.close();
});

test('draws a front, and names who beats whom', async () => {
  const { page, complaints } = await opened(front, '/compare?runs=a&runs=b&runs=c&quality=accuracy');
  await page.getByRole('figure', { name: 'accuracy against IT energy' }).waitFor();
  const points = page.getByRole('region', { name: 'Points of the front' });
  const cells = (name: string) =>
    points
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name }) })
      .getByRole('cell')
      .last()
      .textContent();
  expect(await cells('small')).toContain('on the front');
  expect(await cells('lost')).toBe('beaten by small');
  await page.getByRole('combobox', { name: /^Against/ }).selectOption({ label: 'operational' });
  await page.getByRole('figure', { name: 'accuracy against operational' }).waitFor();
  expect(await page.getByLabel('Front of').inputValue()).toBe('accuracy');
  expect(complaints).toEqual([]);
  await page.close();
});

test('asks the API for what the address says, also as the list of runs links to it', async () => {
  const asked: string[] = [];
  const { page } = await shown.open('/compare?runs=run-1,run-2&target=loss%3D2.5', {
    answers: {
      '**/api/compare?*': (url: URL) => {
        asked.push(url.search);
        return two;
      },
    },
  });
  await page.getByRole('heading', { name: 'wide against base' }).waitFor();
  expect(asked).toEqual(['?runs=run-1&runs=run-2&target=loss%3D2.5']);
  await page.close();
});

test('sides are chosen, dropped and made the first, by keyboard too, and the address keeps them', async () => {
  const { page, complaints } = await opened(two, '/compare');
  await page.getByRole('searchbox').fill('try 7');
  await page.getByRole('list', { name: 'Runs to add' }).getByRole('button').first().click();
  await page.getByRole('searchbox').fill('atlas seed=20');
  await page.keyboard.press('Tab');
  const add = page.getByRole('list', { name: 'Runs to add' }).getByRole('button', { name: 'try 20' });
  await add.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'wide against base' }).waitFor();
  expect(new URL(page.url()).search).toBe('?runs=run-7&runs=run-20');
  await page.getByRole('button', { name: 'make wide the first' }).click();
  await expect.poll(() => new URL(page.url()).search).toBe('?runs=run-20&runs=run-7');
  await page.getByRole('button', { name: 'drop base' }).click();
  await expect.poll(() => new URL(page.url()).search).toBe('?runs=run-7');
  await page.getByRole('searchbox').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test('groups are made of the values of a tag', async () => {
  const { page } = await opened(groups, '/compare');
  await page.getByLabel('or groups by tag').selectOption('project');
  await page.getByText('values', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'borea' }).check();
  await page.getByRole('checkbox', { name: 'atlas' }).check();
  await page.getByRole('heading', { name: 'lr=2 against lr=1' }).waitFor();
  expect(new URL(page.url()).searchParams.getAll('group').sort()).toEqual(['project=atlas', 'project=borea']);
  await page.close();
});

test('with nothing to compare it says what makes a run; a refusal is told in its own words', async () => {
  const { page } = await shown.open('/compare', { answers: { '**/api/runs-table': runsTable(1) } });
  await page.getByText('joulebook run --name base -- python train.py').waitFor();
  await page.close();
  const refused = await shown.open('/compare?runs=no&runs=none');
  await refused.page.getByRole('alert').waitFor();
  await refused.page.close();
});

test('names are text, whatever stands in them', async () => {
  const hostile = compared({ [HOSTILE]: [run({ w: 100 })], [`${HOSTILE} 2`]: [run({ w: 80 })] });
  const { page, complaints } = await opened(hostile, '/compare?runs=a&runs=b', { width: 390 });
  await page.getByRole('heading', { name: `${HOSTILE} 2 against ${HOSTILE}` }).waitFor();
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
  const { page } = await opened(front, '/compare?runs=a&runs=b&runs=c&quality=accuracy', { width, scheme });
  await page.getByRole('figure', { name: 'accuracy against IT energy' }).waitFor();
  await page.getByRole('button', { name: 'add others' }).click();
  await page.getByRole('searchbox').waitFor();
  expect(await axeOn(page)).toEqual([]);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  await page.close();
});
