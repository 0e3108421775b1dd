// What a server draws beside the devices that are measured in it, learnt from a time when its node power was measured too.
//
// node = a + b × Σ devices, so the rest is a + (b − 1) × Σ devices: what is always on, and what grows with the load
// (fans, regulators, power supply). There is a fit for every set of kinds, so that it holds where less is measured later.

import { fitLine, type Line, lineAt, slopeReach } from '../core/line.ts';
import type { Device, DeviceKind } from './port.ts';

/** A device that a fit stands on. */
export type Stand = Pick<Device, 'device' | 'kind' | 'name' | 'uuid'>;

/** node = a + b × Σ power of these devices, W. */
export interface Fit {
  readonly devices: readonly Stand[];
  readonly line: Line;
  /** Lowest and highest Σ power seen, W. */
  readonly from_w: number;
  readonly to_w: number;
  /** Relative reach of the node meter's own error: what it gets wrong, the rest inherits. */
  readonly node_gain: number;
}

/** Mean power of one stretch of time, in the order of time. */
export interface Stretch {
  readonly node_w: number;
  /** W of each device, in the order of the list it goes with. */
  readonly devices_w: readonly number[];
}

/** Stretches: with fewer the long-run variance of the residuals is not known well enough. */
export const FEWEST = 30;
/** With less between idle and load than this share of the load, the slope is guesswork. */
const LEAST_SPREAD = 0.1;
/** A slope that is not known to within this tells nothing of how the rest grows. */
const WIDEST_SLOPE = 0.5;
/** A node holds its devices, so it rises by at least as much as they do, less an error of 10 % of either meter. */
const LEAST_SLOPE = 0.8;

/** So far beyond what was seen, as a share of its span, the line is still believed: no two idles are quite the same. */
const MARGIN = 0.1;

/** Kinds that a fit may stand on. */
const KINDS: readonly DeviceKind[] = ['module', 'gpu', 'cpu-package', 'dram'];
const IN_MODULE: readonly DeviceKind[] = ['gpu', 'cpu-package', 'dram'];
const MEASURED: readonly Device['source'][] = ['counter', 'polled', 'imported'];

/** The measured devices of a host that a fit can stand on: those inside a measured module are left to it. */
export function standing<T extends Pick<Device, 'kind' | 'source'>>(devices: readonly T[]): T[] {
  const measured = devices.filter(({ kind, source }) => KINDS.includes(kind) && MEASURED.includes(source));
  const module = measured.some(({ kind }) => kind === 'module');
  return measured.filter(({ kind }) => !module || !IN_MODULE.includes(kind));
}

/** A GPU that is not measured would be counted as the rest: its load is no part of a fit. Null where there is none. */
export function unmeasuredGpu<T extends Pick<Device, 'kind' | 'source'>>(devices: readonly T[]): T | null {
  if (standing(devices).some(({ kind }) => kind === 'module')) return null;
  return devices.find(({ kind, source }) => kind === 'gpu' && !MEASURED.includes(source)) ?? null;
}

/**
 * A fit for each set of kinds of these devices, the fullest first; where there is none, why. Each set has the kind that
 * draws most (modules or GPUs, else CPUs): the others may be left to the rest, which then holds them.
 */
export function fitsOf(
  devices: readonly Stand[],
  stretches: readonly Stretch[],
  node_gain: number,
): ({ readonly devices: readonly Stand[] } & ({ readonly fit: Fit } | { readonly why: string }))[] {
  const [first, ...others] = KINDS.filter((kind) => devices.some((device) => device.kind === kind));
  const sets = Array.from({ length: 2 ** others.length }, (_, i) => [
    first!,
    ...others.filter((_, bit) => (i >> bit) & 1),
  ]);
  return sets
    .sort((a, b) => b.length - a.length)
    .map((set) => {
      const places = devices.flatMap(({ kind }, i) => (set.includes(kind) ? [i] : []));
      const stands = places.map((i) => devices[i]!);
      const x = stretches.map(({ devices_w }) => places.reduce((sum, i) => sum + devices_w[i]!, 0));
      const found = fitOf(
        x,
        stretches.map(({ node_w }) => node_w),
      );
      return typeof found === 'string'
        ? { devices: stands, why: found }
        : { devices: stands, fit: { devices: stands, ...found, node_gain } };
    });
}

function fitOf(x: readonly number[], y: readonly number[]): Pick<Fit, 'line' | 'from_w' | 'to_w'> | string {
  if (x.length < FEWEST) return `only ${x.length} stretches in which all of it was measured; ${FEWEST} are needed`;
  const [from_w, to_w] = [Math.min(...x), Math.max(...x)];
  if (to_w - from_w < LEAST_SPREAD * to_w)
    return `the devices' power hardly varied (${from_w.toFixed(0)} W to ${to_w.toFixed(0)} W)`;
  const line = fitLine(x, y)!;
  const reach = slopeReach(line);
  if (reach > WIDEST_SLOPE || line.slope + reach < LEAST_SLOPE)
    return `the node's power does not follow that of the devices (slope ${line.slope.toFixed(2)} ± ${reach.toFixed(2)})`;
  const fit = { line, from_w, to_w };
  const { low_w, high_w } = reachOf(fit);
  if (Math.min(restAt(fit, low_w), restAt(fit, high_w)) <= 0)
    return 'the node shows no more power than its devices: one of the meters is wrong';
  return fit;
}

/** W that the node draws beside the devices when these draw x_w together. */
export function restAt({ line }: Pick<Fit, 'line'>, x_w: number): number {
  return lineAt(line, x_w).value - x_w;
}

/** Loads in W for which a fit is valid: beyond them it says nothing. */
export function reachOf({ from_w, to_w }: Pick<Fit, 'from_w' | 'to_w'>): { low_w: number; high_w: number } {
  const margin = MARGIN * (to_w - from_w);
  return { low_w: Math.max(0, from_w - margin), high_w: to_w + margin };
}

/**
 * Relative 90 % reach of the rest, at the worst load for which the fit is valid: the fit's prediction interval and the node
 * meter's own error in quadrature.
 */
export function restReach(fit: Fit): number {
  const { line } = fit;
  const { low_w, high_w } = reachOf(fit);
  return Math.max(
    ...[low_w, line.mean_x, high_w].map((x) => {
      const { value, point } = lineAt(line, x);
      return Math.hypot(point, fit.node_gain * value) / restAt(fit, x);
    }),
  );
}

/** The fit that stands on exactly these devices; null where there is none. */
export function fitting(fits: readonly Fit[], devices: readonly Stand[]): Fit | null {
  const found = fits.find(
    (fit) =>
      fit.devices.length === devices.length &&
      fit.devices.every((stand) => devices.some((device) => isSame(stand, device))),
  );
  return found ?? null;
}

/** By name on the host; hardware ids and models must not contradict, where both sides tell them. */
function isSame(a: Stand, b: Stand): boolean {
  if (a.device !== b.device || a.kind !== b.kind) return false;
  if (a.uuid !== '' && b.uuid !== '') return a.uuid === b.uuid;
  const model = ({ device, name }: Stand) => (name === device ? '' : name); // a trace has no models
  return model(a) === '' || model(b) === '' || a.name === b.name;
}
