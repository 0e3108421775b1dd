// Values by two categories (zone × hour) as fields of seven colours, from pale to strong; unknown fields are hatched.

import { three } from '../../report/format.ts';
import { inWords, type Value } from './chart-of.ts';
import { legendShapes } from './chart-scene.ts';
import { type Box, hatch, line, type Point, rect, type Scene, type Shape, shifted } from './scene.ts';

export interface HeatOf {
  readonly title: string;
  readonly unit: string;
  /** What columns and rows are: "hour", "zone". */
  readonly across: string;
  readonly down: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** By row, then by column. */
  readonly values: readonly (readonly Value[])[];
  readonly write?: (value: number) => string;
  /** Fields that are drawn thin, and what they are called: "expected". */
  readonly thin?: { readonly name: string; readonly fields: readonly (readonly boolean[])[] };
  /** What is told of a field besides its value: "forecast by neso". */
  readonly notes?: readonly (readonly (string | null)[])[];
  /** A line between columns, such as now: the column that it stands before, and its name. */
  readonly line?: { readonly column: number; readonly name: string };
  /** Columns are named every so many, one of these: 24 hours are read more easily by 3 than by 5. */
  readonly every?: readonly number[];
}

interface Wishes {
  readonly width: number;
  readonly at?: { readonly column: number; readonly row: number } | null;
}

const CLASSES = 7;
const FIELD_PX = 22;
const BOTTOM_PX = 40;
const CHARACTER_PX = 6.6;
const THIN_PX = 6;
/** Narrower fields touch: gaps would be most of what is seen. */
const LEAST_APART_PX = 4;

function plotOf({ rows }: HeatOf, width: number): Box {
  const longest = Math.max(0, ...rows.map(({ length }) => length));
  const x = Math.min(12 + longest * CHARACTER_PX, width * 0.35);
  return { x, y: 4, w: width - x - 4, h: rows.length * FIELD_PX };
}

/** CSS pixels of the plot. */
export const heatHeight = ({ rows }: HeatOf): number => 4 + rows.length * FIELD_PX + BOTTOM_PX;

/** Bounds of the classes: seven of one width, from the least to the greatest value. Null: nothing is known. */
export function classesOf({ values }: HeatOf): { readonly low: number; readonly step: number } | null {
  const known = values.flat().filter((value) => value !== null);
  if (known.length === 0) return null;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return { low, step: (high - low) / CLASSES };
}

/** 1 to 7. */
export const classOf = (value: number, { low, step }: { low: number; step: number }): number =>
  step === 0 ? Math.ceil(CLASSES / 2) : Math.min(CLASSES, Math.floor((value - low) / step) + 1);

/** "100 – 150 gCO2e/kWh" of each class, and its colour. */
export function heatLegend(heat: HeatOf): { name: string; ink: string | null; opacity: number }[] {
  const classes = classesOf(heat);
  const thin = heat.thin?.fields.flat().includes(true)
    ? [{ name: `thin: ${heat.thin.name}`, ink: 'paper', opacity: 1 }]
    : [];
  const unknown = heat.values.flat().some((value) => value === null)
    ? [{ name: 'unknown', ink: null, opacity: 1 }, ...thin]
    : thin;
  if (classes === null) return unknown;
  const { low, step } = classes;
  if (step === 0) return [{ name: inWords(heat, low), ink: `heat-${classOf(low, classes)}`, opacity: 1 }, ...unknown];
  const bounds = Array.from({ length: CLASSES }, (_, i) => ({
    ...{ name: `${three(low + i * step)} – ${three(low + (i + 1) * step)}`, ink: `heat-${i + 1}`, opacity: 1 },
  }));
  return [...bounds, ...unknown];
}

export function fieldAt(heat: HeatOf, [x, y]: Point, width: number): { column: number; row: number } | null {
  const plot = plotOf(heat, width);
  const column = Math.floor(((x - plot.x) / plot.w) * heat.columns.length);
  const row = Math.floor((y - plot.y) / FIELD_PX);
  return column >= 0 && column < heat.columns.length && row >= 0 && row < heat.rows.length ? { column, row } : null;
}

/** The plot alone. */
export function heatPlot(heat: HeatOf, { width, at = null }: Wishes): Scene {
  const plot = plotOf(heat, width);
  const slot = plot.w / heat.columns.length;
  const classes = classesOf(heat);
  const boxOf = (column: number, row: number): Box => ({
    ...{
      x: plot.x + column * slot,
      y: plot.y + row * FIELD_PX,
      w: slot > LEAST_APART_PX ? slot - 1 : slot,
      h: FIELD_PX - 1,
    },
  });
  const fields = heat.rows.flatMap((_, row) =>
    heat.columns.map((_, column) => {
      const value = heat.values[row]?.[column] ?? null;
      const whole = boxOf(column, row);
      const box = isThin(heat, { column, row }) ? { ...whole, y: whole.y + THIN_PX, h: whole.h - 2 * THIN_PX } : whole;
      return value === null || classes === null ? hatch(box, 'faint', 5) : rect(box, `heat-${classOf(value, classes)}`);
    }),
  );
  return {
    width,
    height: heatHeight(heat),
    title: heat.title,
    shapes: [...fields, ...names(heat, plot, slot), ...lineShapes(heat, plot, slot), ...mark(at, boxOf)],
  };
}

/** With title and legend. */
export function heatScene(heat: HeatOf, width: number): Scene {
  const title = `${heat.title} (${heat.unit})`;
  const plot = heatPlot(heat, { width });
  const legend = legendShapes(heatLegend(heat), { x: 12, y: plot.height + 34, w: width - 24 });
  return {
    ...{ width, height: legend.bottom, title: heat.title },
    shapes: [
      rect({ x: 0, y: 0, w: width, h: legend.bottom }, 'paper'),
      { kind: 'text', at: [12, 20], text: title, ink: 'ink', bold: true, size: 14 },
      ...shifted(plot.shapes, [0, 28]),
      ...legend.shapes,
    ],
  };
}

function mark(at: Wishes['at'], boxOf: (column: number, row: number) => Box): Shape[] {
  if (!at) return [];
  const { x, y, w, h } = boxOf(at.column, at.row);
  const corners: Point[] = [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
    [x, y],
  ];
  return [{ kind: 'path', pieces: [corners], stroke: 'ink', width: 2 }];
}

const isThin = ({ thin }: HeatOf, { column, row }: { column: number; row: number }): boolean =>
  thin?.fields[row]?.[column] ?? false;

function lineShapes({ line: at }: HeatOf, plot: Box, slot: number): Shape[] {
  if (at === undefined) return [];
  const x = plot.x + at.column * slot - 0.5;
  const right = plot.x + plot.w;
  const beside = right - x < (at.name.length + 1) * CHARACTER_PX;
  return [
    line([x, plot.y - 2], [x, plot.y + plot.h + 4], 'ink', 2),
    {
      ...{ kind: 'text', ink: 'ink', text: at.name, anchor: beside ? 'end' : 'start' },
      at: [beside ? x - 3 : x + 3, plot.y + plot.h + 33],
    },
  ];
}

function names({ rows, columns, across, every: steps = [] }: HeatOf, plot: Box, slot: number): Shape[] {
  const most = Math.floor(plot.x / CHARACTER_PX);
  const longest = Math.max(...columns.map(({ length }) => length)) * CHARACTER_PX + 8;
  const least = Math.max(1, Math.ceil(longest / slot));
  const every = steps.find((step) => step >= least) ?? least;
  const [bottom, right] = [plot.y + plot.h, plot.x + plot.w + 4];
  return [
    ...rows.map(
      (name, row): Shape => ({
        ...{ kind: 'text', ink: 'faint', anchor: 'end', at: [plot.x - 6, plot.y + (row + 0.5) * FIELD_PX + 4] },
        text: name.length > most ? `${name.slice(0, most - 1)}…` : name,
      }),
    ),
    ...columns.flatMap((text, column): Shape[] => {
      if (column % every !== 0) return [];
      const middle = plot.x + (column + 0.5) * slot;
      // Those at the edges lean inwards.
      const half = (text.length * CHARACTER_PX) / 2;
      const [x, anchor] =
        middle < half ? [2, 'start'] : middle + half > right ? [right, 'end'] : ([middle, 'middle'] as const);
      return [{ kind: 'text', at: [x, bottom + 15], text, ink: 'faint', anchor } as Shape];
    }),
    { kind: 'text', at: [plot.x + plot.w / 2, bottom + 33], text: across, ink: 'faint', anchor: 'middle' },
  ];
}

export function heatSentence(heat: HeatOf, { column, row }: { column: number; row: number }): string {
  const note = heat.notes?.[row]?.[column] ?? null;
  const value = inWords(heat, heat.values[row]?.[column] ?? null);
  return `${heat.down} ${heat.rows[row]}, ${heat.across} ${heat.columns[column]}; ${value}${note === null ? '' : `; ${note}`}`;
}
