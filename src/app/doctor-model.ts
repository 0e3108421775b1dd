// What `joulebook doctor` tells, as JSON (schema joulebook/doctor/v1, docs/formats/doctor.md). Keys are added, never
// renamed or removed.

import type { latencyOf, Pace } from '../meter/pace.ts';
import type { DeviceKind, EnergySource } from '../meter/port.ts';
import type { Machine, Rights } from './surroundings.ts';

/** problem: a run here would lose energy it could have, or its record; note: worth knowing; ok: looked at and well. */
export type Level = 'problem' | 'note' | 'ok';

export interface Finding {
  readonly level: Level;
  /** One of the codes of docs/formats/doctor.md. */
  readonly code: FindingCode;
  /** What it is about: gpu-0, nvml, zone, ledger. */
  readonly about: string;
  readonly why: string;
  /** What to type, or whom to ask; null where nothing can be done, or need be. */
  readonly remedy: string | null;
}

export const FINDING_CODES = [
  'sensor-read',
  'sensor-unreadable',
  'sensor-hidden',
  'sensor-flaky',
  'counter-still',
  'source-failed',
  'gpu-unseen',
  'cpu-modelled',
  'cpu-unmetered',
  'node-unread',
  'pid-namespace',
  'zone',
  'pue',
  'setting-bad',
  'clock',
  'ledger',
  'ledger-damage',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

type Known<T> = { readonly value: T } | { readonly value: null; readonly why: string };

export interface SensorJson {
  readonly device: string;
  readonly kind: DeviceKind;
  readonly name: string;
  readonly uuid: string;
  readonly part: string;
  /** The driver that found it: nvml, cpu-model. */
  readonly driver: string;
  /** How its energy is obtained; missing = it cannot be. */
  readonly source: EnergySource | 'missing';
  /** Whether its energy would count toward a run started here. */
  readonly charged: boolean;
  /** The sensor whose reading already holds this one's energy; null = none. */
  readonly within: string | null;
  /** Driver and name of the sensor that reads the same part better, so that a run leaves this one out; null = none. */
  readonly better: string | null;
  readonly power_w: Known<number>;
  /** A power reading, or the mean over the time watched by the counter; null where there is no power. */
  readonly power_from: 'reading' | 'counter' | null;
  /** The counter as it stood; null where there is none. */
  readonly energy_j: number | null;
  /** Time between two changes of the counter, else of the power; period_ms null = not seen, or too fast to tell. */
  readonly update: (Pace & { readonly of: 'counter' | 'power' }) | null;
  /** The time between two changes that the driver states; null = unknown. */
  readonly update_s: number | null;
  readonly looks: number;
  readonly failed_looks: number;
  readonly why: string | null;
  readonly limit_w: number | null;
  readonly gain: { readonly down: number; readonly up: number };
  readonly notes: readonly string[];
}

export interface SourceJson {
  readonly source: string;
  /** read: it found sensors; barred: only some that it may not read; absent: none; crashed, silent, failed: its process did not live to tell. */
  readonly state: 'read' | 'barred' | 'absent' | 'crashed' | 'silent' | 'failed';
  readonly why: string | null;
  readonly open_ms: number | null;
  /** One look at all its sensors, ms. */
  readonly read: ReturnType<typeof latencyOf>;
  readonly devices: number;
}

export interface BarredJson {
  readonly device: string;
  readonly kind: DeviceKind;
  readonly name: string;
  readonly driver: string;
  readonly why: string;
  readonly remedy: string;
}

export interface Given {
  readonly value: string;
  readonly from: string;
}

export interface PlaceJson {
  readonly zone: Given | null;
  readonly pue: Given | null;
  readonly intensity_file: Given | null;
  /** What emissions would be made with, the best first; empty = they would be unknown. */
  readonly intensity: readonly {
    readonly zone: string;
    readonly source: string;
    readonly quality: string;
    readonly scope: string;
    readonly year: number | null;
    /** Of a series that is one value; null for one with a course. */
    readonly g_per_kwh: number | null;
  }[];
  /** What is to be known of the intensity file: its columns, holes, values that look wrong. */
  readonly intensity_notes: readonly string[];
  readonly why: string | null;
}

export interface ClockJson {
  readonly synchronised: boolean | null;
  /** By whose word: kernel, chrony, systemd-timesyncd. */
  readonly by: string | null;
  /** Bound of the offset from true time, as the kernel keeps it; null = unknown. */
  readonly max_error_ms: number | null;
  readonly why: string | null;
  /** How far the wall clock moved against the monotonic one, to 1 ms, while it was watched. */
  readonly drift_ms: number;
  readonly watched_s: number;
}

export interface LedgerJson {
  readonly path: string;
  readonly from: string | null;
  readonly exists: boolean;
  readonly version: number | null;
  readonly known_version: number;
  readonly writable: boolean;
  readonly runs: number | null;
  readonly running: number | null;
  readonly damaged: readonly string[];
  readonly free_bytes: number | null;
  /** Why it cannot be used. */
  readonly why: string | null;
}

export interface DoctorJson {
  readonly schema: 'joulebook/doctor/v1';
  readonly at_ms: number;
  readonly host: string;
  /** No finding is a problem: what --strict asks. */
  readonly ok: boolean;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly sources: readonly SourceJson[];
  readonly sensors: readonly SensorJson[];
  readonly barred: readonly BarredJson[];
  readonly machine: Machine;
  readonly rights: Rights;
  readonly place: PlaceJson;
  readonly clock: ClockJson;
  readonly ledger: LedgerJson;
  readonly versions: {
    readonly joulebook: string;
    readonly node: string;
    readonly kernel: string;
    readonly system: string | null;
    readonly nvidia: string | null;
    readonly amdgpu: string | null;
  };
  /** Configuration files in force, the nearest first. */
  readonly settings_files: readonly string[];
}
