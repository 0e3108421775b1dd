// Which AMD GPUs a job sees: ROCR_VISIBLE_DEVICES chooses cards by number or by GPU-<unique id>, HIP_VISIBLE_DEVICES (else
// CUDA_VISIBLE_DEVICES, which HIP reads too) among those by number (ROCm's "GPU isolation techniques").
//
// ROCm numbers GPUs as the kernel's compute driver lists them (class/kfd), which need not be the order of PCI addresses or
// of amd-smi. Without that list, in a container for one, the order of PCI addresses stands for it, and a note says so.

import { join } from 'node:path';
import { namesIn, textOf } from './quiet-file.ts';

export interface AmdCard {
  /** PCI address in the kernel's form. */
  readonly address: string;
  /** Hexadecimal, '' where there is none. */
  readonly unique_id: string;
}

export interface AmdVisible {
  /** Places of the cards whose energy belongs to the job. */
  readonly charged: ReadonlySet<number>;
  readonly notes: readonly string[];
}

/** Reads the settings (null = not set) against the cards that are here. */
export function visibleCards(
  cards: readonly AmdCard[],
  { sysfs, rocr, hip }: { readonly sysfs: string; readonly rocr: string | null; readonly hip: string | null },
): AmdVisible {
  const listed = kfdAddresses(sysfs).map((address) => cards.findIndex((card) => card.address === address));
  const known = listed.length === cards.length && !listed.includes(-1);
  const among = (setting: string | null, from: readonly number[]): number[] => {
    if (setting === null) return [...from];
    const chosen: number[] = [];
    for (const word of setting.split(',').map((part) => part.trim().toLowerCase())) {
      const named = (i: number) => cards[i]!.unique_id !== '' && word === `gpu-${cards[i]!.unique_id.toLowerCase()}`;
      const at = /^\d+$/.test(word) ? from[Number(word)] : from.find(named);
      if (at === undefined) break; // an entry that names none ends the list
      chosen.push(at);
    }
    return chosen;
  };
  const charged = new Set(among(hip, among(rocr, known ? listed : cards.map((_, i) => i))));
  const byNumber = /(^|,)\s*\d/.test(`${rocr ?? ''},${hip ?? ''}`);
  const notes = byNumber && cards.length > 1 && !known ? [ORDER_NOTE] : [];
  return { charged, notes };
}

const ORDER_NOTE =
  'GPUs are numbered by PCI address, as the order of ROCm (class/kfd) is not to be seen here: another GPU than the one charged may be in use';

/** PCI addresses of the GPUs in the order of the compute driver's nodes (kernel: amdkfd, kfd_topology.c). */
function kfdAddresses(sysfs: string): string[] {
  const nodes = join(sysfs, 'class/kfd/kfd/topology/nodes');
  return namesIn(nodes)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((name) => {
      const properties = textOf(join(nodes, name, 'properties')) ?? '';
      const value = (key: string) => Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(properties)?.[1] ?? 0);
      return value('simd_count') === 0 ? [] : [addressOf(value('domain'), value('location_id'))];
    });
}

/** A location is bus, device and function in 8, 5 and 3 bits. */
function addressOf(domain: number, location: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex((location >> 8) & 0xff, 2)}:${hex((location >> 3) & 0x1f, 2)}.${location & 7}`;
}
