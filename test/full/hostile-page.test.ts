// The page over a hostile ledger, in a real browser: every view there is, and nothing of the ledger's texts becomes markup or code.
//
// The policy would stop what the page's code lets through, so both are tried: under it nothing is even attempted (no report of
// a violation), and with the policy taken away nothing happens either.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaintsOf, openBrowser, serving } from '../helpers/browser.ts';
import { start, tempFolder, until } from '../helpers/cli.ts';
import { type Hostile, hostileLedger, MARKUP } from '../helpers/hostile-ledger.ts';

/** All there are, also those that come: as they stand in the list of the page. */
const LIST = readFileSync(resolve(import.meta.dirname, '../../src/web/views.ts'), 'utf8');
const VIEWS = [...LIST.matchAll(/path: '([^']+)'/g)].map(([, path]) => path!);
let browser: Browser;
let server: Awaited<ReturnType<typeof serving>>;
let hostile: Hostile;
beforeAll(async () => {
  hostile = await hostileLedger(tempFolder(), 'canary');
  [browser, server] = await Promise.all([openBrowser(), serving(hostile.ledger)]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** Addresses of all views, over the runs of hostile texts and with hostile texts in the address itself. */
function addresses(): string[] {
  const runs = MARKUP.map((_, i) => `run-${i}`);
  const words = MARKUP.slice(0, 6).map(encodeURIComponent);
  return VIEWS.flatMap((path) => {
    if (path.includes(':')) return [...runs, ...words].map((run) => `/${path.replace(/:\w+/, run)}`);
    const query = words.flatMap((word) =>
      ['q', 'sort', 'columns', 'by', 'zone', 'group', 'target', 'run'].map((name) => `${name}=${word}`),
    );
    return [`/${path}`, ...chunks(query, 8).map((some) => `/${path}?${some.join('&')}`)];
  }).concat([
    `/compare?runs=${runs.join(',')}`,
    `/compare?runs=run-1,run-3&target=${words[0]}`,
    `/compare?runs=${words.join(',')}`,
    ...words.map((word) => `/${word}/${word}?${word}=${word}#${word}`),
  ]);
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

/** What became of texts: code that ran, elements that nobody of ours made, links to code, dialogs. */
const DONE = `JSON.stringify({
  ran: String(globalThis.pwned),
  made: document.querySelectorAll('[data-pwned], iframe, object, embed, base, script:not([src])').length,
  handlers: [...document.querySelectorAll('*')].filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length,
  links: [...document.querySelectorAll('a[href], [action], [src]')]
    .map((one) => one.href ?? one.action ?? one.src).filter((href) => typeof href === 'string' && /^(javascript|data|vbscript):/i.test(href)),
  elsewhere: [...document.querySelectorAll('a[href]')].map(({ href }) => href).filter((href) => new URL(href).origin !== location.origin),
  polluted: String({}.x) + String(Object.prototype.pwned),
})`;
const NOTHING = { ran: 'undefined', made: 0, handlers: 0, links: [], elsewhere: [], polluted: 'undefinedundefined' };

/** Opens it, opens what is folded, and points at what tells more. */
async function visited(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}${address}`);
  await page.waitForLoadState('networkidle').catch(() => {});
  await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
  for (const one of (await page.locator('main button:visible').all()).slice(0, 12))
    await one.hover({ timeout: 500 }).catch(() => {});
}

test.each([
  ['under its policy', false],
  ['without any policy', true],
])('no text of a hostile ledger becomes markup or code in any view, %s', async (_, bare) => {
  const context = await browser.newContext({ bypassCSP: bare });
  const page = await context.newPage();
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) asked.push(request.url());
  });
  const complaints = complaintsOf(page);
  const all = addresses();
  // Without a policy one address of each view is enough: the code is the same.
  const some = bare ? all.filter((address, i) => !address.includes('?') || i % 3 === 0) : all;
  let words = 0;
  for (const address of some) {
    // The live view stays on the line: it is not waited for.
    await visited(page, address);
    expect([address, JSON.parse(await page.evaluate<string>(DONE))]).toEqual([address, NOTHING]);
    const text = (await page.locator('body').textContent()) ?? '';
    if (hostile.words.some((word) => text.includes(word))) words += 1;
  }
  console.log(`${some.length} addresses, of which ${words} show hostile texts`);
  // They were there to be seen.
  expect(words).toBeGreaterThan(15);
  expect(dialogs).toEqual([]);
  expect(asked).toEqual([]);
  expect(complaints.filter((one) => /Content Security Policy|TrustedHTML|TrustedScript|Refused to/i.test(one))).toEqual(
    [],
  );
  await context.close();
});

test('log lines of a run that goes on are text, in the view that is live', async () => {
  const word = MARKUP[0];
  const line = JSON.stringify({ step: 1, loss: 0.5, tokens: 100, [word]: 1, phase: word });
  const script = `let i = 0; setInterval(() => console.log(${JSON.stringify(line)}.replace('"step":1', '"step":' + ++i)), 200)`;
  const { child, done } = start([
    ...[
      'run',
      '--ledger',
      hostile.ledger,
      '--name',
      MARKUP[1],
      '--tag',
      `project=${word}`,
      '--quiet',
      '--',
      process.execPath,
      '-e',
      script,
    ],
  ]);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${server.url}/now`);
  await page.getByText(MARKUP[1]).first().waitFor({ timeout: 20_000 });
  await page.waitForTimeout(3000);
  expect(JSON.parse(await page.evaluate<string>(DONE))).toEqual(NOTHING);
  child.kill('SIGINT');
  await done;
  await until('the end of it', () => child.exitCode !== null || child.signalCode !== null);
  expect(JSON.parse(await page.evaluate<string>(DONE))).toEqual(NOTHING);
  expect(complaints.filter((one) => /Content Security Policy|Trusted/i.test(one))).toEqual([]);
  await page.close();
});

test('the policy does stop what a page would do: code in a text, in an attribute, from elsewhere, and being framed', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/runs`);
  await page.getByRole('table').waitFor();
  const tried = await page.evaluate<Record<string, string>>(`(async () => {
    const told = {};
    const attempt = (name, what) => { try { what(); told[name] = 'done'; } catch (error) { told[name] = error.name; } };
    attempt('html', () => { document.body.innerHTML += '<img src=x onerror="pwned=1">'; });
    const script = document.createElement('script');
    attempt('inline', () => { script.textContent = 'pwned=1'; document.head.append(script); });
    attempt('link', () => { const a = document.createElement('a'); a.href = 'javascript:pwned=1'; document.body.append(a); a.click(); });
    try { await fetch('https://example.invalid/'); told.fetch = 'done'; } catch (error) { told.fetch = error.name; }
    // Tools that drive a browser may run code at first; what the page does later may not.
    await new Promise((go) => setTimeout(go, 300));
    attempt('eval', () => { eval('pwned=1'); });
    attempt('function', () => { new Function('pwned=1')(); });
    told.ran = String(globalThis.pwned);
    return told;
  })()`);
  expect(tried).toMatchObject({
    html: 'TypeError',
    eval: 'EvalError',
    function: 'EvalError',
    fetch: 'TypeError',
    ran: 'undefined',
  });
  await page.close();
  const elsewhere = await browser.newPage();
  await elsewhere.setContent(`<iframe src="${server.url}/runs"></iframe>`);
  await elsewhere.waitForTimeout(1000);
  expect(elsewhere.frames().map((frame) => frame.url())).toEqual([
    'about:blank',
    expect.stringMatching(/^chrome-error:/),
  ]);
  await elsewhere.close();
});
