// What the sampler process and the supervisor tell each other.

import type { Anchor } from '../core/clock.ts';
import type { ChargeOptions } from '../meter/charge.ts';
import type { Device, DeviceUser } from '../meter/port.ts';
import type { SensorConfig } from '../meter/sources/sensors.ts';

export interface SamplerConfig {
  readonly anchor: Anchor;
  readonly interval_ms: number;
  readonly sensors: SensorConfig;
  readonly psys: ChargeOptions['psys'];
  /** Why NVIDIA's library is left alone this time; null = it is read. */
  readonly without_nvml: string | null;
  /** Whether who uses the devices is told too. */
  readonly users?: boolean;
  readonly replay: { readonly file: string; readonly speed: number } | null;
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
      readonly job_share: number | null;
    }
  /** Who used the devices that tell it, by place, since the last such message. */
  | { readonly type: 'users'; readonly users: readonly (readonly [number, readonly DeviceUser[]])[] }
  | { readonly type: 'done' };

export type ToSampler = { readonly type: 'child'; readonly pid: number } | { readonly type: 'stop' };
