// A drawing as a list of shapes, which a canvas paints and an SVG holds alike: what is downloaded is what is drawn.
//
// Colours are names of custom properties ("series-1", "ink") until they are drawn, so that light and dark are one drawing.

export type Point = readonly [x: number, y: number];

export type Shape =
  | {
      readonly kind: 'path';
      /** Several pieces: a line has gaps where values are unknown. */
      readonly pieces: readonly (readonly Point[])[];
      readonly stroke?: string;
      readonly width?: number;
      readonly dashed?: boolean;
      readonly fill?: string;
      readonly opacity?: number;
    }
  | {
      readonly kind: 'text';
      readonly at: Point;
      readonly text: string;
      readonly ink: string;
      readonly anchor?: 'start' | 'middle' | 'end';
      /** Read from below. */
      readonly upright?: boolean;
      readonly bold?: boolean;
      readonly size?: number;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly shapes: readonly Shape[];
}

/** The colour of a custom property, such as "#0072b2" or "var(--series-1)". */
export type Ink = (name: string) => string;

export const FONT = 'system-ui, sans-serif';
export const TEXT_PX = 12;
const DASHES = [5, 4];

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export const rect = ({ x, y, w, h }: Box, fill: string, opacity = 1): Shape => ({
  ...{ kind: 'path', fill, opacity },
  pieces: [
    [
      [x, y],
      [x + w, y],
      [x + w, y + h],
      [x, y + h],
    ],
  ],
});

/** Slanting lines over a box: what is unknown. */
export function hatch({ x, y, w, h }: Box, ink: string, apart = 7): Shape {
  const pieces: Point[][] = [];
  for (let at = apart; at < w + h; at += apart) {
    const from: Point = at <= w ? [x + at, y] : [x + w, y + at - w];
    const to: Point = at <= h ? [x, y + at] : [x + at - h, y + h];
    pieces.push([from, to]);
  }
  return { kind: 'path', pieces, stroke: ink, width: 1, opacity: 0.6 };
}

/** The same, elsewhere. */
export const shifted = (shapes: readonly Shape[], [dx, dy]: Point): Shape[] =>
  shapes.map((shape) => {
    const moved = ([x, y]: Point): Point => [x + dx, y + dy];
    if (shape.kind === 'text') return { ...shape, at: moved(shape.at) };
    return { ...shape, pieces: shape.pieces.map((piece) => piece.map(moved)) };
  });

export const line = (from: Point, to: Point, stroke: string, width = 1): Shape => ({
  ...{ kind: 'path', pieces: [[from, to]], stroke, width },
});

/** On a canvas whose pixels are `scale` to one of the drawing. */
export function paint(
  shapes: readonly Shape[],
  canvas: CanvasRenderingContext2D,
  { ink, scale = 1 }: { ink: Ink; scale?: number },
): void {
  canvas.save();
  canvas.scale(scale, scale);
  for (const shape of shapes) {
    canvas.globalAlpha = shape.kind === 'path' ? (shape.opacity ?? 1) : 1;
    if (shape.kind === 'text') paintText(shape, canvas, ink);
    else paintPath(shape, canvas, ink);
  }
  canvas.restore();
}

function paintPath(shape: Extract<Shape, { kind: 'path' }>, canvas: CanvasRenderingContext2D, ink: Ink): void {
  canvas.beginPath();
  for (const piece of shape.pieces) {
    piece.forEach(([x, y], at) => {
      if (at === 0) canvas.moveTo(x, y);
      else canvas.lineTo(x, y);
    });
    if (shape.fill !== undefined) canvas.closePath();
  }
  if (shape.fill !== undefined) {
    canvas.fillStyle = ink(shape.fill);
    canvas.fill();
  }
  if (shape.stroke === undefined) return;
  canvas.setLineDash(shape.dashed ? DASHES : []);
  canvas.lineWidth = shape.width ?? 1;
  canvas.lineJoin = 'round';
  canvas.strokeStyle = ink(shape.stroke);
  canvas.stroke();
}

function paintText(shape: Extract<Shape, { kind: 'text' }>, canvas: CanvasRenderingContext2D, ink: Ink): void {
  canvas.save();
  canvas.translate(...shape.at);
  if (shape.upright) canvas.rotate(-Math.PI / 2);
  canvas.font = `${shape.bold ? '600 ' : ''}${shape.size ?? TEXT_PX}px ${FONT}`;
  canvas.textAlign = shape.anchor === 'middle' ? 'center' : (shape.anchor ?? 'start');
  canvas.fillStyle = ink(shape.ink);
  canvas.fillText(shape.text, 0, 0);
  canvas.restore();
}

/** The `d` of an SVG path. */
export function pathOf(pieces: readonly (readonly Point[])[], closed: boolean): string {
  const n = (value: number) => String(Math.round(value * 100) / 100);
  return pieces
    .map((piece) => piece.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('') + (closed ? 'Z' : ''))
    .join('');
}

export const dashesOf = (shape: Extract<Shape, { kind: 'path' }>): string | undefined =>
  shape.dashed ? DASHES.join(' ') : undefined;
