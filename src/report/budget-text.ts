// Budgets as text: what they are, and how they stand, with a bar each and what there is to know below it.

import colors from 'picocolors';
import { minuteOf } from '../core/timestamp.ts';
import { ruleText } from '../decide/rule.ts';
import { amountOf } from './amount.ts';
import { barTable, type TableOptions } from './bar-table.ts';
import type { BudgetJson, BudgetStatus, BudgetStatusJson, BudgetsJson, KnownJson } from './budget-status.ts';
import { clean, percent } from './format.ts';

/** A line each. */
export function budgetsText({ budgets }: BudgetsJson, options: TableOptions): string {
  if (budgets.length === 0) return NONE;
  const rows = budgets.map((one) => ({
    cells: [one.name, one.limit.text, clean(one.scope.text), one.period.text, rulesText(one.rules)],
  }));
  return `${barTable(['', 'limit', 'of', 'over', 'does'], rows, options).join('\n')}\n`;
}

const NONE = 'no budget is set: joulebook budget set lab --limit 20kgCO2e --per month sets one\n';
const rulesText = (rules: BudgetJson['rules']) => rules.map(ruleText).join(', ');

/** A table, and a paragraph each. */
export function statusText({ budgets, now_ms, warnings }: BudgetStatusJson, options: TableOptions): string {
  if (budgets.length === 0) return NONE;
  const paint = colors.createColors(options.color);
  const rows = budgets.map((one) => {
    const write = amountOf(one.limit);
    return {
      cells: [one.name, one.limit.text, written(one.spent, write, options), written(one.share, percent, options)],
      bar: Math.min(1, knownIn(one.share) ?? 0),
      bold: one.standing === 'over',
    };
  });
  const lines = [
    paint.bold(`joulebook  budgets at ${minuteOf(now_ms)}`),
    ...barTable(['', 'limit', 'spent', 'share'], rows, options),
    ...budgets.flatMap((one) => ['', ...paragraph(one).flatMap((text) => wrapped(clean(text), options.columns))]),
    ...warnings.map(({ message }) => paint.dim(`  ${message}`)),
  ];
  return `${lines.join('\n')}\n`;
}

const knownIn = (one: KnownJson): number | null => (one.value === null ? one.known : one.value);

function written(one: KnownJson, write: (n: number) => string, { utf8 }: TableOptions): string {
  const value = knownIn(one);
  if (value === null) return 'unknown';
  return one.value === null ? `${utf8 ? '≥' : '>='} ${write(value)}` : write(value);
}

/** What there is to know of one, a sentence a line. */
function paragraph(one: BudgetStatus): string[] {
  const { name, scope, period, renews_ms, standing, spent, rules, projected } = one;
  const write = amountOf(one.limit);
  const over = standing === 'over' ? ': it is spent' : '';
  const renews = renews_ms === null ? '' : `, renews ${minuteOf(renews_ms)}`;
  const out = [`${name}: ${scope.text}, ${period.text}${renews}${over}; does ${rulesText(rules)}`];
  if (spent.value === null) out.push(`not all is known: ${spent.why}`);
  else if (spent.high > spent.low) out.push(`spent ${write(spent.low)} – ${write(spent.high)} (90 %)`);
  out.push(
    ...one.running.map(({ id, name: run, per_hour }) => {
      const rate = per_hour === null ? '' : ` ${write(per_hour)} an hour`;
      return `${run ?? id} spends now${rate}`;
    }),
  );
  const { end, days, crosses_ms } = projected;
  const pace = `at the pace of the last ${days} days`;
  if (end.value !== null)
    out.push(`${pace} ${write(end.value)} by then (90 %: ${write(end.low)} – ${write(end.high)})`);
  if (crosses_ms !== null) out.push(`${end.value === null ? `${pace} ` : ''}it is spent at ${minuteOf(crosses_ms)}`);
  return out;
}

/** Lines of at most `columns`, indented; what follows a first line deeper. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '   ';
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}
