// Gathers pieces into rows of at most one UTC second, the form in which the ledger keeps energy.
//
// A row has one state and one source; it is cut at whole seconds, and at whole milliseconds elsewhere. Of a long gap
// nothing is known by the second: its rows are cut at whole hours, so that years of it stay few. Energy is conserved:
// rows of a device add up to its pieces.

import { cutPiece, type GapReason, type Piece } from './pieces.ts';
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

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** Gaps beyond are cut at hours. */
const LONG_GAP_MS = 10_000;

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

  /** J of stretches too short for a row of whole milliseconds: they go into the next one whose energy is known. */
  let carried = 0;

  const close = (): EnergyRow[] => {
    if (open === null) return [];
    const { from, to, energy, low, high, min, max, first } = open;
    open = null;
    if (to <= from) {
      carried += energy;
      return [];
    }
    const row = {
      device: device.device,
      from_ms: from,
      to_ms: to,
      energy_j: first.state === 'unknown' ? null : energy,
      min_w: min,
      max_w: max,
      source: sourceOf(device, first),
      quality: first.state,
    };
    const bounded = first.state === 'estimated' ? Object.assign(row, { low_j: low, high_j: high }) : row;
    return [first.why === null ? bounded : Object.assign(bounded, { why: first.why })];
  };

  const add = (part: Piece): EnergyRow[] => {
    const done = open !== null && !sameKind(open.first, part) ? close() : [];
    const to = Math.round(part.to_ms);
    if (open === null) {
      open = {
        from: Math.round(part.from_ms),
        to,
        ...{ energy: 0, low: 0, high: 0 },
        min: part.min_w,
        max: part.max_w,
        first: part,
      };
    }
    const more = part.state === 'unknown' ? 0 : carried;
    carried -= more;
    open.to = to;
    open.energy += (part.energy_j ?? 0) + more;
    open.low += part.low_j + more;
    open.high += part.high_j + more;
    open.min = lower(open.min, part.min_w);
    open.max = higher(open.max, part.max_w);
    return done;
  };

  return {
    push(piece) {
      const rows: EnergyRow[] = [];
      const longGap = piece.state !== 'measured' && piece.to_ms - piece.from_ms > LONG_GAP_MS;
      const grain = longGap ? HOUR_MS : SECOND_MS;
      for (let from = piece.from_ms; from < piece.to_ms; ) {
        const edge = (Math.floor(from / grain) + 1) * grain;
        const part = cutPiece(piece, from, edge);
        if (part === null) break;
        rows.push(...add(part));
        from = part.to_ms;
        if (part.to_ms === edge) rows.push(...close());
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
  if (device.source === 'imported' || device.source === 'model' || device.source === 'allocated') return device.source;
  return piece.how === 'counter' ? 'counter' : 'polled';
}

function lower(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
