// What of a ledger may be told to strangers: ids become keyed hashes, texts stay only where they are of a closed list.
//
// Nothing is searched for and struck out: what is not known to be harmless is left out.

import { createHmac } from 'node:crypto';
import { DEVICE_KINDS } from './words.ts';

export const INCLUDES = ['commands', 'hosts', 'users', 'paths', 'git', 'tags', 'names', 'intensity'] as const;
export type Include = (typeof INCLUDES)[number];

/** Hashes by what a thing is and what it is called: the same under one key, and nothing of it without. */
export function pseudonyms(key: Uint8Array) {
  const hash = (what: string, name: string) => createHmac('sha256', key).update(`${what}\0${name}`).digest('hex');
  return {
    run: (id: string): string => hash('run', id).slice(0, 20),
    host: (name: string): string => `host-${hash('host', name).slice(0, 16)}`,
    device: (identity: string): string => hash('device', identity).slice(0, 16),
    zone: (key: string): string => `zone-${hash('zone', key).slice(0, 16)}`,
  };
}
export type Pseudonyms = ReturnType<typeof pseudonyms>;

/** The text where it is one of these; else null. */
export const listed = <T extends string>(text: unknown, words: readonly T[]): T | null =>
  words.includes(text as T) ? (text as T) : null;

/** The text where it is of this form; else null. */
export const formed = (text: string | null | undefined, form: RegExp): string | null =>
  typeof text === 'string' && form.test(text) ? text : null;

export const finite = (value: unknown): number | null => (Number.isFinite(value) ? (value as number) : null);

const MAKERS = [
  ...['NVIDIA', 'Tesla', 'GeForce', 'Quadro', 'AMD', 'Radeon', 'Intel', 'ARM', 'Arm', 'Ampere', 'Apple', 'Google'],
  ...['Grace', 'Habana', 'Huawei', 'IBM', 'Neoverse', 'Cortex'],
].join('|');
const HARDWARE = new RegExp(`^(\\d+ x |\\d\\dth Gen )?(${MAKERS})\\b(?!.*\\S@)[\\w ()@.,+-]{0,90}$`);

/** A device's name where it is a maker's name of hardware, by how such names begin. */
export const hardwareName = (name: string): string | null => formed(name, HARDWARE);

const USUAL = new RegExp(`^(${[...DEVICE_KINDS, 'all'].join('|')})-?\\d{0,4}$`);

/** Names of the devices of one segment, in their order: as they are where they say kind and number alone. */
export function deviceNames(devices: readonly { readonly device: string; readonly kind: string }[]): string[] {
  const taken = new Set(devices.map(({ device }) => device).filter((name) => USUAL.test(name)));
  return devices.map(({ device, kind }) => {
    if (USUAL.test(device)) return device;
    const stem = listed(kind, DEVICE_KINDS) ?? 'node';
    let i = 0;
    while (taken.has(`${stem}-${i}`)) i++;
    taken.add(`${stem}-${i}`);
    return `${stem}-${i}`;
  });
}

const UNMADE = /^what it took to make (.*) is not known/s;
const UNSEEN = /^what .* is made of is not recorded/s;
const DARK = / belongs to the run, but its energy is unknown: (.*)$/s;
const UNTOLD = 'for a reason that names things which are not part of this data set';
const REASONS: ReadonlySet<string> = new Set([
  ...['no PUE is known: give --pue', 'no price is known: give --price', 'no zone is known: give --zone'],
  'no zone is known: say where this ran with --zone (or JOULEBOOK_ZONE), or give --intensity FILE',
  'no zone is known: give --zone, or account.water.electricity',
  'no WUE is known: give account.water.onsite, or a place with --zone',
  ...['intensity', 'PUE', 'price'].map((what) => `no energy to weigh the ${what} with`),
  ...['no energy to account for', 'nothing to divide by', 'no hardware of the run is known'],
  ...['no device was charged to this run', 'its records could not be read', 'it was never read'],
  'no energy and no power can be read',
  ...['tokens', 'steps', 'samples', 'epochs'].map((what) => `no ${what} were seen in the log`),
]);
/** What is ours of longer sentences; their rest names files and the like. */
const BEGINNINGS = [
  /^the (intensity|PUE|price) is known for only [\d.]+ % of the energy/,
  /^(embodied emissions are|the (market-based|marginal) line is) not part of this account yet/,
];

/** Why a figure is not known, in words that are ours alone. */
export function reason(why: string): string {
  const dark = DARK.exec(why);
  if (dark !== null) return `the energy of a device that belongs to the run is unknown: ${reason(dark[1]!)}`;
  const unmade = UNMADE.exec(why);
  if (unmade !== null) return `what it took to make ${hardwareName(unmade[1]!) ?? 'a device of the run'} is not known`;
  if (UNSEEN.test(why)) return 'what a machine of the run is made of is not recorded';
  if (REASONS.has(why)) return why;
  return BEGINNINGS.flatMap((known) => known.exec(why)?.[0] ?? [])[0] ?? UNTOLD;
}
