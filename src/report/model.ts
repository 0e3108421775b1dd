// The report as JSON (schema joulebook/report/v1). Keys are never renamed or removed; later ones are added.

import type { FigureJson } from '../core/figure.ts';
import type { EmbodiedPart } from '../emissions/embodied.ts';
import type { Hindsight } from '../emissions/hindsight.ts';
import type { MarketPart } from '../emissions/market.ts';
import type { Change, GitRecord, PlaceRecord } from '../ledger/records.ts';
import type { CauseJson } from '../ledger/statements.ts';
import type { Stage } from '../workload/stage.ts';
import type { DecisionJson } from './decisions.ts';
import type { SavedSum } from './decisions-text.ts';

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
    /** Of IT energy alone, and what the PUE adds to it: together operational_g. */
    it_g: FigureJson;
    overhead_g: FigureJson;
    /** Of what was bought; of what the run caused on the margin: beside operational_g, never added to it. */
    market_g: FigureJson;
    marginal_g: FigureJson;
    market: MarketJson;
    marginal: MarginalJson;
    embodied_g: FigureJson;
    /** What embodied_g is made of. */
    embodied: EmbodiedJson;
    total_g: FigureJson;
    method: 'joulebook-1';
    intensity: { mean_g_per_kwh: number | null; coverage: number; parts: PartJson[] };
    /** What was said each time the account was told anew (joulebook restate), oldest first. */
    statements: StatementJson[];
    /** Where the run stood on the intensity's course, the cleanest start within a day, and other zones; null where not known. */
    hindsight: Hindsight | null;
  };
  /** Fresh water consumed: at the site and for the electricity. */
  water_l: FigureJson;
  water: WaterJson;
  cost: FigureJson;
  currency: string | null;
  work: {
    steps: number | null;
    /** Steps of the whole job, as its log last told. */
    total_steps: number | null;
    epochs: number | null;
    tokens: number | null;
    samples: number | null;
    /** Other work by name: images, audio_s. */
    units: Readonly<Record<string, number>>;
    tokens_per_s: number | null;
    tokens_how: string | null;
    restarts: number;
  };
  per: {
    j_per_token: FigureJson;
    g_per_million_tokens: FigureJson;
    l_per_million_tokens: FigureJson;
    j_per_step: FigureJson;
    j_per_sample: FigureJson;
    g_per_epoch: FigureJson;
    /** By the names of work.units. */
    j_per_unit: Readonly<Record<string, FigureJson>>;
  };
  phases: PhaseJson[];
  /** Null where the log tells too few steps. */
  step_energy: StepEnergyJson | null;
  /** What budgets and policies decided about the job, oldest first, and what that saved. */
  decisions: DecisionJson[];
  saved: SavedSum;
  uncertainty: { from: string; share: number; hint: string }[];
  /** The same of each line that is known, by its name. */
  uncertainty_by: Readonly<Record<string, ReportJson['uncertainty']>>;
  warnings: Warning[];
  by?: By;
  rows?: ReportRow[];
}

export interface EmbodiedJson {
  /** range, vendor or bottom-up, of accelerators. */
  source: string;
  /** Null where nothing that was held is known. */
  lifetime_y: number | null;
  parts: EmbodiedPart[];
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
  /** The place that the zone was given by; null where it was given by its key. */
  place: PlaceRecord | null;
  git: GitRecord | null;
  tags: Readonly<Record<string, string>>;
  model: string | null;
  stage: Stage | null;
  /** The id of the run that it goes on from. */
  parent: string | null;
  segments: number;
  hosts: readonly string[];
  /** Corrections made since it was recorded, oldest first; the account is with them. */
  amendments: { at_ms: number; user: string | null; why: string | null; what: Change }[];
}

export interface StatementJson {
  at_ms: number;
  /** What was known by then was said. */
  as_of_ms: number;
  before_g: FigureJson;
  operational_g: FigureJson;
  change_g: number | null;
  change_share: number | null;
  /** Why the two are not to be compared; null where they are. */
  not_comparable: string | null;
  causes: readonly CauseJson[];
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
  /** Of a cpu-package or gpu: whose energy it was; null for others, and where nothing is known of its users. */
  attribution: AttributionJson | null;
}

/** job + others + idle = the device's energy. */
export interface AttributionJson {
  /** How the run's processes were told apart: cgroup, proc, cgroup+proc where writers differ; driver of a GPU. */
  method: string;
  /** Of the machine's busy CPU time, or the GPU's busy time, 0..1; null where there was none. */
  job_share: number | null;
  /** Null of a GPU. */
  job_cpu_s: number | null;
  busy_cpu_s: number | null;
  idle_cpu_s: number | null;
  job_j: FigureJson;
  others_j: FigureJson;
  idle_j: FigureJson;
}

/** Energy of one step, J: what training took, without evaluations and the like in between. */
export interface StepEnergyJson {
  rows: number;
  median_j: number;
  p5_j: number;
  p95_j: number;
  /** How far a step may be off because sensors move in jumps; the middle one. */
  quantum_j: number;
  /** Relative: 0.01 is 1 % more in a thousand steps. */
  change_per_1000_steps: FigureJson;
  /** The ten that stand out most, by how many times the median they are. */
  outliers: { step: number; from_ms: number; to_ms: number; energy_j: number; times: number | null }[];
  /** How many stand out. */
  outlying: number;
}

export interface WaterJson {
  onsite_l: FigureJson;
  electricity_l: FigureJson;
  /** Of IT energy. */
  wue_l_per_kwh: FigureJson;
  /** Of facility energy; over several zones their mean by the energy used in each. */
  electricity_l_per_kwh: FigureJson;
  sources: { onsite: string | null; electricity: string | null };
  /** What would narrow the sum, else the part that is known. */
  uncertainty: ReportJson['uncertainty'];
}

export interface PhaseJson {
  phase: string;
  /** null where no energy is known at all. */
  energy_j: number | null;
  /** Of the run's energy, 0..1. */
  share: number | null;
  duration_s: number;
}

export interface MarketJson {
  /** Shares of the energy that add up to 1; none where it is not known. */
  parts: MarketPart[];
  /** Of the energy, what certificates of at most an hour cover; null without certificates. */
  matched_share: number | null;
  /** Of the certificates whose periods the run touches; null without certificates. */
  unused_kwh: number | null;
  notes: string[];
}

/** As emissions.intensity, of kind marginal. */
export interface MarginalJson {
  mean_g_per_kwh: number | null;
  coverage: number;
  parts: PartJson[];
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
  /** When the newest of its values came from the provider; null of tables and of people's own series. */
  retrieved_at_ms: number | null;
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
  /** Its 90 % interval: the run's relative error, and the jumps of the sensors at both edges. */
  low_j: number | null;
  high_j: number | null;
  /** Of a step: the part of energy_j that was not training (evaluation, checkpoint, stall); null of what is no step. */
  other_j: number | null;
  /** Operational, PUE included where known; null where the intensity is unknown. */
  emissions_g: number | null;
  tokens: number | null;
  j_per_token: number | null;
}
