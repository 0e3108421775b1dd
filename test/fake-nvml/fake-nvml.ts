// Builds the fake driver library, writes its settings, and knows the truth about its waveforms.
//
// The truth is a sum over fine slices of the waveform written down here a second time, so that a slip in the closed
// integrals of fake-nvml.c cannot hide.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface FakeSpec {
  /** Epoch ms at which the waveform begins; lost_at, back_at and reset_at count in ms from it. */
  readonly t0: number;
  readonly devices?: number;
  /** Added to the number in each GPU's identity: what another device cgroup shows. */
  readonly first?: number;
  readonly wave?: 'const' | 'sine' | 'square' | 'spikes';
  /** W: mean, and the reach above (and below, but for spikes, which stand mean + amp high for `width` s). */
  readonly mean?: number;
  readonly amp?: number;
  /** s. */
  readonly period?: number;
  readonly width?: number;
  /** s by which each device is ahead of the one before. */
  readonly phase?: number;
  /** ms between two moves of the counter. */
  readonly update_ms?: number;
  /** J on the counter at t0. */
  readonly counter0?: number;
  /** 1: nvmlDeviceGetPowerUsage is the mean of the last second. Field 185 always is. */
  readonly avg?: 0 | 1;
  /** Instantaneous power looks at the first 25 ms of each 100 ms: '25/100'. */
  readonly gate?: string;
  readonly reset_at?: number;
  readonly reset_gpu?: number;
  readonly lost_at?: number;
  readonly back_at?: number;
  readonly lost_gpu?: number;
  /** Each call takes so long. */
  readonly latency_us?: number;
  /** Names or fields that answer "not supported": 83,186,185,energy,power,util,fieldvalues,limit,processes,processutil; handle: lost from the start. */
  readonly unsupported?: string;
  readonly unsupported_gpu?: number;
  /** Who computes, and how busy in % each keeps the GPU: '4711/60|4712/20'. */
  readonly processes?: string;
  readonly processes_gpu?: number;
  /** Compute slices of each MIG slice of the GPU mig_gpu (the first): '3,2,1'. */
  readonly mig?: string;
  readonly mig_gpu?: number;
  readonly init_rc?: number;
  /** The library takes so long to start. */
  readonly init_ms?: number;
  /** W. */
  readonly limit?: number;
  /** A file beside which limits that are set are kept, in mW, by index: FILE.0. 200 to 700 W are taken. */
  readonly limits?: string;
  /** The code that setting a limit answers, of one GPU or of all. */
  readonly set_rc?: number;
  readonly set_gpu?: number;
  /** W; not told where it is not given. */
  readonly default_limit?: number;
  /** % of time in which the GPU computes and its memory is busy: 77 and 33 where not given. */
  readonly util?: number;
  readonly memory_util?: number;
  readonly architecture?: number;
  /** Separated by |, by index; the last goes for the rest. */
  readonly names?: string;
  /** PCI addresses as NVML writes them, separated by |: 00000009:01:00.0. */
  readonly pci?: string;
  /** W that a module uses beside the GPU; 0 or absent: no power of scope MODULE. */
  readonly module?: number;
  /** 1: the counter counts the module, as on a GH200. */
  readonly module_counter?: 0 | 1;
  /** W. */
  readonly module_limit?: number;
  /** valueType of the power fields. */
  readonly power_type?: 0 | 1 | 2 | 3 | 4 | 5;
}

/** Functions to leave out of the library. */
export type LeftOut = 'FIELDVALUES' | 'ENERGY' | 'POWER' | 'UTIL' | 'LIMIT' | 'V2';

const compiler = ['cc', 'gcc', 'clang'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Why tests on the fake are skipped; null where a C compiler is there. */
export const noFakeNvml: string | null =
  compiler === undefined ? 'no C compiler (cc, gcc or clang) to build the fake NVML with' : null;

/** Compiles the fake into a folder and returns the library's path. */
export function buildFakeNvml(dir: string, leftOut: readonly LeftOut[] = []): string {
  const file = join(dir, `${['libnvidia-ml', ...leftOut.map((name) => name.toLowerCase())].join('-')}.so.1`);
  const flags = [
    '-O1',
    '-shared',
    '-fPIC',
    '-Wall',
    '-Wl,-soname,libnvidia-ml.so.1',
    ...leftOut.map((name) => `-DNO_${name}`),
  ];
  execFileSync(compiler!, [...flags, '-o', file, join(import.meta.dirname, 'fake-nvml.c'), '-lm'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return file;
}

/** The value of FAKE_NVML for these settings. */
export function fakeNvmlEnv(spec: FakeSpec): string {
  return Object.entries(spec)
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}

/** W of one GPU at an instant. */
export function truePowerW(spec: FakeSpec, at_ms: number, gpu = 0): number {
  const { wave = 'const', mean = 400, amp = 0, period = 1, width = 0.1, phase = 0 } = spec;
  const s = (at_ms - spec.t0) / 1000 + gpu * phase;
  const turn = s / period - Math.floor(s / period);
  if (wave === 'sine') return mean + amp * Math.sin(2 * Math.PI * turn);
  if (wave === 'square') return turn < 0.5 ? mean + amp : mean - amp;
  if (wave === 'spikes') return turn * period < width ? mean + amp : mean;
  return mean;
}

/** J of one GPU over [fromMs, toMs), by the midpoints of slices of at most 0.05 ms. */
export function trueEnergyJ(spec: FakeSpec, fromMs: number, toMs: number, gpu = 0): number {
  const slices = Math.max(1, Math.ceil((toMs - fromMs) / 0.05));
  const width = (toMs - fromMs) / slices;
  let joules = 0;
  for (let i = 0; i < slices; i++) joules += (truePowerW(spec, fromMs + (i + 0.5) * width, gpu) * width) / 1000;
  return joules;
}
