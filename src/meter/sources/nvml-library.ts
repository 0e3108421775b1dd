// NVIDIA's management library over FFI: raw calls on reused buffers, with its answers as codes.
//
// There is no safety net below: a wrong handle or a short buffer ends the process. So every buffer is made here, one
// set per GPU, and a function that the installed driver lacks answers "not supported" instead of being called.

import type { DeviceUser, Utilisation } from '../port.ts';

/** The codes of nvml.h that a meter can meet. */
const CODES: Readonly<Record<number, readonly [name: string, words: string]>> = {
  1: ['UNINITIALIZED', 'the driver library is not initialised'],
  2: ['INVALID_ARGUMENT', 'the driver refused an argument'],
  3: ['NOT_SUPPORTED', 'this GPU or driver does not offer it'],
  4: ['NO_PERMISSION', 'no permission'],
  6: ['NOT_FOUND', 'not found'],
  7: ['INSUFFICIENT_SIZE', 'a buffer is too small'],
  9: ['DRIVER_NOT_LOADED', 'the NVIDIA kernel driver is not loaded'],
  10: ['TIMEOUT', 'the driver did not answer in time'],
  12: ['LIBRARY_NOT_FOUND', 'a library of the driver was not found'],
  13: ['FUNCTION_NOT_FOUND', 'this driver does not know the call'],
  15: ['GPU_IS_LOST', 'the GPU has fallen off the bus'],
  16: ['RESET_REQUIRED', 'the GPU needs a reset'],
  17: ['OPERATING_SYSTEM', 'the operating system has blocked the GPU'],
  18: ['LIB_RM_VERSION_MISMATCH', 'driver library and kernel driver differ in version'],
  21: ['NO_DATA', 'the driver has no data'],
  25: ['ARGUMENT_VERSION_MISMATCH', 'the driver speaks another version of the call'],
  27: ['NOT_READY', 'the GPU is not ready'],
  28: ['GPU_NOT_FOUND', 'the GPU was not found'],
  999: ['UNKNOWN', 'the driver met an internal error'],
};

export const OK = 0;
export const NOT_SUPPORTED = 3;
const NOT_FOUND = 6;
const FUNCTION_NOT_FOUND = 13;
/** After these a GPU is gone for a while: asking at once only costs time in the driver. */
export const LOST: ReadonlySet<number> = new Set([15, 16, 17, 28]);

/** A code of nvml.h in words, with its number and name. */
export function wordsOf(code: number): string {
  const known = CODES[code];
  return known === undefined ? `NVML error ${code}` : `${known[1]} (NVML error ${code}, ${known[0]})`;
}

/** A number, or the code that says why there is none. */
export type Answer = { readonly value: number } | { readonly code: number };

/** Fields of nvmlDeviceGetFieldValues (nvml.h): mJ since driver load, mW now, mW averaged over a second, mW allowed. */
export const FIELD = { energy: 83, instant: 186, average: 185, limit: 190 } as const;

/** Counters move every 20 to 100 ms (reference/meters.md §2.6): the coarsest is the safe bound. */
export const UPDATE_S = 0.1;
/** NVIDIA's own figure for board power. */
export const GAIN = { down: 0.05, up: 0.05 };
/** A100 and H100 look at 25 ms of each 100 ms (arXiv 2312.02741): polled power can miss what happens between. */
export const GAIN_PART_TIME = { down: 0.1, up: 0.1 };

/** One GPU with buffers of its own. */
export interface NvmlGpu {
  /** Asks for fields by number in one call; one answer per field, in order. */
  fields(ids: readonly number[]): Answer[];
  /** The same of the module that the GPU is on. */
  moduleFields(ids: readonly number[]): Answer[];
  /** mJ since the driver was loaded. */
  totalEnergy(): Answer;
  /** mW; averaged over 1 s on most GPUs since Ampere. */
  powerUsage(): Answer;
  /** mW. */
  enforcedLimit(): Answer;
  /** mW. */
  defaultLimit(): Answer;
  /** mW: the limit that was set, and those that can be. */
  powerLimit(): Answer;
  limitRange(): { readonly least: number; readonly most: number } | { readonly code: number };
  /** Sets the limit, in mW, until the driver is loaded again; takes root. Returns the driver's code. */
  setPowerLimit(mw: number): number;
  architecture(): Answer;
  /** Over the driver's last period of up to a second. */
  utilisation(): Utilisation | null;
  /** Who computes on it, and how busy each kept it since `since_us` (UTC, µs); null where the driver does not tell. */
  users(since_us: number): readonly DeviceUser[] | null;
  name(): string;
  uuid(): string;
  /** Its PCI address in the kernel's form, 0009:01:00.0; '' where it is not told. */
  address(): string;
  /** The MIG slices that can be used here; empty where the board is not split. */
  slices(): MigSlice[];
}

export interface MigSlice {
  /** MIG-… */
  readonly uuid: string;
  /** Compute slices of the board that are its own. */
  readonly compute: number;
  /** Numbers of its GPU instance and compute instance. */
  readonly gi: number;
  readonly ci: number;
}

export interface Nvml {
  /** May take seconds where the driver has to wake the GPUs: done beside the event loop. */
  init(): Promise<number>;
  count(): Answer;
  gpu(index: number): NvmlGpu | { readonly code: number };
  driverVersion(): string;
  shutdown(): void;
}

type Call = ((...args: unknown[]) => number) & {
  async?(done: (error: unknown, code: number) => void): void;
};

/** Loads the library by the linker's rules. Rejects where it cannot be loaded. */
export async function loadNvml(path: string): Promise<Nvml> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(path, { lazy: true });

  /** The first of these functions that the library has. */
  const bind = (names: readonly string[], types: string[]): Call => {
    for (const name of names) {
      try {
        return library.func(name, 'int', types);
      } catch {
        // An older driver lacks it.
      }
    }
    return () => FUNCTION_NOT_FOUND;
  };
  const handled = (name: string, ...more: string[]) => bind([name], ['void *', ...more]);

  const init = bind(['nvmlInit_v2', 'nvmlInit'], []);
  const shutdown = bind(['nvmlShutdown'], []);
  const driver = bind(['nvmlSystemGetDriverVersion'], ['void *', 'unsigned int']);
  const count = bind(['nvmlDeviceGetCount_v2', 'nvmlDeviceGetCount'], ['void *']);
  const handleOf = bind(['nvmlDeviceGetHandleByIndex_v2', 'nvmlDeviceGetHandleByIndex'], ['unsigned int', 'void *']);
  const calls: GpuCalls = {
    fields: handled('nvmlDeviceGetFieldValues', 'int', 'void *'),
    energy: handled('nvmlDeviceGetTotalEnergyConsumption', 'void *'),
    power: handled('nvmlDeviceGetPowerUsage', 'void *'),
    limit: handled('nvmlDeviceGetEnforcedPowerLimit', 'void *'),
    defaultLimit: handled('nvmlDeviceGetPowerManagementDefaultLimit', 'void *'),
    setLimit: handled('nvmlDeviceSetPowerManagementLimit', 'unsigned int'),
    powerLimit: handled('nvmlDeviceGetPowerManagementLimit', 'void *'),
    limitRange: handled('nvmlDeviceGetPowerManagementLimitConstraints', 'void *', 'void *'),
    architecture: handled('nvmlDeviceGetArchitecture', 'void *'),
    utilisation: handled('nvmlDeviceGetUtilizationRates', 'void *'),
    processes: handled('nvmlDeviceGetComputeRunningProcesses_v3', 'void *', 'void *'),
    processTime: handled('nvmlDeviceGetProcessUtilization', 'void *', 'void *', 'uint64'),
    migMode: handled('nvmlDeviceGetMigMode', 'void *', 'void *'),
    migMost: handled('nvmlDeviceGetMaxMigDeviceCount', 'void *'),
    migHandle: handled('nvmlDeviceGetMigDeviceHandleByIndex', 'unsigned int', 'void *'),
    migAttributes: handled('nvmlDeviceGetAttributes_v2', 'void *'),
    migGpuInstance: handled('nvmlDeviceGetGpuInstanceId', 'void *'),
    migComputeInstance: handled('nvmlDeviceGetComputeInstanceId', 'void *'),
    name: handled('nvmlDeviceGetName', 'void *', 'unsigned int'),
    uuid: handled('nvmlDeviceGetUUID', 'void *', 'unsigned int'),
    pci: handled('nvmlDeviceGetPciInfo_v3', 'void *'),
  };

  return {
    init: () =>
      new Promise((resolve, reject) => {
        if (init.async === undefined) resolve(init());
        else init.async((error, code) => (error ? reject(error) : resolve(code)));
      }),
    count() {
      const found = new Uint32Array(2);
      return answer(count(found), () => found[0]!);
    },
    gpu(index) {
      const pointer = new BigUint64Array(1);
      const code = handleOf(index, pointer);
      if (code !== OK) return { code };
      return pointer[0] === 0n ? { code: 999 } : createGpu(pointer[0]!, calls);
    },
    driverVersion: () => textOf((buffer) => driver(buffer, buffer.length)),
    shutdown: () => void shutdown(),
  };
}

type GpuCalls = Record<
  | 'fields'
  | 'energy'
  | 'power'
  | 'limit'
  | 'defaultLimit'
  | 'setLimit'
  | 'powerLimit'
  | 'limitRange'
  | 'architecture'
  | 'utilisation'
  | 'processes'
  | 'processTime'
  | 'migMode'
  | 'migMost'
  | 'migHandle'
  | 'migAttributes'
  | 'migGpuInstance'
  | 'migComputeInstance'
  | 'name'
  | 'uuid'
  | 'pci',
  Call
>;

/** nvmlFieldValue_t, 40 bytes: fieldId, scopeId, timestamp, latencyUsec, valueType @24, nvmlReturn @28, value @32. */
const FIELD_BYTES = 40;
const FIELD_WORDS = FIELD_BYTES / 4;
const MOST_FIELDS = 8;
/** NVML_POWER_SCOPE_GPU and _MODULE. */
const SCOPE = { gpu: 0, module: 1 };
/** nvmlPciInfo_t, 68 bytes: the address in an older form, five numbers of 32 bits, busId @36. */
const PCI_BYTES = 68;
const PCI_ADDRESS_AT = 36;
const NOT_WRITTEN = 999;

function createGpu(handle: bigint, calls: GpuCalls): NvmlGpu {
  const fields = new FieldValues(SCOPE.gpu);
  const moduleFields = new FieldValues(SCOPE.module);
  const ask = (list: FieldValues, ids: readonly number[]) => {
    const code = calls.fields(handle, ids.length, list.asking(ids));
    return ids.map((_, i) => (code === OK ? list.at(i) : { code }));
  };
  const u32 = new Uint32Array(2);
  const u64 = new BigUint64Array(1);
  const small = (call: Call) => answer(call(handle, u32), () => u32[0]!);
  return {
    fields: (ids) => ask(fields, ids),
    moduleFields: (ids) => ask(moduleFields, ids),
    totalEnergy: () => answer(calls.energy(handle, u64), () => Number(u64[0])),
    powerUsage: () => small(calls.power),
    enforcedLimit: () => small(calls.limit),
    defaultLimit: () => small(calls.defaultLimit),
    powerLimit: () => small(calls.powerLimit),
    limitRange: () => rangeOf(handle, calls),
    setPowerLimit: (mw) => calls.setLimit(handle, mw),
    architecture: () => small(calls.architecture),
    utilisation: () => (calls.utilisation(handle, u32) === OK ? { busy: u32[0]! / 100, memory: u32[1]! / 100 } : null),
    users: (since_us) => usersOf(handle, calls, since_us),
    name: () => textOf((buffer) => calls.name(handle, buffer, buffer.length)),
    uuid: () => textOf((buffer) => calls.uuid(handle, buffer, buffer.length)),
    address: () => addressOf(handle, calls),
    slices: () => slicesOf(handle, calls),
  };
}

function rangeOf(handle: bigint, calls: GpuCalls): { least: number; most: number } | { code: number } {
  const [least, most] = [new Uint32Array(1), new Uint32Array(1)];
  const code = calls.limitRange(handle, least, most);
  return code === OK ? { least: least[0]!, most: most[0]! } : { code };
}

/** NVML writes eight digits of domain, the kernel four. */
function addressOf(handle: bigint, calls: GpuCalls): string {
  const info = Buffer.alloc(PCI_BYTES);
  if (calls.pci(handle, info) !== OK) return '';
  const found = /^([0-9a-f]+):([0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f])\0/i.exec(info.toString('latin1', PCI_ADDRESS_AT));
  return found === null ? '' : `${found[1]!.slice(-4)}:${found[2]}`.toLowerCase();
}

/** nvmlDeviceAttributes_t, 40 bytes: eight counts of 32 bits, the last its compute slices @28, then its memory. */
const ATTRIBUTES_BYTES = 40;
const COMPUTE_SLICES_AT = 28;

function slicesOf(board: bigint, calls: GpuCalls): MigSlice[] {
  const [current, pending, most] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  if (calls.migMode(board, current, pending) !== OK || current[0] !== 1) return [];
  if (calls.migMost(board, most) !== OK) return [];
  return Array.from({ length: most[0]! }, (_, i) => sliceAt(board, i, calls)).filter((slice) => slice !== null);
}

function sliceAt(board: bigint, index: number, calls: GpuCalls): MigSlice | null {
  const pointer = new BigUint64Array(1);
  if (calls.migHandle(board, index, pointer) !== OK || pointer[0] === 0n) return null; // none of that number
  const handle = pointer[0]!;
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  const [gi, ci] = [new Uint32Array(1), new Uint32Array(1)];
  const codes = [calls.migAttributes(handle, attributes), calls.migGpuInstance(handle, gi)];
  codes.push(calls.migComputeInstance(handle, ci));
  const uuid = textOf((buffer) => calls.uuid(handle, buffer, buffer.length));
  if (codes.some((code) => code !== OK) || uuid === '') return null;
  return { uuid, compute: attributes.readUInt32LE(COMPUTE_SLICES_AT), gi: gi[0]!, ci: ci[0]! };
}

function answer(code: number, value: () => number): Answer {
  return code === OK ? { value: value() } : { code };
}

/** nvmlProcessInfo_t of the v3 call, 24 bytes: pid @0, memory @8, instance ids @16 and @20. */
const PROCESS_BYTES = 24;
/** nvmlProcessUtilizationSample_t, 32 bytes: pid @0, timeStamp µs @8, smUtil % @16. */
const SAMPLE_BYTES = 32;
const MOST_PROCESSES = 1024;

function usersOf(handle: bigint, calls: GpuCalls, since_us: number): DeviceUser[] | null {
  const found = listOf(PROCESS_BYTES, (count, buffer) => calls.processes(handle, count, buffer));
  if (found === null) return null;
  const busy = listOf(SAMPLE_BYTES, (count, buffer) => calls.processTime(handle, buffer, count, BigInt(since_us)));
  const shares = new Map<number, number[]>();
  for (const sample of busy ?? []) {
    // A driver may repeat samples of processes that are gone.
    if (Number(sample.getBigUint64(8, true)) <= since_us) continue;
    const pid = sample.getUint32(0, true);
    shares.set(pid, [...(shares.get(pid) ?? []), Math.min(100, sample.getUint32(16, true)) / 100]);
  }
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / Math.max(1, all.length);
  const pids = new Set([...found.map((process) => process.getUint32(0, true)), ...shares.keys()]);
  return [...pids].map((pid) => ({ pid, share: busy === null ? null : mean(shares.get(pid) ?? []) }));
}

/** The entries that a call writes into a buffer; null where it is refused. No entries may be told as "not found". */
function listOf(bytes: number, call: (count: Uint32Array, buffer: Buffer) => number): DataView[] | null {
  const count = new Uint32Array([MOST_PROCESSES, 0]);
  const buffer = Buffer.alloc(MOST_PROCESSES * bytes);
  const code = call(count, buffer);
  if (code === NOT_FOUND) return [];
  if (code !== OK) return null;
  return Array.from(
    { length: Math.min(count[0]!, MOST_PROCESSES) },
    (_, i) => new DataView(buffer.buffer, buffer.byteOffset + i * bytes, bytes),
  );
}

/** The value of a field by its declared type: DOUBLE 0, U32 1, ULONG 2, U64 3, I64 4, I32 5, U16 6. */
/** The list that asks for fields and holds the answers. Typed arrays: it is filled and read for every GPU and tick. */
class FieldValues {
  readonly #bytes = new Uint8Array(FIELD_BYTES * MOST_FIELDS);
  readonly #i32 = new Int32Array(this.#bytes.buffer);
  readonly #u32 = new Uint32Array(this.#bytes.buffer);
  readonly #f64 = new Float64Array(this.#bytes.buffer);
  readonly #scope: number;
  #question = new Uint8Array(0);
  #ids: readonly number[] | null = null;

  constructor(scope: number) {
    this.#scope = scope;
  }

  /** The list for the call; the driver writes into it. */
  asking(ids: readonly number[]): Uint8Array {
    if (ids !== this.#ids) {
      this.#bytes.fill(0); // a driver may write half of a value
      ids.forEach((id, i) => {
        this.#u32[i * FIELD_WORDS] = id;
        this.#u32[i * FIELD_WORDS + 1] = this.#scope;
        this.#i32[i * FIELD_WORDS + 7] = NOT_WRITTEN;
      });
      this.#question = this.#bytes.slice();
      this.#ids = ids;
    } else this.#bytes.set(this.#question);
    return this.#bytes;
  }

  at(i: number): Answer {
    const word = i * FIELD_WORDS;
    const code = this.#i32[word + 7]!;
    if (code !== OK) return { code };
    const low = this.#u32[word + 8]!;
    switch (this.#i32[word + 6]) {
      case 0:
        return { value: this.#f64[(word + 8) / 2]! };
      case 1:
        return { value: low };
      case 2:
      case 3:
        return { value: this.#u32[word + 9]! * 2 ** 32 + low };
      case 4:
        return { value: this.#i32[word + 9]! * 2 ** 32 + low };
      case 5:
        return { value: this.#i32[word + 8]! };
      case 6:
        return { value: low & 0xffff };
      default:
        return { code: NOT_SUPPORTED };
    }
  }
}

/** A C string of at most 95 characters; '' where the call fails. */
function textOf(call: (buffer: Buffer) => number): string {
  const buffer = Buffer.alloc(96);
  if (call(buffer) !== OK) return '';
  const end = buffer.indexOf(0);
  return buffer.toString('utf8', 0, end < 0 ? buffer.length : end);
}
