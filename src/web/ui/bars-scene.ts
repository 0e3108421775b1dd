// Bars of several parts, beside or upon each other, as a drawing. An unknown value is a hatched stub, never a bar of no height.

import { inkOf, inWords, type Series, ticks, tickTexts, type Value } from './chart-of.ts';
import { airy, legendShapes } from './chart-scene.ts';
import { type Box, hatch, line, type Point, rect, type Scene, type Shape, shifted } from './scene.ts';

export interface BarsOf {
  readonly title: string;
  readonly unit: string;
  /** What the categories are: "epoch". */
  readonly of: string;
  readonly categories: readonly string[];
  /** Values by category; bands are drawn of bars that stand beside each other. */
  readonly parts: readonly (Pick<Series, 'name' | 'values' | 'band' | 'ink' | 'write'> & {
    /** Of nothing but what is unknown: its mark is hatched too. */
    readonly hatched?: boolean;
  })[];
  readonly stacked?: boolean;
}

interface Wishes {
  readonly width: number;
  readonly height: number;
  readonly off?: ReadonlySet<string>;
  /** The category that is pointed at. */
  readonly at?: number | null;
}

const LEFT_PX = 58;
const TOP_PX = 8;
const BOTTOM_PX = 40;
const STUB_PX = 10;
const CHARACTER_PX = 6.6;
const LABEL_PX = 34;
/** Few bars are no walls. */
const WIDEST_PX = 110;

const plotOf = (width: number, height: number): Box => ({
  ...{ x: LEFT_PX, y: TOP_PX, w: Math.max(40, width - LEFT_PX - 8), h: height - TOP_PX - BOTTOM_PX },
});

/** The category at a point; null beside the plot. */
export function categoryAt({ categories }: BarsOf, [x]: Point, width: number): number | null {
  const plot = plotOf(width, 0);
  const at = Math.floor(((x - plot.x) / plot.w) * categories.length);
  return at >= 0 && at < categories.length ? at : null;
}

/** All parts of a category together; unknown where one is. */
export function sumAt(parts: BarsOf['parts'], at: number): Value {
  return parts.reduce<Value>((sum, { values }) => {
    const value = values[at] ?? null;
    return sum === null || value === null ? null : sum + value;
  }, 0);
}

/** The plot alone. */
export function barsPlot(bars: BarsOf, { width, height, off = new Set(), at = null }: Wishes): Scene {
  const plot = plotOf(width, height);
  const parts = bars.parts.map((part, i) => ({ ...part, ink: part.ink ?? i })).filter(({ name }) => !off.has(name));
  const range = reach({ ...bars, parts });
  const y = (value: number) => plot.y + plot.h - ((value - range.from) / (range.to - range.from)) * plot.h;
  const slot = plot.w / bars.categories.length;
  const shapes = bars.categories.flatMap((_, i): Shape[] => {
    const box = { x: plot.x + i * slot, y: plot.y, w: slot, h: plot.h };
    const w = Math.min(WIDEST_PX, slot * 0.76);
    const one = { i, box: { ...box, x: box.x + (slot - w) / 2, w }, y };
    const bars_ = bars.stacked ? stacked(parts, one) : grouped(parts, one);
    return i === at ? [rect(box, 'ink', 0.08), ...bars_] : bars_;
  });
  const axis = ticks(range.from, range.to, Math.max(2, plot.h / 40));
  const texts = tickTexts(axis);
  return {
    ...{ width, height, title: bars.title },
    shapes: [
      ...axis.flatMap((value, i): Shape[] => [
        line([plot.x, y(value)], [plot.x + plot.w, y(value)], 'line'),
        { kind: 'text', at: [plot.x - 6, y(value) + 4], text: texts[i]!, ink: 'faint', anchor: 'end' },
      ]),
      { kind: 'text', at: [12, plot.y + plot.h / 2], text: bars.unit, ink: 'faint', upright: true, anchor: 'middle' },
      ...shapes,
      line([plot.x, y(Math.max(0, range.from))], [plot.x + plot.w, y(Math.max(0, range.from))], 'faint'),
      ...labels(bars, plot, slot),
    ],
  };
}

/** With title and legend. */
export function barsScene(bars: BarsOf, wishes: Wishes): Scene {
  const { width, height, off = new Set() } = wishes;
  const plot = barsPlot(bars, wishes);
  const entries = bars.parts
    .map((part, i) => ({ name: part.name, ink: part.hatched ? null : inkOf(part, i), opacity: 1 }))
    .filter(({ name }) => !off.has(name));
  const legend = legendShapes(entries, { x: 12, y: height + 36, w: width - 24 });
  return {
    ...{ width, height: legend.bottom, title: bars.title },
    shapes: [
      rect({ x: 0, y: 0, w: width, h: legend.bottom }, 'paper'),
      { kind: 'text', at: [12, 20], text: bars.title, ink: 'ink', bold: true, size: 14 },
      ...shifted(plot.shapes, [0, 28]),
      ...legend.shapes,
    ],
  };
}

type Part = BarsOf['parts'][number] & { readonly ink: number };

interface Slot {
  /** Which category. */
  readonly i: number;
  readonly box: Box;
  readonly y: (value: number) => number;
}

function reach({ parts, categories, stacked }: BarsOf) {
  const all = categories.flatMap((_, i) => {
    const known = parts.map(({ values }) => values[i] ?? null).filter((value) => value !== null);
    if (!stacked) return [...known, ...parts.flatMap(({ band }) => [band?.low[i], band?.high[i]])];
    return [
      known.reduce((sum, value) => sum + Math.max(0, value), 0),
      known.reduce((sum, value) => sum + Math.min(0, value), 0),
    ];
  });
  const known = all.filter((value) => value !== null && value !== undefined);
  return airy(Math.min(...known), Math.max(...known), 0);
}

function grouped(parts: readonly Part[], { i, box, y }: Slot): Shape[] {
  const w = box.w / parts.length;
  return parts.flatMap(({ values, band, ink }, place): Shape[] => {
    const one = { x: box.x + place * w, w: Math.max(1, w - 1) };
    const value = values[i] ?? null;
    if (value === null) return [hatch({ ...one, y: y(0) - STUB_PX, h: STUB_PX }, 'faint', 4)];
    const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
    const bar = rect({ ...one, y: top, h: bottom - top }, inkOf({ ink }, 0));
    const [low, high] = [band?.low[i] ?? null, band?.high[i] ?? null];
    if (low === null || high === null || low === high) return [bar];
    const middle = one.x + one.w / 2;
    const cap = Math.min(5, one.w / 3);
    const whisker: Shape = {
      ...{ kind: 'path', stroke: 'ink', width: 1 },
      pieces: [
        [
          [middle, y(low)],
          [middle, y(high)],
        ],
        ...[low, high].map((end): Point[] => [
          [middle - cap, y(end)],
          [middle + cap, y(end)],
        ]),
      ],
    };
    return [bar, whisker];
  });
}

function stacked(parts: readonly Part[], { i, box, y }: Slot): Shape[] {
  let [above, below] = [0, 0];
  let unknown = false;
  const shapes = parts.flatMap(({ values, ink }): Shape[] => {
    const value = values[i] ?? null;
    if (value === null) unknown = true;
    if (value === null || value === 0) return [];
    const from = value > 0 ? above : below;
    if (value > 0) above += value;
    else below += value;
    const [top, bottom] = [Math.min(y(from), y(from + value)), Math.max(y(from), y(from + value))];
    return [rect({ x: box.x, w: box.w, y: top, h: bottom - top }, inkOf({ ink }, 0))];
  });
  // How far the stack would go on is not known.
  return unknown ? [...shapes, hatch({ x: box.x, w: box.w, y: y(above) - STUB_PX, h: STUB_PX }, 'faint', 4)] : shapes;
}

/** Names below, as many as fit, shortened to their place. */
function labels({ categories, of }: BarsOf, plot: Box, slot: number): Shape[] {
  // Where some are left out anyway, those that are told are told whole.
  const longest = Math.max(...categories.map(({ length }) => length)) * CHARACTER_PX + 14;
  const least = slot < LABEL_PX ? Math.min(90, Math.max(LABEL_PX, longest)) : LABEL_PX;
  const every = Math.max(1, Math.ceil(least / slot));
  const most = Math.floor((slot * every) / CHARACTER_PX) - 1;
  const bottom = plot.y + plot.h;
  return [
    ...categories.flatMap((name, i): Shape[] => {
      if (i % every !== 0) return [];
      const text = name.length > most ? `${name.slice(0, Math.max(1, most - 1))}…` : name;
      return [{ kind: 'text', at: [plot.x + (i + 0.5) * slot, bottom + 16], text, ink: 'faint', anchor: 'middle' }];
    }),
    { kind: 'text', at: [plot.x + plot.w / 2, bottom + 34], text: of, ink: 'faint', anchor: 'middle' },
  ];
}

/** "epoch 3; training 4.00 kWh; evaluation 1.00 kWh; together 5.00 kWh". */
export function barsSentence(bars: BarsOf, at: number, off: ReadonlySet<string> = new Set()): string {
  const parts = bars.parts.filter(({ name }) => !off.has(name));
  const values = parts.map((part) => `${part.name} ${inWords({ ...part, unit: bars.unit }, part.values[at] ?? null)}`);
  const sum =
    bars.stacked && parts.length > 1
      ? [`together ${inWords({ ...parts[0]!, unit: bars.unit }, sumAt(parts, at))}`]
      : [];
  return [`${bars.of} ${bars.categories[at]}`, ...values, ...sum].join('; ');
}
