// The `account` section of a configuration file, as it is written: numbers in the unit that their key names.

import type * as Valibot from 'valibot';
import type { Wrong } from './yaml-file.ts';

export type Value<U extends string> =
  | number
  | ({ readonly [K in U]: number } & { low?: number; high?: number; source?: string });

/** The section as written. */
export interface AccountSection {
  readonly market?: {
    readonly contract?: Value<'g_per_kwh'>;
    readonly residual?: Value<'g_per_kwh'>;
    readonly certificates?: string;
  };
  readonly marginal?: string;
  readonly water?: { readonly onsite?: Value<'l_per_kwh'>; readonly electricity?: Value<'l_per_kwh'> };
  readonly embodied?: {
    readonly source?: 'range' | 'vendor' | 'bottom-up';
    readonly lifetime_y?: number;
    readonly devices?: Readonly<Record<string, Value<'kg'>>>;
    readonly server?: Value<'kg'>;
  };
}

/** The section of a file, with where it stands: files that it names are beside that file. */
export interface AccountSetting {
  readonly file: string;
  readonly section: AccountSection;
}

/** A price has a slash too; what has the name of a table, or a folder before it, is a file. */
export const isFile = (text: string): boolean => /[/\\]|\.(csv|parquet|tsv|json)$/i.test(text) && !/wh$/i.test(text);

/** What the section may hold. */
export function accountSchema(v: typeof Valibot) {
  // Beyond any is a wrong unit; what is not finite could not be kept.
  const number = (least: number, most: number, right: string) =>
    v.pipe(v.number(right), v.minValue(least, right), v.maxValue(most, right));
  const atLeast0 = number(0, 1e6, 'a number, 0 or more, up to a million');
  const below = 'names below it, such as market: { contract: 30 }';
  const value = <U extends string>(unit: U) =>
    v.union(
      [
        atLeast0,
        v.strictObject({
          [unit]: atLeast0,
          low: v.optional(atLeast0),
          high: v.optional(atLeast0),
          source: v.optional(v.string()),
        }),
      ],
      `a number, or { ${unit}: 30, low: 20, high: 40, source: "…" }`,
    );
  const section = <T extends Valibot.ObjectEntries>(entries: T) => v.strictObject(entries, below);
  const name = v.pipe(v.string(), v.regex(/[a-z0-9]/i, "words of a device's name, such as H100: 164"));
  return section({
    market: v.optional(
      section({
        ...{ contract: v.optional(value('g_per_kwh')), residual: v.optional(value('g_per_kwh')) },
        certificates: v.optional(v.string('the name of a file')),
      }),
    ),
    marginal: v.optional(v.string('the name of a file')),
    water: v.optional(section({ onsite: v.optional(value('l_per_kwh')), electricity: v.optional(value('l_per_kwh')) })),
    embodied: v.optional(
      section({
        source: v.optional(v.picklist(['range', 'vendor', 'bottom-up'], 'one of range, vendor, bottom-up')),
        lifetime_y: v.optional(number(0.1, 100, 'years, from 0.1 to 100')),
        ...{ devices: v.optional(v.record(name, value('kg'), below)), server: v.optional(value('kg')) },
      }),
    ),
  });
}

/** What is wrong in the section, and what would be right. */
export function wrongInAccount({ unknown, received, message, path }: Wrong) {
  if (path === 'account' && received === 'undefined')
    return {
      problem: 'there is no such section',
      hint: 'account: with any of market, marginal, water, embodied below it',
    };
  const [, line] = path.split('.');
  const keys = line === undefined ? KEYS : (KEYS_OF[line] ?? KEYS);
  if (unknown) return { problem: 'there is no such setting', hint: `one of ${keys}` };
  return { problem: `${received} cannot be used`, hint: message };
}

const KEYS = 'market, marginal, water, embodied';
const KEYS_OF: Readonly<Record<string, string>> = {
  market: 'contract, residual, certificates; of a number g_per_kwh, low, high, source',
  water: 'onsite, electricity; of a number l_per_kwh, low, high, source',
  embodied: 'source, lifetime_y, devices, server; of a number kg, low, high, source',
};
