// The power of the last minutes by the second, of each device, in bounded memory.

import type { EnergyRow } from '../meter/rows.ts';

export interface History {
  add(device: string, row: Pick<EnergyRow, 'from_ms' | 'to_ms' | 'energy_j'>): void;
  /** Mean W of these devices in `count` equal stretches up to `to_ms`; null where nothing is known of one. */
  watts(devices: Iterable<string>, window: { to_ms: number; span_ms: number; count: number }): (number | null)[];
  /** J of these devices after an instant; null for one further back than is kept. */
  after(devices: Iterable<string>, at_ms: number): number | null;
}

export const KEPT_S = 900;

/** A history of the last KEPT_S seconds. */
export function createHistory(): History {
  const rings = new Map<string, { joules: Float64Array; known_ms: Float64Array; seconds: Float64Array }>();
  let newest = Number.NEGATIVE_INFINITY;

  /** J from one instant to another, and the ms of them that are known; within a second they are taken as even. */
  const between = (device: string, from_ms: number, to_ms: number) => {
    let [joules, known_ms] = [0, 0];
    const ring = rings.get(device);
    for (let second = Math.floor(from_ms / 1000); ring !== undefined && second * 1000 < to_ms; second++) {
      const slot = second % KEPT_S;
      if (ring.seconds[slot] !== second) continue;
      const share = (Math.min(to_ms, (second + 1) * 1000) - Math.max(from_ms, second * 1000)) / 1000;
      joules += ring.joules[slot]! * share;
      known_ms += ring.known_ms[slot]! * share;
    }
    return { joules, known_ms };
  };
  return {
    add(device, { from_ms, to_ms, energy_j }) {
      if (energy_j === null) return;
      let ring = rings.get(device);
      if (ring === undefined) {
        const zeros = () => new Float64Array(KEPT_S);
        ring = { joules: zeros(), known_ms: zeros(), seconds: zeros().fill(Number.NaN) };
        rings.set(device, ring);
      }
      newest = Math.max(newest, Math.ceil(to_ms / 1000));
      // Of a row of hours only the end can be inside.
      const first = Math.max(Math.floor(from_ms / 1000), Math.ceil(to_ms / 1000) - KEPT_S);
      for (let second = first; second * 1000 < to_ms; second++) {
        const inside = Math.min(to_ms, (second + 1) * 1000) - Math.max(from_ms, second * 1000);
        const slot = second % KEPT_S;
        if (ring.seconds[slot] !== second) {
          ring.seconds[slot] = second;
          ring.joules[slot] = 0;
          ring.known_ms[slot] = 0;
        }
        ring.joules[slot]! += (energy_j * inside) / (to_ms - from_ms);
        ring.known_ms[slot]! += inside;
      }
    },
    watts(devices, { to_ms, span_ms, count }) {
      const names = [...devices];
      const width = span_ms / count;
      return Array.from({ length: count }, (_, i) => {
        const from = to_ms - span_ms + i * width;
        const parts = names.map((name) => between(name, from, from + width)).filter(({ known_ms }) => known_ms > 0);
        if (parts.length === 0) return null;
        return parts.reduce((s, { joules, known_ms }) => s + (joules * 1000) / known_ms, 0);
      });
    },
    after(devices, at_ms) {
      if (at_ms < (newest - KEPT_S + 1) * 1000) return null;
      return [...devices].reduce((s, name) => s + between(name, at_ms, newest * 1000).joules, 0);
    },
  };
}
