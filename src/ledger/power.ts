// Mean power of devices over equal stretches of time, from the rows of runs: what a calibration is made of.
//
// Only stretches that were measured throughout are told: a gap says nothing of what was drawn in it.

import { dirname } from 'node:path';
import { openEngine } from './engine.ts';
import { placesOf, rowsOf } from './places.ts';
import type { RunEntry } from './runs.ts';
import { askSound } from './sound.ts';

/** Mean power of one device in W over [at_ms, at_ms + stretch), as one writer recorded it. */
export interface MeanPower {
  /** The writer's folder. */
  readonly folder: string;
  readonly device: string;
  readonly at_ms: number;
  readonly power_w: number;
}

/**
 * Every stretch of `stretch_ms` (whole seconds, from the epoch on) of these runs, by device, unsorted. Rejects with Fault
 * engine-missing, engine-failed.
 */
export async function meanPowers(runs: readonly RunEntry[], stretch_ms: number): Promise<MeanPower[]> {
  const engine = await openEngine();
  try {
    const found = await askSound(engine, 'energy', [...placesOf(runs).keys()], async (from) =>
      from === null
        ? {}
        : engine.columns(`
      SELECT filename, device, (from_ms // ${stretch_ms}) * ${stretch_ms} AS at_ms,
        fsum(energy_j) / (sum(to_ms - from_ms) / 1000) AS power_w
      FROM ${from} WHERE quality = 'measured' GROUP BY ALL HAVING sum(to_ms - from_ms) >= ${stretch_ms}`),
    );
    return rowsOf<Omit<MeanPower, 'folder'> & { filename: string }>(found).map(({ filename, ...row }) => ({
      ...row,
      folder: dirname(filename),
    }));
  } finally {
    engine.close();
  }
}
