// NVIDIA GPUs through NVML: the energy counter first, polled power beside it, both in one call per GPU and tick.
//
// What a GPU offers is tried out once, when the source opens. A failing GPU gives samples that say why; a lost one is
// asked again every few seconds only. A driver that is not there is no fault: its absence is told in words.

import { reasonOf } from '../../core/fault.ts';
import type { Device, DeviceUser, Opened, PowerSource, Sample, Utilisation } from '../port.ts';
import { numberingNote, visibleGpus } from '../visible-gpus.ts';
import { GPU_MODEL_GAIN, GPU_MODEL_NOTE, gpuModelPower } from './gpu-model.ts';
import {
  type Answer,
  FIELD,
  GAIN,
  GAIN_PART_TIME,
  LOST,
  loadNvml,
  type Nvml,
  type NvmlGpu,
  OK,
  UPDATE_S,
  wordsOf,
} from './nvml-library.ts';
import { type Slice, sliceSample, slicesOf } from './nvml-mig.ts';
import { countsModule, type Module, moduleSample, modulesOf } from './nvml-module.ts';

export interface NvmlOptions {
  /** Path of the library (JOULEBOOK_NVML); null = the system's own. */
  readonly library: string | null;
  /** The job's CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER. */
  readonly visible: string | undefined;
  readonly order: string | undefined;
  /** Where the kernel tells which GPUs share a module. */
  readonly sysfs?: string;
}

const LIBRARY = 'libnvidia-ml.so.1';
const RETRY_MS = 5000;
const UTILISATION_MS = 1000;
/** nvmlDeviceArchitecture_t of those that sample all the time: Turing, Ampere other than GA100, Ada. */
const [TURING, AMPERE, ADA] = [6, 7, 8];
const GA100 = /\bA(100|800|30)\b/;

/** How one quantity of one GPU is read: a field, or a call of its own. */
type Way = { readonly field: number } | { readonly call: 'totalEnergy' | 'powerUsage' };

interface Ways {
  readonly energy: Way | null;
  readonly power: Way | null;
  /** Those of the two that are fields: one call asks for both. */
  readonly fields: readonly number[];
  /** Why neither; OK where there is one. */
  readonly code: number;
}

interface Metered {
  readonly gpu: NvmlGpu | null;
  readonly missing: string | null;
  /** Whether its counter counts more than it: then it is not read. */
  readonly strange: boolean;
  /** W, where power is modelled from utilisation and this limit. */
  readonly modelled_w: number | null;
  ways: Ways;
  lost: string | null;
  retry_ms: number;
  busy: { at_ms: number; value: Utilisation | null } | null;
  /** Until when it has been told who used it, µs of UTC. */
  told_us: number;
}

/**
 * Every GPU that the driver shows, in its order; those that CUDA_VISIBLE_DEVICES hides are metered but not charged.
 */
export function nvmlSource(options: NvmlOptions): PowerSource {
  let nvml: Nvml | null = null;
  let metered: Metered[] = [];
  let slices: Slice[] = [];
  let modules: Module[] = [];
  return {
    name: 'nvml',
    async open(): Promise<Opened> {
      const path = options.library ?? LIBRARY;
      try {
        nvml = await loadNvml(path);
      } catch (error) {
        return { devices: [], absent: `no NVIDIA driver library (${path}) could be loaded: ${reasonOf(error)}` };
      }
      const code = await nvml.init();
      if (code !== OK) {
        nvml = null;
        return { devices: [], absent: `the NVIDIA driver library (${path}) does not start: ${wordsOf(code)}` };
      }
      const found = nvml.count();
      if ('code' in found)
        return { devices: [], absent: `the NVIDIA driver cannot count its GPUs: ${wordsOf(found.code)}` };
      if (found.value === 0) return { devices: [], absent: 'the NVIDIA driver is there, but it shows no GPU' };
      const opened = openGpus(nvml, found.value, options);
      metered = opened.gpus.map(({ metered }) => metered);
      slices = opened.slices;
      modules = opened.modules;
      return { devices: [...opened.gpus, ...slices, ...modules].map(({ device }) => device), absent: null };
    },
    read(now) {
      const boards = metered.map((gpu, index) => readGpu(gpu, index, now));
      const first = boards.length + slices.length;
      return [
        ...boards,
        ...slices.map((slice, i) => sliceSample(slice, boards.length + i, boards[slice.board]!)),
        ...modules.map((module, i) => moduleSample(module, first + i, now)),
      ];
    },
    utilisation: (index) => utilisationOf(metered[index]),
    users: (index) => usersOf(metered[index]),
    close() {
      nvml?.shutdown();
      nvml = null;
      metered = [];
      slices = [];
      modules = [];
    },
  };
}

function openGpus(
  nvml: Nvml,
  count: number,
  { visible, order, sysfs = '/sys' }: NvmlOptions,
): { gpus: { device: Device; metered: Metered }[]; slices: Slice[]; modules: Module[] } {
  const found = Array.from({ length: count }, (_, index) => {
    const opened = nvml.gpu(index);
    const gpu = 'code' in opened ? null : opened;
    const name = gpu?.name() || 'NVIDIA GPU';
    const strange = countsModule(name);
    const ways =
      'code' in opened ? { energy: null, power: null, fields: [], code: opened.code } : waysOf(opened, strange);
    return {
      ...{ index, gpu, ways, name, strange, address: gpu?.address() ?? '' },
      uuid: gpu?.uuid() ?? '',
      slices: gpu?.slices() ?? [],
    };
  });
  const { charged, slices: mine, notes } = visibleGpus(visible, found);
  const numbering = numberingNote(
    visible,
    order,
    found.map(({ name }) => name),
  );
  const shared = [
    `NVIDIA driver ${nvml.driverVersion() || 'of unknown version'}`,
    ...notes,
    ...(numbering === null ? [] : [numbering]),
  ];

  const gpus = found.map(({ index, gpu, ways, name, uuid, slices, strange, address }) => {
    const limit_w = gpu === null ? null : limitOf(gpu);
    const read = ways.energy !== null ? 'counter' : ways.power !== null ? 'polled' : null;
    const modelled_w = read === null && gpu !== null && gpu.utilisation() !== null ? limit_w : null;
    const source = read ?? (modelled_w === null ? 'missing' : 'model');
    const unread = read === null ? `neither energy nor power can be read: ${wordsOf(ways.code)}` : null;
    const missing = source === 'missing' ? unread : null;
    const partTime = source === 'polled' && isPartTime(gpu!, name);
    const device: Device = {
      ...{ device: `gpu-${index}`, kind: 'gpu', name, uuid, source, charged: charged.has(index) },
      ...(address === '' ? {} : { part: `gpu:${address}` }),
      limit_w,
      gain: modelled_w !== null ? GPU_MODEL_GAIN : partTime ? GAIN_PART_TIME : GAIN,
      update_s: source === 'missing' ? null : modelled_w !== null ? UTILISATION_MS / 1000 : UPDATE_S,
      notes: [
        ...(modelled_w !== null ? [GPU_MODEL_NOTE] : []),
        ...(unread === null ? wayNotes(ways, strange) : [unread]),
        ...(partTime ? [PART_TIME_NOTE] : []),
        ...(slices.length > 0
          ? [`split by MIG into ${slices.length}: the job's slices are charged, not the board`]
          : []),
        ...shared,
      ],
    };
    const state = { lost: null, retry_ms: 0, busy: null, told_us: Date.now() * 1000 };
    return { device, metered: { gpu, missing, strange, modelled_w, ways, ...state } };
  });
  let first = count;
  const slices = gpus.flatMap(({ device }, place) => {
    const own = slicesOf({ device, place, slices: found[place]!.slices }, first, mine);
    first += own.length;
    return own;
  });
  const { modules, notes: untold } = modulesOf(
    sysfs,
    found.map(({ gpu, address }, i) => ({ gpu, address, device: gpus[i]!.device })),
  );
  const boards = untold.length === 0 ? gpus : gpus.map((one) => ({ ...one, device: noted(one.device, untold) }));
  return { gpus: boards, slices, modules };
}

const noted = (device: Device, notes: readonly string[]): Device => ({ ...device, notes: [...device.notes, ...notes] });

/** W that the GPU may draw now, else by default; null where neither is told. */
function limitOf(gpu: NvmlGpu): number | null {
  for (const limit of [gpu.enforcedLimit(), gpu.defaultLimit()])
    if ('value' in limit && limit.value > 0) return limit.value / 1000;
  return null;
}

/** Tries what the GPU offers, best first; a `strange` counter is not the GPU's own. */
function waysOf(gpu: NvmlGpu, strange: boolean): Ways {
  const [energy, instant, average] = gpu.fields([FIELD.energy, FIELD.instant, FIELD.average]) as [
    Answer,
    Answer,
    Answer,
  ];
  let refused = OK;
  const byField = (answer: Answer, field: number): Way | null => ('value' in answer ? { field } : null);
  const byCall = (call: 'totalEnergy' | 'powerUsage'): Way | null => {
    const answer = gpu[call]();
    if ('value' in answer) return { call };
    refused = answer.code;
    return null;
  };
  const ways = {
    energy: strange ? null : (byField(energy, FIELD.energy) ?? byCall('totalEnergy')),
    power: byField(instant, FIELD.instant) ?? byField(average, FIELD.average) ?? byCall('powerUsage'),
  };
  const fields = [ways.energy, ways.power].flatMap((way) => (way !== null && 'field' in way ? [way.field] : []));
  return { ...ways, fields, code: ways.energy === null && ways.power === null ? refused : OK };
}

function readGpu(metered: Metered, index: number, now: () => number): Sample {
  const before = now();
  const none = (why: string): Sample => ({ index, at_ms: before, energy_j: null, power_w: null, why });
  const { gpu, missing } = metered;
  if (gpu === null || missing !== null) return none(missing ?? 'the GPU could not be opened');
  if (metered.modelled_w !== null) {
    const busy = utilisationOf(metered);
    if (busy === null) return none('its utilisation cannot be read: its power cannot be modelled');
    return { index, at_ms: before, energy_j: null, power_w: gpuModelPower(busy, metered.modelled_w) };
  }
  if (metered.lost !== null && before < metered.retry_ms) return none(metered.lost);

  const { energy, power } = readWays(gpu, metered.ways);
  const mj = energy !== null && 'value' in energy ? energy.value : null;
  const mw = power !== null && 'value' in power ? power.value : null;
  if (mj === null && mw === null) {
    const code = codeOf(energy) ?? codeOf(power) ?? OK;
    return none(failed(metered, gpu, code, before));
  }
  metered.lost = null;
  // The driver may hold the call for a while: the value belongs to some instant within.
  return {
    index,
    at_ms: (before + now()) / 2,
    energy_j: mj === null ? null : mj / 1000,
    power_w: mw === null ? null : mw / 1000,
  };
}

/** Remembers a failure; now and then looks whether the GPU can be read in another way. */
function failed(metered: Metered, gpu: NvmlGpu, code: number, at_ms: number): string {
  const why = wordsOf(code);
  if (LOST.has(code)) metered.lost = why;
  if (at_ms >= metered.retry_ms) {
    metered.retry_ms = at_ms + RETRY_MS;
    const ways = LOST.has(code) ? null : waysOf(gpu, metered.strange);
    if (ways?.code === OK) metered.ways = ways;
  }
  return why;
}

function readWays(gpu: NvmlGpu, { energy, power, fields }: Ways): { energy: Answer | null; power: Answer | null } {
  const answers = fields.length > 0 ? gpu.fields(fields) : [];
  const one = (way: Way | null): Answer | null => {
    if (way === null) return null;
    return 'field' in way ? answers[fields.indexOf(way.field)]! : gpu[way.call]();
  };
  return { energy: one(energy), power: one(power) };
}

function codeOf(answer: Answer | null): number | null {
  return answer !== null && 'code' in answer ? answer.code : null;
}

function utilisationOf(metered: Metered | undefined): Utilisation | null {
  if (metered === undefined || metered.gpu === null || metered.lost !== null) return null;
  const at_ms = performance.now();
  if (metered.busy === null || at_ms - metered.busy.at_ms >= UTILISATION_MS) {
    metered.busy = { at_ms, value: metered.gpu.utilisation() };
  }
  return metered.busy.value;
}

function usersOf(metered: Metered | undefined): readonly DeviceUser[] | null {
  if (metered === undefined || metered.gpu === null || metered.lost !== null) return null;
  const since_us = metered.told_us;
  metered.told_us = Date.now() * 1000;
  return metered.gpu.users(since_us);
}

function isPartTime(gpu: NvmlGpu, name: string): boolean {
  const architecture = gpu.architecture();
  if (!('value' in architecture)) return true;
  if (architecture.value === AMPERE) return GA100.test(name);
  return architecture.value !== TURING && architecture.value !== ADA;
}

const PART_TIME_NOTE =
  'power of this GPU is, or may be, sampled a part of the time only (A100 and H100: 25 ms of each 100 ms, arXiv 2312.02741): ±10 %';

function wayNotes({ energy, power }: Ways, strange: boolean): string[] {
  const notes = [];
  if (strange)
    notes.push("the counter of this GPU is its whole module's: its own energy is integrated from polled power");
  else if (energy === null)
    notes.push('the GPU has no energy counter that can be read: energy is integrated from polled power');
  else
    notes.push(
      'field' in energy
        ? `energy from the counter (field ${energy.field})`
        : 'energy from the counter (nvmlDeviceGetTotalEnergyConsumption)',
    );
  if (power === null) notes.push('power cannot be polled');
  else if ('call' in power)
    notes.push(
      'power from nvmlDeviceGetPowerUsage: averaged over 1 s on most GPUs since Ampere, instantaneous on others',
    );
  else
    notes.push(
      power.field === FIELD.instant ? 'instantaneous power (field 186)' : 'power averaged over 1 s (field 185)',
    );
  return notes;
}
