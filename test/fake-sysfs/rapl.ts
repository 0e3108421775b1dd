// Builds what Linux shows of RAPL below /sys: the tree of controls and the flat class of links into it.
//
// Values are the kernel's own forms: micro-units in decimal, one line each. Counters stand still until advance().

import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** (2^32 − 1) steps of 2^-14 J, of Intel's 15.3 µJ for memory, and of AMD's 2^-16 J. */
export const RANGE_UJ = { package: 262_143_328_850, dram: 65_712_999_613, amd: 65_532_610_987 };

export interface FakeZone {
  /** intel-rapl:0:1 */
  readonly id: string;
  readonly name: string;
  readonly start_uj?: number;
  readonly range_uj?: number;
  readonly power_w?: number;
  /** By constraint: name, limit in W, highest in W. */
  readonly limits?: readonly (readonly [string, number, number])[];
  readonly enabled?: '0' | '1';
}

export interface FakeRapl {
  readonly sysfs: string;
  /** The file energy_uj of a zone, by its id. */
  energy(id: string): string;
  /** Starts a process that keeps the counters going; resolves when it has written once. */
  advance(): Promise<{ stop(): void }>;
}

/** `flat`: no tree, every zone a folder of the class. */
export function fakeRapl(sysfs: string, zones: readonly FakeZone[], { flat = false } = {}): FakeRapl {
  const powercap = join(sysfs, 'class/powercap');
  mkdirSync(powercap, { recursive: true });
  const tree = flat ? powercap : join(sysfs, 'devices/virtual/powercap');
  const folderOf = (id: string): string => {
    if (flat) return join(powercap, id);
    const [control, ...numbers] = id.split(':');
    return join(tree, control!, ...numbers.map((_, i) => [control, ...numbers.slice(0, i + 1)].join(':')));
  };
  for (const zone of zones) {
    const folder = folderOf(zone.id);
    mkdirSync(folder, { recursive: true });
    const files: Record<string, string | number> = {
      name: zone.name,
      energy_uj: zone.start_uj ?? 1_000_000,
      max_energy_range_uj: zone.range_uj ?? RANGE_UJ.package,
      enabled: zone.enabled ?? '0',
    };
    zone.limits?.forEach(([name, limit_w, max_w], i) => {
      files[`constraint_${i}_name`] = name;
      files[`constraint_${i}_power_limit_uw`] = limit_w * 1e6;
      files[`constraint_${i}_max_power_uw`] = max_w * 1e6;
    });
    for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), `${value}\n`);
  }
  const linked = new Set(zones.flatMap(({ id }) => [id, id.split(':')[0]!]));
  if (!flat) for (const id of linked) symlinkSync(relative(powercap, folderOf(id)), join(powercap, id));
  const energy = (id: string) => join(folderOf(id), 'energy_uj');
  return { sysfs, energy, advance: () => advance(zones, energy) };
}

function advance(zones: readonly FakeZone[], energy: (id: string) => string): Promise<{ stop(): void }> {
  const counters = zones.flatMap(({ id, start_uj, range_uj, power_w }) =>
    power_w === undefined
      ? []
      : [{ file: energy(id), start_uj: start_uj ?? 1_000_000, range_uj: range_uj ?? RANGE_UJ.package, power_w }],
  );
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'advance.mjs'), JSON.stringify({ counters, t0_ms: Date.now() })],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`advance.mjs ended (${code})`)));
    child.stdout.once('data', () => resolve({ stop: () => void child.kill() }));
  });
}

const PACKAGE_LIMITS = [
  ['long_term', 205, 205],
  ['short_term', 246, 0],
  ['peak_power', 480, 0],
] as const;

/** A package of Intel's with core, uncore and memory inside, as number `socket`. */
export function intelPackage(socket: number, power_w: number, dram_w: number, start_uj = 1_000_000): FakeZone[] {
  const id = `intel-rapl:${socket}`;
  return [
    { id, name: `package-${socket}`, power_w, start_uj, limits: PACKAGE_LIMITS, enabled: '1' },
    { id: `${id}:0`, name: 'core', power_w: power_w / 2 },
    { id: `${id}:1`, name: 'uncore', power_w: power_w / 10 },
    { id: `${id}:2`, name: 'dram', power_w: dram_w, range_uj: RANGE_UJ.dram, limits: [['long_term', 0, 41.25]] },
  ];
}

/** What a package shows once more through MMIO. */
export const mmioDouble = (socket: number, power_w: number): FakeZone => ({
  ...{ id: `intel-rapl-mmio:${socket}`, name: `package-${socket}`, power_w, limits: PACKAGE_LIMITS },
});

export const psysZone = (id: string, power_w: number): FakeZone => ({
  ...{ id, name: 'psys', power_w, limits: [['long_term', 800, 800]] },
});

/** AMD shows neither memory nor limits. */
export function amdPackage(socket: number, power_w: number): FakeZone[] {
  const id = `intel-rapl:${socket}`;
  return [
    { id, name: `package-${socket}`, power_w, range_uj: RANGE_UJ.amd },
    { id: `${id}:0`, name: 'core', power_w: power_w / 3, range_uj: RANGE_UJ.amd },
  ];
}

/** Makes the class's links lead nowhere, as a container's mask does. */
export function maskedRapl(sysfs: string): void {
  const powercap = join(sysfs, 'class/powercap');
  mkdirSync(powercap, { recursive: true });
  for (const id of ['intel-rapl', 'intel-rapl:0'])
    symlinkSync(`../../devices/virtual/powercap/${id}`, join(powercap, id));
  mkdirSync(join(dirname(dirname(powercap)), 'devices/virtual/powercap'), { recursive: true });
}
