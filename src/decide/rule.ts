// Words such as stop, 0.8=warn and 80%=warn → when something is to be done, and back.

import { usage } from '../core/fault.ts';
import { ACTS, type Act, type Rule } from './budget.ts';

/** What --on-breach and --on-forecast say, each any number of times. */
export interface RuleTexts {
  readonly breach: readonly string[];
  readonly forecast: readonly string[];
}

/** As the options are called; a file of settings has other names. */
export const RULE_OPTIONS = { breach: '--on-breach', forecast: '--on-forecast' } as const;

/** The rules of a budget: where nothing is said of a breach it warns at 1. Throws Fault usage. */
export function rulesOf(
  { breach, forecast }: RuleTexts,
  names: { readonly breach: string; readonly forecast: string } = RULE_OPTIONS,
): Rule[] {
  const said = [
    ...(breach.length > 0 ? breach : ['warn']).map((text) => ruleOf('spent', text, names.breach)),
    ...forecast.map((text) => ruleOf('forecast', text, names.forecast)),
  ];
  return said.filter((rule, i) => said.findIndex((other) => ruleText(other) === ruleText(rule)) === i);
}

const FORM = /^(?:(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*=\s*)?([a-z]+)$/;

function ruleOf(on: Rule['on'], text: string, from: string): Rule {
  const bad = (why: string, hint: string) => usage(`${from}: "${text}" cannot be used: ${why}`, hint);
  const example = on === 'spent' ? 'such as stop, or 0.8=warn' : 'such as 0.9=warn';
  const [, number, percent, word] = FORM.exec(text.trim()) ?? [];
  if (word === undefined) throw bad('it is no rule', `write what is to be done, and from when on: ${example}`);
  if (!(ACTS as readonly string[]).includes(word)) throw bad(`"${word}" cannot be done`, `one of ${ACTS.join(', ')}`);
  const act = word as Act;
  if (number === undefined) {
    if (on === 'spent') return { on, at: 1, act };
    throw bad('it does not say from which probability on', `write the probability of an overrun first: 0.9=${act}`);
  }
  const at = percent === '%' ? Number(number) / 100 : Number(number);
  if (on === 'forecast' && !(at > 0 && at < 1))
    throw bad('it is no probability between 0 and 1', `give one: 0.9=${act}`);
  if (!(at > 0)) throw bad('nothing is below it', `give a share of the limit above 0: 0.8=${act}`);
  return { on, at, act };
}

/** "0.8=warn"; of a breach at the limit itself the act alone; of a forecast, with that word before it. */
export const ruleText = ({ on, at, act }: Rule): string =>
  on === 'forecast' ? `forecast ${at}=${act}` : at === 1 ? act : `${at}=${act}`;
