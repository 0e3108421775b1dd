// One run of the ledger as rows of a data set: ids hashed, words of closed lists, figures of its report with their reasons.

import type { FigureJson, Given } from '../core/figure.ts';
import {
  deviceNames,
  finite,
  formed,
  hardwareName,
  type Include,
  listed,
  type Pseudonyms,
  reason,
} from '../exchange/dataset/anonymous.ts';
import type { Row } from '../exchange/dataset/tables.ts';
import {
  COUNTS,
  DECIDED,
  DEVICE_KINDS,
  ENDINGS,
  EVENTS,
  GAPS,
  KINDS,
  LAUNCHERS,
  MEASURED,
  PHASES,
  QUALITIES,
  SOURCES,
  STAGES,
  STATES,
} from '../exchange/dataset/words.ts';
import { placeNamed } from '../grid/places.ts';
import { isZone } from '../grid/zones.ts';
import type { AccountSpec } from '../ledger/account-spec.ts';
import type { Renamed, Words } from '../ledger/dataset-out.ts';
import type { EventRow } from '../ledger/records.ts';
import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import { identityOf } from '../ledger/use.ts';
import type { ReportJson } from '../report/model.ts';

/** What the large tables may say. */
export const WORDS: Words = { source: SOURCES, quality: QUALITIES, why: GAPS, phase: PHASES, tokens_are: COUNTS };

export interface Anonymity {
  readonly names: Pseudonyms;
  readonly include: ReadonlySet<Include>;
  readonly relative: boolean;
  /** Ids of the runs of the data set. */
  readonly there: ReadonlySet<string>;
}

/** A run with its report and its events. */
export interface Told {
  readonly entry: RunEntry;
  readonly report: ReportJson;
  readonly events: readonly EventRow[];
}

/** Epoch ms that is taken off the times of a run. */
export const originOf = (report: ReportJson, { relative }: Pick<Anonymity, 'relative'>): number =>
  relative ? Math.floor(report.run.started_at_ms) : 0;

/** The zone's public key, else a keyed hash; null where it is not known. */
export const zoneOf = (zone: string | null, names: Pseudonyms): string | null =>
  zone === null || isZone(zone) ? zone : names.zone(zone);

/** The run's own row. */
export function runRow(told: Told, how: Anonymity): Row {
  const { entry, report } = told;
  const { record } = entry;
  const { run, energy, emissions, work } = report;
  const { names, include, there } = how;
  const origin = originOf(report, how);
  const among = (id: string | undefined | null) =>
    id !== undefined && id !== null && there.has(id) ? names.run(id) : null;
  const chosen = <T>(what: Include, value: T): T | null => (include.has(what) ? value : null);
  return {
    ...{ run: names.run(run.id), kind: listed(run.kind, KINDS) ?? 'run' },
    state: listed(run.state, STATES) ?? 'interrupted',
    ...{ started_at_ms: run.started_at_ms - origin, ended_at_ms: (run.ended_at_ms ?? run.started_at_ms) - origin },
    ...{ duration_s: run.duration_s, zone: zoneOf(run.zone, names) },
    place: placeNamed(record.place?.name ?? '')?.name ?? null,
    ...pueCells(told),
    price_per_kwh: finite(record.price?.per_kwh),
    currency: formed(report.currency, /^[A-Z]{3}$/),
    ...{ cut_of: among(record.cut_of), stage: listed(record.stage, STAGES), parent: among(record.parent) },
    ...{ coverage: energy.coverage, method: emissions.method },
    intensity_mean_g_per_kwh: emissions.intensity.mean_g_per_kwh,
    intensity_coverage: emissions.intensity.coverage,
    ...{ steps: work.steps, epochs: work.epochs, tokens: work.tokens, samples: work.samples },
    tokens_per_step: finite(record.work?.tokens_per_step),
    ...{ batch: finite(record.work?.batch), seq_length: finite(record.work?.seq_length) },
    account: record.account === undefined ? null : JSON.stringify(accountNumbers(record.account)),
    joulebook: formed(record.version, /^\d+\.\d+\.\d+$/),
    ...{ name: chosen('names', run.name), model: chosen('names', record.model ?? null) },
    command: chosen('commands', JSON.stringify(run.command)),
    ...{ user: chosen('users', record.user), cwd: chosen('paths', record.cwd) },
    git: run.git === null ? null : chosen('git', JSON.stringify(run.git)),
    tags: chosen('tags', JSON.stringify(run.tags)),
  };
}

function pueCells({ entry: { record }, report }: Told): Row {
  const { pue } = report.energy;
  const changes = record.pue_series !== undefined && pue.value !== null;
  const value = changes ? pue.value : finite(record.pue);
  const is = changes ? 'mean' : (record.place?.pue_source ?? null) !== null ? 'place' : 'given';
  return {
    ...{ pue: value, pue_low: finite(record.pue_low), pue_high: finite(record.pue_high) },
    pue_is: value === null ? null : is,
  };
}

/** What an account is made with besides, without its sources and files: numbers, and makers' names of devices. */
function accountNumbers({ market, water, embodied }: AccountSpec): object {
  const numbers = (of: Given | undefined) =>
    of && { value: finite(of.value), low: finite(of.low) ?? undefined, high: finite(of.high) ?? undefined };
  const devices = Object.entries(embodied?.devices ?? {}).flatMap(([name, kg]) =>
    hardwareName(name) === null ? [] : [[name, numbers(kg)]],
  );
  return {
    market: market && { contract: numbers(market.contract), residual: numbers(market.residual) },
    water: water && { onsite: numbers(water.onsite), electricity: numbers(water.electricity) },
    embodied: embodied && {
      source: listed(embodied.source, ['range', 'vendor', 'bottom-up']) ?? undefined,
      lifetime_y: finite(embodied.lifetime_y) ?? undefined,
      ...{ devices: Object.fromEntries(devices), server: numbers(embodied.server) },
    },
  };
}

export interface SegmentRows {
  readonly segments: readonly Row[];
  readonly devices: readonly Row[];
  readonly renamed: readonly Renamed[];
}

/** Its segments, in their order, with their devices and what these are called. */
export function segmentRows({ entry, report }: Told, how: Anonymity): SegmentRows {
  const origin_ms = originOf(report, how);
  const run = how.names.run(entry.record.id);
  const out = entry.writers.map((writer, i) => {
    const of = { run, segment: i + 1 };
    const names = deviceNames(writer.record.devices);
    const called = new Map(writer.record.devices.map(({ device }, at) => [device, names[at]!]));
    const devices = writer.record.devices.map((device, at): Row => {
      const { gain, reach_j, within } = device;
      const identity = identityOf(device, writer.record.host, writer.record.boot_id);
      return {
        ...{ ...of, device: names[at]!, device_id: how.names.device(identity) },
        ...{ kind: listed(device.kind, DEVICE_KINDS) ?? 'node', hardware: hardwareName(device.name) },
        source: listed(device.source, [...SOURCES, 'missing']) ?? 'imported',
        ...{ charged: device.charged, within: within === undefined ? null : (called.get(within) ?? null) },
        ...{ limit_w: finite(device.limit_w), gain_down: gain.down, gain_up: gain.up },
        ...{ update_s: finite(device.update_s), period_s: finite(device.period_s), mean_s: finite(device.mean_s) },
        share: device.share_of !== undefined,
        ...{ reach_down_j: finite(reach_j?.down), reach_up_j: finite(reach_j?.up) },
      };
    });
    const { folder } = writer;
    // A segment without devices has steps all the same.
    const named = [
      { device: '', name: '' },
      ...writer.record.devices.map(({ device }, at) => ({ device, name: names[at]! })),
    ];
    const renamed = named.map((one) => ({ ...one, folder, origin_ms, ...of }));
    return { segment: segmentRow(writer, of, { how, origin_ms }), devices, renamed };
  });
  return {
    segments: out.map(({ segment }) => segment),
    devices: out.flatMap(({ devices }) => devices),
    renamed: out.flatMap(({ renamed }) => renamed),
  };
}

function segmentRow(
  { record, end }: WriterEntry,
  of: { readonly run: string; readonly segment: number },
  { how, origin_ms }: { readonly how: Anonymity; readonly origin_ms: number },
): Row {
  const { rank, machine } = record;
  return {
    ...{ ...of, host: how.include.has('hosts') ? record.host : how.names.host(record.host) },
    ...{ role: listed(record.role, ['meter', 'rank']), launcher: listed(rank?.launcher, LAUNCHERS) },
    ...{ rank: whole(rank?.rank), world: whole(rank?.world), local_rank: whole(rank?.local_rank) },
    cpu: hardwareName(machine?.cpu ?? ''),
    ...{ sockets: whole(machine?.sockets), cores: whole(machine?.cores), threads: whole(machine?.threads) },
    ...{ virtual: machine?.virtual ?? null, memory_bytes: finite(machine?.memory_bytes) },
    ...{ ssd_bytes: finite(machine?.ssd_bytes), hdd_bytes: finite(machine?.hdd_bytes) },
    nvidia_gpus: whole(machine?.nvidia_gpus),
    ...{ sampling_s: finite(record.sampling_s) ?? 1, started_at_ms: record.started_at_ms - origin_ms },
    ended_at_ms: end === null ? null : end.ended_at_ms - origin_ms,
    ...{ exit_code: whole(end?.exit_code), signal: formed(end?.signal, /^SIG[A-Z0-9+-]{1,12}$/) },
    by_budget: listed(end?.by_budget, ENDINGS),
  };
}

const whole = (value: unknown): number | null => (Number.isInteger(value) ? (value as number) : null);

/** Facts that are numbers; all others, and what else an event may hold, stay where they are. */
const FACTS: Readonly<Record<string, readonly string[]>> = {
  findings: 'resets stalls edge_j counter_j polled_j roughness swing samples utilisation'.split(' '),
  attribution: ['job_s', 'job_most_s', 'busy_s', 'idle_s'],
  'gpu-attribution': ['looked_s', 'job_s', 'least_s', 'most_s', 'busy_s'],
};
const METHODS = ['cgroup', 'proc'] as const;

/** The last of what was told again and again of each device, every pause, and that there were warnings. */
export function eventRows({ entry, report, events }: Told, how: Anonymity): Row[] {
  const origin_ms = originOf(report, how);
  const run = how.names.run(entry.record.id);
  const rows = new Map<string, Row>();
  for (const { writer, event, device, at_ms, facts } of events) {
    const at = entry.writers.findIndex(({ record }) => record.writer === writer);
    const code = listed(event, EVENTS) ?? formed(event, WARNING);
    if (at < 0 || code === null) continue;
    const { devices } = entry.writers[at]!.record;
    const place = devices.findIndex((one) => one.device === device);
    const name = place < 0 ? null : deviceNames(devices)[place]!;
    const told = (FACTS[code] ?? []).flatMap((key) => {
      const value = facts?.[key];
      return typeof value === 'number' || (value === null && key === 'job_most_s') ? [[key, value]] : [];
    });
    const method = listed(facts?.method, METHODS);
    const all = [...told, ...(method === null ? [] : [['method', method]])];
    const each = code === 'paused' || code === 'resumed' ? at_ms : '';
    rows.set(`${at} ${code} ${name} ${each}`, {
      ...{ run, segment: at + 1, at_ms: at_ms - origin_ms, event: code, device: name },
      facts: all.length === 0 ? null : JSON.stringify(Object.fromEntries(all)),
    });
  }
  return [...rows.values()];
}

/** What was decided, in numbers. */
export function decisionRows({ entry, report }: Pick<Told, 'entry' | 'report'>, how: Anonymity): Row[] {
  const origin_ms = originOf(report, how);
  const run = how.names.run(entry.record.id);
  const since = (at_ms: number | null | undefined) => (at_ms == null ? null : at_ms - origin_ms);
  return report.decisions.map(({ at_ms, writer, act, by, budgets, grid, left, outcome, stood, saved }) => {
    const first = budgets.find(({ budget }) => budget === by[0]);
    const at = entry.writers.findIndex(({ record }) => record.writer === writer);
    return {
      ...{ run, segment: at < 0 ? null : at + 1, at_ms: at_ms - origin_ms, act: listed(act, DECIDED) ?? 'warn' },
      ...{ measure: listed(first?.measure, MEASURED), limit: finite(first?.limit_value) },
      ...{ spent: finite(first?.spent?.value), overrun: finite(first?.overrun), g_per_kwh: finite(grid?.g_per_kwh) },
      ...{ left_j: finite(left.energy?.value), left_g: finite(left.emissions?.value), done: outcome?.done ?? null },
      ...{ stood_from_ms: since(stood?.from_ms), stood_to_ms: since(stood?.to_ms) },
      ...{ saved_g: saved?.emissions_g.value ?? null, saved_g_low: endOf(saved?.emissions_g, 'low') },
      ...{ saved_g_high: endOf(saved?.emissions_g, 'high'), saved_j: saved?.energy_j.value ?? null },
      estimate: saved?.estimate ?? null,
    };
  });
}

const endOf = (figure: FigureJson | undefined, end: 'low' | 'high'): number | null =>
  figure === undefined || figure.value === null ? null : figure[end];

/** The codes that we give ourselves. */
const WARNING = /^warn:(attribution|clock-step|grid|log-unread|meter-unread|output|sampler-restarted|work)$/;

/** Names of figures of a report, with their unit. */
const LINES: Readonly<Record<string, string>> = {
  ...{ it_j: 'J', facility_j: 'J', pue: '1', operational_g: 'gCO2e', it_g: 'gCO2e', overhead_g: 'gCO2e' },
  ...{ market_g: 'gCO2e', marginal_g: 'gCO2e', embodied_g: 'gCO2e', total_g: 'gCO2e' },
  ...{ water_l: 'L', onsite_l: 'L', electricity_l: 'L', cost: 'currency' },
  ...{ j_per_token: 'J', g_per_million_tokens: 'gCO2e', l_per_million_tokens: 'L', j_per_step: 'J' },
  ...{ j_per_sample: 'J', g_per_epoch: 'gCO2e' },
};

/** Every figure of the report that there is a place for. */
export function accountRows(report: ReportJson, idOf: (run: string) => string): Row[] {
  const run = idOf(report.run.id);
  const all: Record<string, unknown> = {
    ...{ ...report, ...report.per, ...report.emissions, ...report.energy, ...report.water },
  };
  return Object.entries(LINES).flatMap(([line, unit]): Row[] => {
    const figure = all[line];
    if (!isFigure(figure)) return [];
    const none = { value: null, low: null, high: null };
    return [
      figure.value === null
        ? { run, line, unit, ...none, why: reason(figure.why) }
        : { run, line, unit, value: figure.value, low: figure.low, high: figure.high, why: null },
    ];
  });
}

const isFigure = (value: unknown): value is FigureJson =>
  typeof value === 'object' && value !== null && 'value' in value;
