// One device of a run as a figure: what it used, what could be off and by how much, and what people should know.

import { type Figure, isKnown, plus, toJson, unknown, withBounds, withRelative } from '../core/figure.ts';
import { ALIASING, type Cause, CUT, DISAGREEMENT, EDGES, GAPS, PACE, sensorCause } from '../emissions/errors.ts';
import { type DeviceUse, identityOf } from '../ledger/use.ts';
import { attributionOf, type CpuTime, cpuTimeOf, type GpuTime, gpuAttributionOf, gpuTimeOf } from './attribution.ts';
import type { ReportInput } from './build.ts';
import { findingsOf } from './findings.ts';
import type { DeviceJson, Warning } from './model.ts';

export interface DeviceFigure {
  readonly use: DeviceUse;
  readonly figure: Figure;
  /** ms in which it was metered for the run. */
  readonly window_ms: number;
  /** Share 0..1 of that time that was observed. */
  readonly coverage: number;
  json(): DeviceJson;
}

type Writer = ReportInput['writers'][number];

/** The figure and JSON of a device; its causes of error and its warnings are added to those of the report. */
export function deviceFigure(
  use: DeviceUse,
  input: ReportInput,
  causes: Map<string, Cause>,
  warnings: Warning[],
): DeviceFigure {
  const { device } = use;
  const notes = [...device.notes];
  const parts = partsOf(use, input.writers);
  const window_ms = unionOf([...parts.map(({ entry }) => entry), ...ranksWith(parts, input.writers)], input);
  const found = findingsOf(input.events, parts);
  let figure: Figure;
  if (use.energy_j === null) {
    figure = unknown(
      device.source === 'missing'
        ? (device.notes[0] ?? 'no energy and no power can be read')
        : input.energy.lost.length > 0
          ? 'its records could not be read'
          : 'it was never read',
    );
  } else {
    const sensor = sensorCause(device.kind, device.source);
    causes.set(sensor.id, sensor);
    let known = withRelative(use.energy_j, { [sensor.id]: device.gain });
    const bound = (cause: Cause, low: number, high: number) => {
      if (low === 0 && high === 0) return;
      causes.set(cause.id, cause);
      known = withBounds(known, cause.id, low, high);
    };
    // Time of which nothing is known adds nothing to the value, and at most the device's power to the interval.
    const most_w = Math.max(device.limit_w ?? 0, use.max_w ?? 0);
    if (device.reach_j !== undefined) bound(CUT, -device.reach_j.down, device.reach_j.up);
    bound(GAPS, use.down_j, use.up_j + (most_w * use.unknown_ms) / 1000);
    const update_j = (use.energy_j / Math.max(window_ms, 1)) * 1000 * (device.update_s ?? 0);
    const edge = found.edge_j + found.silent * update_j;
    if (device.source === 'counter') bound(EDGES, -edge, edge);
    const pace = paceReach(use, found.samples);
    bound(PACE, -pace, pace);
    const { counter_j, polled_j } = found;
    const off = polled_j - counter_j;
    if (Math.abs(off) > 0.05 * counter_j + 2 * found.edge_j && polled_j > 0) {
      const scale = use.energy_j / Math.max(counter_j, polled_j / 10);
      bound(DISAGREEMENT, Math.min(0, off * scale), Math.max(0, off * scale));
      const percent = counter_j > 0 ? `${((off / counter_j) * 100).toFixed(0)} %` : 'all of it';
      warnings.push({
        code: 'sensor-disagreement',
        message: `${device.device}: polled power differs from the energy counter by ${percent}`,
      });
    }
    if (device.source === 'polled' && found.aliasing > 0) {
      const reach = found.aliasing * use.energy_j;
      bound(ALIASING, -reach, reach);
      warnings.push({
        code: 'aliasing',
        message: `${device.device}: its power changes faster than it was sampled; the interval is widened`,
      });
    }
    figure = known;
  }
  if (found.stalls > 0) notes.push('the energy counter stood still while power flowed: power was integrated instead');
  if (use.resets > 0) {
    const message = `the energy counter restarted ${use.resets === 1 ? 'once' : `${use.resets} times`}: what it missed is estimated and bounded`;
    notes.push(message);
    warnings.push({ code: 'counter-reset', message: `${device.device}: ${message}` });
  }
  if (use.shared) notes.push('metered by several writers of this run at once: counted once');
  const gpu = device.kind === 'gpu' && device.charged ? gpuTime(parts, input) : null;
  if (gpu !== null && gpu.busy_s - gpu.most_s > SHARED * gpu.busy_s) {
    const percent = ((1 - gpu.job_s / gpu.busy_s) * 100).toFixed(0);
    const message = `other processes had ${percent} % of its busy time; its whole energy is charged, and its attribution tells the run's part`;
    warnings.push({ code: 'gpu-shared', message: `${device.device}: ${message}` });
  }
  const coverage = window_ms <= 0 ? 0 : Math.min(1, use.observed_ms / window_ms);
  const about = { figure, window_ms, coverage, utilisation: found.utilisation, notes };
  return { use, figure, window_ms, coverage, json: () => deviceJson(use, about, { parts, gpu, input }) };
}

/** What a report tells of a device. */
function deviceJson(
  use: DeviceUse,
  {
    figure,
    window_ms,
    coverage,
    utilisation,
    notes,
  }: Pick<DeviceFigure, 'figure' | 'window_ms' | 'coverage'> & Pick<DeviceJson, 'utilisation' | 'notes'>,
  { parts, gpu, input }: { parts: ReturnType<typeof partsOf>; gpu: GpuTime | null; input: ReportInput },
): DeviceJson {
  const { device, kind, name, uuid, source, charged, within = null } = use.device;
  const cpu = kind === 'cpu-package' ? cpuTime(use, parts, input) : null;
  const percent = cpu === null || cpu.busy_s <= 0 ? null : ((cpu.job_s / cpu.busy_s) * 100).toFixed(0);
  const known_ms = window_ms - use.unknown_ms;
  return {
    ...{ device, kind, name, uuid, host: use.host, source, charged, within, energy_j: toJson(figure) },
    mean_w: use.energy_j === null || window_ms <= 0 ? null : use.energy_j / (window_ms / 1000),
    ...{ max_w: use.max_w, utilisation, coverage },
    notes:
      percent === null
        ? notes
        : [...notes, `this run's processes used ${percent} % of the machine's busy CPU time (${cpu!.method})`],
    attribution:
      kind === 'gpu' ? gpuAttributionOf(use, figure, gpu, known_ms) : attributionOf(use, figure, cpu, known_ms),
  };
}

/** Others' part of a GPU's busy time that is told. */
const SHARED = 0.01;

function gpuTime(parts: ReturnType<typeof partsOf>, { events }: ReportInput): GpuTime | null {
  return gpuTimeOf(
    events,
    parts.map(({ writer, device }) => ({ writer: writer.writer, device })),
  );
}

/** Readings below which nothing tells how power moved. */
const FEW_READINGS = 3;

/**
 * J that a slow meter leaves open (docs/methodology.md#node): at each edge of the run its power may have been anything
 * that was seen, for as long as its readings are apart and the time that each is a mean of.
 */
function paceReach({ device, energy_j, min_w, max_w }: DeviceUse, samples: number | null): number {
  if (device.period_s === undefined || device.source !== 'polled' || energy_j === null) return 0;
  if (samples !== null && samples < FEW_READINGS) return energy_j;
  return ((max_w ?? 0) - (min_w ?? 0)) * (device.period_s + (device.mean_s ?? 0));
}

/** The writers that metered a device, each with the name it has there. */
function partsOf(use: DeviceUse, writers: readonly Writer[]) {
  return writers.flatMap((entry) => {
    const { record } = entry;
    const device = record.devices.find((d) => identityOf(d, record.host, record.boot_id) === use.identity);
    return device === undefined ? [] : [{ entry, writer: record, device: device.device }];
  });
}

/** CPU time over the windows in which the device was metered, of all the run's commands on its host then. */
function cpuTime(use: DeviceUse, parts: ReturnType<typeof partsOf>, input: ReportInput): CpuTime | null {
  const spans = input.writers
    .filter(({ record }) => record.host === use.host)
    .map((entry) => ({ entry, ...spanOf(entry, input) }));
  const metered = parts.map(({ entry }) => spans.find((span) => span.entry === entry)!);
  const there = spans.filter((span) => metered.some((one) => span.from_ms < one.to_ms && one.from_ms < span.to_ms));
  return cpuTimeOf(
    input.events,
    there.map(({ entry, from_ms, to_ms }) => ({ writer: entry.record.writer, from_ms, to_ms })),
  );
}

function spanOf(
  { record, end }: Writer,
  { energy }: { readonly energy: Pick<ReportInput['energy'], 'last_ms'> },
): { from_ms: number; to_ms: number } {
  const from_ms = record.started_at_ms;
  return { from_ms, to_ms: end?.ended_at_ms ?? energy.last_ms.get(record.writer) ?? from_ms };
}

/** The ranks whose time a meter on their host stands for. */
function ranksWith(parts: ReturnType<typeof partsOf>, writers: readonly Writer[]): readonly Writer[] {
  const meters = parts.filter(({ writer }) => writer.role === 'meter').map(({ writer }) => writer);
  return writers.filter(
    ({ record }) =>
      record.role === 'rank' && meters.some(({ host, boot_id }) => host === record.host && boot_id === record.boot_id),
  );
}

/** ms in which at least one of the writers metered: from its start to its end, or to the last row of one that has none. */
export function unionOf(
  writers: readonly Writer[],
  { energy }: { readonly energy: Pick<ReportInput['energy'], 'last_ms'> },
  until_ms = Number.POSITIVE_INFINITY,
): number {
  const spans = writers.map((writer) => spanOf(writer, { energy })).sort((a, b) => a.from_ms - b.from_ms);
  let total = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { from_ms, to_ms } of spans) {
    total += Math.max(0, Math.min(to_ms, until_ms) - Math.max(from_ms, reached));
    reached = Math.max(reached, to_ms);
  }
  return total;
}

/** The sum of the charged devices; unknown where one of them is, or where records of the run are lost. */
export function itEnergy(devices: readonly DeviceFigure[], { writers, energy }: ReportInput): Figure {
  const [lost] = energy.lost;
  if (lost !== undefined) return unknown(lost);
  const charged = devices.filter(({ use }) => use.device.charged);
  if (charged.length === 0) {
    const absent = [...new Set(writers.flatMap(({ record }) => record.absent))];
    return unknown(
      absent.length > 0 ? `no device could be metered: ${absent.join('; ')}` : 'no device was charged to this run',
    );
  }
  const dark = charged.find(({ figure }) => !isKnown(figure));
  if (dark !== undefined && !isKnown(dark.figure)) {
    return unknown(`${dark.use.device.device} belongs to the run, but its energy is unknown: ${dark.figure.why}`);
  }
  return charged.map(({ figure }) => figure).reduce((a, b) => plus(a, b));
}

/** Share 0..1 of the charged devices' time that was observed. */
export function coverageOf(devices: readonly DeviceFigure[]): number {
  const charged = devices.filter(({ use }) => use.device.charged);
  return charged.length === 0 ? 0 : charged.reduce((s, { coverage }) => s + coverage, 0) / charged.length;
}
