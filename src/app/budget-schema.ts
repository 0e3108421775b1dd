// The `budgets` section of a configuration file, as it is written: budgets by name, with the keys of budgets/NAME.json.

import type * as Valibot from 'valibot';
import type { Wrong } from './yaml-file.ts';

/** One budget of the section. */
export interface BudgetSection {
  readonly limit: string;
  readonly project?: string;
  readonly team?: string;
  readonly tag?: string;
  readonly name?: string;
  readonly per?: string;
  readonly rolling?: string;
  readonly tz?: string;
  readonly on_breach?: string | readonly string[];
  readonly on_forecast?: string | readonly string[];
}

/** The section of a file. */
export interface BudgetSettings {
  readonly file: string;
  readonly budgets: Readonly<Record<string, BudgetSection>>;
}

const KEYS = 'limit, project, team, tag, name, per, rolling, tz, on_breach, on_forecast';
const FORM = 'budgets: { lab: { limit: 20kgCO2e, per: month, on_breach: stop } }';

/** What the section may hold. */
export function budgetsSchema(v: typeof Valibot) {
  const text = v.string('a text');
  const texts = v.optional(v.union([text, v.array(text)], 'a text such as 0.8=warn, or a list of them'));
  const one = v.strictObject(
    {
      limit: v.string('an amount with its unit, such as 20kgCO2e'),
      ...{ project: v.optional(text), team: v.optional(text), tag: v.optional(text), name: v.optional(text) },
      ...{ per: v.optional(text), rolling: v.optional(text), tz: v.optional(text) },
      ...{ on_breach: texts, on_forecast: texts },
    },
    `names below it, as in ${FORM}`,
  );
  const form = `budgets by name, as in ${FORM}`;
  // A list would be taken for budgets named 0, 1, …, and \`name\` for the runs that they are of.
  const named = v.custom<object>((said) => typeof said === 'object' && said !== null && !Array.isArray(said), form);
  return v.pipe(named, v.record(v.string(), one, form));
}

/** What is wrong in the section, and what would be right. */
export function wrongInBudgets({ unknown, received, message, path }: Wrong) {
  if (unknown) return { problem: 'there is no such setting', hint: `one of ${KEYS}` };
  if (received === 'undefined' && path.endsWith('.limit'))
    return { problem: 'a budget without a limit', hint: `write it as in ${FORM}` };
  return { problem: `${received} cannot be used`, hint: message };
}
