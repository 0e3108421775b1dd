// One line on a terminal that says what flows now and what has been used so far; nothing anywhere else.

import type { EnergyRow } from '../meter/rows.ts';
import { duration, energy, three } from '../report/format.ts';
import type { Session } from './session.ts';

const ERASE = '\r\x1b[K';

/** A line on this stream. Energy in J is that of the charged devices whose energy is known. */
export function createLiveLine(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>) {
  const power_w = new Map<string, number | null>();
  const energy_j = new Map<string, number>();
  let shown = false;
  return {
    row({ device, from_ms, to_ms, energy_j: joules }: EnergyRow): void {
      power_w.set(device, joules === null ? null : (joules * 1000) / (to_ms - from_ms));
      energy_j.set(device, (energy_j.get(device) ?? 0) + (joules ?? 0));
    },
    show({ charged, now, writer }: Pick<Session, 'charged' | 'now' | 'writer'>): void {
      if (stream.isTTY !== true) return;
      const devices = [...power_w].map(([name, w]) => `${name} ${w === null ? 'unknown' : `${three(w)} W`}`);
      const used = [...energy_j].reduce((s, [name, joules]) => s + (charged.has(name) ? joules : 0), 0);
      const line = [duration((now() - writer.started_at_ms) / 1000), energy(used), ...devices].join('  ');
      stream.write(ERASE + line.slice(0, Math.max(20, (stream.columns || 80) - 1)));
      shown = true;
    },
    clear(): void {
      if (shown) stream.write(ERASE);
      shown = false;
    },
  };
}
