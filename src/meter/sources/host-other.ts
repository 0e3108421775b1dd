// The rest of a server, which no sensor sees alone: fans, disks, board, power supply. A number that the user gives, or
// what a calibration makes of the power of the measured devices at the same time.
//
// Unlike other sources it reads no sensor but what the others have read. It appears when it can first be told: a load
// that the calibration has not seen says nothing of the rest.

import { type Fit, fitting, reachOf, restAt, restReach, standing, unmeasuredGpu } from '../calibration.ts';
import type { Device, DeviceKind, Sample } from '../port.ts';

/** What is known of the rest of this host. Plain data: it crosses processes. */
export type HostOther =
  | { readonly how: 'given'; readonly power_w: number }
  | { readonly how: 'calibrated'; readonly fits: readonly Fit[]; readonly from: string };

/** What of other devices' samples it needs. */
export type Reading = Pick<Sample, 'at_ms' | 'energy_j' | 'power_w'>;

export interface RestSource {
  /** The device, or why there is none (yet); `found` are the devices of the host, whose places observe() counts. */
  device(found: readonly Device[]): { readonly device: Device | null; readonly absent: string | null };
  /** Takes one look at the other devices, by place. True when device() would tell otherwise than it last did. */
  observe(readings: ReadonlyMap<number, Reading>): boolean;
  /** The rest at the instant of the last look; `index` is 0. */
  read(now: () => number): Sample;
}

/**
 * One number for all loads: fan power goes with the cube of the speed (affinity laws), a fifth at 60 % of it, and a power
 * supply loses 4 to 12 % of the load (80 PLUS at 230 V, Titanium at half to Gold at full load).
 */
const GIVEN_GAIN = { down: 0.5, up: 0.5 };
/** The loads of a calibration are means over such stretches, so the load it is asked for is one too. */
const WINDOW_MS = 10_000;
/** A counter tells power once it has run so long; before that polled power does. */
const LEAST_COUNTED_MS = 1000;

/** Null where nothing is known of the rest. */
export function hostOtherSource(known: HostOther | null): RestSource | null {
  if (known === null) return null;
  return known.how === 'given' ? givenRest(known.power_w) : calibratedRest(known);
}

const REST = { device: 'host-other-0', kind: 'host-other', part: 'host-other', uuid: '', charged: true } as const;

function givenRest(power_w: number): RestSource {
  const device: Device = {
    ...{ ...REST, name: 'rest of the server, as given', source: 'model', limit_w: null, gain: GIVEN_GAIN },
    ...{ update_s: null, notes: [`${power_w} W as given with --host-other, at all times: ±50 %`] },
  };
  return {
    device: () => ({ device, absent: null }),
    observe: () => false,
    read: (now) => ({ index: 0, at_ms: now(), energy_j: null, power_w }),
  };
}

function calibratedRest({ fits, from }: Extract<HostOther, { how: 'calibrated' }>): RestSource {
  let fit: Fit | null = null;
  let places: number[] = [];
  let loads = new Map<number, Load>();
  /** Σ power of the fit's devices at the last look, W; null where one of them was not readable. */
  let load_w: number | null = null;
  let told = false;
  const inside = () => {
    if (fit === null || load_w === null) return false;
    const { low_w, high_w } = reachOf(fit);
    return load_w >= low_w && load_w <= high_w;
  };
  const outside = () =>
    `the load (${load_w!.toFixed(0)} W) is outside what the calibration has seen (${fit!.from_w.toFixed(0)} W to ${fit!.to_w.toFixed(0)} W)`;
  return {
    device(found) {
      const stands = standing(found);
      const dark = unmeasuredGpu(found);
      fit = dark === null ? fitting(fits, stands) : null;
      if (dark !== null)
        return { device: null, absent: `the calibration ${from} is not used: ${dark.device} is not measured` };
      if (fit === null) {
        const names = stands.map(({ device }) => device).join(', ') || 'none';
        return {
          device: null,
          absent: `the calibration ${from} is not used: it stands on other devices than those measured here (${names})`,
        };
      }
      const now = stands.map((device) => found.indexOf(device));
      if (now.join() !== places.join()) loads = new Map();
      places = now;
      told ||= inside();
      if (told) return { device: calibrated(fit, from), absent: null };
      const why = load_w === null ? 'not all of its devices have told their power yet' : outside();
      return { device: null, absent: `the rest of the server is not counted so far: ${why}` };
    },
    observe(readings) {
      if (fit === null) return false;
      for (const place of places) {
        const reading = readings.get(place);
        if (reading === undefined) continue;
        loads.set(place, pushed(loads.get(place), reading));
      }
      const powers = places.map((place) => powerOf(loads.get(place)));
      load_w = powers.some((power) => power === null) ? null : powers.reduce((s: number, power) => s + power!, 0);
      return !told && inside();
    },
    read(now) {
      const none = (why: string): Sample => ({ index: 0, at_ms: now(), energy_j: null, power_w: null, why });
      if (load_w === null) return none('a device that the calibration stands on could not be read');
      if (!inside()) return none(outside());
      return { index: 0, at_ms: now(), energy_j: null, power_w: restAt(fit!, load_w) };
    },
  };
}

/** It holds the kinds that the fit does not stand on: a model of them must not be added to it. */
function calibrated(fit: Fit, from: string): Device {
  const stood = new Set<DeviceKind>(fit.devices.flatMap(({ kind }) => (kind === 'module' ? HELD : [kind])));
  const holds = HELD.filter((kind) => !stood.has(kind)).map((kind) => `${kind}:*`);
  const reach = restReach(fit);
  const { low_w, high_w } = reachOf(fit);
  const most = Math.max(restAt(fit, low_w), restAt(fit, high_w));
  const { line } = fit;
  const a = line.mean_y - line.slope * line.mean_x;
  return {
    ...{ ...REST, name: 'rest of the server, calibrated', source: 'model', limit_w: most * (1 + reach) },
    ...{ gain: { down: Math.min(1, reach), up: reach }, update_s: null, ...(holds.length > 0 ? { holds } : {}) },
    notes: [
      `by the calibration ${from}: ${a.toFixed(1)} W + ${(line.slope - 1).toFixed(3)} × the power of ${fit.devices.map(({ device }) => device).join(', ')}`,
      `valid from ${low_w.toFixed(0)} W to ${high_w.toFixed(0)} W of these, ±${(100 * reach).toFixed(0)} %`,
    ],
  };
}

const HELD: readonly DeviceKind[] = ['cpu-package', 'dram'];

/** The readings of one device over the window, oldest first. */
interface Load {
  readonly readings: readonly Reading[];
  /** Whether the newest one could be read. */
  readonly live: boolean;
}

function pushed(before: Load | undefined, reading: Reading): Load {
  const old = before?.readings ?? [];
  if (reading.energy_j === null && reading.power_w === null) return { readings: old, live: false };
  const last = old[old.length - 1];
  // A counter that fell began again: what it showed before says nothing of what it shows now.
  const fell = (last?.energy_j ?? 0) > (reading.energy_j ?? Number.POSITIVE_INFINITY);
  const kept = fell ? [] : old.filter(({ at_ms }) => at_ms > reading.at_ms - WINDOW_MS);
  return { readings: [...kept, reading], live: true };
}

/** Mean W over the window: by the counter where it has run for long enough, else by polled power; null where neither. */
function powerOf(load: Load | undefined): number | null {
  if (load === undefined || !load.live) return null;
  const { readings } = load;
  const counted = readings.filter(({ energy_j }) => energy_j !== null);
  const [first, last] = [counted[0], counted[counted.length - 1]];
  if (first !== undefined && last!.at_ms - first.at_ms >= LEAST_COUNTED_MS)
    return (1000 * (last!.energy_j! - first.energy_j!)) / (last!.at_ms - first.at_ms);
  const polled = readings.flatMap(({ power_w }) => (power_w === null ? [] : [power_w]));
  return polled.length === 0 ? null : polled.reduce((s, power) => s + power, 0) / polled.length;
}
