// The columns of CodeCarbon's emissions.csv, and rows that lost some of them.
//
// Source: codecarbon/output_methods/emissions_data.py of 3.3.0. Its versions up to then appended a row without the
// columns whose value was None (issue #1304), and may append to a file whose columns stand in another order: such a row
// is put back by what each column can hold, where that leaves one reading of all that matters.

/** Of emissions.csv, in the order of version 3.3.0. */
export const COLUMNS = [
  ...['timestamp', 'project_name', 'run_id', 'experiment_id', 'duration', 'emissions', 'emissions_rate'],
  ...['cpu_power', 'gpu_power', 'ram_power', 'cpu_energy', 'gpu_energy', 'ram_energy', 'energy_consumed'],
  ...['water_consumed', 'country_name', 'country_iso_code', 'region', 'cloud_provider', 'cloud_region', 'os'],
  ...['python_version', 'codecarbon_version', 'cpu_count', 'cpu_model', 'gpu_count', 'gpu_model', 'longitude'],
  ...['latitude', 'ram_total_size', 'tracking_mode', 'cpu_utilization_percent', 'gpu_utilization_percent'],
  ...['ram_utilization_percent', 'ram_used_gb', 'on_cloud', 'pue', 'wue'],
] as const;
export type Column = (typeof COLUMNS)[number] | 'task_name';

export type Row = Readonly<Partial<Record<string, string>>>;

/** Columns that may be None, and so may be missing in a row. */
const MAY_MISS = new Set<string>([
  ...['experiment_id', 'region', 'cloud_provider', 'cloud_region', 'cpu_count', 'cpu_model', 'gpu_count', 'gpu_model'],
  ...['longitude', 'latitude', 'ram_total_size'],
]);
/** Columns that have to be the same in every reading of a row. */
const MATTER = [
  ...['timestamp', 'run_id', 'duration', 'cpu_energy', 'gpu_energy', 'ram_energy', 'energy_consumed'],
  ...['country_iso_code', 'pue'],
];
const MOST_READINGS = 200;

const number = (text: string) => text !== '' && Number.isFinite(Number(text));
const amount = (text: string) => number(text) && Number(text) >= 0;
const percent = (text: string) => amount(text) && Number(text) <= 100;
const words = (text: string) => !number(text);
const FITS: Readonly<Record<string, (text: string) => boolean>> = {
  timestamp: (text) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text),
  ...{ duration: amount, emissions: amount, emissions_rate: amount, cpu_power: amount, gpu_power: amount },
  ...{ ram_power: amount, cpu_energy: amount, gpu_energy: amount, ram_energy: amount, energy_consumed: amount },
  ...{ water_consumed: amount, cpu_count: amount, gpu_count: amount, ram_total_size: amount, ram_used_gb: amount },
  ...{ cpu_utilization_percent: percent, gpu_utilization_percent: percent, ram_utilization_percent: percent },
  longitude: (text) => number(text) && Math.abs(Number(text)) <= 180,
  latitude: (text) => number(text) && Math.abs(Number(text)) <= 90,
  country_iso_code: (text) => text === '' || /^[A-Z]{3}$/.test(text),
  ...{ country_name: words, region: words, cloud_provider: words, cloud_region: words, cpu_model: words },
  ...{ gpu_model: words, os: (text) => /-|^$/.test(text) && words(text) },
  python_version: (text) => /^\d+\.\d+/.test(text),
  codecarbon_version: (text) => /^\d+\.\d+/.test(text),
  tracking_mode: (text) => ['machine', 'process', ''].includes(text),
  on_cloud: (text) => /^[YN]$/.test(text),
  pue: (text) => number(text) && Number(text) >= 1 && Number(text) <= 10,
  wue: amount,
};

export interface ReadRow {
  readonly row: Row;
  /** Whether it had to be put back. */
  readonly recovered: boolean;
}

/** The fields of a row by name; or why they cannot be told. */
export function readRow(header: readonly string[], fields: readonly string[]): ReadRow | string {
  const plain = () => Object.fromEntries(header.map((name, i) => [name, fields[i] ?? '']));
  if (fields.length === header.length && plausible(plain())) return { row: plain(), recovered: false };
  const orders = [header, COLUMNS.filter((name) => header.includes(name))];
  for (const order of orders) {
    if (order.length < header.length || fields.length > order.length) continue;
    const row = putBack(order, fields);
    if (row !== null) return { row, recovered: true };
  }
  if (fields.length === header.length) return 'its fields are not what the header says';
  return `${fields.length} fields under a header of ${header.length} columns, and no single way to put them back`;
}

/** A row of full length is believed where its time and numbers are such; an empty one is a value that was None. */
function plausible(row: Row): boolean {
  if (!FITS.timestamp!(row.timestamp ?? '')) return false;
  return ['duration', 'energy_consumed', 'on_cloud'].every(
    (name) => !row[name] || FITS[name]!(row[name]!) || row[name]!.startsWith('-'),
  );
}

/** The one reading of a short row, without the columns that its readings differ in; null where there is none. */
function putBack(order: readonly string[], fields: readonly string[]): Row | null {
  const found: Record<string, string>[] = [];
  const walk = (column: number, field: number, row: Record<string, string>): void => {
    if (found.length >= MOST_READINGS) return;
    if (order.length - column < fields.length - field) return;
    if (column === order.length) {
      if (field === fields.length && addsUp(row)) found.push(row);
      return;
    }
    const name = order[column]!;
    const text = fields[field];
    if (text !== undefined && (FITS[name]?.(text) ?? true)) walk(column + 1, field + 1, { ...row, [name]: text });
    if (MAY_MISS.has(name)) walk(column + 1, field, row);
  };
  walk(0, 0, {});
  const [first] = found;
  if (first === undefined || found.length >= MOST_READINGS) return null;
  const same = (name: string) => found.every((row) => row[name] === first[name]);
  if (!MATTER.every(same)) return null;
  return Object.fromEntries(Object.entries(first).filter(([name]) => same(name)));
}

/** Whether the parts' energies are the whole's: what stands under another name would not be. */
function addsUp(row: Row): boolean {
  const all = Number(row.energy_consumed);
  const parts = ['cpu_energy', 'gpu_energy', 'ram_energy'].map((name) => row[name]);
  if (parts.some((part) => part === undefined)) return true;
  return Math.abs(parts.reduce((s, part) => s + Number(part), 0) - all) <= 1e-6 * Math.max(all, 1e-12);
}
