// What a sensor driver is: it finds devices once and is then read many times a second.
//
// A driver never throws out of read(): a sensor that cannot be read gives a sample that says why.
// Unreadable is not zero.

export type DeviceKind = 'gpu' | 'cpu-package' | 'dram' | 'module' | 'node' | 'psys' | 'host-other';

/** How a joule was obtained. */
export type EnergySource = 'counter' | 'polled' | 'model' | 'allocated' | 'imported';

/** A thing with its own power, found when a source opens. Plain data: it crosses processes and is stored. */
export interface Device {
  /** Unique on its host: gpu-0, cpu-package-0. */
  readonly device: string;
  readonly kind: DeviceKind;
  readonly name: string;
  /** Stable identity where the hardware has one, else ''. */
  readonly uuid: string;
  /** Best way this device can be read; 'missing' = present, but no energy and no power can be read. */
  readonly source: 'counter' | 'polled' | 'model' | 'allocated' | 'imported' | 'missing';
  /**
   * Whether its energy belongs to the run. From a source: whether the run may use it at all (a hidden GPU is false);
   * charge() then leaves out what another charged device already holds.
   */
  readonly charged: boolean;
  /**
   * The part of the machine that it meters, one name for all sources: cpu:0, dram:0, gpu:PCI-ADDRESS, node; else `device`. All of a
   * kind at once is dram:*, which gives way to better readings of any of it. */
  readonly part?: string;
  /** Parts whose energy its reading contains: each by name, all of a kind (dram:*), or * for the whole machine. */
  readonly holds?: readonly string[];
  /** The charged device that already holds it. Set by charge(). */
  readonly within?: string;
  /** Range of a counter that begins again at 0, J; absent where it never does. */
  readonly wraps_at_j?: number;
  /** Seconds between two readings where it is read more slowly than the sampler's own pace. */
  readonly period_s?: number;
  /** Seconds over which its power may be a running mean; absent where it is of the moment. */
  readonly mean_s?: number;
  /** Whose share of the device this is, of a cut: user:1000, pid:4711:88123. Absent: the whole device. */
  readonly share_of?: string;
  /** Of a cut: how far its energy may lie off, J down and up (≥ 0), beside the sensor's own error. */
  readonly reach_j?: { readonly down: number; readonly up: number };
  /** Highest plausible power in W (enforced limit, TDP); null where unknown. */
  readonly limit_w: number | null;
  /** Relative 90 % reach of the sensor's systematic error, down and up: { down: 0.05, up: 0.05 }. */
  readonly gain: { readonly down: number; readonly up: number };
  /** Seconds between two changes of the sensor's own value, where known; for quantisation. */
  readonly update_s: number | null;
  /** Sentences for people: why missing, which field is read, what the model is. */
  readonly notes: readonly string[];
}

/** One look at one device. Index refers to the device's place in what open() returned. */
export interface Sample {
  readonly index: number;
  /** UTC epoch ms derived from the monotonic clock, fractional, taken right at this read. */
  readonly at_ms: number;
  /** Cumulative counter in J since some origin; null where there is none or it could not be read. */
  readonly energy_j: number | null;
  /** Power in W (instantaneous where offered); null where there is none or it could not be read. */
  readonly power_w: number | null;
  /** What could not be read this time, and why: the reading itself, or, of a meter with one, something beside it. */
  readonly why?: string;
}

export interface PowerSource {
  readonly name: string;
  /** It asks in the background, with processes or connections that close() ends at once. */
  readonly background?: true;
  /** Finds devices. Never throws: a source that is not there returns no devices and says why in `absent`. */
  open(): Promise<Opened>;
  /** Reads every device once, in order; `now` gives epoch ms at any instant. Never throws. */
  read(now: () => number): Sample[];
  /** How busy a device was lately, by its place; null where it is not offered. For people, never for energy. */
  utilisation?(index: number): Utilisation | null;
  /**
   * Who used a device since the last call, by its place; null where it is not offered. Slow: asked seconds apart, and
   * never at the pace of read(). Never throws.
   */
  users?(index: number): readonly DeviceUser[] | null;
  close(): void;
}

/** A process that holds a device. */
export interface DeviceUser {
  readonly pid: number;
  /** Share 0..1 of the device's time lately; null: not told. */
  readonly share: number | null;
}

/** Shares 0..1 of time in which the device computed, and in which it moved memory. */
export interface Utilisation {
  readonly busy: number;
  readonly memory: number | null;
}

export interface Opened {
  readonly devices: readonly Device[];
  /** Why nothing was found, in words for `doctor` and the report; null when devices were found. */
  readonly absent: string | null;
  /** It may come yet: worth opening again after a while. */
  readonly again?: boolean;
  /** Most machines have no such sensor: its absence is told by `doctor` alone. */
  readonly unusual?: boolean;
  /** Sensors that are there but cannot be read. */
  readonly barred?: readonly Barred[];
}

/** A sensor that is there but cannot be read, with what would help. Plain data, as a device. */
export interface Barred {
  /** What it would be called: cpu-package-0. */
  readonly device: string;
  readonly kind: DeviceKind;
  readonly name: string;
  /** As of a device: the part of the machine, and whether its energy would belong to the run. */
  readonly part?: string;
  readonly charged?: boolean;
  /** In words: permission denied. */
  readonly why: string;
  /** What to type, or whom to ask; a command where there is one. */
  readonly remedy: string;
}
