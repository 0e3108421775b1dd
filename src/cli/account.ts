// joulebook account --model M: what a model came to over all its runs, by stage, and against what it served.

import { accountOfModel } from '../app/model-account.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { FigureJson } from '../core/figure.ts';
import { LINES } from '../emissions/lifecycle.ts';
import { csvText, type FlatRow } from '../exchange/rows.ts';
import type { LineJson, ModelAccountJson } from '../report/lifecycle.ts';
import { modelAccountText } from '../report/lifecycle-text.ts';
import { colorOn } from './color.ts';
import { positive } from './options.ts';

export interface AccountOptions {
  model?: string;
  expectedTokens?: string;
  expectedRequests?: string;
  servingLife?: string;
  json?: boolean;
  csv?: boolean;
  ledger?: string;
}

/** Prints the account of a model as text, JSON or CSV. Rejects with a Fault. */
export async function account(options: AccountOptions): Promise<void> {
  if (options.json === true && options.csv === true)
    throw usage('--json and --csv exclude each other', 'give one form');
  const count = (option: string, text: string | undefined) => (text === undefined ? null : positive(option, text));
  const expected = {
    tokens: count('--expected-tokens', options.expectedTokens),
    requests: count('--expected-requests', options.expectedRequests),
    life_days: lifeOf(options.servingLife),
  };
  const { folder: ledger, model } = await settingsOf(options);
  if (model === null) throw usage('no model is named', 'name it: --model NAME');
  const made = await accountOfModel(ledger, model.text.trim(), expected);
  if (options.json === true) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  else process.stdout.write(options.csv === true ? csvOf(made) : modelAccountText(made, colorOn(process.stdout)));
}

const DAYS = { d: 1, w: 7, y: 365.25 };

/** "180d", "26w", "2y" → days. Throws Fault usage. */
function lifeOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const match = /^(\d+(?:\.\d+)?)([dwy])$/.exec(text.trim());
  const days = match === null ? 0 : Number(match[1]) * DAYS[match[2] as keyof typeof DAYS];
  if (days > 0) return days;
  throw usage(`--serving-life: "${text}" cannot be used`, 'write a time with its unit: 180d, 26w or 2y');
}

/** One line for each stage, the total, each base and the total with them. */
function csvOf({ model, stages, total, bases, with_bases }: ModelAccountJson): string {
  return csvText([
    ...stages.map((one) => rowOf('stage', { model, stage: one.stage }, one)),
    rowOf('total', { model, stage: null }, total),
    ...bases.map((one) => rowOf('base', { model: one.model, stage: null }, one)),
    ...(bases.length > 0 ? [rowOf('with-bases', { model, stage: null }, with_bases)] : []),
  ]);
}

function rowOf(line: string, of: { readonly model: string; readonly stage: string | null }, one: LineJson): FlatRow {
  const figures = LINES.map((key) => ({ ...flat(key, one[key]), [`${key}_known`]: one.known[key]?.value ?? null }));
  return Object.assign({ line, ...of, runs: one.runs, failed: one.failed }, ...figures);
}

function flat(name: string, value: FigureJson): FlatRow {
  const known = value.value !== null;
  const ends = { [`${name}_low`]: known ? value.low : null, [`${name}_high`]: known ? value.high : null };
  return { [name]: value.value, ...ends, [`${name}_why`]: known ? null : value.why };
}
