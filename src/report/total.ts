// Accounts of slices → the total: rows by what was asked for, idle and unattributed, and sums of all (docs/formats/total.md).
//
// Rows add up to the total in value; their intervals do not, as causes that runs share move them together.

import { exactly, type Figure, isKnown, plus, scaled, withBounds } from '../core/figure.ts';
import type { Whose } from '../emissions/once.ts';
import { createSum, type Sum, type SumJson } from '../emissions/sums.ts';
import type { Accounted } from './build.ts';
import type { Warning } from './model.ts';
import type { Slice } from './slices.ts';

export const TOTAL_BY = ['project', 'model', 'stage', 'user', 'host', 'month', 'workflow'] as const;
/** tag:NAME is the runs' tag of that name. */
export type TotalBy = (typeof TOTAL_BY)[number] | `tag:${string}`;

/** A sum; where something in it is not known, the part that is, and of how many runs something is missing. */
export type SumOf<K extends string> =
  | { value: number; low: number; high: number }
  | ({ value: null; why: string; unknown_runs: number } & { [key in K]: number });

export interface TotalSums {
  /** Of idle and unattributed energy the monitors that saw it. */
  runs: number;
  energy_j: SumOf<'known_j'>;
  facility_j: SumOf<'known_j'>;
  operational_g: SumOf<'known_g'>;
  embodied_g: SumOf<'known_g'>;
  total_g: SumOf<'known_g'>;
  /** By currency. */
  cost: Record<string, SumOf<'known'>>;
  /** Runs without a price: in no currency's sum. */
  unpriced_runs: number;
}

export type Kind = Whose['kind'] extends infer K ? (K extends 'run' ? 'runs' : K) : never;

export interface TotalRow extends TotalSums {
  kind: Kind;
  /** What the row is of; null where the run, or the record, does not tell. */
  key: string | null;
}

export interface TotalJson {
  schema: 'joulebook/total/v1';
  since_ms: number | null;
  until_ms: number | null;
  /** Several are separated by commas, and so are their keys. */
  by: string | null;
  /** Of months. */
  time_zone: string;
  rows: TotalRow[];
  runs: TotalSums;
  idle: TotalSums;
  unattributed: TotalSums;
  total: TotalSums;
  /** J of the total that monitors metered. */
  monitored_j: number;
  warnings: Warning[];
}

/** One slice with its account. */
export interface Part {
  readonly slice: Slice;
  readonly account: Accounted;
  readonly key: string | null;
}

type Line = Exclude<keyof Accounted['figures'], 'cost'>;
const LINES: Readonly<Record<Line, string>> = {
  ...{ it_j: 'known_j', facility_j: 'known_j', operational_g: 'known_g', embodied_g: 'known_g', total_g: 'known_g' },
};

/** Rows, and sums over all of them, of idle energy, and so on. */
export function totalsOf(parts: readonly Part[], by: string | null): Pick<TotalJson, 'rows' | Kind | 'total'> {
  const all = createSums();
  const kinds = { runs: createSums(), idle: createSums(), unattributed: createSums() };
  const rows = new Map<string, { kind: Kind; key: string | null; sums: Sums }>();
  for (const part of parts) {
    const kind: Kind = part.slice.whose.kind === 'run' ? 'runs' : part.slice.whose.kind;
    const name = JSON.stringify([kind, part.key]);
    const row = rows.get(name) ?? { kind, key: part.key, sums: createSums() };
    rows.set(name, row);
    const lines = linesOf(part);
    for (const sums of [row.sums, kinds[kind], all]) sums.add(part, lines);
  }
  const made = [...rows.values()].map(({ kind, key, sums }): TotalRow => ({ kind, key, ...sums.json() }));
  return {
    rows: made.sort((a, b) => orderOf(a, b, by)),
    ...{ runs: kinds.runs.json(), idle: kinds.idle.json(), unattributed: kinds.unattributed.json(), total: all.json() },
  };
}

const KINDS: readonly Kind[] = ['runs', 'idle', 'unattributed'];

/** Months in their order; else what used most first, and what is no run last. */
function orderOf(a: TotalRow, b: TotalRow, by: string | null): number {
  const month = by?.startsWith('month') ? (a.key ?? '').localeCompare(b.key ?? '') : 0;
  const kind = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return month || kind || knownOf(b.energy_j) - knownOf(a.energy_j) || (a.key ?? '').localeCompare(b.key ?? '');
}

/** What is known of a sum. */
export const knownOf = (sum: SumOf<'known_j'>): number => sum.value ?? sum.known_j;

export type Figures = Accounted['figures'];

/** The slice's figures: embodied by its part of the devices' time, and what idle power leaves open. */
export function linesOf({ slice, account: { figures } }: Omit<Part, 'key'>): Figures {
  const { it_j, operational_g } = figures;
  const open = (figure: Figure): Figure => {
    const { down_j, up_j } = slice.idle;
    if (!isKnown(figure) || !isKnown(it_j) || it_j.value <= 0 || (down_j === 0 && up_j === 0)) return figure;
    const factor = figure.value / it_j.value;
    return withBounds(figure, `idle-power ${slice.entry.record.id}`, down_j * factor, up_j * factor);
  };
  const embodied_g = scaled(figures.embodied_g, slice.time_share);
  // Of no energy there is no mean intensity, and no emissions whatever it was.
  if (it_j.value === 0) {
    const none = exactly(0);
    const total_g = isKnown(embodied_g) ? embodied_g : none;
    return { it_j, facility_j: none, operational_g: none, embodied_g, total_g, cost: none };
  }
  const operational = open(operational_g);
  return {
    ...{ it_j: open(it_j), facility_j: open(figures.facility_j), operational_g: operational, embodied_g },
    total_g: isKnown(embodied_g) ? plus(operational, embodied_g) : operational,
    cost: open(figures.cost),
  };
}

export interface Sums {
  add(part: Omit<Part, 'key'>, figures: Figures): void;
  json(): TotalSums;
}

/** Nothing yet. */
export function createSums(): Sums {
  const runs = new Set<string>();
  const unpriced = new Set<string>();
  const costs = new Map<string, Sum>();
  const lines = Object.fromEntries(Object.keys(LINES).map((line) => [line, createSum()])) as Record<Line, Sum>;
  return {
    add({ slice, account: { report } }, figures) {
      const { id } = slice.entry.record;
      const known_j = slice.energy.devices.reduce((s, { energy_j }) => s + (energy_j ?? 0), 0);
      runs.add(id);
      for (const line of Object.keys(LINES) as Line[])
        lines[line].add(id, figures[line], line === 'it_j' ? known_j : 0);
      if (report.currency === null) unpriced.add(id);
      else {
        const cost = costs.get(report.currency) ?? createSum();
        costs.set(report.currency, cost);
        cost.add(id, figures.cost, 0);
      }
    },
    json() {
      const { it_j, facility_j, operational_g, embodied_g, total_g } = lines;
      const cost = [...costs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => [name, named(sum, 'known')]);
      return {
        ...{ runs: runs.size, energy_j: named(it_j, 'known_j'), facility_j: named(facility_j, 'known_j') },
        ...{ operational_g: named(operational_g, 'known_g'), embodied_g: named(embodied_g, 'known_g') },
        ...{ total_g: named(total_g, 'known_g'), cost: Object.fromEntries(cost), unpriced_runs: unpriced.size },
      };
    },
  };
}

function named<K extends string>(sum: Sum, name: K): SumOf<K> {
  const made: SumJson = sum.json();
  if (made.value !== null) return made;
  const { why, known, unknown_runs } = made;
  return { value: null, why, unknown_runs, [name]: known } as SumOf<K>;
}
