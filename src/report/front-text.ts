// A front as text: its points first, the knee and what beats the others named.

import type colors from 'picocolors';
import { FIGURES } from './compare-figures.ts';
import type { FrontJson } from './compare-model.ts';
import { written } from './compare-words.ts';
import { clean, three } from './format.ts';

export function frontText(front: FrontJson, paint: ReturnType<typeof colors.createColors>): string[] {
  const { quality, objectives, points, left_out } = front;
  const names = objectives.map(({ name }) => name);
  const head = ['', ...names.map((name) => FIGURES[name]?.label ?? name), ''];
  const order = [...points].sort((a, b) => Number(b.on_front) - Number(a.on_front));
  const rows = order.map(({ label, values, knee, dominated_by }) => [
    clean(label),
    ...objectives.map(({ name, unit }) => (name === quality ? three(values[name]!) : written(values[name]!, unit))),
    dominated_by === null ? (knee ? 'on the front, the knee' : 'on the front') : `beaten by ${clean(dominated_by)}`,
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((cells) => [...cells[i]!].length)));
  const text = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => cell + ' '.repeat(widths[i]! - [...cell].length)).join('  ')}`.trimEnd();
  return [
    paint.bold(
      `  front of ${quality} (${objectives[0]!.better} is better) against ${names
        .slice(1)
        .map((name) => FIGURES[name]!.label)
        .join(', ')}`,
    ),
    paint.dim(text(head)),
    ...rows.map(text),
    ...left_out.map(({ label, why }) => paint.dim(`  ${clean(label)} is left out: ${why}`)),
  ];
}
