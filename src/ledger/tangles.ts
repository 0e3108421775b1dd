// Devices that several writers of a run metered at the same time, and when: only then must their rows be looked at one by one,
// so that each device-second counts once. Writers one after the other (a resume) simply add up.

import type { EnergyFiles, Track } from './energy-files.ts';
import type { Reach } from './rollup.ts';

/** Over [from_ms, to_ms) more than one of the tracks may have rows. */
export interface Tangle extends Reach {
  readonly identity: string;
  readonly tracks: readonly Track[];
}

export function tanglesOf({ tracks, writers }: Pick<EnergyFiles, 'tracks' | 'writers'>): Tangle[] {
  const reaches = new Map(writers.map(({ writer, reach }) => [writer.folder, reach]));
  const groups = new Map<string, Track[]>();
  for (const track of tracks) groups.set(track.identity, [...(groups.get(track.identity) ?? []), track]);
  return [...groups].flatMap(([identity, group]): Tangle[] => {
    const known = group.flatMap(({ writer }) => reaches.get(writer.folder) ?? []).sort((a, b) => a.from_ms - b.from_ms);
    let [from_ms, to_ms] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let reached = Number.NEGATIVE_INFINITY;
    for (const reach of known) {
      if (reach.from_ms < reached) {
        from_ms = Math.min(from_ms, reach.from_ms);
        to_ms = Math.max(to_ms, Math.min(reach.to_ms, reached));
      }
      reached = Math.max(reached, reach.to_ms);
    }
    return from_ms < to_ms ? [{ identity, from_ms, to_ms, tracks: group }] : [];
  });
}
