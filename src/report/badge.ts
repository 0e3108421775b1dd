// Two words → a badge as SVG, for a README: no font has to be there, and nothing is loaded.

import type { Verdict } from '../emissions/regression.ts';
import { xml } from './gate-junit.ts';

/** White on each has a contrast of 4.5 or more (WCAG 2.1, 1.4.3). */
const COLOURS = { none: '#0b6bcb', ok: '#2a7d3f', better: '#2a7d3f', regression: '#c0392b', 'cannot-tell': '#5f6368' };
const LABEL = '#444444';
/** Verdana at 11 px is about so wide, px; the text is set to the width that was reckoned with. */
const LETTER = 6.6;
const PAD = 6;

/** The badge as SVG, coloured by the verdict; null: in a colour of its own. */
export function badgeOf(label: string, message: string, verdict: Verdict | null): string {
  const [left, right] = [label, message].map((text) => Math.round([...text].length * LETTER) + 2 * PAD) as [
    number,
    number,
  ];
  const width = left + right;
  const text = (words: string, x: number, of: number) =>
    `  <text x="${x + of / 2}" y="14" textLength="${of - 2 * PAD}" lengthAdjust="spacingAndGlyphs">${xml(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${xml(`${label}: ${message}`)}">`,
    `  <title>${xml(`${label}: ${message}`)}</title>`,
    `  <clipPath id="round"><rect width="${width}" height="20" rx="3"/></clipPath>`,
    '  <g clip-path="url(#round)">',
    `    <rect width="${left}" height="20" fill="${LABEL}"/>`,
    `    <rect x="${left}" width="${right}" height="20" fill="${COLOURS[verdict ?? 'none']}"/>`,
    '  </g>',
    '  <g fill="#ffffff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
    text(label, 0, left),
    text(message, left, right),
    '  </g>',
    '</svg>',
    '',
  ].join('\n');
}
