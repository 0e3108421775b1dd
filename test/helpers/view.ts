// A view of the dashboard in a browser, over answers that are given here: its pages are the built ones, and what is not given the
// server itself answers.

import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, openBrowser, serving } from './browser.ts';
import { tempFolder } from './cli.ts';

export interface Wishes {
  /** Patterns of addresses, each with the JSON that it answers, or what makes it of the whole address. */
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** What the page takes for now, epoch ms; absent: the machine's clock. */
  readonly now_ms?: number;
}

export interface Opened {
  readonly page: Page;
  /** What the page complained of. */
  readonly complaints: string[];
}

/** A browser and a server over a ledger, an empty one where none is given; close() both. */
export async function views(ledger = join(tempFolder(), 'ledger')) {
  const [browser, server]: [Browser, Awaited<ReturnType<typeof serving>>] = await Promise.all([
    openBrowser(),
    serving(ledger),
  ]);
  return {
    url: server.url,
    async open(path: string, { answers = {}, width = 1280, scheme = 'light', now_ms }: Wishes = {}): Promise<Opened> {
      const page = await browser.newPage({
        ...{ viewport: { width, height: 900 }, colorScheme: scheme, hasTouch: width < 500 },
      });
      const complaints = complaintsOf(page);
      if (now_ms !== undefined) await page.clock.setFixedTime(now_ms);
      for (const [pattern, answer] of Object.entries(answers))
        await page.route(pattern, (route) => {
          const json = typeof answer === 'function' ? answer(new URL(route.request().url())) : answer;
          return route.fulfill({ json });
        });
      await page.goto(`${server.url}${path}`);
      return { page, complaints };
    },
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

/** How far the page is wider than its window, CSS pixels. */
export const tooWide = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

/** Markup in a name would make isBroken() true, and what has no blanks may widen the page. */
export const HOSTILE = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>${'wide'.repeat(20)}`;
export const isBroken = (page: Page): Promise<boolean> => page.evaluate<boolean>('window.broken === 1');
