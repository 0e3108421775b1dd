// AMD GPUs by what the amdgpu driver shows in hwmon (Documentation/gpu/amdgpu/thermal.rst): power in µW, and energy where
// a driver has it.
//
// An MI250's board is two cards to the kernel, and the power of both is in the first (zeus PR#203, codecarbon #1097): the
// second, which shows 0 or nothing, is held by the first and never 0 J.

import { join } from 'node:path';
import type { PowerSource } from '../port.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';
import { type Chip, chipsOf, MICRO } from './hwmon.ts';
import { textOf } from './quiet-file.ts';

export interface AmdGpuOptions {
  readonly sysfs: string;
  /** The job's ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES; null = not set. */
  readonly rocr: string | null;
  readonly hip: string | null;
  readonly open?: Opener;
}

/** PCI device ids of boards with two dies: MI250X and MI250 (pci.ids). */
const TWO_DIES = new Set(['0x7408', '0x740c']);
/** PCI ids by product, where the board does not name itself (pci.ids). */
const NAMES: Readonly<Record<string, string>> = {
  '0x738c': 'AMD Instinct MI100',
  '0x7408': 'AMD Instinct MI250X',
  '0x740c': 'AMD Instinct MI250X/MI250',
  '0x740f': 'AMD Instinct MI210',
  '0x74a0': 'AMD Instinct MI300A',
  '0x74a1': 'AMD Instinct MI300X',
};
/** Wrong energies are known of it (amdsmi #38). */
const MI100 = '0x738c';
/** AMD gives no figure for the sensor's error: an allowance of ours, as for NVIDIA's polled power (docs/methodology.md#hwmon). */
const GAIN = { down: 0.1, up: 0.1 };

interface Card extends Chip {
  readonly id: string;
}

/** Every card of the driver, by PCI address; hidden ones are metered but not charged. */
export function amdGpuSource({ sysfs, rocr, hip, open }: AmdGpuOptions): PowerSource {
  return fileSensors('amd-gpu', {
    find: () => {
      const cards = chipsOf(sysfs)
        .filter(({ name }) => name === 'amdgpu')
        .map((chip) => ({ ...chip, id: textOf(join(chip.folder, 'device/device')) ?? '' }));
      const mine = visibleCards(cards, rocr, hip);
      return cards.map((card, i) => foundOf(card, i, { cards, charged: mine.has(i) }));
    },
    absent: `no GPU of the amdgpu driver under ${sysfs}/class/hwmon`,
    ...(open === undefined ? {} : { open }),
  });
}

function foundOf(card: Card, i: number, { cards, charged }: { cards: readonly Card[]; charged: boolean }): Found {
  const { folder, id, address } = card;
  const uuid = textOf(join(folder, 'device/unique_id')) ?? '';
  const name = textOf(join(folder, 'device/product_name')) || NAMES[id] || `AMD GPU ${id}`;
  const cap = Number(textOf(join(folder, 'power1_cap')) ?? 0) * MICRO;
  const other = cards[i ^ 1];
  const second = isSecondDie(cards, i);
  const holds = other !== undefined && isSecondDie(cards, i ^ 1) ? [partOf(other)] : undefined;
  const power = ['power1_average', 'power1_input'].map((file) => ({ file: join(folder, file), unit: MICRO }));
  return {
    device: {
      ...{ device: `gpu-${i}`, kind: 'gpu', name, uuid: uuid === '' ? `pci-${address}` : `GPU-${uuid}`, charged },
      ...{ part: partOf(card), limit_w: cap > 0 ? cap : null, gain: GAIN, update_s: null },
      ...(holds === undefined ? {} : { holds }),
      notes: [
        'power from the amdgpu driver (hwmon)',
        ...(holds === undefined ? [] : ['the power of both dies of the board']),
        ...(id === MI100 ? ['wrong energies of an MI100 are known (amdsmi #38)'] : []),
      ],
    },
    energy: second || id === MI100 ? null : { file: join(folder, 'energy1_input'), unit: MICRO },
    power: second ? [] : power,
    ...(second ? { missing: 'the second die of a board whose power is that of the first' } : {}),
    remedy:
      'sudo usermod -aG render,video $USER, and log in again; in a container: --device /dev/kfd --device /dev/dri',
  };
}

const partOf = ({ address }: Chip): string => `gpu:${address}`;

/** Odd of two neighbours of a two-die board, without power of its own. */
function isSecondDie(cards: readonly Card[], i: number): boolean {
  const [card, first] = [cards[i]!, cards[i - 1]];
  if (i % 2 === 0 || first === undefined || first.id !== card.id || !TWO_DIES.has(card.id)) return false;
  return ['power1_average', 'power1_input'].every((file) => Number(textOf(join(card.folder, file)) ?? 0) === 0);
}

/**
 * ROCR_VISIBLE_DEVICES chooses cards by number or by GPU-<unique id>, HIP_VISIBLE_DEVICES among those by number (ROCm's
 * "GPU isolation techniques"). Numbers are taken in the order of PCI addresses, which is the driver's as a rule.
 */
export function visibleCards(cards: readonly Card[], rocr: string | null, hip: string | null): ReadonlySet<number> {
  const ids = cards.map(({ folder }) => `gpu-${textOf(join(folder, 'device/unique_id')) ?? ''}`.toLowerCase());
  const all = cards.map((_, i) => i);
  const among = (setting: string | null, from: readonly number[]): number[] => {
    if (setting === null) return [...from];
    const chosen: number[] = [];
    for (const word of setting.split(',').map((part) => part.trim().toLowerCase())) {
      const at = /^\d+$/.test(word) ? from[Number(word)] : from.find((i) => word !== '' && ids[i] === word);
      if (at === undefined) break; // an entry that names none ends the list
      chosen.push(at);
    }
    return chosen;
  };
  return new Set(among(hip, among(rocr, all)));
}
