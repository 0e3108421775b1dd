// Whose energy a processor's or GPU's was: the run's own processes', others', and what it draws when nobody computes. The three
// add up to the device's energy, which stays charged whole: these are shares that were allocated, not measured.
//
// Idle power belongs to nobody; what is above it goes by busy time (docs/methodology.md#cpu-attribution).

import {
  exactly,
  type Figure,
  isKnown,
  type Known,
  plus,
  scaled,
  times,
  toJson,
  withBounds,
  withRelative,
} from '../core/figure.ts';
import { sensorCause } from '../emissions/errors.ts';
import type { EventRow } from '../ledger/records.ts';
import type { DeviceUse } from '../ledger/use.ts';
import { IDLE_SHARE } from '../meter/idle-share.ts';
import type { AttributionJson } from './model.ts';

/** CPU-seconds over the run's windows on one host. */
export interface CpuTime {
  readonly method: string;
  readonly job_s: number;
  /** The most it can have been; null where that cannot be told. */
  readonly job_most_s: number | null;
  readonly busy_s: number;
  readonly idle_s: number;
}

/** When a writer metered. */
export interface Span {
  readonly writer: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** /proc/stat counts in ticks, and each CPU's last may not have been counted yet at either edge (proc(5)). */
const TICK_S = 0.01;
const SHARE = 'cpu-time';
const GPU_SHARE = 'gpu-time';
const IDLE = 'idle-power';

/**
 * The run's CPU time on one host from what its writers there told, of each the last. Writers at the same time saw one
 * machine, whose time counts once; each told of its own command. Null where one of them told nothing.
 */
export function cpuTimeOf(events: readonly EventRow[], writers: readonly Span[]): CpuTime | null {
  const told = writers.map((span) => {
    const event = events.findLast(
      (one) => one.event === 'attribution' && (one.writer ?? span.writer) === span.writer && one.facts !== undefined,
    );
    return event?.facts === undefined ? null : { span, facts: event.facts };
  });
  if (told.length === 0 || told.includes(null)) return null;
  const known = told.filter((one) => one !== null);
  const sum = (name: string) => known.reduce((s, { facts }) => s + Number(facts[name] ?? 0), 0);
  let [busy_s, idle_s] = [0, 0];
  for (const group of overlapping(known)) {
    const length = ({ span }: (typeof known)[number]) => Math.max(1, span.to_ms - span.from_ms);
    const longest = group.reduce((a, b) => (length(b) > length(a) ? b : a));
    const all_ms =
      Math.max(...group.map(({ span }) => span.to_ms)) - Math.min(...group.map(({ span }) => span.from_ms));
    const scale = Math.max(1, all_ms) / length(longest);
    busy_s += Number(longest.facts.busy_s) * scale;
    idle_s += Number(longest.facts.idle_s) * scale;
  }
  const job_s = sum('job_s');
  return {
    method: [...new Set(known.map(({ facts }) => String(facts.method)))].join('+'),
    job_s,
    job_most_s: known.some(({ facts }) => facts.job_most_s === null) ? null : sum('job_most_s'),
    // A tick goes to whoever is running when it comes; the scheduler's own account of the command is exact.
    ...{ busy_s: Math.max(busy_s, job_s), idle_s },
  };
}

function overlapping<T extends { readonly span: Span }>(all: readonly T[]): T[][] {
  const groups: T[][] = [];
  let reached = Number.NEGATIVE_INFINITY;
  for (const one of [...all].sort((a, b) => a.span.from_ms - b.span.from_ms)) {
    if (one.span.from_ms < reached) groups.at(-1)!.push(one);
    else groups.push([one]);
    reached = Math.max(reached, one.span.to_ms);
  }
  return groups;
}

/** The shares of a processor's energy over window_ms; null where nothing is known of CPU time. */
export function attributionOf(
  use: DeviceUse,
  energy: Figure,
  cpu: CpuTime | null,
  window_ms: number,
): AttributionJson | null {
  if (cpu === null) return null;
  const { method, job_s, busy_s, idle_s } = cpu;
  const about = { method, job_cpu_s: job_s, busy_cpu_s: busy_s, idle_cpu_s: idle_s };
  const share = shareOf(cpu, window_ms);
  if (!isKnown(energy) || share === null)
    return { ...noShares(about, energy), job_share: share === null ? null : share.value };
  const idle = idleEnergy(use, energy, window_ms);
  const active = plus(energy, scaled(idle, -1));
  const rest = plus(exactly(1), scaled(share, -1));
  return {
    ...about,
    job_share: share.value,
    job_j: toJson(times(active, share)),
    others_j: toJson(times(active, rest)),
    idle_j: toJson(idle),
  };
}

/** GPU-seconds over the driver's answers: least ≤ job ≤ most ≤ busy. */
export interface GpuTime {
  readonly job_s: number;
  readonly least_s: number;
  readonly most_s: number;
  readonly busy_s: number;
}

/** The run's GPU time from what writers told of a device by its name there, of each the last; null: of none. */
export function gpuTimeOf(
  events: readonly EventRow[],
  parts: readonly { readonly writer: string; readonly device: string }[],
): GpuTime | null {
  const told = parts.flatMap(({ writer, device }) => {
    const event = events.findLast(
      (one) => one.event === 'gpu-attribution' && one.device === device && (one.writer ?? writer) === writer,
    );
    return event?.facts === undefined ? [] : [event.facts];
  });
  if (told.length === 0) return null;
  const sum = (name: string) => told.reduce((s, facts) => s + Number(facts[name] ?? 0), 0);
  return { job_s: sum('job_s'), least_s: sum('least_s'), most_s: sum('most_s'), busy_s: sum('busy_s') };
}

/** The shares of a GPU's energy over window_ms; null where its users are not known. */
export function gpuAttributionOf(
  use: DeviceUse,
  energy: Figure,
  gpu: GpuTime | null,
  window_ms: number,
): AttributionJson | null {
  if (gpu === null) return null;
  const { job_s, least_s, most_s, busy_s } = gpu;
  const about = { method: 'driver', job_cpu_s: null, busy_cpu_s: null, idle_cpu_s: null };
  if (!isKnown(energy) || busy_s <= 0) return noShares(about, energy);
  // What share of its limit an idle GPU draws differs by an order of magnitude between models: at most the lowest power seen.
  const idle_j = Math.min(energy.value, ((use.min_w ?? 0) * window_ms) / 1000);
  const active_j = energy.value - idle_j;
  const { id } = sensorCause(use.device.kind, use.device.source);
  // Both idle power and the share may be far off at once: the corners bound the product.
  const part = (share: number, low: number, high: number) => {
    const gained = withRelative(active_j * share, { [id]: use.device.gain });
    return toJson(withBounds(gained, GPU_SHARE, active_j * (low - share), energy.value * high - active_j * share));
  };
  const [job, least, most] = [job_s / busy_s, least_s / busy_s, most_s / busy_s];
  return {
    ...about,
    job_share: job,
    job_j: part(job, least, most),
    others_j: part(1 - job, 1 - most, 1 - least),
    idle_j: toJson(withBounds(withRelative(idle_j, { [id]: use.device.gain }), IDLE, -idle_j, 0)),
  };
}

type About = Pick<AttributionJson, 'method' | 'job_cpu_s' | 'busy_cpu_s' | 'idle_cpu_s'>;

function noShares(about: About, energy: Figure): AttributionJson {
  const why = isKnown(energy) ? 'no busy time was counted: the run is too short to tell, or idle' : energy.why;
  const none = { value: null, why };
  return { ...about, job_share: null, job_j: none, others_j: none, idle_j: none };
}

/** The command's share of the busy CPU time; null where there was none at all. */
function shareOf({ job_s, job_most_s, busy_s, idle_s }: CpuTime, window_ms: number): Known | null {
  if (busy_s <= 0) return null;
  const cpus = Math.max(1, Math.round((busy_s + idle_s) / Math.max(window_ms / 1000, TICK_S)));
  const slack_s = cpus * TICK_S;
  const value = job_s / busy_s;
  const low = Math.max(0, job_s - TICK_S) / (busy_s + slack_s);
  const most_s = job_most_s === null ? busy_s : job_most_s + TICK_S;
  const high = Math.min(1, most_s / Math.max(busy_s - slack_s, TICK_S));
  return withBounds(exactly(value), SHARE, low - value, Math.max(0, high - value));
}

/** What the device would have used with nobody computing, never more than it did. */
function idleEnergy({ device, min_w }: DeviceUse, energy: Known, window_ms: number): Known {
  const seconds = window_ms / 1000;
  const ofTdp = (share: number) => (device.limit_w === null ? null : share * device.limit_w * seconds);
  const most_j = Math.min(energy.value, device.source === 'model' ? Infinity : (min_w ?? Infinity) * seconds);
  const value = Math.min(most_j, ofTdp(IDLE_SHARE.value) ?? most_j);
  const low = Math.min(value, ofTdp(IDLE_SHARE.low) ?? 0);
  const high = Math.max(value, Math.min(most_j, ofTdp(IDLE_SHARE.high) ?? most_j));
  const { id } = sensorCause(device.kind, device.source);
  return withBounds(withRelative(value, { [id]: device.gain }), IDLE, low - value, high - value);
}
