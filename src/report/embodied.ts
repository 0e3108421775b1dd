// What a run held of the hardware that it was metered on: accelerators by the time and share in which they were its own,
// and of each host the part that its accelerators are of all there, or the whole of it for a run on processors alone.

import { type Figure, isKnown, unknown } from '../core/figure.ts';
import { type AcceleratorUse, embodied, type HostUse } from '../emissions/embodied.ts';
import type { Device } from '../meter/port.ts';
import type { ReportInput } from './build.ts';
import { type DeviceFigure, unionOf } from './devices.ts';
import { mass, three } from './format.ts';
import type { Basis, Told } from './lines.ts';
import type { EmbodiedJson, ReportJson } from './model.ts';

/** The line: its figure, and what it is made of. */
export function embodiedOf(
  { input, devices }: Pick<Basis, 'input' | 'devices'>,
  told: Told,
): { figure: Figure; json: EmbodiedJson } {
  const spec = input.run.account?.embodied ?? {};
  const held = input.unsure?.account ?? hardwareOf(devices, input);
  const source = spec.source ?? 'range';
  if (typeof held === 'string') return { figure: unknown(held), json: { source, lifetime_y: null, parts: [] } };
  const { figure, causes, parts, lifetime_y, notes } = embodied(held, spec);
  for (const cause of causes) told.causes.set(cause.id, cause);
  if (isKnown(figure)) for (const message of notes) told.warnings.push({ code: 'embodied', message });
  return { figure, json: { source, lifetime_y, parts } };
}

/** In words: the accelerators of each name, then what of the hosts goes with them; nothing where the sum is not known. */
export function embodiedText({
  embodied_g: sum_g,
  embodied: { parts, lifetime_y },
}: Pick<ReportJson['emissions'], 'embodied_g' | 'embodied'>): string[] {
  if (sum_g.value === null) return [];
  const cards = parts.filter(({ kind }) => kind === 'accelerator');
  const lines = [...new Set(cards.map(({ name }) => name))].map((name) => {
    const [first, ...more] = cards.filter((part) => part.name === name);
    const { kg, by, share } = first!;
    const count = more.reduce((sum, part) => sum + part.share, share);
    const ends = kg.value === null ? [] : [...new Set([three(kg.low), three(kg.high)])];
    const each = ends.length === 0 ? 'unknown' : `${ends.join(' to ')} kg each (${by})`;
    return `${Number(count.toPrecision(3))} × ${name}: ${each}`;
  });
  const rest = parts.filter(({ kind, embodied_g }) => kind !== 'accelerator' && embodied_g.value !== null);
  const grams = rest.reduce((sum, { embodied_g }) => sum + (embodied_g.value ?? 0), 0);
  const hosts = new Set(rest.map(({ host }) => host)).size;
  if (hosts > 0) lines.push(`${hosts === 1 ? 'the host' : `${hosts} hosts`}, by the part held: ${mass(grams)}`);
  return lifetime_y === null || lines.length === 0
    ? lines
    : [...lines, `over ${lifetime_y} ${lifetime_y === 1 ? 'year' : 'years'}`];
}

export interface HardwareUse {
  readonly accelerators: AcceleratorUse[];
  readonly hosts: HostUse[];
}

/** As src/meter/sources/nvml-mig.ts names a slice, and CodeCarbon several GPUs that are told as one. */
const SLICE = / MIG (\d+) of (\d+)$/;
const SEVERAL = /^(\d+) ?[x×] (?=\S)/;

/** What was reserved; a string where that cannot be told. */
export function hardwareOf(
  devices: readonly DeviceFigure[],
  input: Pick<ReportInput, 'writers' | 'energy'>,
): HardwareUse | string {
  if (devices.some(({ use }) => use.device.charged && use.device.share_of !== undefined))
    return 'a share of a device by its use reserves no part of it that is known';
  const accelerators = devices
    .filter(({ use }) => use.device.kind === 'gpu' && !secondDie(use, devices) && reserved(use, devices))
    .map(({ use, window_ms }): AcceleratorUse => {
      const { device, name, limit_w } = use.device;
      return { device, host: use.host, ...pieceOf(name), reserved_s: window_ms / 1000, limit_w };
    });
  const hosts = [...new Set(input.writers.map(({ record }) => record.host))].map((host): HostUse => {
    const here = input.writers.filter(({ record }) => record.host === host);
    const machine = here.find(({ record }) => record.machine !== undefined)?.record.machine ?? null;
    const own = accelerators.filter((use) => use.host === host);
    const shown = boardsOf(devices.flatMap(({ use }) => (use.host === host ? use.device : []))).length;
    const all = Math.max(1, shown, machine?.nvidia_gpus ?? 0, ...here.map(({ record }) => record.boards ?? 0));
    if (own.length === 0) return { host, share: 1, reserved_s: unionOf(here, input) / 1000, machine };
    // Held for different times: the mean over the longest.
    const reserved_s = Math.max(...own.map((use) => use.reserved_s));
    const held_s = own.reduce((sum, use) => sum + Math.min(1, use.share) * use.reserved_s, 0);
    return { host, share: reserved_s > 0 ? Math.min(1, held_s / (all * reserved_s)) : 0, reserved_s, machine };
  });
  return { accelerators, hosts };
}

type Use = DeviceFigure['use'];

/** The accelerators among the devices of one host that are pieces of hardware of their own. */
export const boardsOf = (devices: readonly Device[]): Device[] =>
  devices.filter(
    ({ kind, name, within }) =>
      kind === 'gpu' && !SLICE.test(name) && devices.find(({ device }) => device === within)?.kind !== 'gpu',
  );

/** The run's own, though a meter of more than it may be what is charged. */
function reserved({ device, host }: Use, devices: readonly DeviceFigure[]): boolean {
  return device.charged || holderOf(device.within, host, devices)?.charged === true;
}

/** The other half of a board that is one piece of hardware, as of an MI250. */
function secondDie({ device, host }: Use, devices: readonly DeviceFigure[]): boolean {
  return holderOf(device.within, host, devices)?.kind === 'gpu';
}

const holderOf = (name: string | undefined, host: string, devices: readonly DeviceFigure[]) =>
  name === undefined
    ? undefined
    : devices.find(({ use }) => use.host === host && use.device.device === name)?.use.device;

function pieceOf(name: string): Pick<AcceleratorUse, 'name' | 'share'> {
  const slice = SLICE.exec(name);
  if (slice !== null) return { name: name.replace(SLICE, ''), share: Number(slice[1]) / Number(slice[2]) };
  const several = SEVERAL.exec(name);
  return several === null ? { name, share: 1 } : { name: name.replace(SEVERAL, ''), share: Number(several[1]) };
}
