// The view Grid in a real browser: zones by hours, then and to come, and when a load would be cleanest.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';
import { gridPage, gridZones, NOW_MS } from '../helpers/grid-page.ts';
import { HOSTILE, isBroken, tooWide, views, type Wishes } from '../helpers/view.ts';

let shown: Awaited<ReturnType<typeof views>>;
beforeAll(async () => {
  shown = await views();
});
afterAll(() => shown.close());

const opened = (path = '/grid', more: Wishes = {}) =>
  shown.open(path, {
    now_ms: NOW_MS,
    ...more,
    answers: { '**/api/grid': gridZones(), '**/api/grid/*': gridPage, ...more.answers },
  });
const zone = (page: Page, name: string) =>
  page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name }) })
    .getByRole('cell');

test('tells now, the time before, and the cleanest stretch to come', async () => {
  const { page, complaints } = await opened();
  await zone(page, 'GB').first().waitFor();
  const cells = await zone(page, 'GB').allTextContents();
  expect(cells[0]).toBe('400 gCO2e/kWhmeasured by neso');
  // Six hours at noon are the clean ones; from now on, half past nine, 2.5 h of six are at 400 and 3.5 h at 100: 225.
  expect(cells[2]).toBe('2026-11-28 12:00 UTC100 gCO2e/kWh, forecast');
  expect(cells[3]).toBe('55.6 % less');
  // All hours of FR are alike, and of its first day and a half 21.5 of 33.5 h are known.
  expect((await zone(page, 'FR').allTextContents())[1]).toBe('mean 50.0 gCO2e/kWh64.2 % of it known by the hour');
  expect((await zone(page, 'FR').allTextContents())[3]).toBe('no better than now');
  expect((await zone(page, 'XX').allTextContents())[3]).toContain('only the annual mean is known');
  expect(await page.title()).toBe('Grid · joulebook');
  expect(complaints).toEqual([]);
  await page.close();
});

test('the heat map is read by keys: value, quality, provider, and holes', async () => {
  const { page } = await opened();
  const heat = page.getByRole('figure', { name: 'Intensity by zone and hour' });
  const heard = heat.getByRole('status');
  await heat.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  // The first row is FR, of whose first hours nothing is known.
  await expect.poll(() => heard.textContent()).toBe('zone FR, hour 27 Nov 00:00; unknown');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => heard.textContent()).toBe('zone GB, hour 27 Nov 00:00; 400 gCO2e/kWh; measured by neso');
  await page.keyboard.press('End');
  await expect.poll(() => heard.textContent()).toMatch(/; forecast by neso$/);
  await heat.getByText('thin: expected, not yet told').waitFor();
  await heat.getByRole('button', { name: 'as table' }).click();
  // A zone and the hours of two days up to now, and of a day to come: 34 + 24.
  expect(await heat.getByRole('columnheader').count()).toBe(1 + 34 + 24);
  await page.close();
});

test('zones, days and the length of the load stand in the address, and it restores them', async () => {
  const { page } = await opened();
  await zone(page, 'GB').first().waitFor();
  await page.getByRole('combobox', { name: /^A load of/ }).selectOption('1');
  await page.getByRole('combobox', { name: /^Days back/ }).selectOption('1');
  await page.getByText('Zones', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'FR' }).uncheck();
  await page.getByRole('checkbox', { name: 'XX' }).uncheck();
  await expect.poll(() => page.getByRole('rowheader').count()).toBe(1);
  const { search } = new URL(page.url());
  expect(search).toBe('?long=1&days=1&zone=GB');
  const { page: again } = await opened(`/grid${search}`);
  await zone(again, 'GB').first().waitFor();
  expect(await again.getByRole('rowheader').count()).toBe(1);
  await again.getByText('Cleanest 1 h to come').waitFor();
  await again.getByLabel('Add a zone').fill('FR');
  await again.keyboard.press('Enter');
  await zone(again, 'FR').first().waitFor();
  expect(new URL(again.url()).searchParams.getAll('zone')).toEqual(['GB', 'FR']);
  await Promise.all([page.close(), again.close()]);
});

test('an empty ledger says how to know a grid; annual means alone say who tells the hours', async () => {
  const { page, complaints } = await shown.open('/grid');
  await page.getByText('joulebook grid sync GB --provider neso').waitFor();
  expect(complaints).toEqual([]);
  await page.close();
  const { page: annual } = await opened('/grid?zone=XX');
  await annual.getByText('joulebook grid sync XX').waitFor();
  await annual.close();
});

test('a zone that is none is refused in words, and the others are shown', async () => {
  const { page } = await shown.open('/grid?zone=NOWHERE&zone=DE');
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('NOWHERE');
  // The annual mean of DE is in every table.
  await zone(page, 'DE').first().waitFor();
  await page.close();
});

test('on a real ledger, what was imported', async () => {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const rows = Array.from(
    { length: 96 },
    (_, i) => `${new Date(hour + (i - 48) * 3_600_000).toISOString()},${i < 60 ? 250 : 150}`,
  );
  writeFileSync(join(folder, 'gb.csv'), `timestamp,gco2e_per_kwh\n${rows.join('\n')}\n`);
  const { code, stderr } = await joulebook(['grid', 'import', 'gb.csv', '--zone', 'GB', '--ledger', ledger], {
    cwd: folder,
  });
  expect(code, stderr).toBe(0);
  const own = await views(ledger);
  const { page, complaints } = await own.open('/grid');
  await zone(page, 'GB').first().waitFor();
  const cells = await zone(page, 'GB').allTextContents();
  expect(cells[0]).toContain('250 gCO2e/kWh');
  expect(cells[2]).toContain('150 gCO2e/kWh');
  expect(complaints).toEqual([]);
  await page.close();
  await own.close();
});

test('names are text, whatever stands in them', async () => {
  const { page, complaints } = await opened('/grid', {
    width: 390,
    answers: {
      '**/api/grid': gridZones([HOSTILE]),
      '**/api/grid/*': (url: URL) => ({ ...gridPage(url), zone: HOSTILE, warnings: [HOSTILE] }),
    },
  });
  await page.getByRole('rowheader', { name: HOSTILE }).first().waitFor();
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
  const { page } = await opened('/grid', { width, scheme });
  await zone(page, 'GB').first().waitFor();
  expect(await axeOn(page)).toEqual([]);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  await page.close();
});
