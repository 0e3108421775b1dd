// The view Now in a real browser, while a real run goes on under a real server: figures move, a budget holds the job, it goes on,
// the end is seen, and a server that was away is found again.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { joulebook } from '../helpers/cli.ts';
import { type HeldRun, heldRun } from '../helpers/held-run.ts';
import { HOSTILE, isBroken, tooWide } from '../helpers/view.ts';

const TRAINER = join(import.meta.dirname, '../helpers/step-trainer.mjs');
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function served(ledger: string, ...more: string[]) {
  const server = await serving(ledger, ...more);
  onTestFinished(() => void server.stop());
  return server;
}

async function opened(url: string, width = 1280) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  onTestFinished(() => page.close());
  const complaints = complaintsOf(page);
  await page.goto(url);
  return { page, complaints };
}

/** A job of so many steps, each of 40 ms, and its card in the page. */
function training(run: HeldRun, steps: number, ...options: string[]) {
  const folder = join(run.folder, 'job');
  mkdirSync(folder);
  return run.begin([...options, '--', process.execPath, TRAINER, folder, String(steps)]);
}

const cardOf = (page: Page, name: string) => page.getByRole('article').filter({ hasText: name });
const figure = (page: Page, name: string) => page.locator('.now-figures div').filter({ hasText: name }).locator('dd');
const poll = (look: () => unknown, timeout = 20_000) => expect.poll(look, { timeout });
const stepOf = async (page: Page) =>
  Number(/step (\d+)/.exec((await page.locator('.progress').first().textContent()) ?? '')?.[1] ?? 0);

test('a run: it appears by itself, its figures move, what is expected is told, and its end is seen', async (context) => {
  const run = heldRun(context);
  const server = await served(run.ledger);
  const { page, complaints } = await opened(server.url);
  await page.getByText('No run goes on.').waitFor();
  expect(await page.getByRole('main').textContent()).toContain('joulebook run -- python train.py');

  const { done } = training(run, 300, '--name', 'moves', '--zone', 'DE', '--budget', '100kJ');
  await cardOf(page, 'moves').waitFor({ timeout: 20_000 });
  // A replayed kilowatt.
  await poll(() => figure(page, 'Power').textContent()).toMatch(/^(9\d\d|1000|10\d\d) W$/);
  const energy = async () => parseFloat((await figure(page, 'Energy').textContent()) ?? '');
  const first = await energy();
  await poll(() => stepOf(page)).toBeGreaterThan(50);
  await poll(energy).not.toBe(first);
  await poll(() => figure(page, 'Operational emissions').textContent()).toMatch(/mgCO2e|gCO2e/);
  await poll(() => figure(page, 'Expected at the end').textContent()).toMatch(/gCO2e.*90 %/);
  const budgets = page.getByRole('list', { name: 'Budgets' });
  await poll(() => budgets.textContent()).toMatch(/100kJ.*% spent.*at the end .*90 %/);
  expect(await page.getByText('of 300').count()).toBe(1);
  // 300 steps of 40 ms at a kilowatt are some 12 kJ: 3.3 Wh, of which the interval tells.
  const end = await budgets.textContent();
  expect(Number(/at the end ([\d.]+) Wh/.exec(end ?? '')?.[1])).toBeGreaterThan(2);
  expect(Number(/at the end ([\d.]+) Wh/.exec(end ?? '')?.[1])).toBeLessThan(6);
  await page.getByRole('heading', { name: 'Energy so far and to the end' }).waitFor();
  await page.getByRole('heading', { name: 'Grid now' }).waitFor();
  expect(await page.locator('.now-grid').textContent()).toMatch(/DE 3\d\d gCO2e\/kWh/);

  // What the fan is of stands in the address.
  await page.getByLabel('What the chart is of').selectOption('Emissions');
  await page.getByRole('heading', { name: 'Emissions so far and to the end' }).waitFor();
  expect(page.url()).toContain('against=emissions');
  expect(await axeOn(page)).toEqual([]);

  expect((await done).code).toBe(0);
  await poll(() => cardOf(page, 'moves').textContent()).toContain('finished');
  await page.getByText('No run goes on.').waitFor();
  const row = page.getByRole('row').filter({ hasText: 'moves' });
  await poll(() => row.textContent()).toMatch(/finished/);
  expect(await figure(page, 'Mean power').textContent()).toMatch(/^(9\d\d|1000|10\d\d) W$/);
  expect(complaints).toEqual([]);
});

test('a budget that holds the job, and that it goes on', async (context) => {
  const run = heldRun(context);
  const server = await served(run.ledger);
  training(run, 2000, '--name', 'held', '--budget', '3kJ', '--on-breach', 'pause');
  const { page, complaints } = await opened(server.url);
  await poll(() => cardOf(page, 'held').textContent()).toMatch(/Paused for .*% of 3kJ is spent/);
  expect(await cardOf(page, 'held').locator('.state').textContent()).toBe('paused');
  expect(await cardOf(page, 'held').textContent()).toContain('joulebook resume');
  const { stdout, stderr } = await joulebook(['resume', 'held', '--ledger', run.ledger, '--budget', '500kJ']);
  expect(`${stdout}${stderr}`).not.toBe('');
  await poll(() => cardOf(page, 'held').locator('.state').textContent()).toBe('running');
  await poll(() => page.getByRole('list', { name: 'Budgets' }).textContent()).toContain('500kJ');
  expect(await cardOf(page, 'held').textContent()).not.toContain('Paused for');
  expect(complaints).toEqual([]);
});

test('a server that is gone is told, and found again on the same port; a run that was killed meanwhile is interrupted', async (context) => {
  const run = heldRun(context);
  const server = await served(run.ledger);
  const { child } = training(run, 2000, '--name', 'outlives');
  const { page, complaints } = await opened(server.url);
  await poll(() => stepOf(page)).toBeGreaterThan(10);
  await server.stop();
  await page.getByText('The server has not answered since').waitFor({ timeout: 10_000 });
  expect(await page.getByRole('alert').textContent()).toContain('joulebook serve');
  // What was known stays.
  const then = await stepOf(page);
  expect(then).toBeGreaterThan(10);
  await served(run.ledger, '--port', new URL(server.url).port);
  await page.getByText('The server has not answered since').waitFor({ state: 'detached', timeout: 20_000 });
  await poll(() => stepOf(page)).toBeGreaterThan(then);
  child.kill('SIGKILL');
  await poll(() => cardOf(page, 'outlives').locator('.state').textContent()).toBe('interrupted');
  expect(await cardOf(page, 'outlives').textContent()).toContain('It was interrupted');
  // The browser itself tells of connections that were refused meanwhile.
  expect(
    complaints.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY|ERR_NETWORK/.test(text)),
  ).toEqual([]);
});

test('a log that is silent for long is told; hostile names are words; a narrow screen is not wider than it is', async (context) => {
  const run = heldRun(context);
  const server = await served(run.ledger);
  const job = join(run.folder, 'job.mjs');
  // Ten lines, half a second apart, and then nothing: half a minute more than usual is long.
  writeFileSync(
    job,
    'let i = 0; setInterval(() => ++i <= 10 && console.log(JSON.stringify({ step: i, loss: 1 })), 100);',
  );
  run.begin(['--name', HOSTILE, '--', process.execPath, job]);
  const { page, complaints } = await opened(server.url, 390);
  await page.getByRole('article').waitFor({ timeout: 20_000 });
  expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe(HOSTILE);
  await page.getByText('It may have stalled').waitFor({ timeout: 60_000 });
  expect(await page.getByRole('article').textContent()).toMatch(/no line of its log for 3\d(\.\d)? s/);
  expect(await tooWide(page)).toBeLessThanOrEqual(0);
  expect(await isBroken(page)).toBe(false);
  expect(await axeOn(page)).toEqual([]);
  expect(complaints).toEqual([]);
}, 120_000);
