// Numbers as people read them: Wh to MWh, g to t, three figures, the interval beside the value.

import type { FigureJson } from '../core/figure.ts';

/** J → "412 J", "1.24 Wh", "5.60 kWh", "3.10 MWh". */
export function energy(joules: number): string {
  const wh = joules / 3600;
  if (joules < 3600) return `${three(joules)} J`;
  if (wh < 1000) return `${three(wh)} Wh`;
  return wh < 1e6 ? `${three(wh / 1000)} kWh` : `${three(wh / 1e6)} MWh`;
}

/** gCO2e → "0.459 mgCO2e", "12.0 gCO2e", "3.40 kgCO2e", "1.20 tCO2e". */
export function mass(grams: number): string {
  if (grams < 0.1 && grams !== 0) return `${three(grams * 1000)} mgCO2e`;
  if (grams < 1000) return `${three(grams)} gCO2e`;
  return grams < 1e6 ? `${three(grams / 1000)} kgCO2e` : `${three(grams / 1e6)} tCO2e`;
}

/** L → "3.20 mL", "12.0 L", "5.40 m³". */
export function volume(litres: number): string {
  if (litres < 1 && litres !== 0) return `${three(litres * 1000)} mL`;
  return litres < 1000 ? `${three(litres)} L` : `${three(litres / 1000)} m³`;
}

/** s → "8.16 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${three(seconds)} s`;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.floor(seconds % 60)];
  return h > 0 ? `${h} h ${m} min` : `${m} min ${s} s`;
}

/** "412 J (350 J – 490 J)", or the reason why it is unknown. */
export function figure(value: FigureJson, write: (n: number) => string): string {
  if (value.value === null) return `unknown: ${value.why}`;
  if (value.low === value.value && value.high === value.value) return write(value.value);
  return `${write(value.value)}  (90 %: ${write(value.low)} – ${write(value.high)})`;
}

/** Three significant figures, without exponent. */
export function three(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))))); // 99.96 is 100
  return digits > 100 ? '0' : value.toFixed(Math.min(digits, 12));
}

export const percent = (share: number): string => `${three(share * 100)} %`;

/** "3000", "12.5 million". */
export function many(count: number): string {
  if (count < 1e6) return count < 100 ? three(count) : String(Math.round(count));
  return count < 1e9 ? `${three(count / 1e6)} million` : `${three(count / 1e9)} billion`;
}

/** On one line, and nothing in it steers a terminal. */
export const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

/** "+10.0 %" of a share. */
export const signed = (share: number): string => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`;
