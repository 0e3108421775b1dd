// Signing in on the page, in a real browser: what is shown before, what the cookie is, and what ends it.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeOn } from '../helpers/axe.ts';
import { openBrowser, serving } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';

const folder = tempFolder();
const tokens = join(folder, 'tokens');
const ledger = join(folder, 'ledger');
let browser: Browser;
let server: Awaited<ReturnType<typeof serving>>;
let token: string;
beforeAll(async () => {
  token = (await joulebook(['token', 'create', 'wall', '--tokens', tokens])).stdout.trim();
  await joulebook(['run', '--ledger', ledger, '--name', 'kept', '--quiet', '--', 'true']);
  [browser, server] = await Promise.all([openBrowser(), serving(ledger, '--tokens', tokens)]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

test('nothing is shown before somebody signs in; then the view that was asked for, until signed out', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/runs?q=kept`);
  const field = page.getByLabel('Token');
  await field.waitFor();
  expect(await page.getByRole('main').textContent()).not.toContain('kept');
  expect(await page.evaluate('document.activeElement.name')).toBe('token');
  expect(await axeOn(page)).toEqual([]);

  await field.fill('joulebook_wrong');
  await field.press('Enter');
  expect(await page.getByRole('alert').textContent()).toBe('this token is unknown or has expired');
  expect(await page.context().cookies()).toEqual([]);

  await field.fill(` ${token} `);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('rowheader', { name: 'kept' }).waitFor();
  expect(new URL(page.url()).search).toBe('?q=kept');
  const [cookie, ...more] = await page.context().cookies();
  expect(more).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', secure: false });
  expect(cookie!.value).not.toContain(token.slice(10));
  // Nothing of it is within reach of the page's code.
  expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');

  await page.reload();
  await page.getByRole('rowheader', { name: 'kept' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await field.waitFor();
  expect(await page.context().cookies()).toEqual([]);
  await page.close();
});

test('a token that is taken away ends what is shown with it', async () => {
  const made = (await joulebook(['token', 'create', 'short', '--tokens', tokens])).stdout.trim();
  const page = await browser.newPage();
  await page.goto(`${server.url}/runs`);
  await page.getByLabel('Token').fill(made);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('rowheader', { name: 'kept' }).waitFor();
  await joulebook(['token', 'rm', 'short', '--tokens', tokens]);
  await page.getByRole('link', { name: 'Compare' }).click();
  await page.reload();
  await page.getByLabel('Token').waitFor();
  await page.close();
});

test.each([
  [1280, 'light'],
  [390, 'dark'],
] as const)('at %i px and %s it fits', async (width, colorScheme) => {
  const page = await browser.newPage({ viewport: { width, height: 700 }, colorScheme });
  await page.goto(server.url);
  await page.getByLabel('Token').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  expect(await axeOn(page)).toEqual([]);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sign-in-${width}-${colorScheme}.png` });
  await page.close();
});
