// AMD GPUs by what the amdgpu driver shows in hwmon (Documentation/gpu/amdgpu/thermal.rst): power in µW, and energy where
// a driver has it. 0 W is no reading: a card that answers draws some.
//
// An MI250's board is two cards to the kernel, and the power of both is in the first (zeus PR#203, codecarbon #1097): the
// second is held by the first and never 0 J. Where processor and GPU are one chip, the power is that of both.

import { join } from 'node:path';
import type { Device, PowerSource } from '../port.ts';
import { type AmdCard, visibleCards } from './amd-visible.ts';
import { type Found, fileSensors } from './file-sensors.ts';
import type { Opener } from './held-file.ts';
import { type Chip, chipsOf, MICRO } from './hwmon.ts';
import { textOf } from './quiet-file.ts';
import { socketsOf } from './sockets.ts';

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
/** Four on a board, each a processor and a GPU (pci.ids). */
const MI300A = '0x74a0';
/** Wrong energies are known of it (amdsmi #38). */
const MI100 = '0x738c';
/** AMD gives no figure for the sensor's error: an allowance of ours, as for NVIDIA's polled power (docs/methodology.md#hwmon). */
const GAIN = { down: 0.1, up: 0.1 };

interface Card extends Chip, AmdCard {
  readonly id: string;
}

/** Every card of the driver, by PCI address; hidden ones are metered but not charged. */
export function amdGpuSource({ sysfs, rocr, hip, open }: AmdGpuOptions): PowerSource {
  return fileSensors('amd-gpu', {
    find: () => {
      const cards = chipsOf(sysfs)
        .filter(({ name }) => name === 'amdgpu')
        .map((chip) => {
          const about = (file: string) => textOf(join(chip.folder, 'device', file)) ?? '';
          return { ...chip, id: about('device'), unique_id: about('unique_id') };
        });
      const { charged, notes } = visibleCards(cards, { sysfs, rocr, hip });
      return cards.map((card, i) =>
        foundOf(card, i, { cards, mine: (other) => charged.has(cards.indexOf(other)), notes, sysfs }),
      );
    },
    absent: `no GPU of the amdgpu driver under ${sysfs}/class/hwmon`,
    ...(open === undefined ? {} : { open }),
  });
}

interface Around {
  readonly cards: readonly Card[];
  readonly mine: (card: Card) => boolean;
  readonly notes: readonly string[];
  readonly sysfs: string;
}

function foundOf(card: Card, i: number, { cards, mine, notes, sysfs }: Around): Found {
  const { folder, id, address, unique_id } = card;
  const name = textOf(join(folder, 'device/product_name')) || NAMES[id] || `AMD GPU ${id}`;
  const cap = Number(textOf(join(folder, 'power1_cap')) ?? 0) * MICRO;
  const { first, second } = diesOf(cards, card);
  const power = ['power1_average', 'power1_input'].map((file) => ({
    file: join(folder, file),
    unit: MICRO,
    above0: true,
  }));
  // Of two dies with one reading the whole is the job's, whichever die it has.
  const charged = mine(card) || [first, second].some((die) => die !== null && mine(die));
  const shared = first ?? second;
  return {
    device: {
      ...{
        device: `gpu-${i}`,
        kind: 'gpu',
        name,
        uuid: unique_id === '' ? `pci-${address}` : `GPU-${unique_id}`,
        charged,
      },
      ...{ part: partOf(card), limit_w: cap > 0 ? cap : null, gain: GAIN, update_s: null },
      ...(second === null ? {} : { holds: [partOf(second)] }),
      ...chipOf(card, { cards, sysfs }),
      notes: [
        'power from the amdgpu driver (hwmon)',
        ...(second === null ? [] : ['the power of both dies of the board']),
        ...(shared !== null && mine(card) !== mine(shared)
          ? ['the job has one die of two: energy is that of both']
          : []),
        ...(isApu(card) ? ['processor and GPU are one chip, and the power is that of both'] : []),
        ...(id === MI100 ? ['wrong energies of an MI100 are known (amdsmi #38)'] : []),
        ...notes,
      ],
    },
    energy: first !== null || id === MI100 ? null : { file: join(folder, 'energy1_input'), unit: MICRO },
    power: first !== null ? [] : power,
    ...(first !== null ? { missing: 'the second die of a board whose power is that of the first' } : {}),
    remedy:
      'sudo usermod -aG render,video $USER, and log in again; in a container: --device /dev/kfd --device /dev/dri',
  };
}

const partOf = ({ address }: Chip): string => `gpu:${address}`;

/** Only a GPU beside a processor has a sensor of the northbridge's voltage (thermal.rst). */
const isApu = ({ folder, id }: Card): boolean => id === MI300A || textOf(join(folder, 'in1_label')) === 'vddnb';

/** What the reading of a chip with a processor in it stands for: a processor of a PC, or an accelerator that holds its own. */
function chipOf(card: Card, { cards, sysfs }: Pick<Around, 'cards' | 'sysfs'>): Partial<Device> {
  if (!isApu(card)) return {};
  if (card.id !== MI300A) return { device: 'cpu-package-0', kind: 'cpu-package', part: 'cpu:0', charged: true };
  const chips = cards.filter(({ id }) => id === MI300A);
  const { sockets } = socketsOf(
    sysfs,
    chips.map(({ address }) => address),
  );
  const socket = sockets[chips.indexOf(card)] ?? null;
  return { holds: socket === null ? ['cpu-package:*', 'dram:*'] : [`cpu:${socket}`, `dram:${socket}`] };
}

/** Of a card with a die beside it: the first one, whose reading this one is within, or the second, which it holds. */
function diesOf(cards: readonly Card[], card: Card): { first: Card | null; second: Card | null } {
  const alike = cards.filter(({ id }) => id === card.id);
  const i = alike.indexOf(card);
  const isSecond = (place: number) =>
    TWO_DIES.has(card.id) &&
    place % 2 === 1 &&
    alike[place] !== undefined &&
    ['power1_average', 'power1_input'].every((file) => Number(textOf(join(alike[place]!.folder, file)) ?? 0) === 0);
  return { first: isSecond(i) ? alike[i - 1]! : null, second: isSecond(i + 1) ? alike[i + 1]! : null };
}
