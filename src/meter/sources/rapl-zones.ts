// Finds RAPL's zones below /sys: the kernel's powercap class (Documentation/power/powercap/powercap.rst).
//
// The class lists every zone flat, each a link to its place in the tree of controls; a container may show the links and
// hide the tree. A package met through two control types (MSR and MMIO) is one counter shown twice.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './held-file.ts';
import { namesIn, textOf } from './quiet-file.ts';

export interface Zone {
  /** As the kernel numbers it: intel-rapl:0:2. */
  readonly id: string;
  readonly folder: string;
  /** package-0, package-0-die-1, dram, psys, core, uncore. */
  readonly name: string;
  /** Name of the zone that it is inside; null at the top. */
  readonly within: string | null;
}

export interface Zones {
  /** By control type (intel-rapl, then intel-rapl-mmio), then by number. */
  readonly zones: readonly Zone[];
  /** Folders that are listed but whose name cannot be read, with the reason. */
  readonly hidden: readonly { readonly folder: string; readonly code: string }[];
}

const CONTROL = /^intel-rapl(-[a-z]+)?(:\d+)*$/;
const ROOTS = ['class/powercap', 'devices/virtual/powercap'];
/** Control, zone, zone inside it, and one to spare. */
const DEEPEST = 4;

/** Every zone below `sysfs`, whatever its kind. Throws nothing: what cannot be read is not there, or hidden. */
export function raplZones(sysfs: string): Zones {
  const folders = new Map<string, string>();
  for (const root of ROOTS) gather(join(sysfs, root), folders);
  const names = new Map<string, string>();
  const hidden: { folder: string; code: string }[] = [];
  for (const [id, folder] of folders) {
    try {
      names.set(id, readFileSync(join(folder, 'name'), 'utf8').trim());
    } catch (error) {
      hidden.push({ folder, code: codeOf(error) ?? String(error) });
    }
  }
  const zones = [...names].map(([id, name]) => ({
    ...{ id, name, folder: folders.get(id)! },
    within: names.get(id.slice(0, id.lastIndexOf(':'))) ?? null,
  }));
  return { zones: zones.sort((a, b) => byNumber(a.id, b.id)), hidden };
}

/** The nearest place of every zone: the first that is met counts. */
function gather(folder: string, found: Map<string, string>, depth = 0): void {
  if (depth > DEEPEST) return;
  const entries = namesIn(folder)
    .sort()
    .filter((entry) => CONTROL.test(entry));
  for (const entry of entries) if (entry.includes(':') && !found.has(entry)) found.set(entry, join(folder, entry));
  for (const entry of entries) gather(join(folder, entry), found, depth + 1);
}

function byNumber(a: string, b: string): number {
  const [left, right] = [a.split(':'), b.split(':')];
  if (left[0] !== right[0]) return left[0]! < right[0]! ? -1 : 1;
  for (let i = 1; i < Math.max(left.length, right.length); i++) {
    const off = Number(left[i] ?? -1) - Number(right[i] ?? -1);
    if (off !== 0) return off;
  }
  return 0;
}

/** Limits of a zone in W, by file: what it may draw for longer. */
export function limitsOf(folder: string): { readonly file: string; readonly limit_w: number }[] {
  return constraintsOf(folder).flatMap((constraint) => {
    // Peak power holds for milliseconds: it bounds no mean.
    if (textOf(join(folder, `${constraint}_name`)) === 'peak_power') return [];
    return ['power_limit_uw', 'max_power_uw'].flatMap((what) => {
      const file = `${constraint}_${what}`;
      const limit_w = Number(textOf(join(folder, file)) ?? 0) / 1e6;
      return limit_w > 0 && limit_w < NO_LIMIT_W ? [{ file, limit_w }] : [];
    });
  });
}

/** A limit field of 15 bits in steps of 1/8 W, all ones: 4095.875 W stands for none (Intel SDM vol. 3B, RAPL interfaces). */
const NO_LIMIT_W = 4095;

/** constraint_0, constraint_1 …; none where the processor has no limits to set (AMD). */
export function constraintsOf(folder: string): string[] {
  return namesIn(folder)
    .sort()
    .flatMap((file) => /^(constraint_\d+)_name$/.exec(file)?.[1] ?? []);
}
