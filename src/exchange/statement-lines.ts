// The lines beside operational emissions in a statement: embodied, market-based, marginal, water; each with what it is made of.
//
// Embodied emissions that are not known are said to be left out; of the other lines only what is known is told.

import type { FigureJson } from '../core/figure.ts';
import { type Account, type Accounts, type Interval, totalOf } from './account.ts';
import { amount, interval, mass, massInterval, type Style } from './statement-words.ts';

/** Sentences. */
export function furtherLines(all: Accounts, style: Style): string[] {
  return [embodied(all, style), market(all, style), marginal(all, style), water(all, style)].filter(Boolean);
}

/** One run's as it is; of several what was counted twice is taken off. */
function lineOf(all: Accounts, line: (account: Account) => FigureJson): Interval | null {
  const [only, ...more] = all.accounts;
  if (only === undefined || more.length > 0) return totalOf(all, line);
  const figure = line(only);
  return figure.value === null ? null : figure;
}

/** ", from A; B". */
function from(sources: readonly (string | null)[], { plain }: Style): string {
  const told = [...new Set(sources.filter((source) => source !== null && source !== ''))];
  return told.length === 0 ? '' : `, from ${plain(told.join('; '))}`;
}

function embodied(all: Accounts, style: Style): string {
  const figure = lineOf(all, ({ emissions }) => emissions.embodied_g);
  if (figure === null) return style.plain('Embodied emissions of the hardware are not included: they are not known.');
  const sources = all.accounts.flatMap(({ emissions }) => emissions.embodied.parts.map(({ source }) => source));
  return `Embodied emissions of the hardware, for the time that it was held, are ${mass(figure.value, style)} ${massInterval(figure, style)}, beside these${from(sources, style)}.`;
}

/** Left out where nothing but the grid's average is in it, which is the operational line again. */
function market(all: Accounts, style: Style): string {
  const figure = lineOf(all, ({ emissions }) => emissions.market_g);
  const parts = all.accounts.flatMap(({ emissions }) => emissions.market.parts);
  const bought = parts.filter(({ instrument }) => instrument !== 'grid-average' && instrument !== 'unknown');
  if (figure === null || bought.length === 0) return '';
  const told = parts.map(({ instrument, source }) => `${instrument.replace('-', ' ')}${source && `, ${source}`}`);
  return `Market-based emissions, by what was bought, are ${mass(figure.value, style)} ${massInterval(figure, style)}${from(told, style)}.`;
}

function marginal(all: Accounts, style: Style): string {
  const figure = lineOf(all, ({ emissions }) => emissions.marginal_g);
  if (figure === null) return '';
  const sources = all.accounts.flatMap(({ emissions }) => emissions.marginal.parts.map(({ source }) => source));
  return `On the margin of the grid the electricity caused ${mass(figure.value, style)} ${massInterval(figure, style)}${from(sources, style)}.`;
}

function water(all: Accounts, style: Style): string {
  const litres = (figure: Interval) =>
    `${amount(figure.value, 'L', style)} ${interval(figure, { per: 1, unit: 'L', style })}`;
  const part = (where: 'onsite' | 'electricity', words: string): string | null => {
    const figure = lineOf(all, (account) => account.water[`${where}_l`]);
    const sources = all.accounts.map((account) => account.water.sources[where]);
    return figure === null ? null : `${litres(figure)} ${words}${from(sources, style)}`;
  };
  const [site, electricity] = [part('onsite', 'at the site'), part('electricity', 'for the electricity')];
  const figure = lineOf(all, ({ water_l }) => water_l);
  if (figure !== null) return `Fresh water consumed is ${litres(figure)}: ${site}; ${electricity}.`;
  if (site === null && electricity === null) return '';
  const missing = site === null ? 'that at the site' : 'that for the electricity';
  return `Of fresh water ${site ?? electricity} are consumed; ${missing} is not known.`;
}
