// A real browser on a real server: Chromium as Debian installs it, driven by playwright-core.

import { execFileSync } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { start, until } from './cli.ts';

/** The browser's file; null where there is none. */
export function chromiumFile(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {}
  return null;
}

/** Starts it; close() it. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumFile()!, args: ['--no-sandbox', '--disable-gpu'] });

/** joulebook serve over a ledger, on a port that is free; stop() it. */
export async function serving(ledger: string, ...more: string[]) {
  const { child, done } = start(['serve', '--ledger', ledger, '--port', '0', ...more]);
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => (said += chunk));
  const url = await until('the server', () => / at (http\S+)/.exec(said)?.[1]);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      return done;
    },
  };
}

/** Everything that a page complains of from now on: errors, and what its console calls one. */
export function complaintsOf(page: Page): string[] {
  const heard: string[] = [];
  page.on('pageerror', (error) => heard.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') heard.push(message.text());
  });
  return heard;
}
