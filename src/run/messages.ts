// What the sampler process and the supervisor tell each other.

import type { Anchor } from '../core/clock.ts';
import type { ChargeOptions } from '../meter/charge.ts';
import type { Device, DeviceUser } from '../meter/port.ts';
import type { HostOther } from '../meter/sources/host-other.ts';
import type { JobLook, JobRoot } from '../meter/sources/job-time.ts';
import type { SensorConfig } from '../meter/sources/sensors.ts';

export interface SamplerConfig {
  readonly anchor: Anchor;
  readonly interval_ms: number;
  readonly sensors: SensorConfig;
  readonly psys: ChargeOptions['psys'];
  /** What is known of the rest of the server; null = nothing. */
  readonly host_other: HostOther | null;
  /** Why NVIDIA's library is left alone this time; null = it is read. */
  readonly without_nvml: string | null;
  /** Whether who uses the devices is told too. */
  readonly users?: boolean;
  readonly replay: { readonly file: string; readonly speed: number } | null;
  /** Lists the devices and reads none until it is told what to meter: another rank may meter them already. */
  readonly standby: boolean;
}

/** index, at_ms, energy_j, power_w of one sample. */
export type FlatSample = readonly [number, number, number | null, number | null];

export type FromSampler =
  /** Again when a sensor comes late; later samples count places in the newest list. */
  | { readonly type: 'ready'; readonly devices: readonly Device[]; readonly absent: readonly string[] }
  | {
      readonly type: 'samples';
      readonly samples: readonly FlatSample[];
      /** Place and busy share 0..1 of devices that tell one. */
      readonly busy: readonly (readonly [number, number])[];
      readonly wall_offset_ms: number;
    }
  /** Why a meter that is asked in the background gave nothing, by place; once for each reason. */
  | { readonly type: 'unread'; readonly index: number; readonly why: string }
  /** CPU time of the command's processes, where the sampler was told to follow them. */
  | { readonly type: 'job'; readonly look: JobLook }
  /** Who used the devices that tell it, by place, since the last such message. */
  | { readonly type: 'users'; readonly users: readonly (readonly [number, readonly DeviceUser[]])[] }
  | { readonly type: 'done' };

/** Which devices to meter, by key (src/meter/charge.ts): null = all; and which to charge though they are hidden here. */
export interface ToMeter {
  readonly type: 'meter';
  readonly only: readonly string[] | null;
  readonly charge: readonly string[];
}

export type ToSampler =
  /** The first one: a command line, which everybody can read, is no place for what is in it. */
  | { readonly type: 'config'; readonly config: SamplerConfig }
  /** The command has started; `root` where its processes are to be followed. */
  | { readonly type: 'child'; readonly root: JobRoot | null }
  /** The command has ended. */
  | { readonly type: 'ended' }
  | { readonly type: 'stop' }
  | ToMeter;
