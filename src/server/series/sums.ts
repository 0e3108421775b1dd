// Energy and emissions since the run began, at the end of each stretch, with their intervals.
//
// Values are told at every stretch; how far off they may be is worked out at some of them and goes straight between.

import { isKnown, type Known, toJson } from '../../core/figure.ts';
import { addCells, type Cell, type EnergyIntervals, spread } from '../../emissions/operational.ts';
import type { Course } from '../../ledger/courses.ts';
import type { Reach } from '../../ledger/rollup.ts';
import { emissionsBy, itBy, type Used } from '../../report/cumulative.ts';
import type { Series } from '../contract/series.ts';
import type { Account } from './account.ts';

type Sum = NonNullable<Series['energy']>;
type Bound = { readonly value: number; readonly low: number; readonly high: number };

/** Moments at which intervals are worked out, at most. */
const NODES = 200;
const WHOLE = 1 - 1e-9;

export interface Over {
  readonly account: Account;
  readonly run: Reach;
  /** Edges of the stretches, epoch ms. */
  readonly edges_ms: readonly number[];
  /** Over the stretches, and over the time of the run before them as one. */
  readonly courses: ReadonlyMap<string, Course>;
  readonly before: ReadonlyMap<string, Course>;
}

/** IT energy, J. */
export function energyOver(over: Over): Sum {
  const { it_j } = over.account.core.figures;
  const n = over.edges_ms.length;
  if (!isKnown(it_j)) return sumOf(new Array(n).fill(null), it_j.why);
  return sumOf(bounds(n, byEdge(over)), null);
}

/** gCO2e of operation. */
export function emissionsOver(over: Over): NonNullable<Series['emissions']> {
  const { core, chain } = over.account;
  const { overheads, operational, facility } = core.basis;
  const with_pue = isKnown(facility) || isKnown(overheads.pue);
  const n = over.edges_ms.length;
  const none = (why: string) => ({ ...sumOf(new Array(n).fill(null), why), with_pue });
  if (!isKnown(core.figures.it_j)) return none(core.figures.it_j.why);
  if (chain.series.length === 0) return none(isKnown(operational) ? 'no zone is known: give --zone' : operational.why);
  const intervals = chargedOver(over);
  const plain = runningCells(over, intervals, chain.series);
  const priced = overheads.chain === chain.series ? plain : runningCells(over, intervals, overheads.chain);
  const known = plain.findIndex(({ energy_j, known_j }) => known_j < energy_j * WHOLE);
  const end = known < 0 ? n : known;
  const it = byEdge(over);
  const grid = { chain: chain.series, factor: overheads.factor, from_ms: over.run.from_ms };
  const values = bounds(end, (i) => {
    const figure = emissionsBy(it(i), plain[i]!, grid);
    const value = priced[i]!.emissions_g * overheads.rest;
    return { figure, value };
  });
  const why = end === n ? null : isKnown(operational) ? 'the intensity is not known' : operational.why;
  return { ...sumOf([...values, ...new Array(n - end).fill(null)], why), with_pue };
}

/** The first is what was before the stretches. */
function sumOf([before = null, ...each]: readonly (Bound | null)[], why: string | null): Sum {
  const column = (name: keyof Bound) => each.map((one) => one?.[name] ?? null);
  return { value: column('value'), low: column('low'), high: column('high'), before, why };
}

/** IT energy by each edge, with its causes. */
function byEdge({ account, edges_ms, courses, before }: Over): (i: number) => Known {
  const devices = account.core.basis.devices.filter(({ use, figure }) => use.device.charged && isKnown(figure));
  const n = edges_ms.length;
  const used = new Map(
    devices.map(({ use: { identity } }) => {
      const [own, past] = [courses.get(identity), before.get(identity)];
      const running = (value: (course: Course, i: number) => number): Float64Array => {
        const out = new Float64Array(n);
        out[0] = past === undefined ? 0 : value(past, 0);
        for (let i = 1; i < n; i++) out[i] = out[i - 1]! + (own === undefined ? 0 : value(own, i - 1));
        return out;
      };
      return [
        identity,
        {
          energy_j: running(({ energy_j }, i) => energy_j[i]!),
          down_j: running(({ down_j }, i) => down_j[i]!),
          up_j: running(({ up_j }, i) => up_j[i]!),
          unknown_ms: running(({ there_ms, known_ms }, i) => there_ms[i]! - known_ms[i]!),
        },
      ] as const;
    }),
  );
  return (i) =>
    itBy(devices, (identity): Used => {
      const { energy_j, down_j, up_j, unknown_ms } = used.get(identity)!;
      return { energy_j: energy_j[i]!, down_j: down_j[i]!, up_j: up_j[i]!, unknown_ms: unknown_ms[i]! };
    });
}

/** Values of all, and their bounds: worked out at some, straight between. */
function bounds(n: number, at: (i: number) => Known | { readonly figure: Known; readonly value: number }): Bound[] {
  const stride = Math.max(1, Math.ceil(n / NODES));
  const nodes: { i: number; below: number; above: number }[] = [];
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const found = at(i);
    values[i] = found.value;
    if (i % stride !== 0 && i !== n - 1) continue;
    const figure = toJson('figure' in found ? found.figure : found);
    if (figure.value === null) continue;
    const by = figure.value > 0 ? values[i]! / figure.value : 1;
    nodes.push({ i, below: (figure.value - figure.low) * by, above: (figure.high - figure.value) * by });
  }
  let next = 0;
  return Array.from(values, (value, i) => {
    while (next + 1 < nodes.length && nodes[next + 1]!.i <= i) next++;
    const [a, b] = [nodes[next]!, nodes[Math.min(nodes.length - 1, next + 1)]!];
    const share = b.i === a.i ? 0 : (i - a.i) / (b.i - a.i);
    const between = (name: 'below' | 'above') => a[name] + (b[name] - a[name]) * share;
    return { value, low: Math.max(0, value - between('below')), high: value + between('above') };
  });
}

/** At each edge all cells up to it, from the beginning of the run on. */
function runningCells(
  { run, edges_ms }: Over,
  intervals: EnergyIntervals,
  chain: Parameters<typeof spread>[2],
): Cell[] {
  const begun = run.from_ms < edges_ms[0]!;
  const edges = begun ? [run.from_ms, ...edges_ms] : edges_ms;
  const cells = edges.length < 2 ? [] : spread(intervals, edges, chain);
  const empty: Cell = {
    ...{ from_ms: run.from_ms, to_ms: edges_ms[0]!, energy_j: 0, known_j: 0, emissions_g: 0 },
    ...{ by_series: chain.map(() => 0), grams_by_series: chain.map(() => 0) },
  };
  const out: Cell[] = begun ? [] : [empty];
  let sum = empty;
  for (const cell of cells) {
    sum = addCells([sum, cell]);
    out.push(sum);
  }
  return out;
}

/** Energy of the charged devices up to the last edge, in stretches of the grid's step or shorter. */
function chargedOver({ account, run, edges_ms, courses, before }: Over): EnergyIntervals {
  const { step_ms, core } = account;
  const charged = core.basis.devices.filter(({ use }) => use.device.charged).map(({ use }) => use.identity);
  const sum = (of: ReadonlyMap<string, Course>, i: number) =>
    charged.reduce((s, identity) => s + (of.get(identity)?.energy_j[i] ?? 0), 0);
  const out = { from_ms: [] as number[], to_ms: [] as number[], energy_j: [] as number[] };
  const put = (from: number, to: number, energy: number) => {
    if (!(energy > 0) || to <= from) return;
    out.from_ms.push(from);
    out.to_ms.push(to);
    out.energy_j.push(energy);
  };
  /** [from, to) by the steps of the account; what of `all` J the whole ones do not hold is in the parts at both ends. */
  const bySteps = (from: number, to: number, all: number, part: { first?: number }) => {
    const place = (at: number) => Math.floor(at / step_ms) - Math.floor(run.from_ms / step_ms);
    const edge = (i: number) => (Math.floor(run.from_ms / step_ms) + i) * step_ms;
    const [a, b] = [place(from), place(to - 1)];
    let left = all;
    for (let i = a; i < b; i++) {
      const energy = i === a && part.first !== undefined ? part.first : sum(account.courses.of, i);
      put(Math.max(from, edge(i)), edge(i + 1), energy);
      left -= energy;
    }
    put(Math.max(from, edge(b)), to, Math.max(0, left));
    return { first: Math.max(0, sum(account.courses.of, b) - Math.max(0, left)) };
  };
  const [from, to] = [edges_ms[0]!, edges_ms.at(-1)!];
  const rest = from > run.from_ms ? bySteps(run.from_ms, from, sum(before, 0), {}) : null;
  const stretch = edges_ms.length > 2 ? edges_ms[2]! - edges_ms[1]! : to - from;
  if (stretch <= step_ms)
    for (let i = 0; i + 1 < edges_ms.length; i++) put(edges_ms[i]!, edges_ms[i + 1]!, sum(courses, i));
  else {
    const all = edges_ms.slice(1).reduce((s, _, i) => s + sum(courses, i), 0);
    // The step in which the window begins was told of in part.
    bySteps(from, to, all, rest !== null && from % step_ms !== 0 ? rest : {});
  }
  return out;
}
