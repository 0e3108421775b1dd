// Published training runs (test/fixtures/published-runs.csv) → what our own report says of them, beside what was published.
//
// A figure as printed is an interval: half a unit of its last digit either way; what its source assumes (a nameplate power,
// a PUE) it reckoned with exactly. Reports are made of the lower ends, the figures and the upper ends of all inputs: the
// product rises with each. Energy that holds the PUE already is divided by it first, so that there the PUE cancels.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readIntensityFile } from '../../src/grid/file.ts';
import type { IntensitySeries } from '../../src/grid/series.ts';
import { addRows, deviceIn, emptyEnergy } from '../../src/ledger/use.ts';
import { buildReport } from '../../src/report/build.ts';
import type { ReportJson } from '../../src/report/model.ts';
import { gpu, inputOf, T0 } from './report-input.ts';

export const RUNS_CSV = join(import.meta.dirname, '../fixtures/published-runs.csv');
const J_PER_MWH = 3.6e9;

/** A published figure with what its account needs, in the digits of its source; '' is not told. */
export interface PublishedRun {
  readonly id: string;
  readonly model: string;
  /** location, net (after purchases), or both where one factor stands for both. */
  readonly figure: string;
  readonly boundary: string;
  readonly power_w: string;
  readonly chips: string;
  /** With its unit, h or d; of one chip where `chips` is not told. */
  readonly time: string;
  readonly energy_mwh: string;
  readonly energy_of: '' | 'it' | 'facility';
  readonly pue: string;
  readonly g_per_kwh: string;
  /** The columns that the source assumes. */
  readonly assumed: string;
  readonly published_t: string;
  /** What is to be expected; `uncounted`: inputs that prove nothing, `none`: no account can be made. */
  readonly verdict: 'reproduced' | 'contradicted' | 'uncounted' | 'none';
  readonly why: string;
  readonly source: string;
  readonly locator: string;
  /** How the figures were seen. */
  readonly seen: string;
}

export interface Interval {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

/** Our account of a run from one of its inputs. */
export interface Account {
  readonly from: 'energy' | 'power';
  readonly t: Interval;
  /** As the source counts it, with or without PUE. */
  readonly energy_mwh: Interval;
}

export interface Accounted {
  readonly run: PublishedRun;
  /** From each input that is told, energy first; none where a factor or every energy is missing. */
  readonly accounts: readonly Account[];
  /** Energy that is told or follows from power and time, MWh. */
  readonly energy_mwh: number | null;
  /** Whether power × time is the energy told; null where not both are. */
  readonly energy_agrees: boolean | null;
  /** Whether all accounts agree with the published figure; null where there is none of either. */
  readonly agrees: boolean | null;
}

export const readPublished = (): PublishedRun[] => parse(readFileSync(RUNS_CSV), { columns: true });

/** A figure as printed, or exactly. */
export function printed(text: string, exactly = false): Interval {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error(`no figure: '${text}'`);
  const half = exactly ? 0 : 0.5 / 10 ** (text.split('.')[1]?.length ?? 0);
  return { low: value - half, value, high: value + half };
}

/** Whether two figures can be the same; ends count in. */
export const agree = (a: Interval, b: Interval): boolean =>
  a.low <= b.high * (1 + 1e-12) && b.low <= a.high * (1 + 1e-12);

const product = (...factors: readonly Interval[]): Interval =>
  eachEnd((end) => factors.reduce((p, f) => p * f[end], 1));
const eachEnd = (of: (end: keyof Interval) => number): Interval => ({
  low: of('low'),
  value: of('value'),
  high: of('high'),
});

/** What each run's account is made from. */
function inputsOf(run: PublishedRun) {
  const figure = (column: 'power_w' | 'energy_mwh' | 'pue' | 'g_per_kwh') =>
    run[column] === '' ? null : printed(run[column], run.assumed.split(' ').includes(column));
  const pue = figure('pue');
  const time_s = run.time === '' ? null : product(hoursOf(run), printed('3600', true));
  const power = figure('power_w');
  const told = figure('energy_mwh');
  const divided = run.energy_of === 'facility' && pue !== null ? printed(String(pue.value), true) : null;
  const energy_j = told && product(told, printed(String(J_PER_MWH / (divided?.value ?? 1)), true));
  const by_power_j = power && time_s && product(power, printed(run.chips || '1', true), time_s);
  return {
    pue,
    g_per_kwh: figure('g_per_kwh'),
    energy: energy_j && { it_j: energy_j, pue: divided ?? pue },
    by_power_j,
  };
}

function hoursOf({ time, assumed }: PublishedRun): Interval {
  const hours = printed(time.slice(0, -1), assumed.split(' ').includes('time'));
  return product(hours, printed(time.endsWith('d') ? '24' : '1', true));
}

/** Accounts of all runs given, in their order. */
export async function accountOf(runs: readonly PublishedRun[]): Promise<Accounted[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jb-published-'));
  try {
    const out: Accounted[] = [];
    for (const run of runs) out.push(await accountOne(run, (g) => constantGrid(folder, g)));
    return out;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function accountOne(run: PublishedRun, gridOf: (g: number) => Promise<readonly IntensitySeries[]>) {
  const { pue, g_per_kwh, energy, by_power_j } = inputsOf(run);
  const ways = [
    ...(energy === null ? [] : [{ from: 'energy' as const, ...energy }]),
    ...(by_power_j === null ? [] : [{ from: 'power' as const, it_j: by_power_j, pue }]),
  ];
  const made: Account[] = [];
  for (const { from, it_j, pue } of ways) {
    const report = async (end: keyof Interval) => {
      const chain = g_per_kwh === null ? [] : await gridOf(g_per_kwh[end]);
      return reportOn({ it_j: it_j[end], pue: pue?.[end] ?? null, chain });
    };
    const ends = { low: await report('low'), value: await report('value'), high: await report('high') };
    const said = run.energy_of === 'facility' ? 'facility_j' : 'it_j';
    made.push({
      from,
      t: eachEnd((end) => (ends[end].emissions.operational_g.value ?? Number.NaN) / 1e6),
      energy_mwh: eachEnd((end) => (ends[end].energy[said].value ?? Number.NaN) / J_PER_MWH),
    });
  }
  const accounts = g_per_kwh === null ? [] : made;
  const power = made.find(({ from }) => from === 'power');
  return {
    ...{ run, accounts, energy_mwh: made[0]?.energy_mwh.value ?? null },
    energy_agrees: energy === null || power === undefined ? null : agree(power.energy_mwh, printed(run.energy_mwh)),
    agrees:
      run.published_t === '' || accounts.length === 0
        ? null
        : accounts.every(({ t }) => agree(t, printed(run.published_t))),
  };
}

const HOUR_MS = 3_600_000;

/** The report of a run of one hour that used this energy in it. */
function reportOn(of: { it_j: number; pue: number | null; chain: readonly IntensitySeries[] }): ReportJson {
  const input = inputOf([[0]], [], of.chain);
  const energy = emptyEnergy();
  const row = { device: 'gpu-0', from_ms: T0, to_ms: T0 + HOUR_MS, energy_j: of.it_j, min_w: null, max_w: null };
  addRows(energy, deviceIn(energy, 'GPU-0', gpu(0), 'h'), [{ ...row, source: 'counter', quality: 'measured' }]);
  const [writer] = input.writers;
  const writers = [{ ...writer!, end: { ...writer!.end!, ended_at_ms: T0 + HOUR_MS } }];
  return buildReport({ ...input, run: { ...input.run, pue: of.pue }, energy, writers, no_intensity: 'not told' });
}

/** A file of one intensity over that hour, read as --intensity reads it. */
async function constantGrid(folder: string, g_per_kwh: number): Promise<readonly IntensitySeries[]> {
  const file = join(folder, 'grid.csv');
  const iso = (ms: number) => new Date(ms).toISOString();
  writeFileSync(file, `timestamp,end,gco2e_per_kwh\n${iso(T0)},${iso(T0 + HOUR_MS)},${g_per_kwh}\n`);
  return (await readIntensityFile(file)).series;
}
