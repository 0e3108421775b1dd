// A comparison as text for people: what differs with its interval, a plain verdict, why, and what that does not tell.

import colors from 'picocolors';
import type { CompareJson, ComparisonJson, EffectJson } from './compare-model.ts';
import { tableText } from './compare-table.ts';
import { changeText, isNothing, pairedText, toldFigures } from './compare-words.ts';
import { curveChart, letterOf } from './curve-chart.ts';
import { clean, mass, percent, three } from './format.ts';
import { frontText } from './front-text.ts';

export interface CompareOptions {
  readonly columns: number;
  readonly color: boolean;
  /** Whether the table has to fit: on a terminal. */
  readonly fit?: boolean;
}

/** The comparison for a terminal of `columns`; `fit` makes its tables keep within them. */
export function compareText(compared: CompareJson, { columns, color, fit = false }: CompareOptions): string {
  const paint = colors.createColors(color);
  const room = fit ? columns : Number.POSITIVE_INFINITY;
  const { target } = compared;
  const lines = compared.comparisons.flatMap((one) => [
    paint.bold(`joulebook  ${clean(one.b)} against ${clean(one.a)}`),
    ...sidesText(compared, one).map(paint.dim),
    ...tableText(one, { paint, columns: room }),
    ...(target === null
      ? []
      : [paint.dim(`  the target: ${clean(target.metric)} ${target.from === 'above' ? '≤' : '≥'} ${target.value}`)]),
    ...whyText(one),
    ...one.flags.flatMap(({ message, hint }) => [paint.yellow(`  ! ${clean(message)}`), paint.dim(`    ${hint}`)]),
    ...differencesText(one),
    '',
  ]);
  const chart = curveChart(compared.curves, columns);
  if (chart.length > 0) {
    const names = compared.curves.map(({ label }, i) => `${letterOf(i)} ${clean(label)}`).join(', ');
    lines.push(paint.bold(`  ${compared.curves[0]!.metric} along the energy used (${names})`), ...chart, '');
  }
  if (compared.front !== null) lines.push(...frontText(compared.front, paint), '');
  for (const { message } of compared.warnings) lines.push(paint.dim(`  note: ${clean(message)}`));
  return `${lines.join('\n').trimEnd()}\n`;
}

function sidesText({ sides }: CompareJson, { a, b }: ComparisonJson): string[] {
  const runs = (label: string) => sides.find((side) => side.label === label)!.runs.length;
  if (runs(a) === 1 && runs(b) === 1) return [];
  const words = (label: string) => `${clean(label)}: ${runs(label)} run${runs(label) === 1 ? '' : 's'}`;
  return [`  ${words(a)}, ${words(b)}; means over them`];
}

const padEnd = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - [...text].length));

/** Steps in pairs, the decomposition, and why what cannot be told cannot. */
function whyText({ paired, at_equal_grid: equal, figures, a }: ComparisonJson): string[] {
  const out: string[] = [''];
  out.push(...pairedText(paired).map((line) => `  ${line}`));
  if (equal.difference_g !== null) {
    out.push(`  ${clean(equal.sentence)}`);
    for (const effect of equal.effects) {
      const { what, unit, a: from, b: to } = effect;
      const part = `${padEnd(effect.effect, 10)}  ${shareText(effect).padStart(8)}  ${signedMass(effect)}`;
      out.push(`    ${part}  ${what}: ${three(from)} → ${three(to)} ${unit}`.trimEnd());
    }
    const both = equal.effects.some(({ effect }) => effect === 'overhead') ? 'grid and overhead' : 'grid';
    if (equal.ratio.value !== null) out.push(`  at the ${both} of ${clean(a)}: ${changeText(equal)}`);
  }
  const open = Object.values(figures).filter(
    ({ verdict, repeats }) => verdict === 'cannot-tell' && repeats.each === null,
  );
  out.push(...new Set(open.map(({ repeats }) => `  cannot tell: ${repeats.why}`)));
  const lost = toldFigures({ figures }).filter(({ one }) => one.verdict === null);
  const whys = lost.flatMap(({ label, one: { a: x, b: y } }) => {
    const dark = [x, y].find(({ value }) => value === null);
    return dark === undefined || dark.value !== null ? [] : [`  ${label}: ${clean(dark.why)}`];
  });
  out.push(...new Set(whys));
  return out.length > 1 ? out : [];
}

/** A part of which nothing is left but rounding is 0, as its share is. */
const shareText = ({ share }: EffectJson): string =>
  isNothing(share) ? '0 %' : `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

function signedMass({ share, part_g: { value } }: EffectJson): string {
  if (value === null || isNothing(share)) return '0';
  return `${value < 0 ? '−' : '+'}${mass(Math.abs(value))}`;
}

function differencesText({ differences, a, b }: ComparisonJson): string[] {
  if (differences.length === 0) return [];
  const rows = differences.map(
    (one) => `    ${clean(one.what)}: ${clean(one.a ?? 'none')} → ${clean(one.b ?? 'none')}`,
  );
  return [`  what differs (${clean(a)} → ${clean(b)})`, ...rows];
}
