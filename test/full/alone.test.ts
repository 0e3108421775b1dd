// Pages that stand alone, from a file in a real browser: they ask for nothing, show what the report tells, and are harmless
// whatever names say.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';
import { hostileLedger } from '../helpers/hostile-ledger.ts';
import { trainingTrace } from '../helpers/training-trace.ts';
import { tooWide } from '../helpers/view.ts';

const folder = tempFolder();
const ledger = join(folder, 'ledger');
let browser: Browser;

beforeAll(async () => {
  for (const name of ['training', 'again']) {
    const args = trainingTrace(folder).map((word) => (word === 'training' ? name : word));
    expect((await joulebook(['import', ...args, '--ledger', ledger])).code).toBe(0);
  }
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Made by a command, opened from the disk, with all that it asked for and complained of. */
async function opened(words: readonly string[], { of = ledger, width = 1280, dark = false } = {}) {
  const file = join(folder, `${words.join('-')}.html`);
  const made = await joulebook([...words, '--html', file, '--ledger', of]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^wrote /), stderr: '' });
  const scheme = dark ? 'dark' : 'light';
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, hasTouch: width < 500 });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const complaints = complaintsOf(page);
  const url = pathToFileURL(file).href;
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, file, complaints, asked: asked.filter((one) => one !== url && !one.startsWith('blob:')) };
}

test('a run: its charts and figures are in one file, which asks for nothing', async () => {
  const { page, file, complaints, asked } = await opened(['report', 'training']);
  expect(statSync(file).size).toBeLessThan(500_000);
  expect(await page.title()).toBe('training · joulebook');
  // 4.40 kWh and 1.58 kg by hand: see web-run.test.ts.
  expect(await page.locator('.tile').first().textContent()).toContain('4.40 kWh');
  expect(await page.locator('.tile').nth(1).textContent()).toContain('1.58 kgCO2e');
  const power = page.getByRole('figure', { name: 'Power by device' });
  await power.getByRole('button', { name: 'as table' }).click();
  await power.getByRole('table').waitFor();
  await page.getByRole('figure', { name: 'Energy by epoch' }).waitFor();
  await page.getByRole('link', { name: 'Provenance', exact: true }).click();
  expect(await page.evaluate('location.hash')).toBe('#origin');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('figure', { name: 'Energy so far' }).getByRole('button', { name: 'CSV' }).click(),
  ]);
  expect(readFileSync((await download.path())!, 'utf8').split('\n').length).toBeGreaterThan(100);
  expect(asked).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a comparison', async () => {
  const { page, complaints, asked } = await opened(['compare', 'training', 'again']);
  await page.getByRole('heading', { name: 'again against training' }).waitFor();
  expect([asked, complaints]).toEqual([[], []]);
  expect(await axeOn(page)).toEqual([]);
  await page.close();
});

for (const [width, dark] of [
  [1280, false],
  [390, true],
] as const)
  test(`at ${width} px and ${dark ? 'dark' : 'light'} axe finds nothing serious, and nothing is wider than the page`, async () => {
    const { page } = await opened(['report', 'again'], { width, dark });
    await page.getByRole('figure', { name: 'Power by device' }).waitFor();
    expect(await axeOn(page)).toEqual([]);
    expect(await tooWide(page)).toBeLessThanOrEqual(0);
    await page.close();
  });

test('printed it has its figures and charts, and no buttons', async () => {
  const { page } = await opened(['report', 'training']);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.tile').first().isVisible()).toBe(true);
  expect(await page.getByRole('figure', { name: 'Power by device' }).isVisible()).toBe(true);
  expect(await page.getByText(/^as of \d{4}-/).isVisible()).toBe(true);
  expect(await page.getByText('Colours').isVisible()).toBe(false);
  for (const name of ['as table', 'CSV', 'PNG', 'SVG'])
    expect(await page.getByRole('button', { name, exact: true }).filter({ visible: true }).count()).toBe(0);
  expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
  await page.close();
});

test('names that are markup, code or the end of a script are words', async () => {
  const hostile = await hostileLedger(join(tempFolder()), 'canary');
  for (const run of ['run-0', 'run-1', 'run-5']) {
    const { page, file, asked } = await opened(['report', run], { of: hostile.ledger });
    expect(await page.evaluate('[window.pwned, document.querySelectorAll("[data-pwned]").length]')).toEqual([
      undefined,
      0,
    ]);
    expect(/<[^>]*data-pwned/.test(readFileSync(file, 'utf8'))).toBe(false);
    expect(asked).toEqual([]);
    await page.close();
  }
});

test('what cannot be written is told, and what is there stays', async () => {
  const taken = await joulebook([
    'report',
    'training',
    '--html',
    join(folder, 'power.csv', 'x.html'),
    '--ledger',
    ledger,
  ]);
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot write the page') });
  const both = await joulebook(['report', 'training', '--html', 'x.html', '--json', '--ledger', ledger]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--json and --html exclude each other') });
  const out = await joulebook(['report', 'training', '--html', '-', '--ledger', ledger]);
  expect(out).toMatchObject({ code: 0, stderr: '' });
  expect(out.stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
});
