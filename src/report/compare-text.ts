// A comparison as text for people: what differs with its interval, a plain verdict, why, and what that does not tell.

import colors from 'picocolors';
import type { CompareJson, ComparisonJson, ContrastJson } from './compare-model.ts';
import { change, changeText, clean, isNothing, toldFigures, verdictText, written } from './compare-words.ts';
import { curveChart, letterOf } from './curve-chart.ts';
import { mass, three } from './format.ts';
import { frontText } from './front-text.ts';

export interface CompareOptions {
  readonly columns: number;
  readonly color: boolean;
}

export function compareText(compared: CompareJson, { columns, color }: CompareOptions): string {
  const paint = colors.createColors(color);
  const { target } = compared;
  const lines = compared.comparisons.flatMap((one) => [
    paint.bold(`joulebook  ${clean(one.b)} against ${clean(one.a)}`),
    ...sidesText(compared, one).map(paint.dim),
    ...tableText(one, paint),
    ...(target === null
      ? []
      : [paint.dim(`  the target: ${target.metric} ${target.from === 'above' ? '≤' : '≥'} ${target.value}`)]),
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

function tableText(comparison: ComparisonJson, paint: ReturnType<typeof colors.createColors>): string[] {
  const said = ({ value }: ContrastJson['a'], unit: string) => (value === null ? 'unknown' : written(value, unit));
  const rows = toldFigures(comparison).map(({ label, one }) => [
    label,
    said(one.a, one.unit),
    said(one.b, one.unit),
    changeText(one),
    verdictText(one),
  ]);
  const table = [['', clean(comparison.a), clean(comparison.b), 'change (90 %)', ''], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => [...cells[i]!].length)));
  const text = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (i === 1 || i === 2 ? padStart(cell, widths[i]!) : padEnd(cell, widths[i]!))).join('  ')}`.trimEnd();
  return [paint.dim(text(table[0]!)), ...rows.map(text)];
}

const padEnd = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - [...text].length));
const padStart = (text: string, width: number) => ' '.repeat(Math.max(0, width - [...text].length)) + text;

/** Steps in pairs, the decomposition, and why what cannot be told cannot. */
function whyText({ paired, at_equal_grid: equal, figures, a }: ComparisonJson): string[] {
  const out: string[] = [''];
  if (paired.rows !== null) {
    const { ratio, difference_j, rows } = paired;
    const told = ratio.value === null ? apartText(difference_j.value!) : changeText({ ratio });
    const words = verdictText({ ...paired, repeats: { each: null, why: '' } });
    out.push(`  step by step (${rows} rows of the logs in pairs): ${told} per step, ${words}`);
  }
  if (equal.difference_g !== null) {
    out.push(`  ${clean(equal.sentence)}`);
    for (const { effect, what, unit, a: from, b: to, share, part_g } of equal.effects)
      out.push(
        `    ${padEnd(effect, 10)}  ${change(1 + share).padStart(8)}  ${signedMass(share, part_g)}  ${what}: ${three(from)} → ${three(to)} ${unit}`.trimEnd(),
      );
    if (equal.ratio.value !== null) out.push(`  at the grid and overhead of ${clean(a)}: ${changeText(equal)}`);
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

const apartText = (joules: number): string => `${joules < 0 ? '−' : '+'}${written(Math.abs(joules), 'J')}`;

/** A part of which nothing is left but rounding is 0, as its share is. */
function signedMass(share: number, part: { value: number | null }): string {
  if (part.value === null || part.value === 0 || isNothing(share)) return '0';
  return `${part.value < 0 ? '−' : '+'}${mass(Math.abs(part.value))}`;
}

function differencesText({ differences, a, b }: ComparisonJson): string[] {
  if (differences.length === 0) return [];
  const rows = differences.map(
    (one) => `    ${clean(one.what)}: ${clean(one.a ?? 'none')} → ${clean(one.b ?? 'none')}`,
  );
  return [`  what differs (${clean(a)} → ${clean(b)})`, ...rows];
}
