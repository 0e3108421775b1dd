// Gathers pieces into rows of at most one UTC second, the form in which the ledger keeps energy.
//
// A row has one state and one source; it is cut at whole seconds, so that no row straddles an hour or a grid
// interval, and at whole milliseconds elsewhere. Energy is conserved: rows of a device add up to its pieces.

import { cutPiece, type GapReason, type Piece } from './integrate.ts';
import type { Device, EnergySource } from './port.ts';

export interface EnergyRow {
  readonly device: string;
  readonly from_ms: number;
  readonly to_ms: number;
  /** J; null where nothing is known. */
  readonly energy_j: number | null;
  /** Bounds in J, present only where quality is 'estimated'. */
  readonly low_j?: number;
  readonly high_j?: number;
  readonly min_w: number | null;
  readonly max_w: number | null;
  readonly source: EnergySource;
  readonly quality: Piece['state'];
  readonly why?: GapReason;
}

export interface RowMaker {
  /** Rows completed by this piece; pieces come in time order and tile. */
  push(piece: Piece): EnergyRow[];
  /** The unfinished row, if any. */
  flush(): EnergyRow[];
}

interface Open {
  from: number;
  to: number;
  energy: number;
  low: number;
  high: number;
  min: number | null;
  max: number | null;
  first: Piece;
}

/** A row maker of one device; its pieces go in by time. */
export function createRowMaker(device: Pick<Device, 'device' | 'source'>): RowMaker {
  let open: Open | null = null;

  const close = (): EnergyRow[] => {
    if (open === null) return [];
    const { from, to, energy, low, high, min, max, first } = open;
    open = null;
    if (to <= from) return [];
    const known = first.state !== 'unknown';
    return [
      {
        ...{ device: device.device, from_ms: from, to_ms: to, energy_j: known ? energy : null },
        ...(first.state === 'estimated' ? { low_j: low, high_j: high } : {}),
        ...{ min_w: min, max_w: max, source: sourceOf(device, first), quality: first.state },
        ...(first.why === null ? {} : { why: first.why }),
      },
    ];
  };

  const add = (part: Piece): EnergyRow[] => {
    const done = open !== null && !sameKind(open.first, part) ? close() : [];
    const to = Math.round(part.to_ms);
    if (open === null) {
      open = {
        from: Math.round(part.from_ms),
        to,
        energy: 0,
        low: 0,
        high: 0,
        min: part.min_w,
        max: part.max_w,
        first: part,
      };
    }
    open.to = to;
    open.energy += part.energy_j ?? 0;
    open.low += part.low_j;
    open.high += part.high_j;
    open.min = lower(open.min, part.min_w);
    open.max = higher(open.max, part.max_w);
    return done;
  };

  return {
    push(piece) {
      const rows: EnergyRow[] = [];
      for (let from = piece.from_ms; from < piece.to_ms; ) {
        const second = (Math.floor(from / 1000) + 1) * 1000;
        const part = cutPiece(piece, from, second);
        if (part === null) break;
        rows.push(...add(part));
        from = part.to_ms;
        if (part.to_ms === second) rows.push(...close());
      }
      return rows;
    },
    flush: close,
  };
}

function sameKind(a: Piece, b: Piece): boolean {
  return a.state === b.state && a.how === b.how && a.why === b.why;
}

function sourceOf(device: Pick<Device, 'source'>, piece: Piece): EnergySource {
  if (device.source === 'imported' || device.source === 'model') return device.source;
  return piece.how === 'counter' ? 'counter' : 'polled';
}

function lower(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
