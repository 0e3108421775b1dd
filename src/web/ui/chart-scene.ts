// A chart's series as a drawing for files: the same lines, bands, spans and axes that the page's canvas shows, and a legend.

import {
  type ChartOf,
  inkOf,
  type Range,
  type Series,
  type Span,
  ticks,
  tickTexts,
  timeTexts,
  timeTicks,
  unitsOf,
  unknownNames,
  unknownSpans,
  type Value,
  withUnit,
} from './chart-of.ts';
import { type Box, hatch, line, type Point, rect, type Scene, type Shape } from './scene.ts';

const AXIS_PX = 62;
const TOP_PX = 34;
const BOTTOM_PX = 44;
const ROW_PX = 20;

interface Wishes {
  readonly width: number;
  readonly height: number;
  readonly shown: Range;
  readonly off?: ReadonlySet<string>;
}

type Scale = (value: number) => number;

/** Of the part `shown`, without the series that are switched off. */
export function chartScene(chart: ChartOf, { width, height, shown, off = new Set() }: Wishes): Scene {
  const series = chart.series
    .map((one, place) => ({ ...one, ink: one.ink ?? place }))
    .filter(({ name }) => !off.has(name));
  const units = unitsOf(series);
  const right = Math.max(16, (units.length - 1) * AXIS_PX);
  const plot: Box = { x: AXIS_PX, y: TOP_PX, w: Math.max(40, width - AXIS_PX - right), h: height };
  const legend = legendOf(chart, series, { x: 12, y: TOP_PX + height + BOTTOM_PX + 8, w: width - 24 });
  const x = scaleOf(shown, plot.x, plot.x + plot.w);
  const inside = { chart, shown, plot, x };
  const shapes: Shape[] = [
    rect({ x: 0, y: 0, w: width, h: legend.bottom }, 'paper'),
    { kind: 'text', at: [12, 20], text: chart.title, ink: 'ink', bold: true, size: 14 },
    ...spanShapes([...(chart.spans ?? []), ...unknownSpans({ ...chart, series })], shown, { x, plot }),
    ...units.flatMap((unit, place) => {
      const own = series.filter((one) => one.unit === unit);
      const range = rangeOf(own, chart.x.values, shown);
      const y = scaleOf(range, plot.y + plot.h, plot.y);
      const lines = own.flatMap((one) => seriesShapes(one, { ...inside, y }));
      return [...axisShapes({ unit, place, range, y }, plot), ...lines];
    }),
    ...xShapes(inside),
    ...legend.shapes,
  ];
  return { width, height: legend.bottom, title: chart.title, shapes };
}

const scaleOf = ({ from, to }: Range, low: number, high: number): Scale => {
  const by = to > from ? (high - low) / (to - from) : 0;
  return (value) => low + (value - from) * by;
};

/** What the values and bands of some series reach within the part shown, with a little air. */
export function rangeOf(series: readonly Series[], x: readonly number[], { from, to }: Range): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const see = (value: Value | undefined) => {
    if (value === null || value === undefined) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { values, band } of series)
    x.forEach((at, place) => {
      if (at < from || at > to) return;
      see(values[place]);
      see(band?.low[place]);
      see(band?.high[place]);
    });
  return airy(low, high, series.some(({ from_zero }) => from_zero) ? 0 : null);
}

/** `floor`: the axis reaches to it where values lie above. */
export function airy(low: number, high: number, floor: number | null): Range {
  if (!Number.isFinite(low)) return { from: 0, to: 1 };
  const least = floor === null ? low : Math.min(low, floor);
  const air = high > least ? (high - least) * 0.06 : Math.abs(high) * 0.1 || 1;
  return { from: floor !== null && least === floor ? floor : least - air, to: high + air };
}

export function spanShapes(spans: readonly Span[], shown: Range, { x, plot }: { x: Scale; plot: Box }): Shape[] {
  return spans.flatMap((span): Shape[] => {
    const from = x(Math.max(span.from, shown.from));
    const to = x(Math.min(span.to, shown.to));
    if (!(to > from)) return [];
    const box = { x: from, y: plot.y, w: to - from, h: plot.h };
    return span.kind === 'unknown' ? [hatch(box, 'faint')] : [rect(box, inkOf(span, 2), 0.18)];
  });
}

interface Inside {
  readonly chart: ChartOf;
  readonly shown: Range;
  readonly plot: Box;
  readonly x: Scale;
  readonly y: Scale;
}

/** The places of x within the part shown. */
function within(x: readonly number[], { from, to }: Range): [first: number, end: number] {
  const first = x.findIndex((at) => at >= from);
  const last = x.findLastIndex((at) => at <= to);
  return [Math.max(0, first === -1 ? x.length : first), last + 1];
}

function seriesShapes(one: Series, { chart, shown, x, y }: Inside): Shape[] {
  const ink = inkOf(one, 0);
  const [first, end] = within(chart.x.values, shown);
  const piecesOf = (values: readonly Value[]) =>
    pieces(chart.x.values, values, { first, end, x, y, steps: one.kind === 'steps' });
  const shapes: Shape[] = [];
  if (one.band !== undefined && one.kind !== 'points') {
    const low = piecesOf(one.band.low);
    const high = piecesOf(one.band.high);
    if (low.length === high.length)
      shapes.push({
        ...{ kind: 'path', fill: ink, opacity: 0.2 },
        pieces: high.map((piece, at) => [...piece, ...[...low[at]!].reverse()]),
      });
  }
  const lines = piecesOf(one.values);
  if (one.kind !== 'points')
    shapes.push({ kind: 'path', pieces: lines, stroke: ink, width: 1.5, ...(one.dashed && { dashed: true }) });
  else for (const [px, py] of lines.flat()) shapes.push(rect({ x: px - 3, y: py - 3, w: 6, h: 6 }, ink));
  return shapes;
}

function pieces(
  xs: readonly number[],
  values: readonly Value[],
  { first, end, x, y, steps }: { first: number; end: number; x: Scale; y: Scale; steps: boolean },
): Point[][] {
  const all: Point[][] = [];
  let piece: Point[] = [];
  for (let at = first; at < end; at += 1) {
    const value = values[at] ?? null;
    if (steps && piece.length > 0) piece.push([x(xs[at]!), piece.at(-1)![1]]);
    if (value !== null) piece.push([x(xs[at]!), y(value)]);
    if (value !== null || piece.length === 0) continue;
    all.push(piece);
    piece = [];
  }
  return piece.length > 0 ? [...all, piece] : all;
}

interface Axis {
  readonly unit: string;
  readonly place: number;
  readonly range: Range;
  readonly y: Scale;
}

function axisShapes({ unit, place, range, y }: Axis, plot: Box): Shape[] {
  const at = ticks(range.from, range.to, Math.max(2, plot.h / 45));
  const texts = tickTexts(at);
  const left = place === 0;
  const edge = left ? plot.x : plot.x + plot.w + (place - 1) * AXIS_PX;
  const label: Shape = {
    ...{ kind: 'text', ink: 'faint', text: unit, upright: true, anchor: 'middle' },
    at: [left ? 14 : edge + AXIS_PX - 8, plot.y + plot.h / 2],
  };
  return [
    label,
    ...at.flatMap((value, i): Shape[] => {
      const py = y(value);
      const text: Shape = {
        ...{ kind: 'text', ink: 'faint', text: texts[i]!, anchor: left ? 'end' : 'start' },
        at: [left ? edge - 6 : edge + 6, py + 4],
      };
      return left ? [line([plot.x, py], [plot.x + plot.w, py], 'line'), text] : [text];
    }),
  ];
}

function xShapes({ chart, shown, plot, x }: Omit<Inside, 'y'>): Shape[] {
  const about = Math.max(2, plot.w / 110);
  const at = chart.x.time ? timeTicks(shown.from, shown.to, about) : ticks(shown.from, shown.to, about);
  const texts = chart.x.time ? timeTexts(at) : tickTexts(at);
  const bottom = plot.y + plot.h;
  return [
    line([plot.x, bottom], [plot.x + plot.w, bottom], 'faint'),
    ...at.flatMap((value, i): Shape[] => {
      const px = x(value);
      const rows = texts[i]!.split('\n');
      return [
        line([px, bottom], [px, bottom + 4], 'faint'),
        ...rows.map(
          (text, row): Shape => ({
            kind: 'text',
            at: [px, bottom + 17 + row * 13],
            text,
            ink: 'faint',
            anchor: 'middle',
          }),
        ),
      ];
    }),
    {
      ...{ kind: 'text', ink: 'faint', anchor: 'end', at: [plot.x + plot.w, bottom + 43] },
      text: chart.x.time ? `${chart.x.name} (UTC)` : withUnit(chart.x.name, chart.x.unit),
    },
  ];
}

interface Entry {
  readonly name: string;
  readonly ink: string | null;
  readonly opacity: number;
}

function legendOf(chart: ChartOf, series: readonly Series[], place: { x: number; y: number; w: number }) {
  const { spans = [] } = chart;
  const phases = new Map(spans.filter(({ kind }) => kind === 'phase').map((span) => [span.name, inkOf(span, 2)]));
  const entries: Entry[] = [
    ...series.map((one) => ({ name: withUnit(one.name, one.unit), ink: inkOf(one, 0), opacity: 1 })),
    ...[...phases].map(([name, ink]) => ({ name, ink, opacity: 0.3 })),
    ...unknownNames({ ...chart, series }).map((name) => ({ name, ink: null, opacity: 1 })),
  ];
  return legendShapes(entries, place);
}

/** Entries in rows, as many as they need. */
export function legendShapes(entries: readonly Entry[], { x, y, w }: { x: number; y: number; w: number }) {
  let [px, py] = [x, y];
  const shapes = entries.flatMap(({ name, ink, opacity }): Shape[] => {
    const long = 34 + name.length * 6.6;
    if (px > x && px + long > x + w) [px, py] = [x, py + ROW_PX];
    const box = { x: px, y: py, w: 12, h: 12 };
    const text: Shape = { kind: 'text', at: [px + 18, py + 10], text: name, ink: 'ink' };
    px += long;
    return [ink === null ? hatch(box, 'faint', 4) : rect(box, ink, opacity), text];
  });
  return { shapes, bottom: py + ROW_PX + 4 };
}
