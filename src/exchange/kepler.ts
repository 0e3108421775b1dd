// Reads the counters of Kepler's nodes, as Prometheus' tools keep them.
//
// Source: sustainable-computing-io/kepler, docs/user/metrics.md (0.10 and later), and the metrics of the releases before.
// Only nodes are read: processes, containers and pods are shares of them. Cores and uncore lie inside the package.

import type { ZoneTime } from '../core/zone-time.ts';
import type { Found, Kind } from './found.ts';
import { readMetrics, type Told } from './metrics.ts';
import type { Metric } from './prometheus.ts';
import { textFile } from './text-file.ts';

const METRICS = {
  kepler_node_cpu_joules_total: 'energy counter of a zone (package, dram, psys), J',
  kepler_node_cpu_watts: 'power of a zone, W',
  kepler_node_gpu_joules_total: 'energy counter of a GPU, J',
  kepler_node_gpu_watts: 'power of a GPU, W',
  kepler_platform_watts: 'power of the whole machine, W',
  kepler_node_package_joules_total: 'energy counter of the packages (idle and dynamic), J',
  kepler_node_dram_joules_total: 'energy counter of the memory (idle and dynamic), J',
  kepler_node_platform_joules_total: 'energy counter of the whole machine (idle and dynamic), J',
} as const;

const ZONES: Readonly<Record<string, Kind>> = { package: 'cpu-package', dram: 'dram', psys: 'psys' };

/** Rejects with Fault file-unreadable, file-bad. */
export async function readKepler(file: string, time: ZoneTime): Promise<Found> {
  const modes = new Map<string, number>();
  return readMetrics(textFile(file), {
    ...{ tool: 'Kepler', metrics: METRICS, time },
    hint: "give samples with their times: the text format, promtool's dump, query_range's JSON, or CSV",
    told: (metric) => told(metric, modes),
  });
}

function told({ name, labels, value, at_ms }: Metric, modes: Map<string, number>): Told | string {
  const host = labels.node_name ?? labels.instance ?? labels.exported_instance ?? '';
  const counts = name.endsWith('_joules_total');
  const base = { host, uuid: '', energy_j: counts ? value : Number.NaN, power_w: counts ? Number.NaN : value };
  if (name.startsWith('kepler_node_gpu_')) {
    const uuid = labels.gpu_uuid ?? '';
    return { ...base, device: `gpu-${labels.gpu ?? 0}`, kind: 'gpu', name: labels.gpu_name ?? 'GPU', uuid };
  }
  if (name === 'kepler_platform_watts')
    return { ...base, device: 'node', kind: 'node', name: labels.source ?? 'platform' };
  if (name.startsWith('kepler_node_cpu_')) return zoneDevice(labels, base);
  return byMode({ name, labels, value, at_ms }, base, modes);
}

function zoneDevice(
  labels: Metric['labels'],
  base: Pick<Told, 'host' | 'uuid' | 'energy_j' | 'power_w'>,
): Told | string {
  const zone = labels.zone ?? '';
  const [, part = zone] = /^([a-z]+)/.exec(zone) ?? [];
  const kind = ZONES[part];
  if (kind === undefined) return `zone ${zone || 'without a name'} lies inside others or is not known`;
  // intel-rapl:1 is package 1, intel-rapl:1:0 a part of it; several of one name: package-1.
  const index = /-(\d+)$/.exec(zone)?.[1] ?? /intel-rapl(?:-mmio)?:(\d+)/.exec(labels.path ?? '')?.[1] ?? '0';
  return {
    ...base,
    device: kind === 'psys' ? 'psys' : `${kind}-${index}`,
    kind,
    name: `${zone} ${labels.path ?? ''}`.trim(),
  };
}

/** Before 0.10 a counter came as two, idle and dynamic, which add up: told when both of a time are there. */
function byMode(
  { name, labels, value, at_ms }: Metric,
  base: Omit<Told, 'device' | 'kind' | 'name'>,
  modes: Map<string, number>,
): Told | string {
  const part = /^kepler_node_(\w+)_joules_total$/.exec(name)![1]!;
  const [device, kind] = (
    { package: ['cpu-package-0', 'cpu-package'], dram: ['dram-0', 'dram'], platform: ['node', 'node'] } as const
  )[part as 'package' | 'dram' | 'platform'];
  const whole = { ...base, device, kind, name: part };
  if (labels.mode === undefined || labels.mode === '') return whole;
  const key = `${base.host} ${name} ${labels.package ?? ''} ${at_ms}`;
  const other = modes.get(key);
  if (other === undefined) {
    modes.set(key, value);
    return 'one of two modes: counted with the other';
  }
  modes.delete(key);
  return { ...whole, energy_j: value + other };
}
