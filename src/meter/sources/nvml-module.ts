// The whole module of NVIDIA's superchips (Grace with one or two GPUs) as its driver shows it beside each GPU: power with
// scope MODULE (nvml.h), and on a GH200 the energy counter, which counts the module and not the GPU (zeus PR#172).
//
// GPUs of one module tell the same power, so it is read from one of them; whose GPU is whose is told by their sockets.

import type { Device, Sample } from '../port.ts';
import { type Answer, FIELD, GAIN, GAIN_PART_TIME, type NvmlGpu, UPDATE_S, wordsOf } from './nvml-library.ts';
import { socketsOf } from './sockets.ts';

/** Superchips by product name: only of these is it documented that a module holds its processor (GH200, GB200, GB300). */
const SUPERCHIP = /\bG[HB]\d00\b/;
/** What its counter counts is known of this one only. */
const COUNTS_MODULE = /\bGH200\b/;

/** Whether the counter of this GPU is its module's. */
export const countsModule = (name: string): boolean => COUNTS_MODULE.test(name);

export interface Module {
  readonly device: Device;
  readonly gpu: NvmlGpu;
  readonly counter: boolean;
  /** The fields that give its power; empty where there is none. */
  readonly power: readonly number[];
}

export interface BoardOfModule {
  readonly gpu: NvmlGpu | null;
  readonly device: Device;
  /** PCI address in the kernel's form, '' where it is not told. */
  readonly address: string;
}

/** One device per module that can be read, and what to say of GPUs whose module cannot be told. */
export function modulesOf(sysfs: string, boards: readonly BoardOfModule[]): { modules: Module[]; notes: string[] } {
  const chips = boards.filter(({ gpu, device }) => gpu !== null && SUPERCHIP.test(device.name));
  const { sockets, byOrder } = socketsOf(
    sysfs,
    chips.map(({ address }) => address),
  );
  const modules = [...new Set(sockets)]
    .filter((socket) => socket !== null)
    .flatMap((socket) => moduleOf(socket, { chips: chips.filter((_, i) => sockets[i] === socket), byOrder }) ?? []);
  const untold = sockets.includes(null);
  return {
    modules,
    notes: untold ? ['which GPUs share a module cannot be told here, so the power of modules is not read'] : [],
  };
}

function moduleOf(
  socket: number,
  { chips, byOrder }: { chips: readonly BoardOfModule[]; byOrder: boolean },
): Module | null {
  for (const { gpu, device } of chips) {
    const power = [FIELD.instant, FIELD.average].find((field) => 'value' in gpu!.moduleFields([field])[0]!);
    const counter = countsModule(device.name) && 'value' in gpu!.totalEnergy();
    if (power === undefined && !counter) continue;
    const [limit] = gpu!.moduleFields([FIELD.limit]);
    return {
      ...{ gpu: gpu!, counter, power: power === undefined ? [] : [power] },
      device: {
        ...{ device: `module-${socket}`, kind: 'module', part: `module:${socket}`, uuid: '', charged: true },
        name: `${device.name} module`,
        source: counter ? 'counter' : 'polled',
        holds: [`cpu:${socket}`, `dram:${socket}`, ...chips.map((chip) => chip.device.part ?? chip.device.device)],
        limit_w: limit !== undefined && 'value' in limit && limit.value > 0 ? limit.value / 1000 : null,
        gain: counter ? GAIN : GAIN_PART_TIME, // as of a GPU: the same driver and board
        update_s: UPDATE_S,
        notes: [
          counter ? 'energy from the counter, which counts the whole module on a GH200 (zeus PR#172)' : 'no counter',
          power === undefined ? 'its power cannot be polled' : `power of scope MODULE (field ${power})`,
          ...(byOrder ? ['which GPUs share a module is taken from their order: the kernel does not tell'] : []),
        ],
      },
    };
  }
  return null;
}

/** What the module shows now, in J and W; the reason where it shows neither. */
export function moduleSample({ gpu, counter, power }: Module, index: number, now: () => number): Sample {
  const before = now();
  const energy = counter ? gpu.totalEnergy() : null;
  const watts = power.length > 0 ? gpu.moduleFields(power)[0]! : null;
  const [energy_j, power_w] = [thousandth(energy), thousandth(watts)];
  const sample = { index, at_ms: (before + now()) / 2, energy_j, power_w };
  return energy_j === null && power_w === null ? { ...sample, why: whyOf(energy ?? watts) } : sample;
}

const thousandth = (answer: Answer | null): number | null =>
  answer !== null && 'value' in answer ? answer.value / 1000 : null;

const whyOf = (answer: Answer | null): string =>
  answer !== null && 'code' in answer ? wordsOf(answer.code) : 'the module shows neither energy nor power';
