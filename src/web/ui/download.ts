// Drawings and tables as files of who looks at them.

import { h, render } from 'preact';
import { csvOf, type Rows } from './chart-of.ts';
import { Drawing } from './drawing.tsx';
import { type Ink, paint, type Scene } from './scene.ts';

/** Pixels of a PNG to one of the drawing. */
const FINE = 2;

export const saveCsv = (title: string, rows: Rows): void =>
  save(`${fileName(title)}.csv`, new Blob([csvOf(rows)], { type: 'text/csv;charset=utf-8' }));

export const saveSvg = (scene: Scene, ink: Ink): void =>
  save(`${fileName(scene.title)}.svg`, new Blob([svgText(scene, ink)], { type: 'image/svg+xml' }));

/** The drawing as a document of its own, with its colours in it. */
export function svgText(scene: Scene, ink: Ink): string {
  const place = document.createElement('div');
  render(h(Drawing, { of: scene, ink }), place);
  const text = new XMLSerializer().serializeToString(place.firstElementChild!);
  render(null, place);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

export function savePng(scene: Scene, ink: Ink): void {
  const canvas = document.createElement('canvas');
  canvas.width = scene.width * FINE;
  canvas.height = scene.height * FINE;
  paint(scene.shapes, canvas.getContext('2d')!, { ink, scale: FINE });
  canvas.toBlob((blob) => blob && save(`${fileName(scene.title)}.png`, blob), 'image/png');
}

/** "Power by device" → "power-by-device". */
export const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'chart';

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has it by then; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
