// Series over time (or over another quantity) as a chart: drawn by uPlot on a canvas, told in words by its frame.
//
// The arrows move the cursor, Home and End go to the ends, + and − zoom, Escape shows all again; so do dragging and a double
// click. What a zoom shows is the caller's to know (`onZoom`), who may keep it in the address and ask for finer values.

import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ChartFrame, type LegendEntry } from './chart-frame.tsx';
import {
  type ChartOf,
  inkOf,
  type Range,
  rowsOf,
  sentence,
  toggled,
  told,
  unitsOf,
  unknownNames,
  withUnit,
  xTold,
  zoomed,
} from './chart-of.ts';
import { chartScene } from './chart-scene.ts';
import { painted } from './inks.ts';
import { Plot } from './plot.ts';

interface ChartProps {
  readonly of: ChartOf;
  readonly note?: string;
  /** CSS pixels of the plot; default 240. */
  readonly height?: number;
  /** What is shown; null or absent: all. */
  readonly zoom?: Range | null;
  /** How far the zoom goes out; default: the values' own reach. Values may be those of a zoom alone. */
  readonly whole?: Range;
  /** A zoom by the reader, null for all; without it the chart keeps the zoom by itself. */
  readonly onZoom?: (range: Range | null) => void;
  /** Charts of one name share their cursor. */
  readonly sync?: string;
  /** What is said where there is nothing to draw. */
  readonly empty?: string;
}

export function Chart({
  of,
  note,
  height = 240,
  zoom,
  whole: reach,
  onZoom,
  sync,
  empty = 'Nothing was recorded here.',
}: ChartProps) {
  const [own, setOwn] = useState<Range | null>(null);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const [live, setLive] = useState('');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);

  const xs = of.x.values;
  const whole = useMemo((): Range => reach ?? { from: xs[0] ?? 0, to: xs.at(-1) ?? 0 }, [xs, reach?.from, reach?.to]);
  const shown = (onZoom === undefined ? own : zoom) ?? whole;
  const show = (range: Range | null) => (onZoom ?? setOwn)(range);
  const nothing = xs.length === 0 || of.series.length === 0;

  const latest = useRef({ show, whole });
  latest.current = { show, whole };
  const shape = useMemo(() => shapeOf(of, sync), [of, sync]);
  useEffect(() => {
    if (place.current === null) return;
    const made = new Plot(place.current, of, {
      ...{ height, sync },
      onCursor: setAt,
      onZoom: (range) => latest.current.show(range),
    });
    plot.current = made;
    return () => {
      plot.current = null;
      made.close();
    };
    // Built anew only for other series or another height; new values are put into it below.
  }, [shape, height, nothing]);
  useEffect(() => plot.current?.update(of, shown, off));
  useEffect(() => painted.subscribe(() => plot.current?.repaint()), []);

  const move = (to: number) => {
    const [first, last] = placesIn(xs, shown);
    const next = Math.min(Math.max(to, first), last);
    plot.current?.moveTo(next);
    setAt(next);
    setLive(sentence(of, next, off));
  };
  const zoomBy = (factor: number) => {
    const middle = (at === null ? undefined : xs[at]) ?? (shown.from + shown.to) / 2;
    const range = zoomed(shown, whole, { at: middle, factor });
    show(range.to - range.from >= whole.to - whole.from ? null : range);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [first, last] = placesIn(xs, shown);
    const step = event.shiftKey ? 10 : 1;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => move(at === null ? last : at - step),
      ArrowRight: () => move(at === null ? first : at + step),
      Home: () => move(first),
      End: () => move(last),
      '+': () => zoomBy(0.5),
      '=': () => zoomBy(0.5),
      '-': () => zoomBy(2),
      Escape: () => show(null),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]!();
  };
  const toggle = (name: string) => setOff(toggled(off, name));
  return (
    <ChartFrame
      title={of.title}
      note={note}
      legend={legendOf(of, { at, off, toggle })}
      at={at === null || at >= xs.length ? undefined : xTold(of, at)}
      live={live}
      empty={nothing ? empty : null}
      rows={() => rowsOf(of)}
      scene={(width) => chartScene(of, { width, height, shown, off })}
      tools={<ZoomTools by={zoomBy} all={shown === whole ? null : () => show(null)} />}
    >
      <div
        ref={place}
        class="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves its cursor
        tabIndex={0}
        role="application"
        aria-roledescription="chart"
        aria-label={`${of.title}. Arrow keys read the values, plus and minus zoom, Escape shows all.`}
        onKeyDown={onKeyDown}
      />
    </ChartFrame>
  );
}

function ZoomTools({ by, all }: { by: (factor: number) => void; all: (() => void) | null }) {
  return (
    <>
      <button type="button" aria-label="zoom in" onClick={() => by(0.5)}>
        +
      </button>
      <button type="button" aria-label="zoom out" onClick={() => by(2)}>
        −
      </button>
      <button type="button" disabled={all === null} onClick={() => all?.()}>
        all
      </button>
    </>
  );
}

/** What a plot is built for; values may change without building it anew. */
const shapeOf = ({ x, series }: ChartOf, sync: string | undefined): string =>
  JSON.stringify([
    x.time,
    sync,
    series.map(({ name, unit, kind, dashed, ink, from_zero, band }) => [
      name,
      unit,
      kind,
      dashed,
      ink,
      from_zero,
      !band,
    ]),
  ]);

/** First and last place within a range; where none lies within, the next one. */
function placesIn(xs: readonly number[], { from, to }: Range): [number, number] {
  const first = Math.max(
    0,
    xs.findIndex((x) => x >= from),
  );
  return [
    first,
    Math.max(
      first,
      xs.findLastIndex((x) => x <= to),
    ),
  ];
}

interface Pointed {
  readonly at: number | null;
  readonly off: ReadonlySet<string>;
  readonly toggle: (name: string) => void;
}

function legendOf(chart: ChartOf, { at, off, toggle }: Pointed): LegendEntry[] {
  const { series, spans = [], x } = chart;
  const here = at === null ? null : (x.values[at] ?? null);
  const phases = new Map(spans.filter(({ kind }) => kind === 'phase').map((span) => [span.name, inkOf(span, 2)]));
  const within = (wanted: string) =>
    here !== null && spans.some(({ from, to, name }) => name === wanted && from <= here && here < to);
  return [
    ...series.map((one, place) => ({
      name: unitsOf(series).length > 1 && at === null ? withUnit(one.name, one.unit) : one.name,
      ink: inkOf(one, place),
      ...(here !== null && { value: told(one, at!) }),
      off: off.has(one.name),
      toggle: () => toggle(one.name),
    })),
    ...[...phases].map(([name, ink]) => ({ name, ink, shade: true, ...(within(name) && { value: 'here' }) })),
    ...unknownNames(chart).map((name) => ({ name, ink: null, ...(within(name) && { value: 'here' }) })),
  ];
}
