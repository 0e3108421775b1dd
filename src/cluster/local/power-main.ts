// Looks at the limits of power of the GPUs of a job, or sets some: `power.js LIBRARY [visible=SETTING] [UUID=MW…]`.
//
// A process of its own, since it calls the vendor's library. It tells one line of JSON: PowerAnswer, or why it could not be
// asked. The watchdog runs it too, to give limits back.

import { reasonOf } from '../../core/fault.ts';
import { loadNvml, type NvmlGpu, OK, wordsOf } from '../../meter/sources/nvml-library.ts';
import { visibleGpus } from '../../meter/visible-gpus.ts';

/** A GPU that was looked at or set; `why` it could not be. */
export interface GpuLimit {
  readonly uuid: string;
  readonly limit_mw: number | null;
  readonly least_mw: number | null;
  readonly most_mw: number | null;
  readonly why: string | null;
}

export interface PowerAnswer {
  readonly gpus: readonly GpuLimit[];
}

const [library, ...words] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await answer())}\n`);

async function answer(): Promise<PowerAnswer | { why: string }> {
  try {
    const nvml = await loadNvml(library || 'libnvidia-ml.so.1');
    const code = await nvml.init();
    if (code !== OK) return { why: `the NVIDIA driver library does not start: ${wordsOf(code)}` };
    const found = nvml.count();
    if ('code' in found) return { why: `the NVIDIA driver cannot count its GPUs: ${wordsOf(found.code)}` };
    const all = Array.from({ length: found.value }, (_, index) => nvml.gpu(index)).filter((gpu) => 'uuid' in gpu);
    const asked = words.filter((word) => !word.startsWith('visible='));
    const gpus = asked.length > 0 ? asked.map((word) => setOne(all, word)) : ofJob(all).map(lookAt);
    nvml.shutdown();
    return { gpus };
  } catch (error) {
    return { why: `no NVIDIA driver library could be loaded: ${reasonOf(error)}` };
  }
}

/** A board of which the job has a slice is not its own to limit. */
function ofJob(all: readonly NvmlGpu[]): NvmlGpu[] {
  const setting = words.find((word) => word.startsWith('visible='))?.slice('visible='.length);
  const listed = all.map((gpu, index) => ({ index, uuid: gpu.uuid(), slices: gpu.slices() }));
  const { charged, slices } = visibleGpus(setting, listed);
  return all.filter((_, i) => charged.has(i) || listed[i]!.slices.some(({ uuid }) => slices.has(uuid)));
}

function lookAt(gpu: NvmlGpu): GpuLimit {
  const [limit, range] = [gpu.powerLimit(), gpu.limitRange()];
  const unknown = { limit_mw: null, least_mw: null, most_mw: null };
  if (gpu.slices().length > 0) {
    return { uuid: gpu.uuid(), ...unknown, why: 'the board is split by MIG: its limit holds for other jobs too' };
  }
  if ('code' in limit) return { uuid: gpu.uuid(), ...unknown, why: wordsOf(limit.code) };
  if ('code' in range) return { uuid: gpu.uuid(), ...unknown, why: wordsOf(range.code) };
  return { uuid: gpu.uuid(), limit_mw: limit.value, least_mw: range.least, most_mw: range.most, why: null };
}

function setOne(all: readonly NvmlGpu[], word: string): GpuLimit {
  const [uuid = '', mw] = word.split('=');
  const gpu = all.find((one) => one.uuid() === uuid);
  const said = { uuid, limit_mw: null, least_mw: null, most_mw: null };
  if (gpu === undefined) return { ...said, why: 'there is no such GPU' };
  const code = gpu.setPowerLimit(Number(mw));
  return { ...said, limit_mw: code === OK ? Number(mw) : null, why: code === OK ? null : wordsOf(code) };
}
