// The kernel's hwmon class (Documentation/hwmon/sysfs-interface.rst): one folder per chip, power in µW, energy in µJ.

import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { namesIn, textOf } from './quiet-file.ts';

export const MICRO = 1e-6;

export interface Chip {
  readonly folder: string;
  /** The driver's word: amdgpu, power_meter. */
  readonly name: string;
  /** The device that it belongs to, by its name on its bus (a PCI address), else ''. */
  readonly address: string;
}

/** Every chip, by its device's address and then by number. Throws nothing. */
export function chipsOf(sysfs: string): Chip[] {
  const root = join(sysfs, 'class/hwmon');
  return namesIn(root)
    .filter((entry) => /^hwmon\d+$/.test(entry))
    .map((entry) => {
      const folder = join(root, entry);
      return { folder, name: textOf(join(folder, 'name')) ?? '', address: addressOf(join(folder, 'device')) };
    })
    .sort((a, b) => a.address.localeCompare(b.address) || numberOf(a.folder) - numberOf(b.folder));
}

function addressOf(link: string): string {
  try {
    return basename(realpathSync(link));
  } catch {
    return '';
  }
}

const numberOf = (folder: string): number => Number(/(\d+)$/.exec(folder)?.[1] ?? 0);
