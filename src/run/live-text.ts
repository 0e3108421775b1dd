// Figures of the moment as one line of words, two or three figures each; what is not known is not there.

import type { Limit, Reach } from '../decide/budget.ts';
import { reachOf } from '../decide/expected.ts';
import { three } from '../report/format.ts';
import type { Figures } from './live-account.ts';

/** The signs of a locale: a terminal without UTF-8 gets ASCII. */
export interface Signs {
  readonly dash: string;
  readonly atLeast: string;
}

export const UNICODE: Signs = { dash: '–', atLeast: '≥' };
export const ASCII: Signs = { dash: '-', atLeast: '>=' };

/** By the variables that name the locale, in the order of locale(7); none of them set is the C locale. */
export function signsOf(env: NodeJS.ProcessEnv): Signs {
  return isUtf8(env) ? UNICODE : ASCII;
}

/** Whether the locale of an environment is one of UTF-8. */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/**
 * "12 s  186 W  0.62 Wh  0.23 gCO2e  1.9 J/token  4.1k tokens/s  step 120/400  left 0:28  at end ~2.1 Wh (1.9–2.4), 0.80 gCO2e (0.50–1.1)";
 * where that is more than `columns`, the parts that are least wanted are left out whole.
 */
export function liveText(seconds: number, figures: Told, signs: Signs, columns = Number.POSITIVE_INFINITY): string {
  const parts = [{ text: elapsed(seconds), wanted: 0 }, ...liveParts(figures, signs)];
  const kept = new Set<Part>();
  let width = -GAP.length;
  for (const part of parts.toSorted((a, b) => a.wanted - b.wanted)) {
    if (width + GAP.length + part.text.length > columns) continue;
    kept.add(part);
    width += GAP.length + part.text.length;
  }
  return parts
    .filter((part) => kept.has(part))
    .map(({ text }) => text)
    .join(GAP);
}

const GAP = '  ';

/** How a limit stands: what is spent, and how likely it is passed at the end; null each: not known. */
export interface BudgetTold {
  readonly limit: Limit;
  readonly spent: number | null;
  readonly overrun: number | null;
  /** Whose name is told with the limit; absent: nobody's. */
  readonly in_force?: { readonly name: string } | null;
}

/** Figures, with the budgets in force. */
export interface Told extends Figures {
  readonly budgets?: readonly BudgetTold[];
  /** Whether the job is held. */
  readonly held?: boolean;
}

export interface Part {
  readonly text: string;
  /** The least is wanted most. */
  readonly wanted: number;
}

/** What is known, in its order on the line. */
export function liveParts({ budgets = [], held = false, ...figures }: Told, { dash, atLeast }: Signs): Part[] {
  const { emissions_g, j_per_token, tokens_per_s, step, total, projection } = figures;
  const least = figures.partial ? `${atLeast} ` : '';
  const part = <T>(wanted: number, value: T | null | undefined, write: (value: T) => string): Part[] =>
    value == null ? [] : [{ text: write(value), wanted }];
  return [
    ...(held ? [{ text: 'paused', wanted: 0.5 }] : []),
    ...part(1, figures.power_w, (w) => `${three(w)} W`),
    ...part(2, figures.energy_j, (j) => least + wattHours(j)),
    ...part(3, emissions_g, (g) => least + grams(g)),
    ...part(6, j_per_token, (j) => `${two(j)} J/token`),
    ...part(8, tokens_per_s, (n) => `${short(n)} tokens/s`),
    ...part(4, step, (n) => `step ${n}${total === null ? '' : `/${total}`}`),
    ...part(5, projection?.left_s.value, (s) => `left ${clock(s)}`),
    ...part(7, projection?.end_j?.value, () => `at end ~${endText(reachOf(projection!.end_j!), figures.end_g, dash)}`),
    ...budgets.flatMap((budget) => part(2.5, budgetText(budget), (text) => text)),
  ];
}

/** "91 % of 800J, may overrun (37 %)", "over 800J (112 %)"; null: nothing is known of it. */
function budgetText({ limit: { value, text: much }, spent, overrun, in_force = null }: BudgetTold): string | null {
  // A run's own are named by their limits.
  const named = in_force !== null && in_force.name !== 'run' && in_force.name !== much;
  const limit = { value, text: named ? `${much} (${in_force.name})` : much };
  const share = spent === null ? null : spent / limit.value;
  if (share !== null && share >= 1) return `over ${limit.text} (${Math.floor(share * 100)} %)`;
  const comes =
    overrun === null
      ? null
      : overrun > SURE
        ? 'will overrun'
        : overrun < 1 - SURE
          ? 'will suffice'
          : `may overrun (${Math.round(overrun * 100)} %)`;
  const stands = share === null ? null : `${Math.floor(share * 100)} % of ${limit.text}`;
  if (comes === null) return stands;
  return stands === null ? `${limit.text} ${comes}` : `${stands}, ${comes}`;
}

/** A chance that is as good as none or certain is told in words. */
const SURE = 0.99;

function endText(end: Reach, end_g: Reach | null, dash: string): string {
  return `${spanText(end, WATT_HOURS, dash)}${end_g === null ? '' : `, ${spanText(end_g, GRAMS, dash)}`}`;
}

function spanText({ value, low, high }: Reach, units: Units, dash: string): string {
  const { scale, unit } = unitOf(value, units);
  const write = (amount: number) => two(amount / scale);
  return `${write(value)} ${unit} (${write(low)}${dash}${write(high)})`;
}

/** J → "0.62 Wh", "5.6 kWh", "3.1 MWh". */
export const wattHours = (joules: number): string => written(joules, WATT_HOURS);

/** gCO2e → "0.23 gCO2e", "3.4 kgCO2e"; below 10 mg in mg. */
export const grams = (g: number): string => written(g, GRAMS);

/** 4123 → "4.1k". */
export const short = (value: number): string => {
  const { scale, unit } = unitOf(value, THOUSANDS);
  return `${two(value / scale)}${unit}`;
};

/** s → "0:28", "1:02:03", "3 d 4 h". */
export function clock(seconds: number): string {
  const all = Math.round(seconds);
  const [d, h, m, s] = [Math.floor(all / 86_400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  if (d > 0) return `${d} d ${h} h`;
  const pad = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** s → "12 s", "3:20", "1:02:03". */
export const elapsed = (seconds: number): string =>
  seconds < 60 ? `${Math.max(0, Math.floor(seconds))} s` : clock(seconds);

/** Two figures, without exponent; whole numbers whole. */
export function two(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return magnitude >= 1 ? value.toFixed(0) : value.toFixed(Math.min(12, 1 - magnitude));
}

type Units = readonly (readonly [scale: number, unit: string])[];
const WATT_HOURS: Units = [
  [3.6e9, 'MWh'],
  [3.6e6, 'kWh'],
  [3600, 'Wh'],
];
const GRAMS: Units = [
  [1e6, 'tCO2e'],
  [1e3, 'kgCO2e'],
  [0.01, 'gCO2e'],
  [0.001, 'mgCO2e'],
];
const THOUSANDS: Units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
];

function unitOf(value: number, units: Units): { scale: number; unit: string } {
  const [least, unit] = units.find(([scale]) => Math.abs(value) >= scale) ?? units.at(-1)!;
  return { scale: unit === 'gCO2e' ? 1 : least, unit };
}

function written(value: number, units: Units): string {
  const { scale, unit } = unitOf(value, units);
  return `${two(value / scale)} ${unit}`;
}
