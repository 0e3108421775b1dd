// Words for why a job waits for a greener grid: times in UTC, g/kWh, and what it saves.

import type { GreenSight, Saves } from './green.ts';
import { hourAt } from './hourly-habit.ts';

const HOUR_MS = 3_600_000;

/** "13:00 UTC", with its day where that is another one than now's. */
export function clockText(at_ms: number, now_ms: number): string {
  const [at, now] = [new Date(at_ms).toISOString(), new Date(now_ms).toISOString()];
  const day = at.slice(0, 10) === now.slice(0, 10) ? '' : `${at.slice(0, 10)} `;
  return `${day}${at.slice(11, 16)} UTC`;
}

/** "412 g/kWh now". */
export const nowText = ({ hours, now_ms }: GreenSight): string =>
  `${hourAt(hours, Math.floor(now_ms / HOUR_MS)).toFixed(0)} g/kWh now`;

/** "saves 0.80 kgCO2e (23 %)", or "costs … more". */
export function savesText({ share, emissions_g }: Saves): string {
  const percent = `${Math.abs(share * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
  const much = emissions_g === null ? percent : `${massText(Math.abs(emissions_g))} (${percent})`;
  return share < 0 ? `costs ${much} more` : `saves ${much}`;
}

/** "0.80 kgCO2e". */
export function massText(g: number): string {
  const [amount, unit] = g >= 1000 ? [g / 1000, 'kgCO2e'] : [g, 'gCO2e'];
  return `${amount.toPrecision(amount >= 100 ? Math.ceil(Math.log10(amount + 1)) : 2)} ${unit}`;
}
