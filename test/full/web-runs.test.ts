// The list of runs in a real browser.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('lists what was metered', async () => {
  const ledger = join(tempFolder(), 'ledger');
  await joulebook(['run', '--ledger', ledger, '--name', 'first', '--zone', 'DE', '--quiet', '--', 'true']);
  const server = await serving(ledger);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${server.url}/runs`);
  await page.getByRole('cell', { name: 'first' }).waitFor();
  expect(complaints).toEqual([]);
  expect((await server.stop()).code).toBe(0);
});
