// Puts co2_eq_emissions into the YAML front matter of a model card, and leaves every other byte as it is.
//
// Source: huggingface.co/docs/hub/model-cards-co2. The Hub reads the grams from their text, by the first digits in it:
// they are written as a plain decimal, without exponent, separator or unit.

import { reasonOf } from '../core/fault.ts';
import { badFile } from './text-file.ts';

export interface Co2Entry {
  /** gCO2e. */
  readonly emissions: number;
  readonly source: string;
  /** pre-training or fine-tuning; null where it was not said. */
  readonly training_type: string | null;
  readonly geographical_location: string | null;
  readonly hardware_used: string | null;
}

/** As huggingface_hub finds a card's metadata (repocard.py). */
const FRONT = /^(\s*---[\r\n]+)([\S\s]*?)([\r\n]+---(?:\r\n|\n|$))/;
const KEY = 'co2_eq_emissions';

/** The card with its entry. Rejects with Fault file-bad where its metadata cannot be understood. */
export async function editCard(file: string, text: string, entry: Co2Entry): Promise<string> {
  const yaml = await import('yaml');
  const { parseDocument, isMap, isScalar, stringify } = yaml.default ?? yaml;
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.slice(bom.length);
  const eol = body.includes('\r\n') ? '\r\n' : '\n';
  const made = entryText(entry, (value) => stringify(value, { lineWidth: 0 }).trimEnd()).replaceAll('\n', eol);
  const match = FRONT.exec(body);
  if (match === null) return `${bom}---${eol}${made}${eol}---${eol}${body}`;
  const [, opening, metadata, closing] = match as unknown as [string, string, string, string];
  const document = parseDocument(metadata, { keepSourceTokens: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw badFile(file, `its metadata is no YAML: ${reasonOf(error)}`, 'repair what stands between the lines ---');
  const rest = body.slice(match[0].length);
  const build = (inner: string) => `${bom}${opening}${inner}${closing}${rest}`;
  if (document.contents === null) return build(`${metadata}${metadata === '' ? '' : eol}${made}`);
  if (!isMap(document.contents))
    throw badFile(file, 'its metadata is no list of names and values', 'write "name: value" between the lines ---');
  const pair = document.contents.items.find(({ key }) => isScalar(key) && key.value === KEY);
  const edited = pair === undefined ? `${metadata}${eol}${made}` : replaced(metadata, made, pair as never);
  if (!sameBut(parseDocument(metadata).toJS(), reparsed(parseDocument(edited))))
    throw badFile(
      file,
      `${KEY} cannot be replaced without touching the rest`,
      `take ${KEY} out by hand, then export again`,
    );
  return build(edited);
}

interface Pair {
  readonly key: { readonly range: readonly [number, number, number] };
  readonly value: { readonly range: readonly [number, number, number] } | null;
}

/** The metadata with the pair's own bytes exchanged; a comment or blank line behind it stays. */
function replaced(metadata: string, made: string, { key, value }: Pair): string {
  const from = key.range[0];
  const colon = metadata.indexOf(':', key.range[1]) + 1;
  const to = Math.max(colon, value?.range[1] ?? colon);
  const ending = /\s*$/.exec(metadata.slice(from, to))![0];
  return `${metadata.slice(0, from)}${made}${ending}${metadata.slice(to)}`;
}

/** Null for what is no YAML, as where a name that it gave to others is gone. */
function reparsed(document: { errors: readonly unknown[]; toJS(): unknown }): unknown {
  try {
    return document.errors.length > 0 ? null : document.toJS();
  } catch {
    return null;
  }
}

/** Whether both say the same of everything but the entry, in the same order. */
function sameBut(before: unknown, after: unknown): boolean {
  const others = (value: unknown) => Object.entries(value ?? {}).filter(([name]) => name !== KEY);
  return (
    after !== null &&
    JSON.stringify(others(before)) === JSON.stringify(others(after)) &&
    Object.hasOwn(after as object, KEY)
  );
}

function entryText(entry: Co2Entry, quoted: (value: string) => string): string {
  const rest = (['source', 'training_type', 'geographical_location', 'hardware_used'] as const).flatMap((name) =>
    entry[name] === null ? [] : [`  ${name}: ${quoted(entry[name].replace(/\s+/g, ' '))}`],
  );
  return [`${KEY}:`, `  emissions: ${plainDecimal(entry.emissions)}`, ...rest].join('\n');
}

/** 1.5e-7 → 0.00000015; six significant digits, and all digits of a whole number. */
export function plainDecimal(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const rounded = Number(value.toPrecision(6));
  if (Number.isInteger(rounded)) return BigInt(rounded).toString();
  const decimals = Math.max(1, 5 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toFixed(Math.min(100, decimals)).replace(/0+$/, '').replace(/\.$/, '');
}
