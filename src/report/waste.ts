// Accounts of slices by cause → what was wasted on what, by row, and the causes that weigh most (docs/formats/waste.md).
//
// Causes add up to the waste, waste and the rest to the total: as `joulebook total` tells it, each device-second once.

import { CAUSES, type Cause } from '../emissions/waste.ts';
import type { Warning } from './model.ts';
import { createSums, type Figures, knownOf, linesOf, type Part, type TotalSums } from './total.ts';

/** A part of a slice that has one cause; null: none that is known. */
export interface CausePart extends Part {
  readonly cause: Cause | null;
}

export interface CauseSums extends TotalSums {
  /** Runs of which nothing tells of this cause, and J of them in which it may have been. */
  untold_runs: number;
  untold_j: number;
}

export interface WasteSums {
  total: TotalSums;
  waste: TotalSums;
  /** In which no waste is known. */
  rest: TotalSums;
  causes: Record<Cause, CauseSums>;
}

/** Causes that could not be looked for in a slice, and why. */
export interface Gap {
  readonly slice: Part['slice'];
  readonly key: string | null;
  readonly causes: readonly Cause[];
  readonly why: string;
}

export interface Largest extends CauseSums {
  cause: Cause;
  /** Of the energy of all. */
  share: number | null;
  /** What to do about it. */
  advice: string;
  /** The runs, or monitors, that lost most to it, with J that are known. */
  most: { run: string; energy_j: number }[];
}

/** What could not be looked at. */
export interface Untold {
  causes: Cause[];
  why: string;
  runs: number;
  /** J of them in which more may have been wasted. */
  energy_j: number;
}

export interface WasteJson extends WasteSums {
  schema: 'joulebook/waste/v1';
  since_ms: number | null;
  until_ms: number | null;
  /** Ids of the runs that were asked for; null: all. */
  runs: string[] | null;
  by: string | null;
  /** Of months. */
  time_zone: string;
  /** Of what --by names; empty without it. */
  rows: ({ key: string | null } & WasteSums)[];
  /** At most three, most energy first. */
  largest: Largest[];
  untold: Untold[];
  warnings: Warning[];
}

export const ADVICE: Readonly<Record<Cause, string>> = {
  failed:
    'try what may fail on a small scale first, write checkpoints, and go on from them with joulebook run --resume',
  stopped:
    'go on from its last checkpoint with joulebook run --resume; a rule on the forecast, such as --on-forecast 0.9=stop, ends sooner what will not fit',
  rework: 'write checkpoints more often: a restart does again what came after the last one',
  stall: 'let a time limit on progress end or restart a job that stands still, and look at what it was waiting for',
  data: 'give the input more workers, prefetch it, or bring it nearer: the accelerator waits for it',
  idle: 'take GPUs when they are needed and give them back when they are not, or share them',
  plateau: 'stop when evaluations no longer improve (early stopping), and keep the best checkpoint',
  unreserved: 'switch off, lend out or consolidate machines that nobody uses',
};

export interface WasteParts {
  readonly parts: readonly CausePart[];
  readonly wholes: readonly Part[];
  readonly gaps: readonly Gap[];
}

/** Sums of all parts; `wholes` are what they are parts of, so that the total is that of joulebook total, its interval too. */
export function wasteOf(
  { parts, wholes, gaps }: WasteParts,
  by: string | null,
): Pick<WasteJson, 'rows' | 'largest' | 'untold'> & WasteSums {
  const all = createGroup();
  const rows = new Map<string | null, Group>();
  const groupsOf = ({ key }: Pick<Part, 'key'>): Group[] => {
    if (by === null) return [all];
    const row = rows.get(key) ?? createGroup();
    rows.set(key, row);
    return [all, row];
  };
  for (const whole of wholes) {
    const lines = linesOf(whole);
    for (const group of groupsOf(whole)) group.whole(whole, lines);
  }
  for (const part of parts) {
    const lines = linesOf(part);
    for (const group of groupsOf(part)) group.part(part, lines);
  }
  for (const gap of gaps) for (const group of groupsOf(gap)) group.gap(gap);
  const sums = all.json();
  const made = [...rows].map(([key, group]) => ({ key, ...group.json() }));
  return {
    ...sums,
    rows: made.sort((a, b) => orderOf(a, b, by)),
    largest: largestOf(sums, parts),
    untold: untoldOf(gaps),
  };
}

/** In the order in which they are found. */
function untoldOf(gaps: readonly Gap[]): Untold[] {
  const out = new Map<string, Untold & { readonly ids: Set<string> }>();
  for (const { slice, causes, why } of gaps) {
    const one = out.get(why) ?? { causes: [...causes], why, runs: 0, energy_j: 0, ids: new Set<string>() };
    out.set(why, one);
    one.ids.add(slice.entry.record.id);
    one.energy_j += knownIn(slice);
  }
  return [...out.values()].map(({ ids, ...one }) => ({ ...one, runs: ids.size }));
}

/** J of a slice that are known. */
const knownIn = ({ energy }: Part['slice']): number =>
  energy.devices.reduce((s, { energy_j }) => s + (energy_j ?? 0), 0);

/** Months in their order; else what wasted most first. */
function orderOf(a: WasteJson['rows'][number], b: WasteJson['rows'][number], by: string | null): number {
  const month = by?.startsWith('month') ? (a.key ?? '').localeCompare(b.key ?? '') : 0;
  return month || knownOf(b.waste.energy_j) - knownOf(a.waste.energy_j) || (a.key ?? '').localeCompare(b.key ?? '');
}

interface Group {
  whole(whole: Part, lines: Figures): void;
  part(part: CausePart, lines: Figures): void;
  gap(gap: Gap): void;
  json(): WasteSums;
}

function createGroup(): Group {
  const [total, waste, rest] = [createSums(), createSums(), createSums()];
  const causes = new Map(CAUSES.map((cause) => [cause, createSums()]));
  const untold = new Map(CAUSES.map((cause) => [cause, { ids: new Set<string>(), energy_j: 0 }]));
  return {
    whole: (whole, lines) => total.add(whole, lines),
    part(part, lines) {
      (part.cause === null ? rest : waste).add(part, lines);
      if (part.cause !== null) causes.get(part.cause)!.add(part, lines);
    },
    gap({ slice, causes }) {
      for (const cause of causes) {
        const one = untold.get(cause)!;
        one.ids.add(slice.entry.record.id);
        one.energy_j += knownIn(slice);
      }
    },
    json: () => ({
      ...{ total: total.json(), waste: waste.json(), rest: rest.json() },
      causes: Object.fromEntries(
        [...causes].map(([cause, sums]) => {
          const { ids, energy_j } = untold.get(cause)!;
          return [cause, { ...sums.json(), untold_runs: ids.size, untold_j: energy_j }];
        }),
      ) as WasteSums['causes'],
    }),
  };
}

export const LARGEST = 3;

function largestOf({ total, causes }: WasteSums, parts: readonly CausePart[]): Largest[] {
  const all_j = knownOf(total.energy_j);
  return CAUSES.filter((cause) => knownOf(causes[cause].energy_j) > 0)
    .sort((a, b) => knownOf(causes[b].energy_j) - knownOf(causes[a].energy_j))
    .slice(0, LARGEST)
    .map((cause) => ({
      ...{ cause, ...causes[cause], share: all_j > 0 ? knownOf(causes[cause].energy_j) / all_j : null },
      ...{ advice: ADVICE[cause], most: mostOf(parts.filter((part) => part.cause === cause)) },
    }));
}

function mostOf(parts: readonly CausePart[]): Largest['most'] {
  const runs = new Map<string, number>();
  for (const { slice } of parts) {
    const { id } = slice.entry.record;
    runs.set(id, (runs.get(id) ?? 0) + knownIn(slice));
  }
  const sorted = [...runs].map(([run, energy_j]) => ({ run, energy_j })).sort((a, b) => b.energy_j - a.energy_j);
  return sorted.slice(0, LARGEST);
}
