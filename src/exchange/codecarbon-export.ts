// Writes runs as CodeCarbon's emissions.csv, in the order of columns of its version 3.3.0.
//
// As there, energies hold the PUE that stands beside them (kWh), emissions are kg, water is the site's, times are
// local without a zone. What is not known stays empty; what a run was imported with comes back from its tags.

import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import { JOULES_PER_KWH } from '../core/units.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import type { Account, AccountDevice } from './account.ts';
import { COLUMNS, type Column } from './codecarbon-row.ts';
import { type Cell, csvText } from './rows.ts';

/** One row for each run that has ended or goes on; lines end as pandas ends them. */
export function codeCarbonText(accounts: readonly Account[], time: ZoneTime): string {
  const rows = accounts.map((account) => rowOf(account, time));
  return csvText(rows, [...COLUMNS]).replaceAll('\r\n', '\n');
}

const ALPHA_3 = new Map((codes as string[][]).map(([two, three]) => [two!, three!]));
const NAMES = new Intl.DisplayNames('en', { type: 'region' });

function rowOf({ run, energy, emissions, water }: Account, time: ZoneTime): Record<Column, Cell> {
  const tag = (name: string): Cell => run.tags[`codecarbon.${name}`] ?? null;
  const pue = energy.pue.value;
  const kwh = (joules: number | null) => (joules === null ? null : (joules * (pue ?? 1)) / JOULES_PER_KWH);
  const kg = emissions.operational_g.value === null ? null : emissions.operational_g.value / 1000;
  const [cpu, gpu, ram] = ['cpu-package', 'gpu', 'dram'].map((kind) => partOf(energy.devices, kind));
  const country = run.zone?.split('-')[0] ?? '';
  const iso = ALPHA_3.get(country) ?? null;
  const kept = Object.fromEntries(COLUMNS.map((name) => [name, tag(name)])) as Record<Column, Cell>;
  const gpus = energy.devices.filter(({ kind, charged }) => kind === 'gpu' && charged);
  return {
    ...kept,
    timestamp: time.format(run.ended_at_ms ?? run.started_at_ms + run.duration_s * 1000),
    project_name: run.tags.project ?? tag('project_name') ?? run.name ?? 'joulebook',
    run_id: tag('run_id') ?? run.id,
    duration: run.duration_s,
    ...{ emissions: kg, emissions_rate: kg === null || run.duration_s <= 0 ? null : kg / run.duration_s },
    ...{ cpu_power: cpu!.power_w, gpu_power: gpu!.power_w, ram_power: ram!.power_w },
    ...{ cpu_energy: kwh(cpu!.energy_j), gpu_energy: kwh(gpu!.energy_j), ram_energy: kwh(ram!.energy_j) },
    ...{ energy_consumed: kwh(energy.it_j.value), water_consumed: water.onsite_l.value ?? tag('water_consumed') },
    ...{
      country_name: iso === null ? tag('country_name') : (NAMES.of(country) ?? null),
      country_iso_code: iso ?? tag('country_iso_code'),
    },
    region: run.zone?.includes('-') ? run.zone : tag('region'),
    cpu_model: tag('cpu_model') ?? modelOf(energy.devices, 'cpu-package'),
    gpu_count: tag('gpu_count') ?? (gpus.length > 0 ? gpus.length : null),
    gpu_model: tag('gpu_model') ?? modelOf(energy.devices, 'gpu'),
    tracking_mode: tag('tracking_mode') ?? 'machine',
    gpu_utilization_percent: tag('gpu_utilization_percent') ?? usedOf(gpus),
    on_cloud: tag('on_cloud') ?? 'N',
    ...{ pue: pue ?? tag('pue'), wue: water.wue_l_per_kwh.value ?? tag('wue') },
    task_name: null,
  };
}

/** Sums over the charged devices of a kind; null where there is none, or one of them is not known. */
function partOf(devices: readonly AccountDevice[], kind: string): { energy_j: number | null; power_w: number | null } {
  const own = devices.filter((device) => device.kind === kind && device.charged);
  const sum = (values: readonly (number | null)[]) =>
    values.length === 0 || values.includes(null) ? null : values.reduce<number>((s, value) => s + value!, 0);
  return { energy_j: sum(own.map(({ energy_j }) => energy_j.value)), power_w: sum(own.map(({ mean_w }) => mean_w)) };
}

/** "2 x NVIDIA H100", as CodeCarbon writes it. */
function modelOf(devices: readonly AccountDevice[], kind: string): string | null {
  const counts = new Map<string, number>();
  for (const device of devices)
    if (device.kind === kind && device.charged) counts.set(device.name, (counts.get(device.name) ?? 0) + 1);
  if (counts.size === 0) return null;
  return [...counts].map(([name, count]) => (kind === 'gpu' ? `${count} x ${name}` : name)).join(', ');
}

function usedOf(gpus: readonly AccountDevice[]): number | null {
  const told = gpus.flatMap(({ utilisation }) => (utilisation === null ? [] : [utilisation]));
  return told.length === 0 ? null : (told.reduce((s, share) => s + share, 0) / told.length) * 100;
}
