// uPlot for our charts: what a ChartOf is → its options and data, kept up to date, and told back where the cursor is.
//
// Bands are two series more that draw no line. Spans are painted below the lines, by the same shapes as in files.

import uPlot from 'uplot';
import {
  type ChartOf,
  inkOf,
  type Range,
  type Series,
  ticks,
  tickTexts,
  timeTexts,
  timeTicks,
  unitsOf,
  unknownSpans,
  withUnit,
} from './chart-of.ts';
import { airy, spanShapes } from './chart-scene.ts';
import { inksAt } from './inks.ts';
import { FONT, type Ink, paint, TEXT_PX } from './scene.ts';

interface Wishes {
  readonly height: number;
  readonly sync: string | undefined;
  readonly onCursor: (place: number | null) => void;
  readonly onZoom: (range: Range | null) => void;
}

const AXIS_PX = 58;
const NARROW_PX = 480;
const LABEL = `${TEXT_PX}px ${FONT}`;

export class Plot {
  #of: ChartOf;
  #off: ReadonlySet<string> = new Set();
  #shown: Range | null = null;
  #ink: Ink;
  readonly #place: HTMLElement;
  readonly #wishes: Wishes;
  readonly #uplot: uPlot;
  readonly #size: ResizeObserver;

  constructor(place: HTMLElement, of: ChartOf, wishes: Wishes) {
    this.#place = place;
    this.#of = of;
    this.#wishes = wishes;
    this.#ink = inksAt(place);
    this.#uplot = new uPlot(this.#options(), dataOf(of), place);
    this.#size = new ResizeObserver(() => {
      const width = Math.floor(place.clientWidth);
      if (width > 0 && width !== this.#uplot.width) this.#uplot.setSize({ width, height: wishes.height });
    });
    this.#size.observe(place);
  }

  /** New values, another part, other series: what is the same costs nothing. */
  update(of: ChartOf, shown: Range, off: ReadonlySet<string>): void {
    const u = this.#uplot;
    const moved = this.#shown === null || this.#shown.from !== shown.from || this.#shown.to !== shown.to;
    const anew = of !== this.#of;
    if (!anew && !moved && off === this.#off) return;
    const switched = off === this.#off ? [] : of.series.filter(({ name }) => off.has(name) !== this.#off.has(name));
    this.#of = of;
    this.#off = off;
    this.#shown = shown;
    u.batch(() => {
      if (anew) u.setData(dataOf(of), false);
      for (const one of switched)
        for (const at of columnsOf(of.series)[of.series.indexOf(one)]!)
          u.setSeries(at, { show: !off.has(one.name) }, false);
      u.setScale('x', { min: shown.from, max: shown.to });
    });
  }

  /** Colours changed. */
  repaint(): void {
    this.#ink = inksAt(this.#place);
    this.#uplot.redraw(false);
  }

  moveTo(place: number): void {
    const left = this.#uplot.valToPos(this.#of.x.values[place]!, 'x');
    this.#uplot.setCursor({ left, top: this.#uplot.over.clientHeight / 2 });
  }

  close(): void {
    this.#size.disconnect();
    this.#uplot.destroy();
  }

  #options(): uPlot.Options {
    const { height, sync, onCursor, onZoom } = this.#wishes;
    const units = unitsOf(this.#of.series);
    const columns = columnsOf(this.#of.series);
    return {
      width: Math.max(120, Math.floor(this.#place.clientWidth)),
      height,
      ms: 1,
      legend: { show: false },
      padding: [8, units.length > 1 ? 0 : 24, 0, 0],
      scales: {
        x: { time: false },
        ...Object.fromEntries(units.map((unit) => [scaleOf(unit), { range: this.#range(unit) }])),
      },
      axes: [this.#xAxis(), ...units.map((unit, place) => this.#yAxis(unit, place))],
      series: [{}, ...this.#of.series.flatMap((one, place) => this.#series(one, place))],
      bands: this.#of.series.flatMap((one, place) => {
        const [, low, high] = columns[place]!;
        return low === undefined
          ? []
          : [{ series: [high!, low] as [number, number], fill: () => faded(this.#ink(inkOf(one, place))) }];
      }),
      cursor: {
        drag: { x: true, y: false, setScale: false },
        y: false,
        points: { size: 7 },
        bind: {
          dblclick: () => () => {
            onZoom(null);
            return null;
          },
        },
        ...(sync !== undefined && { sync: { key: sync, setSeries: false } }),
      },
      hooks: {
        drawClear: [(u) => this.#spans(u)],
        setCursor: [(u) => onCursor(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null)],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const { left, width } = u.select;
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onZoom({ from: u.posToVal(left, 'x'), to: u.posToVal(left + width, 'x') });
          },
        ],
      },
    };
  }

  #range(unit: string): uPlot.Range.Function {
    const floor = this.#of.series.some((one) => one.unit === unit && one.from_zero) ? 0 : null;
    return (_, low, high) => {
      const { from, to } = airy(low ?? Number.POSITIVE_INFINITY, high ?? Number.NEGATIVE_INFINITY, floor);
      return [from, to];
    };
  }

  #series(one: Series, place: number): uPlot.Series[] {
    const ink = () => this.#ink(inkOf(one, place));
    const steps = one.kind === 'steps' ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {};
    const scale = scaleOf(one.unit);
    const shown: uPlot.Series = {
      ...{ label: one.name, scale, stroke: ink, width: 1.5, spanGaps: false, ...steps },
      ...(one.dashed && { dash: [5, 4] }),
      ...(one.kind === 'points' && { paths: () => null, points: { show: true, size: 8, fill: ink } }),
    };
    const edge: uPlot.Series = { label: one.name, scale, width: 0, points: { show: false }, ...steps };
    return one.band === undefined ? [shown] : [shown, { ...edge }, { ...edge }];
  }

  #xAxis(): uPlot.Axis {
    const { time, name, unit } = this.#of.x;
    return {
      ...this.#look(),
      grid: { show: false },
      label: time ? `${name} (UTC)` : withUnit(name, unit),
      labelSize: 16,
      labelFont: LABEL,
      size: time ? 36 : 24,
      splits: (u, _, low, high) => {
        const about = Math.max(2, (u.width - 2 * AXIS_PX) / 100);
        return time ? timeTicks(low, high, about) : ticks(low, high, about);
      },
      values: (_, at) => (time ? timeTexts(at) : tickTexts(at)),
    };
  }

  #yAxis(unit: string, place: number): uPlot.Axis {
    const narrow = this.#place.clientWidth < NARROW_PX;
    return {
      ...this.#look(),
      scale: scaleOf(unit),
      side: place === 0 ? 3 : 1,
      grid: { show: place === 0, stroke: () => this.#ink('line'), width: 1 },
      // A third axis leaves no room for lines on a telephone: its values are told by the legend.
      show: !narrow || place < 2,
      size: narrow ? AXIS_PX - 14 : AXIS_PX,
      label: unit,
      labelSize: 16,
      labelFont: LABEL,
      splits: (u, _, low, high) => ticks(low, high, Math.max(2, (u.height - 60) / 40)),
      values: (_, at) => tickTexts(at),
    };
  }

  #look(): uPlot.Axis {
    const faint = () => this.#ink('faint');
    return {
      stroke: faint,
      font: LABEL,
      ticks: { stroke: () => this.#ink('line'), size: 4, width: 1 },
      gap: 4,
    };
  }

  #spans(u: uPlot): void {
    const { min, max } = u.scales.x!;
    if (min === undefined || max === undefined || min === null || max === null) return;
    const scale = uPlot.pxRatio;
    const plot = { x: u.bbox.left / scale, y: u.bbox.top / scale, w: u.bbox.width / scale, h: u.bbox.height / scale };
    const x = (value: number) => plot.x + ((value - min) / (max - min)) * plot.w;
    const visible = { ...this.#of, series: this.#of.series.filter(({ name }) => !this.#off.has(name)) };
    const spans = [...(this.#of.spans ?? []), ...unknownSpans(visible)];
    paint(spanShapes(spans, { from: min, to: max }, { x, plot }), u.ctx, { ink: this.#ink, scale });
  }
}

/** Named apart from "x". */
const scaleOf = (unit: string): string => `y ${unit}`;

/** Of each series, the places in uPlot's data of its values and of its band's edges. */
function columnsOf(series: readonly Series[]): number[][] {
  let next = 1;
  return series.map(({ band }) => Array.from({ length: band === undefined ? 1 : 3 }, () => next++));
}

const dataOf = ({ x, series }: ChartOf): uPlot.AlignedData =>
  [
    x.values,
    ...series.flatMap(({ values, band }) => (band === undefined ? [values] : [values, band.low, band.high])),
  ] as unknown as uPlot.AlignedData;

/** "rgb(0, 114, 178)" → the same at a fifth of its strength. */
const faded = (rgb: string): string => rgb.replace(/^rgb\(([^)]+)\)$/, 'rgba($1, 0.2)');
