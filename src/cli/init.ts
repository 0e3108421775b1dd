// joulebook init: a commented joulebook.yaml in the working directory, after three questions on a terminal or none.
//
// An answer is told back as it was understood, and asked for again where it cannot be used. Nothing is ever overwritten
// without --force.

import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type ConfigAnswers, configText } from '../app/config-text.ts';
import { settingsFiles } from '../app/settings.ts';
import { zonesMatching } from '../app/zones.ts';
import { Fault, fault, reasonOf, usage } from '../core/fault.ts';
import { unknownZone } from '../grid/nearest.ts';
import { type Place, placeNamed } from '../grid/places.ts';
import { isZone, zoneKey, zoneName } from '../grid/zones.ts';
import { three } from '../report/format.ts';
import { workingFolder } from '../run/identity.ts';
import { priceOf, pueOf } from './options.ts';
import { print } from './say.ts';

export interface InitOptions {
  zone?: string;
  pue?: string;
  price?: string;
  yes?: boolean;
  force?: boolean;
}

interface Where {
  /** As it is written into the file. */
  readonly text: string;
  readonly place: Place | null;
  readonly told: string;
}

/** Writes the file and tells what is in it. Rejects with Fault usage; then nothing was written. */
export async function init(options: InitOptions): Promise<void> {
  const file = resolve(workingFolder(), 'joulebook.yaml');
  if (options.force !== true && existsSync(file))
    throw usage(`${file} is there already`, 'edit it, or write a new one in its place with --force');
  const above = settingsFiles().find((one) => one.endsWith('joulebook.yaml') && one !== file);
  const asks = options.yes !== true && process.stdin.isTTY === true && process.stderr.isTTY === true;
  const answers = await answersOf(options, asks);
  try {
    writeFileSync(file, configText(answers), { flag: options.force === true ? 'w' : 'wx' });
  } catch (cause) {
    throw usage(`cannot write ${file}: ${reasonOf(cause)}`, 'go to a folder that you may write to', cause);
  }
  const given = (['zone', 'pue', 'price'] as const).flatMap((key) =>
    answers[key] === null ? [] : [`${key} ${answers[key]}`],
  );
  print(`wrote ${file}: ${given.length === 0 ? 'every setting as a comment' : given.join(', ')}`);
  if (above !== undefined) print(`  ${above} does not count here any more`);
  if (answers.zone === null) print('  without a zone emissions are unknown: joulebook grid zones lists them');
  print('  next: joulebook doctor tells what can be measured here, joulebook run -- CMD meters a command');
}

async function answersOf({ zone, pue, price }: InitOptions, asks: boolean): Promise<ConfigAnswers> {
  const lines = asks ? createInterface({ input: process.stdin, output: process.stderr }) : null;
  const ask = lines === null ? null : asker(lines);
  try {
    const where = await answer(ask, zone, { question: WHERE, read: whereOf });
    if (where !== null && asks) say(where.told);
    const own = where?.place?.pue ?? null;
    const usual = own === null ? 'empty: unknown' : `empty: that of ${where!.place!.name}, ${own.value}`;
    const ownPue = await answer(ask, pue, {
      question: `PUE, facility energy over IT energy (${usual}): `,
      read: pueText,
    });
    const cost = await answer(ask, price, { question: PRICE, read: priceText });
    return { zone: where?.text ?? null, place: where?.place ?? null, pue: ownPue, price: cost };
  } finally {
    lines?.close();
  }
}

const WHERE = 'Where does it run? A zone or a place, such as DE, US-CAL-CISO or aws:eu-central-1 (empty: not told): ';
const PRICE = 'What does a kWh cost, such as 0.12EUR/kWh (empty: not told): ';

/** The option's value, else the answer on the terminal, asked for until it can be used; null where there is none. */
async function answer<T>(
  ask: Ask | null,
  option: string | undefined,
  { question, read }: { readonly question: string; readonly read: (text: string) => T },
): Promise<T | null> {
  if (option !== undefined) return read(option);
  if (ask === null) return null;
  for (;;) {
    const text = (await ask(question)).trim();
    if (text === '') return null;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say(`${error.message}: ${error.hint}`);
    }
  }
}

/** A line of the terminal. Rejects with Fault usage where the questions are left (Ctrl-C, Ctrl-D). */
type Ask = (question: string) => Promise<string>;

/** Lines are taken in their order, those too that were typed before their question. */
function asker(lines: Interface): Ask {
  const typed = lines[Symbol.asyncIterator]();
  return async (question) => {
    lines.setPrompt(question);
    lines.prompt();
    const { value, done } = await typed.next();
    if (done !== true) return value;
    say('');
    const facts = { problem: 'the questions were left: nothing was written', hint: 'joulebook init --yes asks none' };
    throw fault('usage', { facts });
  };
}

function pueText(text: string): string {
  pueOf({ text, from: '--pue' });
  return text.trim();
}

/** Throws Fault zone-unknown with the nearest names. */
function whereOf(text: string): Where {
  const place = placeNamed(text);
  const zone = place?.zone ?? zoneKey(text);
  if (!isZone(zone)) throw unknownZone(text);
  const { annual } = zonesMatching([zone]).zones.find((one) => one.zone === zone)!;
  const mean =
    annual === null
      ? 'of which no annual mean is published'
      : `${three(annual.g_per_kwh)} g/kWh in ${annual.year}${annual.of === zone ? '' : ` (the mean of ${annual.of})`}`;
  const there = place === null ? zoneName(zone)! : `${place.provider} in ${place.city}`;
  return { text: place?.name ?? zone, place, told: `${there}: zone ${zone}, ${mean}` };
}

/** A price as it is written into the file. Throws Fault usage. */
function priceText(text: string): string {
  priceOf({ text, from: '--price' });
  return text.trim();
}

const say = (text: string): void => void process.stderr.write(`  ${text}\n`);
