// A comparison as Markdown, for a pull request or a page, and as the rows of a CSV.

import { FIGURES } from './compare-figures.ts';
import type { CompareJson, ComparisonJson, ContrastJson } from './compare-model.ts';
import { changeText, pairedText, toldFigures, verdictText, written } from './compare-words.ts';
import { clean } from './format.ts';

/** The comparison as Markdown: a table for each pair, and what keeps figures from a verdict. */
export function compareMarkdown({ comparisons, front, warnings, target }: CompareJson): string {
  const lines = comparisons.flatMap((one) => [
    `## ${cell(one.b)} against ${cell(one.a)}`,
    '',
    ...tableOf(one),
    '',
    ...(target === null
      ? []
      : [`Target: ${cell(target.metric)} ${target.from === 'above' ? '≤' : '≥'} ${target.value}`, '']),
    ...pairedText(one.paired).flatMap((line) => [`${sentence(line)}.`, '']),
    ...(one.at_equal_grid.difference_g === null ? [] : [`${cell(one.at_equal_grid.sentence)}.`, '']),
    ...list(one.flags.map(({ message, hint }) => `**${cell(message)}**: ${cell(hint)}`)),
    ...list(one.differences.map(({ what, a, b }) => `${cell(what)}: ${cell(a ?? 'none')} → ${cell(b ?? 'none')}`)),
  ]);
  if (front !== null) {
    const names = front.objectives.map(({ name }) => FIGURES[name]?.label ?? name);
    lines.push(
      `## Front of ${cell(front.quality)}`,
      '',
      `| | ${names.map(cell).join(' | ')} | |`,
      `|---${'|---:'.repeat(names.length)}|---|`,
    );
    for (const { label, values, knee, dominated_by } of front.points) {
      const said = front.objectives.map(({ name, unit }) => written(values[name]!, unit));
      const place = dominated_by === null ? (knee ? 'front, knee' : 'front') : `beaten by ${cell(dominated_by)}`;
      lines.push(`| ${cell(label)} | ${said.join(' | ')} | ${place} |`);
    }
    lines.push('');
  }
  lines.push(...list(warnings.map(({ message }) => cell(message))));
  return `${lines.join('\n').trimEnd()}\n`;
}

function tableOf(comparison: ComparisonJson): string[] {
  const { a, b } = comparison;
  const said = ({ value }: ContrastJson['a'], unit: string) => (value === null ? 'unknown' : written(value, unit));
  return [
    `| | ${cell(a)} | ${cell(b)} | change (90 %) | verdict |`,
    '|---|---:|---:|---:|---|',
    ...toldFigures(comparison).map(
      ({ label, one }) =>
        `| ${label} | ${said(one.a, one.unit)} | ${said(one.b, one.unit)} | ${changeText(one)} | ${verdictText(one)} |`,
    ),
  ];
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;
const list = (items: readonly string[]): string[] =>
  items.length === 0 ? [] : [...items.map((item) => `- ${item}`), ''];
const cell = (text: string): string => clean(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** A row a figure of each comparison; what is not known stays empty. */
export function compareRows({ comparisons }: CompareJson): Record<string, string | number | null>[] {
  return comparisons.flatMap(({ a, b, figures }) =>
    Object.entries(figures).map(([figure, one]) => ({
      ...{ base: a, other: b, figure, unit: one.unit },
      ...ends('base', one.a),
      ...ends('other', one.b),
      ...ends('difference', one.difference),
      ...ends('ratio', one.ratio),
      ...{ verdict: one.verdict, spread: one.spread, repeats_each: one.repeats.each },
    })),
  );
}

function ends(name: string, figure: ContrastJson['a'] | ContrastJson['ratio']): Record<string, number | null> {
  const known = figure.value === null ? null : figure;
  return {
    [`${name}_value`]: known?.value ?? null,
    [`${name}_low`]: known?.low ?? null,
    [`${name}_high`]: known?.high ?? null,
  };
}
