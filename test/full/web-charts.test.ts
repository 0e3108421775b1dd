// Charts, bars and heat maps in a real browser: by pointer and by keyboard, as table and as files, light and dark.

import { readFile } from 'node:fs/promises';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser } from '../helpers/browser.ts';
import { servingPieces } from '../helpers/pieces.ts';

let browser: Browser;
let pieces: Awaited<ReturnType<typeof servingPieces>>;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  [browser, pieces] = await Promise.all([openBrowser(), servingPieces()]);
});
afterAll(async () => {
  await browser.close();
  await pieces.close();
});
beforeEach(async () => {
  await page?.close();
  page = await opened(1280);
});

async function opened(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const one = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, hasTouch: width < 500 });
  complaints = complaintsOf(one);
  await one.goto(pieces.url);
  await one.locator('canvas').first().waitFor();
  return one;
}

const chart = (title: string) => page.getByRole('figure', { name: title, exact: true });
const plotOf = (title: string) => chart(title).getByRole('application');
const heard = (title: string) => chart(title).getByRole('status');

async function saved(button: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ]);
  return readFile(await download.path());
}

test('the arrows read the values out, Home and End go to the ends', async () => {
  await plotOf('Four values').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => heard('Four values').textContent()).toBe('0 kWh; loss 4.00; projection 1.00 kgCO2e');
  await page.keyboard.press('ArrowRight');
  await expect
    .poll(() => heard('Four values').textContent())
    .toBe('1.00 kWh; loss 3.00; projection 2.00 kgCO2e (90 %: 1.50 kgCO2e – 2.50 kgCO2e)');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => heard('Four values').textContent()).toContain('loss unknown');
  await page.keyboard.press('End');
  await expect.poll(() => heard('Four values').textContent()).toContain('3.00 kWh; loss 2.00');
  await page.keyboard.press('Home');
  await expect.poll(() => heard('Four values').textContent()).toContain('loss 4.00');
  expect(complaints).toEqual([]);
});

test('the pointer tells values and their interval in the legend', async () => {
  const box = (await plotOf('Four values').locator('.u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  await chart('Four values').getByText('2.00 kgCO2e (90 %: 1.50 kgCO2e – 2.50 kgCO2e)').waitFor();
  await chart('Four values').getByText('1.00 kWh', { exact: true }).waitFor();
});

test('zooms by keys and by dragging, Escape shows all again', async () => {
  const shown = async () => (await page.locator('#zoom').textContent())!;
  const width = async () => {
    const [from, to] = (await shown()).split(' ').map(Number);
    return to! - from!;
  };
  const whole = 599 * 30_000;
  await plotOf('Power by device').focus();
  await page.keyboard.press('+');
  await expect.poll(shown).not.toBe('all');
  expect(await width()).toBeCloseTo(whole / 2, -1);
  await page.keyboard.press('+');
  await expect.poll(width).toBeLessThan(whole / 3);
  await page.keyboard.press('-');
  await page.keyboard.press('-');
  await expect.poll(shown).toBe('all');

  const box = (await plotOf('Power by device').locator('.u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 50, { steps: 5 });
  await page.mouse.up();
  await expect.poll(shown).not.toBe('all');
  expect(Math.abs((await width()) - whole / 4)).toBeLessThan(whole / 50);
  await page.keyboard.press('Escape');
  await expect.poll(shown).toBe('all');
  expect(complaints).toEqual([]);
});

test('within a zoom the arrows stay in what is shown', async () => {
  await plotOf('Power by device').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('Home');
  // The middle half of 600 values, each of 30 s: from place 149.75, so the first is place 150, after 75 minutes.
  await expect.poll(() => heard('Power by device').textContent()).toContain('2026-11-28 13:15:00 UTC');
});

test('the legend switches series off, and what is read out with them', async () => {
  await chart('Four values').getByRole('button', { name: 'loss' }).click();
  await plotOf('Four values').focus();
  await page.keyboard.press('Home');
  await expect.poll(() => heard('Four values').textContent()).toBe('0 kWh; projection 1.00 kgCO2e');
  expect(await chart('Four values').getByRole('button', { name: 'loss' }).getAttribute('aria-pressed')).toBe('false');
});

test('shows its values as a table', async () => {
  await chart('Power by device').getByRole('button', { name: 'as table' }).click();
  const table = chart('Power by device').getByRole('table');
  expect(await table.getAttribute('aria-rowcount')).toBe('601');
  expect(await table.getByRole('columnheader').allTextContents()).toContain('GPU 0, low of least – most (W)');
  await table.locator('tbody tr').first().focus();
  await page.keyboard.press('End');
  await table.getByRole('rowheader', { name: '2026-11-28T16:59:30.000Z' }).waitFor();
});

test('is taken along as CSV', async () => {
  const lines = (await saved('Four values as CSV')).toString().trim().split('\r\n');
  expect(lines).toEqual([
    'energy (kWh),loss,projection (kgCO2e),"projection, low of 90 % (kgCO2e)","projection, high of 90 % (kgCO2e)"',
    '0,4,1,1,1',
    '1,3,2,1.5,2.5',
    '2,,3,2,4',
    '3,2,4,2.5,5.5',
  ]);
});

test('is taken along as a real SVG, with its colours, lines and words', async () => {
  const text = (await saved('Power by device as SVG')).toString();
  expect(XMLValidator.validate(text)).toBe(true);
  expect(text).not.toMatch(/<image|<script|var\(|NaN|undefined/);
  const { svg } = new XMLParser({ ignoreAttributes: false }).parse(text);
  expect(svg['@_width']).toBe('960');
  expect(svg.text.map((one: { '#text': unknown }) => String(one['#text']))).toEqual(
    expect.arrayContaining(['Power by device', 'GPU 0 (W)', 'evaluation', 'gCO2e/kWh', '12:00', '28 Nov']),
  );
  // The blue of the first series on light paper, #0072b2.
  expect(text).toContain('stroke="rgb(0, 114, 178)"');
});

test('is taken along as PNG, twice as fine', async () => {
  const png = await saved('Energy by epoch as PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(1920);
});

test('follows the colours of the system', async () => {
  const pixel = () =>
    page.evaluate<{ light: boolean; dark: boolean }>(`(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join());
      return { light: seen.has('0,114,178'), dark: seen.has('86,180,233') };
    })()`);
  await expect.poll(pixel).toEqual({ light: true, dark: false });
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(pixel).toEqual({ light: false, dark: true });
});

test('bars and heat maps are read by keys and by touch', async () => {
  await plotOf('Energy by epoch, stacked').focus();
  await page.keyboard.press('End');
  await expect
    .poll(() => heard('Energy by epoch, stacked').textContent())
    .toBe('epoch 3; training 5.00 kWh; evaluation 2.00 kWh; together 7.00 kWh');
  await plotOf('Intensity by zone and hour').focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await expect.poll(() => heard('Intensity by zone and hour').textContent()).toBe('zone SE, hour 1; 24.0 gCO2e/kWh');
  await page.close();
  page = await opened(390);
  const box = (await plotOf('Energy by epoch').boundingBox())!;
  await plotOf('Energy by epoch').tap({ position: { x: box.width - 20, y: 100 } });
  await chart('Energy by epoch').getByText('epoch 3', { exact: true }).waitFor();
});

test('grows with a run that goes on, and so do its series; charts of one name share their cursor', async () => {
  await chart('Growing').getByText('Nothing was recorded here.').waitFor();
  const more = page.getByRole('button', { name: 'one more' });
  const end = async () => {
    await plotOf('Growing').focus();
    await page.keyboard.press('End');
    return heard('Growing').textContent();
  };
  await more.click();
  await expect.poll(end).toBe('0 s; power 0 W');
  await more.click();
  await expect.poll(end).toBe('1.00 s; power 1.00 W');
  await more.click();
  await expect.poll(end).toBe('2.00 s; power 2.00 W; energy 4.00 J');
  await chart('Growing').getByRole('button', { name: 'power' }).click();
  await more.click();
  await expect.poll(end).toBe('3.00 s; energy 6.00 J');
  const box = (await plotOf('Growing').locator('.u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width - 2, box.y + 20);
  await chart('Growing too').getByText('3.00 W', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test('lives under a policy that allows its own files alone', async () => {
  await page.close();
  page = await browser.newPage();
  complaints = complaintsOf(page);
  const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
  await page.route(`${pieces.url}/`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  await page.goto(pieces.url);
  await page.locator('canvas').first().waitFor();
  await plotOf('Four values').focus();
  await page.keyboard.press('ArrowRight');
  for (const kind of ['CSV', 'PNG', 'SVG']) expect((await saved(`Four values as ${kind}`)).length).toBeGreaterThan(100);
  await chart('Four values').getByRole('button', { name: 'as table' }).click();
  // The stylesheets hold: the table scrolls in a window of its own.
  expect(
    await page.locator('.many').evaluate((many) => (many as unknown as { clientHeight: number }).clientHeight),
  ).toBeLessThan(400);
  expect(complaints).toEqual([]);
});

test.each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)('at %i px and %s nothing is cut off, and axe finds nothing serious', async (width, scheme) => {
  await page.close();
  page = await opened(width, scheme);
  const wide = () => page.evaluate<number>('document.documentElement.scrollWidth');
  expect(await wide()).toBeLessThanOrEqual(width);
  expect(await axeOn(page)).toEqual([]);
  await chart('Power by device').getByRole('button', { name: 'as table' }).click();
  expect(await axeOn(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
