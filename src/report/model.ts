// The report as JSON (schema joulebook/report/v1). Keys are never renamed or removed; later ones are added.

import type { FigureJson } from '../core/figure.ts';
import type { Hindsight } from '../emissions/hindsight.ts';

export interface ReportJson {
  schema: 'joulebook/report/v1';
  run: RunJson;
  energy: {
    it_j: FigureJson;
    facility_j: FigureJson;
    pue: FigureJson;
    coverage: number;
    devices: DeviceJson[];
    gaps: { device: string; host: string; from_ms: number; to_ms: number; why: string; state: string }[];
  };
  emissions: {
    operational_g: FigureJson;
    embodied_g: FigureJson;
    total_g: FigureJson;
    method: 'joulebook-1';
    intensity: { mean_g_per_kwh: number | null; coverage: number; parts: PartJson[] };
    /** Where the run stood on the intensity's course, and the cleanest start within a day; null where not known. */
    hindsight: Hindsight | null;
  };
  water_l: FigureJson;
  cost: FigureJson;
  currency: string | null;
  work: {
    steps: number | null;
    epochs: number | null;
    tokens: number | null;
    samples: number | null;
    tokens_per_s: number | null;
    tokens_how: string | null;
    restarts: number;
  };
  per: {
    j_per_token: FigureJson;
    g_per_million_tokens: FigureJson;
    j_per_step: FigureJson;
    j_per_sample: FigureJson;
    g_per_epoch: FigureJson;
  };
  phases: PhaseJson[];
  uncertainty: { from: string; share: number; hint: string }[];
  warnings: Warning[];
  by?: By;
  rows?: ReportRow[];
}

export interface Warning {
  code: string;
  message: string;
}

export interface RunJson {
  id: string;
  name: string | null;
  /** run (a trace too), monitor, attach or cut. */
  kind: string;
  command: readonly string[];
  state: string;
  exit_code: number | null;
  signal: string | null;
  started_at_ms: number;
  ended_at_ms: number | null;
  duration_s: number;
  zone: string | null;
  git: { commit: string; branch: string; dirty: boolean | null } | null;
  tags: Readonly<Record<string, string>>;
  segments: number;
  hosts: readonly string[];
}

export interface DeviceJson {
  device: string;
  kind: string;
  name: string;
  uuid: string;
  host: string;
  source: string;
  charged: boolean;
  /** The charged device whose reading holds this one's energy; null where none does. */
  within: string | null;
  energy_j: FigureJson;
  mean_w: number | null;
  max_w: number | null;
  /** Mean of 0..1 over the run; null where the device does not tell. */
  utilisation: number | null;
  coverage: number;
  notes: string[];
  /** Of a cpu-package: whose energy it was; null for others, and where nothing is known of CPU time. */
  attribution: AttributionJson | null;
}

/** job + others + idle = the device's energy. */
export interface AttributionJson {
  /** How the run's processes were told apart: cgroup, proc; cgroup+proc where writers differ. */
  method: string;
  /** Of the machine's busy CPU time, 0..1; null where there was none. */
  job_share: number | null;
  job_cpu_s: number;
  busy_cpu_s: number;
  idle_cpu_s: number;
  job_j: FigureJson;
  others_j: FigureJson;
  idle_j: FigureJson;
}

export interface PhaseJson {
  phase: string;
  /** null where no energy is known at all. */
  energy_j: number | null;
  duration_s: number;
}

export interface PartJson {
  zone: string;
  provider: string;
  kind: string;
  scope: string;
  quality: string;
  /** Share of the IT energy. */
  share: number;
  year: number | null;
  source: string;
  mean_g_per_kwh: number;
}

export const BY = ['step', 'epoch', 'phase', 'window', 'device', 'hour', 'million-tokens'] as const;
export type By = (typeof BY)[number];

export interface ReportRow {
  /** What the row is of, under the name of the division: step, epoch, phase, window, device, hour, million_tokens. */
  [key: string]: string | number | null;
  from_ms: number | null;
  to_ms: number | null;
  duration_s: number | null;
  /** null where no energy is known at all. */
  energy_j: number | null;
  /** Operational, PUE included where known; null where the intensity is unknown. */
  emissions_g: number | null;
  tokens: number | null;
}
