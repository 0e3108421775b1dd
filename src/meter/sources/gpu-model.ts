// GPU power where the driver tells neither energy nor power: a model of how busy it is and of its power limit.
//
// P = limit × (IDLE + SM × u_sm + MEMORY × u_memory), linear in the driver's two utilisations. These say for what share
// of time something ran, not how much of the chip it filled, so the interval is wide (docs/methodology.md#gpu-model).

import type { Utilisation } from '../port.ts';

/**
 * Idle share of the limit: Teads' and Cloud Carbon Footprint's minimum watts are 46 of 400 W for A100, 35 of 300 W for
 * V100, 8 of 70 W for T4 (CCF, AWS constants).
 */
export const GPU_IDLE_SHARE = 0.12;
/**
 * Memory at its full bandwidth: 3.92 pJ/bit of HBM2 (O'Connor et al., "Fine-Grained DRAM", MICRO 2017) × 3.35 TB/s is
 * 105 W of an H100's 700 W.
 */
const MEMORY = 0.15;
/**
 * The rest of what a busy GPU draws: of 76 H100 deployments that serve language models without a pause (ML.ENERGY
 * leaderboard v3, 2026) the median mean power is 0.74 of the limit, taken at memory busy half of the time.
 */
const SM = 0.74 - GPU_IDLE_SHARE - MEMORY / 2;

/**
 * The same 76 deployments reach from 0.49 (5th percentile) to 0.98 (95th) of the limit, the model of them from 0.67 to
 * 0.82: 0.6 to 1.47 of it. Idle, H100 NVL draws 0.15 of its limit and other boards half of GPU_IDLE_SHARE.
 */
export const GPU_MODEL_GAIN = { down: 0.5, up: 0.6 };

/** W of a GPU by its utilisations and its power limit in W; where the memory's is not told it is taken as half of busy. */
export function gpuModelPower({ busy, memory }: Utilisation, limit_w: number): number {
  return limit_w * (GPU_IDLE_SHARE + SM * busy + MEMORY * (memory ?? busy / 2));
}

/** What the model stands on, for people. */
export const GPU_MODEL_NOTE =
  'modelled from its utilisation and its power limit, as the driver tells neither energy nor power: −50 % to +60 %';
