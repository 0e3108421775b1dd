// What can be measured here, and what would help: looks at every sensor, the place, the clock and the ledger.
//
// Nothing is written anywhere, and no service outside this machine is asked. Sensors are tried out in processes of their
// own (src/run/probe.ts), for a vendor's library may crash or hang.

import { hostname, release, type } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../core/fault.ts';
import { type ChargeOptions, charge } from '../meter/charge.ts';
import type { Device } from '../meter/port.ts';
import { readQuietly, textOf } from '../meter/sources/quiet-file.ts';
import type { SensorConfig } from '../meter/sources/sensors.ts';
import { aboutFile } from '../run/intensity.ts';
import { type Probed, probeSources, type Watched } from '../run/probe.ts';
import { watchClock } from './clock-state.ts';
import { diagnose, type Seen } from './diagnosis.ts';
import type { BarredJson, DoctorJson, Given, PlaceJson, SensorJson, SourceJson } from './doctor-model.ts';
import { chainFor } from './grid-config.ts';
import { ledgerState } from './ledger-state.ts';
import type { Setting, Settings } from './settings.ts';
import { machineOf, type Roots, rightsOf } from './surroundings.ts';

export interface DoctorOptions {
  readonly settings: Settings;
  readonly settings_files: readonly string[];
  readonly psys: ChargeOptions['psys'];
  readonly sensors: SensorConfig;
  /** How long the sensors are looked at, and how long one may be silent. */
  readonly watch_ms: number;
  readonly patience_ms: number;
  readonly roots: Roots;
  /** NVIDIA_VISIBLE_DEVICES of the container, and whether the environment is a pod's. */
  readonly nvidia_visible: string | null;
  readonly kubernetes: boolean;
  readonly version: string;
  readonly bad_settings: Seen['bad_settings'];
}

/** Never rejects for what the machine is like. */
export async function doctor(options: DoctorOptions): Promise<DoctorJson> {
  const { settings, sensors: config, watch_ms, patience_ms, roots } = options;
  const at_ms = Date.now();
  const [probed, clock] = await Promise.all([
    probeSources(config, { watch_ms, patience_ms }),
    watchClock(watch_ms, patience_ms),
  ]);
  const sensors = sensorsFrom(probed, options.psys);
  const { place, bad } = await placeOf(settings);
  const seen: Seen = {
    ...{ sensors, sources: probed.map(sourceFrom), barred: probed.flatMap(barredFrom) },
    ...{ machine: machineOf(roots, options.kubernetes), rights: rightsOf(roots) },
    ...{ place, clock, ledger: ledgerState(settings) },
    bad_settings: [...options.bad_settings, ...bad],
    nvml_named: config.nvml !== null,
    no_nvidia:
      ['void', 'none'].includes(options.nvidia_visible ?? '') || ['', '-1'].includes(config.visible ?? 'unset'),
  };
  const { bad_settings: _, nvml_named: __, no_nvidia: ___, ...told } = seen;
  const findings = diagnose(seen);
  return {
    ...{ schema: 'joulebook/doctor/v1', at_ms, host: hostname() },
    ...{ ok: findings.every(({ level }) => level !== 'problem'), findings, ...told },
    versions: versionsOf(options.version, roots),
    settings_files: options.settings_files,
  };
}

function sourceFrom({ source, ended, opened, open_ms, reads }: Probed): SourceJson {
  const devices = opened?.devices.length ?? 0;
  const barred = (opened?.barred ?? []).length > 0;
  const state = ended?.how ?? (devices > 0 ? 'read' : barred ? 'barred' : 'absent');
  return { source, state, why: ended?.why ?? opened?.absent ?? null, open_ms, read: reads, devices };
}

function barredFrom({ source, opened }: Probed): BarredJson[] {
  return (opened?.barred ?? []).map((barred) => ({ ...barred, driver: source }));
}

/** Every device of every source, those too that charge() drops for one that reads the same part better. */
export function sensorsFrom(probed: readonly Probed[], psys: ChargeOptions['psys']): SensorJson[] {
  const all = probed.flatMap(({ source, opened, watched, ended }) =>
    (opened?.devices ?? []).map((device, i) => ({ driver: source, device, watched: watched?.[i], ended })),
  );
  const charged = charge(
    all.map(({ device }) => device),
    { psys },
  );
  return all.map(({ driver, device: found, watched, ended }, i) => {
    const kept = charged.find(({ place }) => place === i)?.device;
    const part = kept?.part ?? found.part ?? found.device;
    const other = kept === undefined ? charged.find(({ device }) => device.part === part) : undefined;
    const better = other === undefined ? null : `${all[other.place]!.driver} ${other.device.device}`;
    const device: Device = kept ?? { ...found, charged: false };
    return sensorFrom({ ...device, part }, driver, better, watched, ended?.why ?? null);
  });
}

function sensorFrom(
  device: Device & { part: string },
  driver: string,
  better: string | null,
  watched: Watched | undefined,
  ended: string | null,
): SensorJson {
  const { device: id, kind, name, uuid, part, source, charged, within, limit_w, gain, update_s, notes } = device;
  const unread = source === 'missing' ? (notes[0] ?? null) : ended;
  return {
    ...{ device: id, kind, name, uuid, part, driver, source, charged, within: within ?? null, better },
    power_w: watched?.power_w ?? { value: null, why: unread ?? 'it was not read' },
    ...{ power_from: watched?.power_from ?? null, energy_j: watched?.energy_j ?? null },
    update: watched?.pace && watched.pace_of ? { of: watched.pace_of, ...watched.pace } : null,
    ...{ looks: watched?.looks ?? 0, failed_looks: watched?.failed_looks ?? 0, why: watched?.why ?? unread },
    ...{ limit_w, gain, update_s, notes },
  };
}

const given = (setting: Setting | null): Given | null =>
  setting === null ? null : { value: setting.text, from: setting.from };

async function placeOf(settings: Settings): Promise<{ place: PlaceJson; bad: Seen['bad_settings'] }> {
  const { zone, pue, intensity } = settings;
  const base = { zone: given(zone), pue: given(pue), intensity_file: given(intensity) };
  try {
    const chain = await chainFor(settings);
    const parts = chain.series.map((series) => ({
      ...{ zone: series.zone, source: series.source, quality: series.quality, scope: series.scope },
      ...{ year: series.year ?? null, g_per_kwh: series.g_per_kwh.length === 1 ? series.g_per_kwh[0]! : null },
    }));
    return { place: { ...base, intensity: parts, intensity_notes: aboutFile(chain), why: chain.none }, bad: [] };
  } catch (error) {
    const why = reasonOf(error);
    const hint = error instanceof Error && 'hint' in error ? String(error.hint) : '';
    const about = (intensity ?? zone)?.from ?? 'zone';
    return { place: { ...base, intensity: [], intensity_notes: [], why }, bad: [{ about, why, remedy: hint }] };
  }
}

function versionsOf(joulebook: string, { procfs, sysfs, root }: Roots): DoctorJson['versions'] {
  const nvrm = /Kernel Module\s+(?:for \S+\s+)?(\d+[\d.]*)/.exec(
    readQuietly(join(procfs, 'driver/nvidia/version')) ?? '',
  );
  return {
    ...{ joulebook, node: process.version, kernel: `${type()} ${release()}` },
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readQuietly(join(root, 'etc/os-release')) ?? '')?.[1] ?? null,
    nvidia: nvrm?.[1] ?? textOf(join(sysfs, 'module/nvidia/version')) ?? null,
    amdgpu: textOf(join(sysfs, 'module/amdgpu/version')) ?? null,
  };
}
