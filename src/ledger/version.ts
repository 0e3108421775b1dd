// Which format a ledger has. Neither a reader nor a writer touches one that is newer than it knows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../core/fault.ts';
import { FORMAT_VERSION } from './records.ts';

/** Whether there is a ledger. Throws Fault ledger-newer for one of a format that we do not know. */
export function hasLedger(ledger: string): boolean {
  let text: string;
  try {
    text = readFileSync(join(ledger, 'ledger.json'), 'utf8');
  } catch {
    return false;
  }
  const found = versionIn(text);
  if (!(found <= FORMAT_VERSION)) {
    const facts = { ledger, found: Number.isNaN(found) ? 'unknown' : found, known: FORMAT_VERSION };
    throw fault('ledger-newer', { facts });
  }
  return true;
}

function versionIn(text: string): number {
  try {
    return Number((JSON.parse(text) as { version?: unknown } | null)?.version ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}
