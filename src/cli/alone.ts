// --html: a page that stands alone, to a file or to stdout.

import { basename } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import { putWhereTold } from '../ledger/durable.ts';
import { type Alone, alonePage } from '../server/alone/page.ts';
import { ledgerName } from '../server/alone/run.ts';
import { print } from './say.ts';

declare const JOULEBOOK_VERSION: string;

type Told<T> = T extends Alone ? Omit<T, 'version' | 'at_ms' | 'ledger'> : never;

interface To {
  readonly file: string;
  readonly title: string;
  readonly ledger: string;
}

/** Whole or not at all; "-" is stdout. Rejects with Fault page-unwritable. */
export async function writeAlone(told: Told<Alone>, { file, title, ledger }: To): Promise<void> {
  const made = { version: JOULEBOOK_VERSION, at_ms: Date.now(), ledger: ledgerName(ledger) };
  const page = await alonePage(title, { ...told, ...made } as Alone);
  if (file === '-') {
    process.stdout.write(page);
    return;
  }
  try {
    putWhereTold(file, page);
  } catch (error) {
    throw fault('page-unwritable', { facts: { file, why: reasonOf(error) }, cause: error });
  }
  print(
    `wrote ${basename(file)}, ${Math.ceil(Buffer.byteLength(page) / 1000)} kB: it opens in any browser, without a network`,
  );
}
