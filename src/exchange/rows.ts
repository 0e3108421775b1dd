// One flat row for each run, with every figure, its interval and, where it is not known, the reason: for CSV, Parquet and
// JSON. The unit of a column is in its name.

import type { FigureJson } from '../core/figure.ts';
import type { Account } from './account.ts';

export type Cell = string | number | null;
export type FlatRow = Readonly<Record<string, Cell>>;

/** Columns of text; all others hold numbers. */
export const isText = (name: string): boolean =>
  /^(run|name|kind|state|started|ended|zone|host|currency|method|intensity_\w+|market_instruments|embodied_source|tags|units|devices|model|stage|parent)$|_why$/.test(
    name,
  ) &&
  name !== 'intensity_mean_g_per_kwh' &&
  name !== 'intensity_coverage';

/** One run as one row: every figure with its low and high, or why it is not known; units stand in the names. */
export function flatRow({ run, energy, emissions, water_l, water, cost, currency, work, per }: Account): FlatRow {
  const { parts } = emissions.intensity;
  const distinct = (values: readonly string[]) => [...new Set(values)].join('; ') || null;
  return {
    ...{ run: run.id, name: run.name, kind: run.kind, state: run.state, started: iso(run.started_at_ms) },
    ...{ ended: run.ended_at_ms === null ? null : iso(run.ended_at_ms), duration_s: run.duration_s, zone: run.zone },
    ...{ host: distinct(run.hosts), coverage: energy.coverage },
    ...figure('it_j', energy.it_j),
    ...figure('facility_j', energy.facility_j),
    ...figure('pue', energy.pue),
    ...figure('operational_g', emissions.operational_g),
    ...figure('it_g', emissions.it_g),
    ...figure('overhead_g', emissions.overhead_g),
    ...figure('market_g', emissions.market_g),
    ...figure('marginal_g', emissions.marginal_g),
    ...figure('embodied_g', emissions.embodied_g),
    ...figure('total_g', emissions.total_g),
    method: emissions.method,
    intensity_mean_g_per_kwh: emissions.intensity.mean_g_per_kwh,
    intensity_coverage: emissions.intensity.coverage,
    intensity_kind: distinct(parts.map(({ kind, scope }) => `${kind} ${scope}`)),
    intensity_quality: distinct(parts.map(({ quality, year }) => `${quality}${year === null ? '' : ` ${year}`}`)),
    intensity_source: distinct(parts.map(({ source }) => source)),
    ...figure('water_l', water_l),
    ...figure('water_onsite_l', water.onsite_l),
    ...figure('water_electricity_l', water.electricity_l),
    ...figure('wue_l_per_kwh', water.wue_l_per_kwh),
    ...figure('cost', cost),
    ...{ currency, steps: work.steps, epochs: work.epochs, tokens: work.tokens, samples: work.samples },
    ...figure('j_per_token', per.j_per_token),
    ...figure('g_per_million_tokens', per.g_per_million_tokens),
    ...figure('l_per_million_tokens', per.l_per_million_tokens),
    ...figure('j_per_step', per.j_per_step),
    ...figure('j_per_sample', per.j_per_sample),
    ...figure('g_per_epoch', per.g_per_epoch),
    devices: energy.devices
      .filter(({ charged }) => charged)
      .map(({ device, name }) => `${device} ${name}`)
      .join('; '),
    ...{
      market_instruments: distinct(emissions.market.parts.map(({ instrument, source }) => `${instrument} (${source})`)),
      embodied_source: distinct(emissions.embodied.parts.flatMap(({ source }) => source ?? [])),
      units: JSON.stringify(work.units),
      tags: JSON.stringify(run.tags),
      model: run.model,
      stage: run.stage,
      parent: run.parent,
    },
  };
}

function figure(name: string, value: FigureJson): FlatRow {
  const known = value.value !== null;
  return {
    [name]: value.value,
    [`${name}_low`]: known ? value.low : null,
    [`${name}_high`]: known ? value.high : null,
    [`${name}_why`]: known ? null : value.why,
  };
}

const iso = (at_ms: number): string => new Date(at_ms).toISOString();

/** RFC 4180, with a header; what is not known stays empty. */
export function csvText(rows: readonly FlatRow[], names = Object.keys(rows[0] ?? {})): string {
  return [names.join(','), ...rows.map((row) => names.map((name) => field(row[name] ?? null)).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
}

function field(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
