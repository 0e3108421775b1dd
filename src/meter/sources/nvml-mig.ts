// A board that is split by MIG (NVIDIA's Multi-Instance GPU): the driver meters the whole board only, so what a slice
// used is allocated, by its share of the board's compute slices. Slices and what is not given to any add up to the board.

import type { Device, Sample } from '../port.ts';
import { GPU_IDLE_SHARE } from './gpu-model.ts';
import type { MigSlice } from './nvml-library.ts';

/** Compute slices of a board: MIG user guide, "Supported MIG profiles"; A30 has 4, all others since A100 have 7. */
const SLICES = { A30: 4, others: 7 };
export interface Slice {
  readonly device: Device;
  /** Place of its board among the source's devices. */
  readonly board: number;
  /** 0..1 of the board's energy. */
  readonly share: number;
}

/** The slices of one board as devices, named from gpu-`first` on; those of `mine` are charged. */
export function slicesOf(
  board: { readonly device: Device; readonly place: number; readonly slices: readonly MigSlice[] },
  first: number,
  mine: ReadonlySet<string>,
): Slice[] {
  const whole = /\bA30\b/.test(board.device.name) ? SLICES.A30 : SLICES.others;
  return board.slices.map(({ uuid, compute }, i) => {
    const share = Math.min(1, compute / whole);
    const { gain } = board.device;
    // A board that computes nothing draws at least so much of its power: of the rest a slice may have had all or nothing,
    // as nobody tells how busy each slice is.
    const alone =
      share === 1
        ? { down: 0, up: 0 }
        : { down: 1 - GPU_IDLE_SHARE, up: (1 - (1 - share) * GPU_IDLE_SHARE) / share - 1 };
    const device: Device = {
      ...board.device,
      ...{ device: `gpu-${first + i}`, name: `${board.device.name} MIG ${compute} of ${whole}`, uuid },
      part: `${board.device.uuid}/${uuid}`,
      source: board.device.source === 'missing' ? 'missing' : 'allocated',
      charged: mine.has(uuid),
      limit_w: board.device.limit_w,
      gain: { down: Math.min(1, alone.down + gain.down), up: alone.up + gain.up },
      notes: [
        `${compute} of ${whole} compute slices of ${board.device.device}: its share of the board's energy is allocated by size, as how busy each slice is cannot be told`,
        ...board.device.notes,
      ],
    };
    return { device, board: board.place, share };
  });
}

/** What a slice shows when its board shows this. */
export function sliceSample({ share }: Slice, index: number, board: Sample): Sample {
  const { energy_j, power_w } = board;
  return {
    ...board,
    index,
    energy_j: energy_j === null ? null : energy_j * share,
    power_w: power_w === null ? null : power_w * share,
  };
}
