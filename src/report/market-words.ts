// What was bought and what the margin was, in words.

import { figure, mass, percent, three } from './format.ts';
import type { ReportJson } from './model.ts';

/** One for each instrument: "17 % certificates at 0 g/kWh, gc.csv". */
export function marketParts({ emissions }: ReportJson): string[] {
  return emissions.market.parts.map(({ instrument, share, g_per_kwh, scope, source }) => {
    const rate = g_per_kwh === null ? '' : ` at ${three(g_per_kwh)} g/kWh${scope === null ? '' : `, ${scope}`}`;
    return `${percent(share)} ${instrument.replace('-', ' ')}${rate}${source === '' ? '' : `, ${source}`}`;
  });
}

/** Whether anything but the grid's average is in the account: else it tells the operational line again. */
export const marketTells = ({ emissions }: ReportJson): boolean =>
  emissions.market.parts.some(({ instrument }) => instrument !== 'grid-average' && instrument !== 'unknown');

/** The marginal line with its mean and sources. */
export function marginalText({ emissions }: ReportJson): string {
  const { mean_g_per_kwh, parts } = emissions.marginal;
  const sources = [...new Set(parts.map(({ source, scope }) => `${scope}, ${source}`))].join('; ');
  const mean = mean_g_per_kwh === null ? '' : `  ${three(mean_g_per_kwh)} g/kWh marginal ${sources}`;
  return `${figure(emissions.marginal_g, mass)}${mean}`;
}
